//! Whether a shopper may take a coupon.

use std::collections::BTreeSet;

use crate::template::{Audience, Draft, Phase, State, Visibility};
use crate::{Channel, Code, Refusal, ShopperId, Time};

/// What bears on a shopper's rights; judged at claim and again at quote and lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Who.
    pub id: ShopperId,
    /// The named segments they are in.
    pub segments: BTreeSet<String>,
    /// No paid order, ours or stated by the host shop.
    pub is_new: bool,
    /// On a deny list.
    pub is_blocked: bool,
}

impl Audience {
    /// Whether a shopper belongs to it.
    pub fn admits(&self, shopper: &Facts) -> Result<(), Refusal> {
        match self {
            Self::Everyone => Ok(()),
            Self::NewShoppers if shopper.is_new => Ok(()),
            Self::NewShoppers => Err(Refusal::NewShoppersOnly),
            Self::Segment(segment) if shopper.segments.contains(segment) => Ok(()),
            Self::Segment(_) => Err(Refusal::NotInAudience),
        }
    }
}

/// How a claimant came to know of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowing {
    /// From the coupon center.
    Listed,
    /// By the link's token, or a partner vouches.
    Link,
    /// By entering one of its pool codes.
    PoolCode,
    /// Not at all: it is given to them, who need not have heard of it.
    Grant,
}

/// What a claim is about.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Where the template stands.
    pub state: State,
    /// It was in the coupon center at some time: only then does a stranger hear that it ended.
    pub was_listed: bool,
    /// What its current revision says.
    pub draft: &'a Draft,
}

/// Who claims, and how they came.
#[derive(Debug, Clone, Copy)]
pub struct Claimant<'a> {
    /// Who.
    pub shopper: &'a Facts,
    /// How they know of it.
    pub knowing: Knowing,
    /// Where they came from.
    pub channel: Option<&'a Channel>,
}

/// How many there are already; the store enforces what is decided on these numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Coupons of this template this shopper ever had.
    pub of_template: u32,
    /// Of those, since the local midnight.
    pub of_template_today: u32,
    /// Coupons of any template this shopper claimed since the local midnight.
    pub of_shop_today: u32,
    /// Their codes, newest first.
    pub coupons: Vec<Code>,
    /// Coupons of this template ever made, for anyone.
    pub issued: u64,
    /// Of those, through this claim's channel.
    pub of_channel: u64,
}

/// Limits beside the template's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopLimits {
    /// Claims per shopper and local day over all templates.
    pub daily: u32,
    /// The next local midnight.
    pub resets_at: Time,
}

/// Decides a claim; the first refusal wins: known template → claim window → risk → audience and
/// channel → the shopper's total and daily limits → stock. The total limit is told before the
/// daily ones, so that a second click reads "already claimed" and not "come back tomorrow".
///
/// What is given is judged in the same order, without what only a claim has: a window to come in, a
/// channel to come by, and a count of the shop's day.
pub fn decide(
    offer: &Offer,
    claimant: &Claimant,
    tally: &Tally,
    limits: ShopLimits,
    now: Time,
) -> Result<(), Refusal> {
    reach(offer, claimant.knowing, now)?;
    if claimant.shopper.is_blocked {
        return Err(Refusal::RiskRejected);
    }
    offer.draft.audience.admits(claimant.shopper)?;
    let is_granted = claimant.knowing == Knowing::Grant;
    let quota = match is_granted {
        true => None,
        false => channel_quota(offer.draft, claimant.channel)?,
    };
    let is_shop_day_full = !is_granted && tally.of_shop_today >= limits.daily;
    within_limits(offer.draft, tally, is_shop_day_full, limits.resets_at)?;
    if quota.is_some_and(|quota| tally.of_channel >= quota) {
        return Err(Refusal::ChannelQuotaReached);
    }
    // Pool codes took their stock when they were made.
    let takes_stock = claimant.knowing != Knowing::PoolCode;
    match offer.draft.stock {
        Some(stock) if takes_stock && tally.issued >= stock => Err(Refusal::SoldOut),
        _ => Ok(()),
    }
}

/// Whether a claim comes so far that risk looks at it: the template is one that this claimant may
/// know of, and may be claimed at this moment.
pub fn reach(offer: &Offer, knowing: Knowing, now: Time) -> Result<(), Refusal> {
    known(offer, knowing)?;
    open(offer, knowing, now)
}

fn known(offer: &Offer, knowing: Knowing) -> Result<(), Refusal> {
    let Offer { state, was_listed, draft } = *offer;
    let may_know = may_know(state, draft.visibility, was_listed, knowing);
    may_know.then_some(()).ok_or(Refusal::NotFound)
}

/// Whether a claimant who came to know of a template in this way may hear that it exists.
pub fn may_know(state: State, visibility: Visibility, was_listed: bool, knowing: Knowing) -> bool {
    let is_shown = match (visibility, knowing) {
        (_, Knowing::PoolCode | Knowing::Grant) => true,
        (Visibility::Listed, _) | (Visibility::Link, Knowing::Link) => true,
        (Visibility::Link | Visibility::Granted, _) => false,
    };
    let is_told_of = match state {
        State::Draft | State::InReview => false,
        State::Ended => was_listed || matches!(knowing, Knowing::Link | Knowing::Grant),
        State::Live | State::Paused => true,
    };
    is_shown && is_told_of
}

fn open(offer: &Offer, knowing: Knowing, now: Time) -> Result<(), Refusal> {
    // A coupon that could never be used is not given out, whatever the claim window says.
    let too_late_to_use = offer.draft.validity.until().is_some_and(|until| until <= now);
    let phase = match knowing {
        Knowing::Grant => Phase::Open,
        _ => offer.draft.claim_window.phase(now),
    };
    match (offer.state, phase) {
        (State::Ended, _) | (_, Phase::Closed) => Err(Refusal::ClaimClosed),
        _ if too_late_to_use => Err(Refusal::ClaimClosed),
        (State::Paused, _) => Err(Refusal::Paused),
        (_, Phase::Upcoming { opens_at }) => Err(Refusal::NotStarted { opens_at }),
        (_, Phase::Open) => Ok(()),
    }
}

fn channel_quota(draft: &Draft, channel: Option<&Channel>) -> Result<Option<u64>, Refusal> {
    if draft.channels.is_empty() {
        return Ok(None);
    }
    let named = draft.channels.iter().find(|named| Some(&named.name) == channel);
    named.map(|named| named.quota).ok_or(Refusal::ChannelMismatch)
}

fn within_limits(
    draft: &Draft,
    tally: &Tally,
    is_shop_day_full: bool,
    resets_at: Time,
) -> Result<(), Refusal> {
    if tally.of_template >= draft.per_shopper {
        let coupons = tally.coupons.clone();
        return Err(Refusal::ClaimLimitReached { limit: draft.per_shopper, coupons });
    }
    let template_day_full =
        draft.per_shopper_daily.is_some_and(|daily| tally.of_template_today >= daily);
    if template_day_full || is_shop_day_full {
        return Err(Refusal::DailyLimitReached { resets_at });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Money;
    use crate::benefit::Benefit;
    use crate::template::{ChannelQuota, Validity, Window};
    use chrono::{TimeZone, Utc};

    struct Case {
        draft: Draft,
        state: State,
        knowing: Knowing,
        channel: Option<Channel>,
        facts: Facts,
        tally: Tally,
    }

    fn at(second: i64) -> Time {
        Utc.timestamp_opt(second, 0).unwrap()
    }

    fn channel(name: &str) -> Channel {
        Channel::new(name).unwrap()
    }

    /// A plain claim with one thing changed.
    fn check(change: impl FnOnce(&mut Case)) -> Result<(), Refusal> {
        let mut case = Case {
            draft: Draft::new("n", Benefit::AmountOff { amount: Money::minor(1), min_spend: None }),
            state: State::Live,
            knowing: Knowing::Listed,
            channel: None,
            facts: Facts {
                id: ShopperId::new("s").unwrap(),
                segments: BTreeSet::new(),
                is_new: true,
                is_blocked: false,
            },
            tally: Tally::default(),
        };
        change(&mut case);
        let offer = Offer { state: case.state, was_listed: true, draft: &case.draft };
        let claimant = Claimant {
            shopper: &case.facts,
            knowing: case.knowing,
            channel: case.channel.as_ref(),
        };
        let limits = ShopLimits { daily: 50, resets_at: at(1_000) };
        decide(&offer, &claimant, &case.tally, limits, at(100))
    }

    #[test]
    fn a_plain_claim_is_granted() {
        assert_eq!(check(|_| ()), Ok(()));
    }

    #[test]
    fn a_stranger_hears_not_found() {
        for state in [State::Draft, State::InReview] {
            assert_eq!(check(|c| c.state = state), Err(Refusal::NotFound));
        }
        assert_eq!(check(|c| c.draft.visibility = Visibility::Granted), Err(Refusal::NotFound));
        assert_eq!(check(|c| c.draft.visibility = Visibility::Link), Err(Refusal::NotFound));
        let by_link = check(|c| {
            c.draft.visibility = Visibility::Link;
            c.knowing = Knowing::Link;
        });
        assert_eq!(by_link, Ok(()));
    }

    #[test]
    fn the_window_is_half_open() {
        let window = |from, until| {
            check(|c| {
                c.draft.claim_window = Window { from: Some(at(from)), until: Some(at(until)) }
            })
        };
        assert_eq!(window(101, 200), Err(Refusal::NotStarted { opens_at: at(101) }));
        assert_eq!(window(100, 101), Ok(()));
        assert_eq!(window(1, 100), Err(Refusal::ClaimClosed));
        assert_eq!(check(|c| c.state = State::Ended), Err(Refusal::ClaimClosed));
        assert_eq!(check(|c| c.state = State::Paused), Err(Refusal::Paused));
    }

    #[test]
    fn the_audience_is_judged() {
        let new = |is_new| {
            check(|c| {
                c.draft.audience = Audience::NewShoppers;
                c.facts.is_new = is_new;
            })
        };
        assert_eq!(new(true), Ok(()));
        assert_eq!(new(false), Err(Refusal::NewShoppersOnly));
        let segment = |mine: &str| {
            check(|c| {
                c.draft.audience = Audience::Segment("vip".into());
                c.facts.segments.insert(mine.into());
            })
        };
        assert_eq!(segment("vip"), Ok(()));
        assert_eq!(segment("else"), Err(Refusal::NotInAudience));
        assert_eq!(check(|c| c.facts.is_blocked = true), Err(Refusal::RiskRejected));
    }

    #[test]
    fn a_template_may_name_its_channels() {
        let through = |name: Option<&str>, taken| {
            check(|c| {
                c.draft.channels = vec![ChannelQuota { name: channel("app"), quota: Some(10) }];
                c.channel = name.map(channel);
                c.tally.of_channel = taken;
            })
        };
        assert_eq!(through(Some("app"), 9), Ok(()));
        assert_eq!(through(Some("app"), 10), Err(Refusal::ChannelQuotaReached));
        assert_eq!(through(Some("mail"), 0), Err(Refusal::ChannelMismatch));
        assert_eq!(through(None, 0), Err(Refusal::ChannelMismatch));
    }

    #[test]
    fn limits_come_before_stock_and_the_total_before_the_day() {
        let code = Code::new(ShopperId::new("s").unwrap().bucket(), 1);
        let again = check(|c| {
            c.draft.stock = Some(1);
            c.draft.per_shopper_daily = Some(1);
            c.tally = Tally {
                of_template: 1,
                of_template_today: 1,
                of_shop_today: 50,
                issued: 1,
                coupons: vec![code],
                of_channel: 0,
            };
        });
        assert_eq!(again, Err(Refusal::ClaimLimitReached { limit: 1, coupons: vec![code] }));
        let day = check(|c| {
            c.draft.per_shopper = 5;
            c.draft.per_shopper_daily = Some(1);
            c.tally.of_template = 1;
            c.tally.of_template_today = 1;
        });
        assert_eq!(day, Err(Refusal::DailyLimitReached { resets_at: at(1_000) }));
        assert_eq!(
            check(|c| c.tally.of_shop_today = 50),
            Err(Refusal::DailyLimitReached { resets_at: at(1_000) })
        );
        let sold = |issued| {
            check(|c| {
                c.draft.stock = Some(10);
                c.tally.issued = issued;
            })
        };
        assert_eq!(sold(9), Ok(()));
        assert_eq!(sold(10), Err(Refusal::SoldOut));
    }

    #[test]
    fn what_is_given_needs_no_window_no_channel_and_no_room_in_the_shops_day() {
        let given = |change: fn(&mut Case)| {
            check(|c| {
                c.knowing = Knowing::Grant;
                c.draft.visibility = Visibility::Granted;
                c.draft.claim_window = Window { from: None, until: Some(at(50)) };
                c.draft.channels = vec![ChannelQuota { name: channel("app"), quota: Some(0) }];
                c.tally.of_shop_today = 50;
                change(c);
            })
        };
        assert_eq!(given(|_| ()), Ok(()));
        assert_eq!(given(|c| c.state = State::Draft), Err(Refusal::NotFound));
        assert_eq!(given(|c| c.state = State::Paused), Err(Refusal::Paused));
        assert_eq!(given(|c| c.state = State::Ended), Err(Refusal::ClaimClosed));
        let over = Validity::Fixed(Window { from: None, until: Some(at(100)) });
        let over = check(|c| (c.knowing, c.draft.validity) = (Knowing::Grant, over));
        assert_eq!(over, Err(Refusal::ClaimClosed));
        assert_eq!(given(|c| c.facts.is_blocked = true), Err(Refusal::RiskRejected));
        let members = |c: &mut Case| c.draft.audience = Audience::Segment("vip".into());
        assert_eq!(given(members), Err(Refusal::NotInAudience));
        let full = Refusal::ClaimLimitReached { limit: 1, coupons: vec![] };
        assert_eq!(given(|c| c.tally.of_template = 1), Err(full));
        let day_full = |c: &mut Case| {
            c.draft.per_shopper_daily = Some(1);
            c.draft.per_shopper = 2;
            (c.tally.of_template, c.tally.of_template_today) = (1, 1);
        };
        assert_eq!(given(day_full), Err(Refusal::DailyLimitReached { resets_at: at(1_000) }));
        let gone = |c: &mut Case| (c.draft.stock, c.tally.issued) = (Some(10), 10);
        assert_eq!(given(gone), Err(Refusal::SoldOut));
    }
}
