//! `cargo xtask bench lanes`: claims that are settled at once beside claims that wait in line, and how
//! soon those have their answer.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::template::Lane;

use super::{
    Bench,
    driving::{Figures, Until, drive},
    plan::ROUNDS,
    rush::{Rush, WARM_UP},
    table::{self, Measured},
};
use crate::{
    steps::Step,
    stores::{Ground, Store},
};

/// The longest a line may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(120);

const WAITING: &str = "tickets WHERE state = 'waiting'";

/// The rounds of one kind of store.
#[derive(Default)]
struct Lines {
    instant: Vec<Figures>,
    accepted: Vec<Figures>,
    settled: Vec<Figures>,
    /// How long after the last ticket all had their answer.
    after: Vec<Duration>,
}

impl Bench<'_> {
    pub(super) fn lanes(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let store = self.store(step, ground, "lanes")?;
        let key = self.key(&store.url, "claim,manage")?;
        let (client, server) = self.node(step, &store, &key)?;
        let instant = Rush::on(&client, "instant", Lane::Instant)?;
        let queued = Rush::on(&client, "queued", Lane::Queued)?;
        let clients = self.crowd(&client);
        for rush in [&instant, &queued] {
            drive(&clients, Until::Done(WARM_UP), |client, _| rush.claim(client))?;
        }
        let (mut lines, until) = (Lines::default(), Until::Passed(self.plan.time));
        for round in 1..=ROUNDS {
            step.show(&format!("round {round}"));
            store.await_none(WAITING, PATIENCE)?;
            lines.instant.push(drive(&clients, until, |client, _| instant.claim(client))?);
            let before = store.number("SELECT MAX(accepted_at) FROM tickets")?;
            lines.accepted.push(drive(&clients, until, |client, _| queued.claim(client))?);
            store.await_none(WAITING, PATIENCE)?;
            let (settled, after) = settled(&store, before)?;
            lines.settled.push(settled);
            lines.after.push(after);
        }
        drop((clients, client, server));
        let came = queued.came();
        let held = store.number("SELECT COUNT(*) FROM tickets WHERE state = 'settled'")?;
        ensure!(held == came, "{came} tickets were answered; the store has settled {held}");
        self.check(step, &store, instant.came() + came)?;
        let about = format!("{} connections, median of {ROUNDS} rounds", self.plan.connections);
        Ok(Measured { about, rows: lines.rows() })
    }
}

/// What became of the tickets that were accepted after a moment: how many had their answer in a second
/// from the first ticket to the last answer, how long one waited; and how long it was from the last
/// ticket to the last answer.
fn settled(store: &Store, before: u64) -> Result<(Figures, Duration)> {
    let number = |what: &str, which: &str| {
        let query = format!("SELECT {what} FROM tickets WHERE accepted_at > {before}{which}");
        store.number(&query)
    };
    let time = |what: &str, which: &str| number(what, which).map(Duration::from_micros);
    let count = number("COUNT(*)", "")?;
    let waited = |percent: u64| {
        let at = count.saturating_sub(1) * percent / 100;
        let nth = format!(" ORDER BY waited LIMIT 1 OFFSET {at}");
        time("settled_at - accepted_at AS waited", &nth)
    };
    let took = time("MAX(settled_at) - MIN(accepted_at)", "")?;
    let after = time("MAX(settled_at) - MAX(accepted_at)", "")?;
    let rate = count as f64 / took.as_secs_f64();
    Ok((Figures { rate, p50: waited(50)?, p99: waited(99)? }, after))
}

impl Lines {
    fn rows(&self) -> String {
        let accepted = table::ratio(&self.accepted, &self.instant);
        let after = table::middle_time(self.after.iter().copied()).as_secs_f64();
        [
            table::row("`POST /claims`, settled at once", &self.instant, ""),
            table::row(
                "the same in the queued lane: tickets accepted",
                &self.accepted,
                &format!("{accepted:.2} of those settled at once"),
            ),
            table::row(
                "tickets settled by the worker, and how long they waited",
                &self.settled,
                &format!("all {after:.1} s after the last was accepted"),
            ),
        ]
        .concat()
    }
}
