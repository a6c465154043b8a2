//! `cargo xtask bench funnel`: a store with a year in it, what it takes to add all of that up, and what
//! it takes to read funnels and the console's pages from it.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{
    Bench, cast,
    driving::{Figures, Until, drive},
    plan::ROUNDS,
    table::{self, Measured, grouped, loaded},
    year::Year,
};
use crate::{
    client::{Browser, Client},
    program,
    steps::Step,
    stores::{Ground, Kind, Store},
};

/// Order systems, and operators, at once: numbers are looked at by few.
const LOOKERS: u64 = 4;

const EMAIL: &str = "operator@example.com";
const PASSWORD: &str = "long enough to be one";

impl Bench<'_> {
    pub(super) fn funnel(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let year = Year::of(self.plan.events, self.plan.size.templates)?;
        let store = self.store(step, ground, "funnel")?;
        let filled = year.fill(step, &store, &ground.folder)?;
        let events = store.number("SELECT COUNT(*) FROM events")?;
        step.show("adding up");
        let begun = Instant::now();
        step.run(&mut self.quan(&["rebuild"], &store.url))?;
        let added_up = begun.elapsed();
        let sums = store.number("SELECT COUNT(*) FROM rollups")?;
        if ground.kind == Kind::Postgres {
            // As tidy as autovacuum leaves it in a year.
            store.answer("VACUUM (ANALYZE)")?;
        }
        let sums = format!(", {} rows of sums", grouped(sums));
        let mut rows = table::once("events added up, `quan rebuild`", events, added_up, &sums);
        rows += &self.looks(step, &store, &year)?;
        self.check(step, &store, year.coupons)?;
        let about = format!(
            "{LOOKERS} connections, median of {ROUNDS} rounds, {} templates live, {} coupons and {} \
             events of a year ({})",
            grouped(year.templates),
            grouped(year.coupons),
            grouped(events),
            loaded(&filled),
        );
        Ok(Measured { about, rows })
    }

    fn looks(&self, step: &Step, store: &Store, year: &Year) -> Result<String> {
        let key = self.key(&store.url, "read")?;
        program::operator(self.project, &self.server, &store.url, EMAIL, PASSWORD)?;
        let (client, _server) = self.node(step, store, &key)?;
        let [from, to] = year.period()?;
        let of_year = format!("from={from}&to={to}");
        ensure_whole(&client, store, year, &of_year)?;
        let clients: Vec<Client> = (0..LOOKERS).map(|_| client.another()).collect();
        let signed_in = (0..LOOKERS).map(|_| client.console(EMAIL, PASSWORD));
        let browsers: Vec<Browser> = signed_in.collect::<Result<_>>()?;
        let first = cast::template_id(0);
        let calls = [
            (
                "`GET /funnel` of one template, a tenth of it all, over the year",
                format!("/funnel?template={first}&{of_year}"),
            ),
            (
                "the same of all templates over the year by day",
                format!("/funnel?{of_year}&bucket=day"),
            ),
        ];
        let mut rows = String::new();
        for (what, path) in calls {
            step.show(what);
            rows += &self.row(what, &clients, |client| read(client, &path).map(drop))?;
        }
        for (what, path) in pages(year, &first)? {
            step.show(what);
            rows += &self.row(what, &browsers, |browser| show(browser, &path))?;
        }
        Ok(rows)
    }

    fn row<C: Sync>(
        &self,
        what: &str,
        lookers: &[C],
        look: impl Fn(&C) -> Result<()> + Sync,
    ) -> Result<String> {
        let until = Until::Passed(self.plan.time);
        let round = |_| drive(lookers, until, |looker, _| look(looker));
        let rounds: Vec<Figures> = (0..ROUNDS).map(round).collect::<Result<_>>()?;
        Ok(table::row(what, &rounds, ""))
    }
}

/// What an operator looks at.
fn pages(year: &Year, template: &str) -> Result<[(&'static str, String); 7]> {
    let [first, last] = year.days()?;
    let days = format!("first={first}&last={last}");
    Ok([
        ("overview, `/ops`", "/ops".to_owned()),
        ("list of templates, `/ops/templates`", "/ops/templates".to_owned()),
        (
            "the same, filtered and sorted",
            "/ops/templates?state=live&claims=open&campaign=Campaign+7&sort=issued".to_owned(),
        ),
        ("the same, searched", "/ops/templates?search=template+77".to_owned()),
        ("funnel of thirty days, `/ops/funnel`", "/ops/funnel".to_owned()),
        ("the same over the year", format!("/ops/funnel?{days}")),
        ("the same of one template", format!("/ops/funnel?template={template}&{days}")),
    ])
}

/// The funnel has what the store has.
fn ensure_whole(client: &Client, store: &Store, year: &Year, of_year: &str) -> Result<()> {
    let funnel: Value = serde_json::from_str(&read(client, &format!("/funnel?{of_year}"))?)?;
    let stage = |name: &str| funnel["stages"][name].as_u64();
    let paid = store.number("SELECT COUNT(*) FROM redemptions")?;
    let refunded = store.number("SELECT COUNT(*) FROM returns")?;
    let told = ["view", "claim", "redeem", "return"].map(stage);
    let held = [5 * year.coupons, year.coupons, paid, refunded].map(Some);
    ensure!(told == held, "the funnel tells of {told:?}; the store holds {held:?}");
    Ok(())
}

fn read(client: &Client, path: &str) -> Result<String> {
    let (status, answer) = client.fetch(path)?;
    let is_funnel = status == 200 && answer.contains(r#""stages""#);
    ensure!(is_funnel, "{path} answered {status}: {answer}");
    Ok(answer)
}

fn show(browser: &Browser, path: &str) -> Result<()> {
    let page = browser.page(path, "identity")?;
    ensure!(page.bytes.ends_with(b"</html>"), "{path} answered half a page");
    Ok(())
}
