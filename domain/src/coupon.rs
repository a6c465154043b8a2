//! A coupon's life: which state follows which, and what each step is called in the ledger.

use serde::{Deserialize, Serialize};

use crate::{OrderRef, Refusal, Time};

/// Where a coupon stands in the store. The clock may be ahead of it: see [`Coupon::at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// May be used.
    Available,
    /// Reserved for one order, until a time.
    Locked,
    /// Used.
    Redeemed,
    /// Its time is over.
    Expired,
    /// Taken back by ops.
    Revoked,
    /// Stopped by risk until somebody looks.
    Held,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Available, Self::Locked, Self::Redeemed, Self::Expired, Self::Revoked, Self::Held];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Locked => "locked",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Held => "held",
        }
    }

    /// Reads [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What can happen to a coupon; each is one kind of event in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A shopper took it.
    Claimed,
    /// Ops or a partner gave it.
    Granted,
    /// Reserved for an order.
    Locked,
    /// The lock was given up before payment.
    Released,
    /// The lock's time ran out.
    Lapsed,
    /// The order was paid.
    Redeemed,
    /// The first refund of an order it was used in.
    Returned,
    /// All it covered came back, and so did the coupon.
    Restored,
    /// Its end passed.
    Expired,
    /// Ops took it back.
    Revoked,
    /// Risk stopped it.
    Held,
    /// Risk let it go again.
    Freed,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Claimed,
        Self::Granted,
        Self::Locked,
        Self::Released,
        Self::Lapsed,
        Self::Redeemed,
        Self::Returned,
        Self::Restored,
        Self::Expired,
        Self::Revoked,
        Self::Held,
        Self::Freed,
    ];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Granted => "granted",
            Self::Locked => "locked",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
            Self::Redeemed => "redeemed",
            Self::Returned => "returned",
            Self::Restored => "restored",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Held => "held",
            Self::Freed => "freed",
        }
    }

    /// Reads [`Kind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The state a coupon in `before` is in afterwards; `None` where this cannot happen to it.
    ///
    /// `revoked` after `locked` stays locked (the order may still be paid); a lock that then ends
    /// leaves the coupon revoked by a second `revoked` event.
    pub fn then(self, before: Option<State>) -> Option<State> {
        use State::*;
        let after = match (before, self) {
            (None, Self::Claimed | Self::Granted) => Available,
            (Some(Available | Locked), Self::Locked) => Locked,
            (Some(Locked), Self::Released | Self::Lapsed) => Available,
            // Available and expired: a payment that came after its lock ended.
            (Some(Locked | Available | Expired), Self::Redeemed) => Redeemed,
            (Some(Redeemed), Self::Returned) => Redeemed,
            (Some(Redeemed), Self::Restored) => Available,
            // A held one waits for somebody to look, also past its end.
            (Some(Available | Redeemed), Self::Expired) => Expired,
            (Some(Locked), Self::Revoked) => Locked,
            (Some(Available | Held), Self::Revoked) => Revoked,
            (Some(Available), Self::Held) => Held,
            (Some(Held), Self::Freed) => Available,
            _ => return None,
        };
        Some(after)
    }
}

/// The state after a whole history; `None` where the history is impossible.
pub fn fold(history: impl IntoIterator<Item = Kind>) -> Option<State> {
    history.into_iter().try_fold(None, |before, kind| kind.then(before).map(Some))?
}

/// What an operator may do to a single coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Stops it until somebody looks.
    Hold,
    /// Lets a held one go.
    Free,
    /// Takes it back for good.
    Revoke,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hold, Self::Free, Self::Revoke];

    /// The word in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Free => "free",
            Self::Revoke => "revoke",
        }
    }

    /// Reads [`Action::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// What the ledger calls it once it is done.
    pub fn kind(self) -> Kind {
        match self {
            Self::Hold => Kind::Held,
            Self::Free => Kind::Freed,
            Self::Revoke => Kind::Revoked,
        }
    }
}

/// Whether a history ends in a use of which something was refunded and the coupon did not come back.
pub fn is_used_and_returned(history: impl IntoIterator<Item = Kind>) -> bool {
    history.into_iter().fold(false, |is, kind| match kind {
        Kind::Returned => true,
        Kind::Redeemed | Kind::Restored | Kind::Expired | Kind::Revoked => false,
        _ => is,
    })
}

/// What bears on whether a coupon may be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// As stored.
    pub state: State,
    /// The order that has it and until when, where `state` is locked.
    pub lock: Option<(OrderRef, Time)>,
    /// Ops revoked it while it was locked.
    pub is_revoked: bool,
    /// First moment of validity.
    pub valid_from: Time,
    /// First moment after it; `None` for no end.
    pub valid_until: Option<Time>,
}

impl Coupon {
    /// The state once the clock is counted in: a lock past its end is no lock, a coupon past its
    /// end is expired (but stays locked until its lock ends).
    pub fn at(&self, now: Time) -> State {
        match self.state {
            State::Locked if self.lock.as_ref().is_some_and(|(_, until)| now < *until) => {
                State::Locked
            }
            State::Locked => self.once_unlocked(now),
            State::Available if self.is_over(now) => State::Expired,
            other => other,
        }
    }

    /// Where a lock that ends now leaves the coupon.
    pub fn once_unlocked(&self, now: Time) -> State {
        if self.is_revoked {
            State::Revoked
        } else if self.is_over(now) {
            State::Expired
        } else {
            State::Available
        }
    }

    /// What an operator's action makes of it: the steps in order, each with the state after it.
    /// None where it was done before, so that a second press is harmless. A revoked one that an
    /// order has stays locked until the lock ends. Refuses `state_conflict` in any other state.
    pub fn act(&self, action: Action, now: Time) -> Result<Vec<(Kind, State)>, Refusal> {
        let state = self.at(now);
        let kind = action.kind();
        match (action, state) {
            (Action::Hold, State::Held)
            | (Action::Free, State::Available)
            | (Action::Revoke, State::Revoked) => Ok(Vec::new()),
            (Action::Revoke, State::Locked) if self.is_revoked => Ok(Vec::new()),
            (Action::Free, State::Held) if self.is_over(now) => {
                Ok(vec![(kind, State::Available), (Kind::Expired, State::Expired)])
            }
            _ => match kind.then(Some(state)) {
                Some(after) => Ok(vec![(kind, after)]),
                None => Err(Refusal::StateConflict { state: state.as_str().to_owned() }),
            },
        }
    }

    /// Whether support may give another in its place: it is over, was taken back, or was used and
    /// refunded. Refuses `state_conflict`.
    pub fn replaceable(&self, history: &[Kind], now: Time) -> Result<(), Refusal> {
        let state = self.at(now);
        let used_up = || is_used_and_returned(history.iter().copied());
        match state {
            State::Expired | State::Revoked => Ok(()),
            State::Redeemed if used_up() => Ok(()),
            _ => Err(Refusal::StateConflict { state: state.as_str().to_owned() }),
        }
    }

    /// Its end has passed.
    pub fn is_over(&self, now: Time) -> bool {
        self.valid_until.is_some_and(|until| until <= now)
    }

    /// Whether `order` (or an order yet without a name) may have it: state first, then validity.
    pub fn usable(&self, order: Option<&OrderRef>, now: Time) -> Result<(), Refusal> {
        match self.at(now) {
            State::Redeemed => return Err(Refusal::AlreadyRedeemed),
            State::Revoked => return Err(Refusal::Revoked),
            State::Held => return Err(Refusal::Held),
            State::Locked => {
                if let Some((holder, until)) = &self.lock
                    && order != Some(holder)
                {
                    return Err(Refusal::LockedByOtherOrder { until: *until });
                }
                // Its order may still be paid, but not locked anew: it would never end.
                if self.is_revoked {
                    return Err(Refusal::Revoked);
                }
            }
            State::Available | State::Expired => {}
        }
        if now < self.valid_from {
            return Err(Refusal::NotValidYet { valid_from: self.valid_from });
        }
        match self.valid_until {
            Some(at) if at <= now => Err(Refusal::Expired { at }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone, Utc};
    use rstest::rstest;

    #[rstest]
    #[case(&[Kind::Claimed, Kind::Locked, Kind::Redeemed], Some(State::Redeemed))]
    #[case(&[Kind::Granted, Kind::Locked, Kind::Locked, Kind::Released], Some(State::Available))]
    #[case(&[Kind::Claimed, Kind::Expired, Kind::Redeemed], Some(State::Redeemed))]
    #[case(&[Kind::Claimed, Kind::Locked, Kind::Redeemed, Kind::Returned, Kind::Restored], Some(State::Available))]
    #[case(&[Kind::Claimed, Kind::Locked, Kind::Redeemed, Kind::Returned, Kind::Expired], Some(State::Expired))]
    #[case(&[Kind::Claimed, Kind::Locked, Kind::Revoked, Kind::Lapsed, Kind::Revoked], Some(State::Revoked))]
    #[case(&[Kind::Claimed, Kind::Held, Kind::Freed], Some(State::Available))]
    #[case(&[Kind::Claimed, Kind::Held, Kind::Expired], None)]
    #[case(&[Kind::Locked], None)]
    #[case(&[Kind::Claimed, Kind::Redeemed, Kind::Locked], None)]
    #[case(&[Kind::Claimed, Kind::Revoked, Kind::Redeemed], None)]
    #[case(&[], None)]
    fn a_history_folds_to_a_state(#[case] history: &[Kind], #[case] state: Option<State>) {
        assert_eq!(fold(history.iter().copied()), state);
    }

    fn at(minute: i64) -> Time {
        Utc.timestamp_opt(1_800_000_000 + minute * 60, 0).unwrap()
    }

    fn coupon(state: State) -> Coupon {
        let order = OrderRef::new("A").unwrap();
        let lock = (state == State::Locked).then(|| (order, at(30)));
        Coupon { state, lock, is_revoked: false, valid_from: at(0), valid_until: Some(at(60)) }
    }

    #[rstest]
    #[case(State::Available, Action::Hold, Ok(Some((Kind::Held, State::Held))))]
    #[case(State::Held, Action::Hold, Ok(None))]
    #[case(State::Locked, Action::Hold, Err("locked"))]
    #[case(State::Redeemed, Action::Hold, Err("redeemed"))]
    #[case(State::Held, Action::Free, Ok(Some((Kind::Freed, State::Available))))]
    #[case(State::Available, Action::Free, Ok(None))]
    #[case(State::Revoked, Action::Free, Err("revoked"))]
    #[case(State::Available, Action::Revoke, Ok(Some((Kind::Revoked, State::Revoked))))]
    #[case(State::Held, Action::Revoke, Ok(Some((Kind::Revoked, State::Revoked))))]
    #[case(State::Locked, Action::Revoke, Ok(Some((Kind::Revoked, State::Locked))))]
    #[case(State::Revoked, Action::Revoke, Ok(None))]
    #[case(State::Redeemed, Action::Revoke, Err("redeemed"))]
    #[case(State::Expired, Action::Revoke, Err("expired"))]
    fn an_operator_acts_where_the_state_allows_it(
        #[case] state: State,
        #[case] action: Action,
        #[case] done: Result<Option<(Kind, State)>, &str>,
    ) {
        let done = done.map(|step| step.into_iter().collect());
        let refused = |state: &str| Refusal::StateConflict { state: state.to_owned() };
        assert_eq!(coupon(state).act(action, at(10)), done.map_err(refused));
    }

    #[test]
    fn a_held_coupon_that_is_let_go_after_its_end_expires() {
        let steps = [(Kind::Freed, State::Available), (Kind::Expired, State::Expired)];
        assert_eq!(coupon(State::Held).act(Action::Free, at(60)), Ok(steps.to_vec()));
    }

    #[test]
    fn an_action_goes_by_the_clock_and_is_harmless_twice() {
        let mut locked = coupon(State::Locked);
        assert_eq!(locked.act(Action::Hold, at(30)), Ok(vec![(Kind::Held, State::Held)]));
        locked.is_revoked = true;
        assert_eq!(locked.act(Action::Revoke, at(10)), Ok(Vec::new()));
        assert!(coupon(State::Available).act(Action::Hold, at(60)).is_err());
    }

    #[rstest]
    #[case(State::Expired, &[], true)]
    #[case(State::Revoked, &[], true)]
    #[case(State::Available, &[], false)]
    #[case(State::Held, &[], false)]
    #[case(State::Locked, &[Kind::Redeemed, Kind::Returned, Kind::Restored, Kind::Locked], false)]
    #[case(State::Redeemed, &[Kind::Claimed, Kind::Redeemed], false)]
    #[case(State::Redeemed, &[Kind::Claimed, Kind::Redeemed, Kind::Returned], true)]
    #[case(State::Redeemed, &[Kind::Redeemed, Kind::Returned, Kind::Restored, Kind::Redeemed], false)]
    fn what_is_lost_may_be_replaced(
        #[case] state: State,
        #[case] history: &[Kind],
        #[case] may: bool,
    ) {
        assert_eq!(coupon(state).replaceable(history, at(10)).is_ok(), may);
    }

    #[test]
    fn windows_are_half_open() {
        let coupon = coupon(State::Available);
        assert_eq!(coupon.usable(None, at(-1)), Err(Refusal::NotValidYet { valid_from: at(0) }));
        assert_eq!(coupon.usable(None, at(0)), Ok(()));
        assert_eq!(coupon.usable(None, at(60) - TimeDelta::microseconds(1)), Ok(()));
        assert_eq!(coupon.usable(None, at(60)), Err(Refusal::Expired { at: at(60) }));
    }

    #[test]
    fn a_lock_keeps_others_out_until_it_ends() {
        let (a, b) = (OrderRef::new("A").unwrap(), OrderRef::new("B").unwrap());
        let coupon = coupon(State::Locked);
        assert_eq!(coupon.usable(Some(&a), at(10)), Ok(()));
        let refused = Err(Refusal::LockedByOtherOrder { until: at(30) });
        assert_eq!(coupon.usable(Some(&b), at(10)), refused);
        assert_eq!(coupon.usable(None, at(10)), refused);
        assert_eq!(coupon.usable(Some(&b), at(30)), Ok(()));
    }

    #[test]
    fn a_coupon_past_its_end_stays_locked_until_the_lock_ends() {
        let mut coupon = coupon(State::Locked);
        coupon.valid_until = Some(at(20));
        assert_eq!(coupon.at(at(25)), State::Locked);
        assert_eq!(coupon.at(at(30)), State::Expired);
        coupon.is_revoked = true;
        assert_eq!(coupon.at(at(25)), State::Locked);
        let order = OrderRef::new("A").unwrap();
        assert_eq!(coupon.usable(Some(&order), at(15)), Err(Refusal::Revoked));
        assert_eq!(coupon.at(at(30)), State::Revoked);
    }
}
