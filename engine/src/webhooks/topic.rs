//! What an endpoint may ask to be told.

use domain::coupon::Kind;

/// The type of an event as it is sent, such as `coupon.claimed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(&'static str);

/// The words, as they are listed.
const WORDS: [&str; 23] = [
    "coupon.claimed",
    "coupon.granted",
    "coupon.locked",
    "coupon.released",
    "coupon.lapsed",
    "coupon.redeemed",
    "coupon.returned",
    "coupon.restored",
    "coupon.expired",
    "coupon.revoked",
    "coupon.held",
    "coupon.freed",
    "template.created",
    "template.edited",
    "template.submitted",
    "template.published",
    "template.rejected",
    "template.paused",
    "template.ended",
    "reminder.opening",
    "reminder.expiry",
    "alert.fired",
    "alert.ended",
];

impl Topic {
    /// What an admin sends to see whether anybody listens; nobody asks for it.
    pub const TEST: Self = Self("webhook.test");

    /// A rule of alarm holds.
    pub const ALARM: Self = Self("alert.fired");

    /// What a shopper wanted to be told of opens.
    pub(crate) const OPENING: Self = Self("reminder.opening");

    /// A coupon whose shopper wanted to be told of its end is about to expire.
    pub(crate) const EXPIRY: Self = Self("reminder.expiry");

    /// All that may be asked for, as they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.into_iter().map(Self)
    }

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads [`Topic::as_str`] of what may be asked for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|topic| topic.0 == word)
    }

    /// What the ledger calls this.
    pub(crate) fn of_event(kind: Kind) -> Option<Self> {
        Self::parse(&format!("coupon.{}", kind.as_str()))
    }

    /// What the audit trail calls this; none for what is nobody's outside.
    pub(crate) fn of_change(subject_kind: &str, action: &str) -> Option<Self> {
        // Who approves publishes: to an endpoint the two are one.
        let change = if action == "approved" { "published" } else { action };
        matches!(subject_kind, "template" | "alert")
            .then(|| Self::parse(&format!("{subject_kind}.{change}")))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_the_ledger_may_be_asked_for() {
        for kind in Kind::ALL {
            assert!(Topic::of_event(kind).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn what_is_named_may_be_asked_for() {
        for topic in [Topic::ALARM, Topic::OPENING, Topic::EXPIRY] {
            assert_eq!(Topic::parse(topic.as_str()), Some(topic));
        }
    }

    #[test]
    fn an_approval_is_a_publication() {
        let of_change = |action| Topic::of_change("template", action);
        assert_eq!(of_change("approved"), of_change("published"));
        assert!(of_change("published").is_some());
        assert_eq!(of_change("looked_at"), None);
    }

    #[test]
    fn only_templates_and_alerts_are_told_of() {
        assert!(Topic::of_change("alert", "fired").is_some());
        assert_eq!(Topic::of_change("alert", "published"), None);
        assert_eq!(Topic::of_change("coupon", "claimed"), None);
    }

    #[test]
    fn reminders_may_be_asked_for() {
        for reminder in [Topic::OPENING, Topic::EXPIRY] {
            assert_eq!(Topic::parse(reminder.as_str()), Some(reminder));
        }
    }

    #[test]
    fn nobody_asks_for_a_test() {
        assert_eq!(Topic::parse(Topic::TEST.as_str()), None);
    }
}
