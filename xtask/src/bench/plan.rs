//! What is asked for on the command line.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::cast::{Size, WALLET};
use crate::stores::Kind;

/// Everything is measured so often; the median counts.
pub(crate) const ROUNDS: u64 = 3;
/// Orders before those that count, when caches fill and statements are prepared.
pub(crate) const WARM_UP: u64 = 500;
/// What the full store is compared with.
pub(crate) const SMALL: Size = Size { templates: 100, coupons: 10_000 };

/// The most recipients one list names.
const RECIPIENTS: u64 = 1_000_000;

/// What is measured instead of calls on a full store.
#[derive(Clone, Copy)]
pub(crate) enum What {
    Claims,
    Lanes,
    Grants,
    Views,
    Pages,
    Funnel,
}

impl What {
    /// As it is asked for.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let all = [Self::Claims, Self::Lanes, Self::Grants, Self::Views, Self::Pages, Self::Funnel];
        all.into_iter().find(|what| what.name() == word)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Lanes => "lanes",
            Self::Grants => "grants",
            Self::Views => "views",
            Self::Pages => "pages",
            Self::Funnel => "funnel",
        }
    }
}

pub(crate) struct Plan {
    pub(crate) size: Size,
    pub(crate) connections: u64,
    /// How long whatever stores nothing is asked for in one round.
    pub(crate) time: Duration,
    /// How many orders are made in one round.
    pub(crate) orders: u64,
    /// To how many one grant gives.
    pub(crate) recipients: u64,
    /// How many events a year has, or a few more.
    pub(crate) events: u64,
    pub(crate) kinds: Vec<Kind>,
}

impl Plan {
    pub(crate) fn read(words: &[&str]) -> Result<Self> {
        let mut plan = Self {
            size: Size { templates: 10_000, coupons: 10_000_000 },
            connections: 64,
            time: Duration::from_secs(5),
            orders: 3_000,
            recipients: RECIPIENTS,
            events: 10_000_000,
            kinds: vec![Kind::Postgres, Kind::Sqlite],
        };
        for option in words.chunks(2) {
            let [name, value] = option else { bail!("{} wants a value", option.concat()) };
            let number = || -> Result<u64> {
                let number = value.parse().with_context(|| format!("{name} wants a number"))?;
                ensure!(number > 0, "{name} wants more than nothing");
                Ok(number)
            };
            match *name {
                "--templates" => plan.size.templates = number()?,
                "--coupons" => plan.size.coupons = number()?,
                "--connections" => plan.connections = number()?,
                "--seconds" => plan.time = Duration::from_secs(number()?),
                "--orders" => plan.orders = number()?,
                "--recipients" => plan.recipients = number()?,
                "--events" => plan.events = number()?,
                "--store" => plan.kinds = vec![kind(value)?],
                _ => bail!("there is no option {name}"),
            }
        }
        ensure!(plan.size.templates >= WALLET, "a wallet holds coupons of {WALLET} templates");
        let recipients = plan.recipients;
        ensure!(recipients <= RECIPIENTS, "one list names {RECIPIENTS} at most");
        let orders = WARM_UP + ROUNDS * plan.orders;
        let coupons = plan.size.coupons.min(SMALL.coupons) / WALLET * WALLET;
        ensure!(orders <= coupons, "{orders} orders want a coupon each, and there are {coupons}");
        Ok(plan)
    }
}

fn kind(word: &str) -> Result<Kind> {
    match word {
        "postgres" => Ok(Kind::Postgres),
        "sqlite" => Ok(Kind::Sqlite),
        _ => bail!("a store is postgres or sqlite"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_promised() {
        let plan = Plan::read(&["--coupons", "20000", "--store", "sqlite"]).unwrap();
        assert_eq!(
            (plan.size.templates, plan.size.coupons, plan.connections),
            (10_000, 20_000, 64)
        );
        assert!(plan.kinds == [Kind::Sqlite]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for words in [
            &["--coupons"][..],
            &["--coupons", "many"],
            &["--templates", "19"],
            &["--orders", "100000"],
            &["--recipients", "1000001"],
            &["--store", "memory"],
            &["--speed", "11"],
        ] {
            assert!(Plan::read(words).is_err(), "{words:?}");
        }
    }
}
