//! `cargo xtask bench views`: host shops tell of cards that were shown, as fast as they can, and at a
//! steady pace while shoppers look at the coupon center.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread::{self, sleep},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    Bench,
    driving::{Figures, Until, drive},
    pages::{Center, HELD, Looks, PLAIN, TEMPLATES},
    plan::ROUNDS,
    table::{self, Measured, grouped},
};
use crate::{
    client::Client,
    steps::Step,
    stores::{Ground, Store},
};

/// Views a second, where there is a pace.
const PACE: u64 = 20_000;

/// Shoppers who look at the center meanwhile.
const LOOKERS: u64 = 4;

/// What is told of: in each call another visitor was shown cards.
struct Telling {
    templates: Vec<String>,
    visitors: AtomicU64,
    told: AtomicU64,
}

/// The rounds of one kind of store; of what is told, its views and not its calls are counted.
#[derive(Default)]
struct Rounds {
    single: Vec<Figures>,
    many: Vec<Figures>,
    paced: Vec<Figures>,
    alone: Looks,
    beside: Looks,
}

impl Bench<'_> {
    pub(super) fn views(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let store = self.store(step, ground, "views")?;
        let (rounds, told) = self.tell(step, &store)?;
        // With the server the last of them were written.
        const SEEN: &str = "SELECT COUNT(*) FROM viewers
            JOIN templates ON templates.id = viewers.template WHERE visitor LIKE 'visitor-%'";
        const COUNTED: &str = "SELECT SUM(n) FROM counts WHERE kind = 'view'";
        let (seen, counted) = (store.number(SEEN)?, store.number(COUNTED)?);
        ensure!(
            seen == told && counted > told,
            "{told} views were told beside those of pages; the store holds {seen}, in all {counted}"
        );
        self.check(step, &store, LOOKERS * HELD as u64)?;
        let connections = self.plan.connections;
        let about = format!("{connections} connections, median of {ROUNDS} rounds");
        Ok(Measured { about, rows: rounds.rows() })
    }

    fn tell(&self, step: &Step, store: &Store) -> Result<(Rounds, u64)> {
        let key = self.key(&store.url, "claim,manage")?;
        let (client, _server) = self.node(step, store, &key)?;
        let Center { templates, browsers } = Center::open(step, store, &client, LOOKERS)?;
        let (visitors, told) = (AtomicU64::new(0), AtomicU64::new(0));
        let telling = Telling { templates, visitors, told };
        let (clients, until) = (self.crowd(&client), Until::Passed(self.plan.time));
        let mut rounds = Rounds::default();
        for round in 1..=ROUNDS {
            step.show(&format!("round {round}"));
            let single = drive(&clients, until, |client, _| telling.tell(client, 1))?;
            let many = drive(&clients, until, |client, _| telling.tell(client, TEMPLATES))?;
            rounds.single.push(single);
            rounds.many.push(views(many));
            rounds.alone.look(&browsers, PLAIN, until)?;
            let begun = Instant::now();
            let turn = |client: &Client, n: u64| telling.tell_at_pace(client, begun, n);
            let paced = thread::scope(|scope| {
                let told = scope.spawn(|| drive(&clients, until, turn));
                rounds.beside.look(&browsers, PLAIN, until)?;
                told.join().ok().context("a host shop panicked")?
            })?;
            rounds.paced.push(views(paced));
        }
        Ok((rounds, telling.told.load(Relaxed)))
    }
}

/// Of calls that told of a whole center each, the views.
fn views(calls: Figures) -> Figures {
    Figures { rate: calls.rate * TEMPLATES as f64, ..calls }
}

impl Telling {
    fn tell(&self, client: &Client, cards: usize) -> Result<()> {
        let n = self.visitors.fetch_add(1, Relaxed);
        let view =
            |template: &String| json!({ "template": template, "visitor": format!("visitor-{n}") });
        let shown = self.templates.iter().cycle().skip(n as usize % TEMPLATES).take(cards);
        let views: Value = shown.map(view).collect();
        let (status, answer) = client.post("/views", "-", &views.to_string())?;
        ensure!(status == 202, "views answered {status}: {answer}");
        self.told.fetch_add(cards as u64, Relaxed);
        Ok(())
    }

    /// The call of this number, not before its time.
    fn tell_at_pace(&self, client: &Client, begun: Instant, n: u64) -> Result<()> {
        let due = begun + Duration::from_micros(n * TEMPLATES as u64 * 1_000_000 / PACE);
        sleep(due.saturating_duration_since(Instant::now()));
        self.tell(client, TEMPLATES)
    }
}

impl Rounds {
    fn rows(&self) -> String {
        let (alone, beside) = (table::median(&self.alone.whole), table::median(&self.beside.whole));
        let longer = beside.p50.as_secs_f64() / alone.p50.as_secs_f64();
        let paced = grouped(table::median(&self.paced).rate.round() as u64);
        [
            table::row("`POST /views`, one view a call", &self.single, ""),
            table::row(&format!("the same, {TEMPLATES} views a call"), &self.many, ""),
            table::row(
                &format!("coupon center, `GET /`, signed in, {LOOKERS} connections"),
                &self.alone.whole,
                "",
            ),
            table::row(
                &format!("the same while {paced} views a second are told"),
                &self.beside.whole,
                &format!("p50 {longer:.2} of that without"),
            ),
        ]
        .concat()
    }
}
