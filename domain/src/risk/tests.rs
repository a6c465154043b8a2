use std::collections::VecDeque;
use std::net::IpAddr;

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{EntryId, Problem};

fn at(second: i64) -> Time {
    Utc.timestamp_opt(second, 0).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

fn entry(list: List, kind: &str, text: &str) -> Entry {
    Entry {
        id: EntryId(Uuid::nil()),
        list,
        thing: Thing::parse(kind, text).unwrap(),
        reason: "because".to_owned(),
        by: "rika".to_owned(),
        added_at: at(0),
        expires_at: None,
    }
}

fn who(shopper: &str, device: Option<&str>, address: Option<&str>) -> Who {
    Who {
        shopper: shopper.parse().unwrap(),
        device: device.map(|device| device.parse().unwrap()),
        address: address.map(ip),
    }
}

#[test]
fn networks_are_read_in_their_one_form() {
    for (typed, written) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("203.0.113.7/0", "0.0.0.0/0"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7/120", "203.0.113.0/24"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1"),
        ("::/0", "::/0"),
    ] {
        assert_eq!(network(typed).to_string(), written, "{typed}");
        assert_eq!(network(written), network(typed));
    }
    for odd in ["", "x", "203.0.113", "203.0.113.7/33", "203.0.113.7/", "203.0.113.7/+8", "::1/129"]
    {
        assert_eq!(odd.parse::<Network>(), Err(Problem::NotAnAddress), "{odd}");
    }
}

#[test]
fn a_network_holds_what_begins_as_it_does() {
    for (around, address, holds) in [
        ("203.0.113.0/24", "203.0.113.255", true),
        ("203.0.113.0/24", "203.0.114.0", false),
        ("203.0.113.0/24", "::ffff:203.0.113.1", true),
        ("0.0.0.0/0", "203.0.113.1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "203.0.113.1", false),
        ("2001:db8::/33", "2001:db8:8000::1", false),
    ] {
        assert_eq!(network(around).holds(ip(address)), holds, "{around} {address}");
    }
    assert_eq!(Network::client(ip("2001:db8:1:2:3::9")).to_string(), "2001:db8:1:2::/64");
    assert_eq!(Network::client(ip("203.0.113.9")).to_string(), "203.0.113.9");
}

#[test]
fn denied_beats_allowed_and_allowed_beats_the_rules() {
    let lists: Lists = [
        entry(List::Allow, "shopper", "mei"),
        entry(List::Deny, "device", "emulator"),
        entry(List::Deny, "network", "203.0.113.0/24"),
        entry(List::Allow, "network", "203.0.113.8/29"),
    ]
    .into_iter()
    .collect();
    let stands = |who: Who, is_blocked| match lists.standing(&who, is_blocked, at(0)) {
        Standing::Blocked => "blocked".to_owned(),
        Standing::Denied(entry) => format!("denied {}", entry.thing.text()),
        Standing::Allowed(entry) => format!("allowed {}", entry.thing.text()),
        Standing::Plain => "plain".to_owned(),
    };
    for (shopper, device, address, is_blocked, expected) in [
        ("bo", None, None, false, "plain"),
        ("bo", Some("phone"), Some("198.51.100.1"), false, "plain"),
        ("mei", None, None, false, "allowed mei"),
        ("mei", Some("emulator"), None, false, "denied emulator"),
        ("mei", None, Some("203.0.113.1"), false, "denied 203.0.113.0/24"),
        ("bo", None, Some("203.0.113.9"), false, "allowed 203.0.113.8/29"),
        ("bo", Some("emulator"), Some("203.0.113.9"), false, "denied emulator"),
        ("bo", None, Some("203.0.113.9"), true, "blocked"),
        ("mei", None, None, true, "allowed mei"),
    ] {
        let found = stands(who(shopper, device, address), is_blocked);
        assert_eq!(found, expected, "{shopper} {device:?} {address:?}");
    }
}

#[test]
fn an_entry_ends_at_its_moment_and_a_wider_one_goes_on() {
    let mut narrow = entry(List::Allow, "network", "203.0.113.9");
    narrow.expires_at = Some(at(100));
    let lists: Lists =
        [narrow, entry(List::Deny, "network", "203.0.113.0/24")].into_iter().collect();
    let who = who("bo", None, Some("203.0.113.9"));
    assert!(matches!(lists.standing(&who, false, at(99)), Standing::Allowed(_)));
    assert!(matches!(lists.standing(&who, false, at(100)), Standing::Denied(_)));
}

fn reached(rule: Rule, mode: Mode) -> Reached {
    let bound = Bound { mode, ..Rules::default().get(rule) };
    Reached { rule, bound, step: Step::Delay, ends_at: at(30) }
}

/// Standing, rules reached → refusal, and each finding as its word and decision.
fn check(standing: &Standing, said: &[Reached], code: Option<&str>, found: &[(&str, &str)]) {
    let judged = decide(standing, said, at(0));
    assert_eq!(judged.refusal.as_ref().map(Refusal::code), code);
    let words: Vec<_> =
        judged.findings.iter().map(|one| (one.why.word(), one.decision.word())).collect();
    assert_eq!(words, found);
}

#[test]
fn the_first_rule_that_is_on_refuses_and_shadows_go_on_record() {
    let (off, shadow, on) = (Mode::Off, Mode::Shadow, Mode::On);
    let plain = Standing::Plain;
    check(&plain, &[], None, &[]);
    check(&plain, &[reached(Rule::Shopper, off)], None, &[]);
    check(&plain, &[reached(Rule::Shopper, shadow)], None, &[("shopper", "shadow")]);
    let said =
        [reached(Rule::Shopper, on), reached(Rule::Device, on), reached(Rule::Address, shadow)];
    let found = [("shopper", "refused"), ("address", "shadow")];
    check(&plain, &said, Some("too_many_attempts"), &found);
    let allowed = Standing::Allowed(entry(List::Allow, "shopper", "mei"));
    let found = [("shopper", "allowed"), ("device", "allowed"), ("address", "shadow")];
    check(&allowed, &said, None, &found);
    check(&allowed, &[], None, &[]);
    let denied = Standing::Denied(entry(List::Deny, "shopper", "mei"));
    check(&denied, &said, Some("risk_rejected"), &[("deny_list", "refused")]);
    check(&Standing::Blocked, &said, Some("risk_rejected"), &[("blocked", "refused")]);
    let told = decide(&plain, &said, at(0)).refusal;
    assert_eq!(told, Some(Refusal::TooManyAttempts { retry_after: 30 }));
}

#[test]
fn guessing_leads_from_a_delay_to_a_challenge_to_a_lock_out() {
    for (wrong, step) in [
        (0, None),
        (10, None),
        (11, Some(Step::Delay)),
        (20, Some(Step::Delay)),
        (21, Some(Step::Challenge)),
        (30, Some(Step::Challenge)),
        (31, Some(Step::LockOut)),
        (u32::MAX, Some(Step::LockOut)),
    ] {
        assert_eq!(Step::after(wrong, 10), step, "{wrong}");
    }
    assert_eq!(Step::after(Step::most(10), 10), Some(Step::LockOut));
    assert_eq!(Step::after(1, 1), None);
    assert_eq!(Step::after(2, 1), Some(Step::Delay));
    assert_eq!(Step::after(3, 1), Some(Step::Challenge));
    assert_eq!(Step::after(4, 1), Some(Step::LockOut));
    for step in Step::ALL {
        assert_eq!(Step::parse(step.as_str()), Some(step));
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for rule in Rule::ALL {
        assert_eq!(Rule::parse(rule.as_str()), Some(rule));
        let bound = Bound { limit: 7, window_minutes: 9, mode: Mode::Shadow };
        let rules = Rules::default().with(rule, bound);
        assert_eq!(rules.get(rule), bound);
        assert!(Rules::default().get(rule).check().is_ok());
    }
    for mode in Mode::ALL {
        assert_eq!(Mode::parse(mode.as_str()), Some(mode));
    }
    for list in List::ALL {
        assert_eq!(List::parse(list.as_str()), Some(list));
    }
    for (kind, text) in [("shopper", "mei"), ("device", "phone"), ("network", "10.0.0.0/8")] {
        let thing = Thing::parse(kind, text).unwrap();
        assert_eq!((thing.kind(), thing.text().as_str()), (kind, text));
    }
    assert_eq!(Thing::parse("phone", "x"), Err(Problem::Unknown));
    assert_eq!(Thing::parse("network", ""), Err(Problem::Required));
}

#[test]
fn a_bound_lets_somebody_pass_and_ends() {
    let check = |limit, window_minutes| Bound { limit, window_minutes, mode: Mode::On }.check();
    assert!(check(1, 1).is_ok());
    assert!(check(LIMIT_MAX, WINDOW_MAX).is_ok());
    let wrong = check(0, WINDOW_MAX + 1).unwrap_err();
    let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(fields, ["limit", "window_minutes"]);
}

#[test]
fn what_was_given_back_leaves_room() {
    let mut recent = Recent::new(15, at(0));
    assert_eq!(recent.take(3, 2), 2);
    assert_eq!(recent.take(1, 2), 0);
    assert_eq!(recent.room_at(2), at(900));
    recent.give_back();
    assert_eq!((recent.total(), recent.take(1, 2)), (1, 1));
    let later = Recent::new(15, at(899)).with(recent.newest(), *recent.counts());
    assert_eq!(later.total(), 2);
    let gone = Recent::new(15, at(900)).with(recent.newest(), *recent.counts());
    assert_eq!(gone.total(), 0);
    let behind = Recent::new(15, at(-500)).with(recent.newest(), *recent.counts());
    assert_eq!(behind.total(), 2, "a clock that is behind forgets nothing");
}

proptest! {
    /// However claims come, no more than the limit pass in eleven twelfths of any window, and whoever
    /// waits as told is let in.
    #[test]
    fn a_window_slides(
        steps in prop::collection::vec(0i64..400, 1..120),
        limit in 1u32..8,
        minutes in 1u32..90,
    ) {
        let window = TimeDelta::minutes(minutes.into());
        let sure = window * 11 / 12;
        let mut now = at(1_000_000);
        let mut stored = Recent::new(minutes, now);
        let mut passed: VecDeque<Time> = VecDeque::new();
        for step in steps {
            now += TimeDelta::seconds(step);
            let mut recent = Recent::new(minutes, now).with(stored.newest(), *stored.counts());
            let in_window = passed.iter().filter(|at| **at > now - window).count() as u32;
            let surely = passed.iter().filter(|at| **at > now - sure).count() as u32;
            prop_assert!(recent.total() <= in_window);
            prop_assert!(recent.total() >= surely);
            if recent.take(1, limit) == 1 {
                passed.push_back(now);
            } else {
                let room_at = recent.room_at(limit);
                prop_assert!(now < room_at && room_at <= now + window);
                let mut then = Recent::new(minutes, room_at).with(recent.newest(), *recent.counts());
                prop_assert_eq!(then.take(1, limit), 1);
                let early = room_at - TimeDelta::seconds(1);
                let mut early = Recent::new(minutes, early).with(recent.newest(), *recent.counts());
                prop_assert_eq!(early.take(1, limit), 0);
            }
            prop_assert!(recent.total() <= limit);
            prop_assert!(recent.ends_at() > now);
            stored = recent;
        }
    }

    #[test]
    fn an_address_lies_in_every_network_around_it(bits: u128, prefix in 0u8..=128) {
        let address = IpAddr::from(std::net::Ipv6Addr::from(bits));
        if let Some(around) = Network::new(address, prefix) {
            prop_assert!(around.holds(address));
            prop_assert_eq!(around.to_string().parse::<Network>(), Ok(around));
        }
    }

    #[test]
    fn a_network_is_wide_above_eight_bits(prefix in 0u8..=32) {
        let around: Network = format!("10.0.0.0/{prefix}").parse().unwrap();
        prop_assert_eq!(around.is_wide(), prefix < 8);
    }

    #[test]
    fn no_text_makes_the_reader_of_networks_panic(text in ".{0,40}") {
        let _ = text.parse::<Network>();
    }

    /// An allow entry never refuses, a deny entry always does, and a shadow never.
    #[test]
    fn whoever_is_allowed_passes_and_whoever_is_denied_does_not(
        modes in prop::collection::vec(0usize..3, 0..7),
    ) {
        let said: Vec<Reached> = (Rule::ALL.into_iter().zip(modes))
            .map(|(rule, mode)| reached(rule, Mode::ALL[mode]))
            .collect();
        let is_on = said.iter().any(|one| one.bound.mode == Mode::On);
        prop_assert_eq!(decide(&Standing::Plain, &said, at(0)).refusal.is_some(), is_on);
        let allowed = Standing::Allowed(entry(List::Allow, "shopper", "mei"));
        prop_assert_eq!(decide(&allowed, &said, at(0)).refusal, None);
        let denied = Standing::Denied(entry(List::Deny, "shopper", "mei"));
        prop_assert_eq!(decide(&denied, &said, at(0)).refusal, Some(Refusal::RiskRejected));
    }
}
