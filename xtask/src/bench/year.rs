//! Loads a store with a year: templates that each run for four weeks and one that runs all the time,
//! coupons that are claimed evenly through the hours of 365 days, a good third of them used and some of
//! those refunded in part, what was told of them in the ledger, orders without coupons, views. `quan
//! doctor` finds its books to balance. Every order has one coupon and one line; what it has not are
//! locks that are active or lapsed, grants, pools, an audit trail, what was spent on channels, and
//! visitors who claimed nothing.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use domain::{
    Money, Time,
    benefit::Benefit,
    ids::Bucket,
    template::{Draft, Validity},
};

use super::{
    cast,
    filling::{Filled, Script},
};
use crate::{
    steps::Step,
    stores::{Kind, Store},
};

/// In microseconds.
const HOUR: u64 = 60 * 60 * 1_000_000;
const DAY: u64 = 24 * HOUR;
/// How much earlier days begin than in UTC where a deployment names no zone.
const EAST: u64 = 8 * HOUR;
/// How long an order may take.
const LOCK: u64 = HOUR / 4;

const DAYS: u64 = 365;
/// How long most templates run, and coupons are good for.
const RUN: u64 = 28;
/// What a coupon takes off, as `year.sql` says as well.
const AMOUNT: i64 = 500;
/// Coupons a shopper claims in the year.
const EACH: u64 = 10;

const CAMPAIGNS: u64 = 40;
const CHANNELS: [&str; 5] = ["none", "app", "mail", "poster", "partner"];

/// As much of a year as is asked for.
pub(super) struct Year {
    pub(super) templates: u64,
    pub(super) coupons: u64,
    /// Where it begins, at midnight, and the moment it was made up to.
    begins: u64,
    now: u64,
}

/// What became of a coupon, as the script calls it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Kept,
    Released,
    Redeemed,
    Returned,
}

impl Year {
    /// Of five coupons thirteen events tell.
    pub(super) fn of(events: u64, templates: u64) -> Result<Self> {
        ensure!(events >= 10 * templates, "{events} events are too few for {templates} templates");
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        let now = u64::try_from(now)?;
        let begins = midnight(now) - DAYS * DAY;
        Ok(Self { templates, coupons: events * 5 / 13, begins, now })
    }

    /// From its first midnight to the one to come, as the API reads moments.
    pub(super) fn period(&self) -> Result<[String; 2]> {
        Ok([moment(self.begins)?, moment(midnight(self.now) + DAY)?])
    }

    /// Its first and its last local day, as the console reads days.
    pub(super) fn days(&self) -> Result<[String; 2]> {
        let day = |at| -> Result<String> { Ok(moment(at + EAST)?.chars().take(10).collect()) };
        Ok([day(self.begins)?, day(self.now)?])
    }

    /// `folder` takes what is written down on the way.
    pub(super) fn fill(&self, step: &Step, store: &Store, folder: &Path) -> Result<Filled> {
        let begun = Instant::now();
        let coupons = folder.join("coupons.csv");
        step.show("writing a year of coupons down");
        self.write_coupons(&coupons)?;
        step.show("loading");
        let (now, templates) = (self.now.to_string(), self.said_templates(store.kind)?);
        let bytes: String = (0..=u8::MAX).map(|byte| format!("{byte:02X}")).collect();
        let [a_lock, an_hour, a_day, east] = [LOCK, HOUR, DAY, EAST].map(|time| time.to_string());
        let mut made = vec![
            ("{now}", now.as_str()),
            ("{templates}", &templates),
            ("{a_lock}", &a_lock),
            ("{an_hour}", &an_hour),
            ("{a_day}", &a_day),
            ("{east}", &east),
        ];
        made.extend(match store.kind {
            Kind::Postgres => POSTGRES,
            Kind::Sqlite => SQLITE,
        });
        made.push(("{bytes}", &bytes));
        Script { text: include_str!("year.sql"), coupons: &coupons, large: LARGE, made: &made }
            .load(step, store, folder)?;
        let time = begun.elapsed();
        fs::remove_file(coupons)?;
        Ok(Filled { time, bytes: store.bytes()? })
    }

    fn write_coupons(&self, file: &Path) -> Result<()> {
        let mut file = BufWriter::new(File::create(file)?);
        for n in 0..self.coupons {
            writeln!(file, "{}", self.coupon(n)?)?;
        }
        file.flush()?;
        Ok(())
    }

    /// Coupons are numbered as they are claimed.
    fn coupon(&self, n: u64) -> Result<String> {
        let shopper = cast::shopper(roll(n, 0, (self.coupons / EACH).max(1)))?;
        let bucket = shopper.bucket().number();
        let (code, template) = (cast::code(&shopper, n, 0), self.template_of(n));
        let channel = CHANNELS[roll(n, 1, CHANNELS.len() as u64) as usize];
        let claimed_at = self.claimed_at(n);
        let ends_at = midnight(claimed_at) + RUN * DAY;
        let locked_at = claimed_at + 1 + roll(n, 2, 9 * DAY);
        let done_at = locked_at + 1 + roll(n, 3, LOCK);
        let returned_at = done_at + 1 + roll(n, 4, 7 * DAY);
        let course = match roll(n, 5, 100) {
            _ if done_at >= self.now => Course::Kept,
            0..5 if returned_at < self.now => Course::Returned,
            0..46 => Course::Redeemed,
            46..54 => Course::Released,
            _ => Course::Kept,
        };
        let course = course.as_str();
        let price = 2_000 + roll(n, 6, 20_000);
        let order = Bucket::of(&format!("order-{n}")).number();
        let told = match roll(n, 7, 4) {
            0 => i32::from(Bucket::of(&format!("told-{n}")).number()),
            _ => -1,
        };
        Ok(format!(
            "{n},{bucket},{shopper},{code},{template},{channel},{course},{claimed_at},{ends_at},\
             {locked_at},{done_at},{returned_at},{price},{order},{told}"
        ))
    }

    fn claimed_at(&self, n: u64) -> u64 {
        // Nothing is so new that it could still change by itself.
        let span = self.now - HOUR - self.begins;
        self.begins + (u128::from(n) * u128::from(span) / u128::from(self.coupons)) as u64
    }

    /// A tenth is of the first template; else the newer one is, the more it is wanted.
    fn template_of(&self, n: u64) -> u64 {
        if roll(n, 8, 10) == 0 {
            return 0;
        }
        let running = (self.templates * RUN / DAYS).max(1);
        let age = roll(n, 9, 1 << 16);
        let newest = n * self.templates / self.coupons;
        newest.saturating_sub((((age * age) >> 16) * running) >> 16)
    }

    /// One statement each: SQLite takes none that is longer than a megabyte.
    fn said_templates(&self, kind: Kind) -> Result<String> {
        let mut sql = String::new();
        for n in 0..self.templates {
            let draft = draft(n);
            let id = cast::template_id(n);
            let id = match kind {
                Kind::Postgres => format!("'{id}'"),
                Kind::Sqlite => format!("X'{id}'"),
            };
            let (name, campaign) = (&draft.name, draft.campaign.as_deref().unwrap_or_default());
            let search = format!("{name}\n{campaign}").to_lowercase();
            let stock = number(draft.stock);
            let budget = number(draft.budget.map(Money::units));
            // Claims of it begin now.
            let first = (n * self.coupons).div_ceil(self.templates);
            let made_at = self.claimed_at(first);
            let draft = serde_json::to_string(&draft)?;
            writeln!(
                sql,
                "INSERT INTO made_templates VALUES ({n}, {id}, '{name}', '{campaign}', '{search}', \
                 {stock}, {budget}, {made_at}, '{draft}');"
            )?;
        }
        Ok(sql)
    }
}

impl Course {
    fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Released => "released",
            Self::Redeemed => "redeemed",
            Self::Returned => "returned",
        }
    }
}

/// Half of them with a stock, some with a budget; of the others nobody knows what they may cost.
fn draft(n: u64) -> Draft {
    let benefit = Benefit::AmountOff { amount: Money::minor(AMOUNT), min_spend: None };
    Draft {
        campaign: Some(format!("Campaign {}", n % CAMPAIGNS)),
        stock: n.is_multiple_of(2).then_some(100_000_000),
        budget: (n % 10 == 1).then(|| Money::minor(10_000_000_000)),
        per_shopper: 1_000,
        validity: Validity::Days { days: RUN as u32, until: None },
        ..Draft::new(format!("Template {n}"), benefit)
    }
}

fn number(number: Option<impl ToString>) -> String {
    number.map_or("NULL".to_owned(), |number| number.to_string())
}

/// When the local day begins that a moment lies in.
fn midnight(at: u64) -> u64 {
    (at + EAST) / DAY * DAY - EAST
}

fn moment(at: u64) -> Result<String> {
    let time = Time::from_timestamp_micros(i64::try_from(at)?).context("a moment in no year")?;
    let text = serde_json::to_value(time)?;
    Ok(text.as_str().context("a moment that is no text")?.to_owned())
}

/// Numbers that look like chance and follow from a coupon's, by the steps of SplitMix64.
fn roll(n: u64, which: u64, sides: u64) -> u64 {
    let mut z = (n * 16 + which + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % sides
}

/// Tables whose indexes are made when all is in; no other table's keys lead to them.
const LARGE: &str = "'coupons', 'tallies', 'events', 'locks', 'lock_coupons', 'redemption_lines', \
                     'redemption_coupons', 'redemption_shares', 'orders', 'counts', 'viewers'";

const POSTGRES: &[(&str, &str)] = &[
    ("{template_text}", "template::text"),
    (
        "{order_id}",
        "overlay(gen_random_uuid()::text placing '7' || lpad(to_hex(order_bucket), 3, '0')
    from 15 for 4)::uuid",
    ),
];

const SQLITE: &[(&str, &str)] = &[
    ("{template_text}", "lower(hex(template))"),
    // Two bytes out of all that there are: no function makes one of a number.
    (
        "{order_id}",
        "CAST(randomblob(6) || substr(X'70717273', order_bucket / 256 + 1, 1)
    || substr(X'{bytes}', order_bucket % 256 + 1, 1) || X'80' || randomblob(7) AS BLOB)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_local_midnight() {
        let noon = 20_000 * DAY + 4 * HOUR;
        assert_eq!(moment(midnight(noon)).unwrap(), "2024-10-03T16:00:00Z");
        let year = Year { templates: 20, coupons: 400, begins: midnight(noon), now: noon };
        assert_eq!(year.days().unwrap(), ["2024-10-04", "2024-10-04"]);
    }

    #[test]
    fn every_template_is_wanted() {
        let now = 20_000 * DAY;
        let year = Year { templates: 100, coupons: 10_000, begins: now - 365 * DAY, now };
        let mut claims = [0; 100];
        for n in 0..year.coupons {
            claims[year.template_of(n) as usize] += 1;
        }
        assert!(claims.iter().all(|claims| *claims > 0), "{claims:?}");
        assert!(claims[0] > 900, "{claims:?}");
    }
}
