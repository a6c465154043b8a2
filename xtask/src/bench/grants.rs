//! `cargo xtask bench grants`: one list of a million shoppers, each of whom is given a coupon, and what
//! memory that takes.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use domain::template::Lane;
use serde_json::Value;

use super::{
    Bench,
    driving::Figures,
    table::{self, Measured, grouped, megabytes},
};
use crate::{
    client::{Client, text},
    steps::Step,
    stores::Ground,
};

/// How often its progress is asked for.
const LOOK: Duration = Duration::from_millis(50);
/// The longest it may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long each part took, and how quickly its progress was answered meanwhile.
struct Course {
    checked: Duration,
    given: Duration,
    progress: Figures,
}

impl Bench<'_> {
    pub(super) fn grants(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let (count, store) = (self.plan.recipients, self.store(step, ground, "grants")?);
        let key = self.key(&store.url, "grant,manage")?;
        let (client, server) = self.node(step, &store, &key)?;
        let template = client.template("For everybody", count, Lane::Instant)?;
        let list: String =
            ["shopper\n".to_owned()].into_iter().chain((0..count).map(shopper)).collect();
        let resident = server.memory("VmRSS");
        step.show("sending the list");
        let sent = Instant::now();
        let path = format!("/grants?template={template}");
        let (status, answer) = client.upload(&path, "grant", &list)?;
        let laid_down = sent.elapsed();
        ensure!(status == 202, "a grant answered {status}: {answer}");
        let (id, listing) = (text(&answer, "id")?, server.memory("VmHWM"));
        let course = follow(step, &client, &id, count)?;
        let peak = server.memory("VmHWM");
        drop((client, server));
        self.check(step, &store, count)?;

        let about =
            format!("one grant to {}, {} bytes", grouped(count), grouped(list.len() as u64));
        let memory = format!(
            "; the server's memory {} before, {} at most until the list lay there, {} until the end",
            megabytes(resident),
            megabytes(listing),
            megabytes(peak),
        );
        let rows = [
            table::once("`POST /grants`, a list as CSV: entries laid down", count, laid_down, ""),
            table::once("entries checked", count, course.checked, ""),
            table::once("coupons given", count, course.given, &memory),
            table::times("`GET /grants/{id}` meanwhile", &[course.progress], ""),
        ];
        Ok(Measured { about, rows: rows.concat() })
    }
}

/// A line of the list.
fn shopper(n: u64) -> String {
    format!("shopper-{n}\n")
}

/// Asks how far it is until everybody has a coupon. What is between two looks belongs to what follows.
fn follow(step: &Step, client: &Client, id: &str, count: u64) -> Result<Course> {
    let (begun, mut answered) = (Instant::now(), Vec::new());
    let mut checked = Duration::ZERO;
    let made = loop {
        let asked = Instant::now();
        let (status, answer) = client.fetch(&format!("/grants/{id}"))?;
        answered.push(asked.elapsed());
        ensure!(status == 200, "the progress answered {status}: {answer}");
        let grant: Value = serde_json::from_str(&answer)?;
        let number = |name: &str| grant[name].as_u64().unwrap_or_default();
        match grant["state"].as_str() {
            Some("checking") => checked = begun.elapsed(),
            Some("running") => {}
            Some("done") => break number("given"),
            _ => bail!("the grant went wrong: {answer}"),
        }
        step.show(&format!("{} checked, {} given", number("checked"), number("given")));
        ensure!(begun.elapsed() < PATIENCE, "the grant has no end: {answer}");
        sleep(LOOK);
    };
    let took = begun.elapsed();
    ensure!(made == count, "{count} were to get a coupon, {made} got one");
    let progress = Figures::of(answered, took)?;
    // Nothing is known more closely than we looked.
    let (checked, given) = (checked.max(LOOK), took.saturating_sub(checked).max(LOOK));
    Ok(Course { checked, given, progress })
}
