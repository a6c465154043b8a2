//! Storms: order systems claim, in both lanes, lock and pay as fast as they can while servers, workers,
//! the store and Redis are killed, and servers and workers asked to stop. Whoever gets no answer asks
//! again. At the end everything that was answered is there, once, is answered again word for word, every
//! ticket has its answer, and the books balance. Then many are given a coupon, and everything is killed
//! in the middle of that, once.

use std::{
    iter::once,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread::{self, sleep},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use domain::template::Lane;
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    postgres::{self, free_port},
    process::Running,
    program::{self, launch, on_trial, serve},
    project::Project,
    redis::{self, Redis},
    steps::{Report, Step, Steps},
    stores::{Ground, Kind, Store},
};

/// Order systems at work.
const CROWD: u64 = 16;
/// Orders between one blow and the next.
const BETWEEN: u64 = 40;
/// Stock that is gone before the storm is over, in each lane.
const STOCK: u64 = 40;
/// Who are given a coupon when the storm is over.
const RECIPIENTS: u64 = 100_000;
/// The longest anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that may take, a lease of whoever was killed included.
const GIVING: Duration = Duration::from_secs(15 * 60);

pub(crate) fn step(project: &Project, steps: &mut Steps, server: &Path) {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let Some(mut ground) = Ground::open(steps, kind, postgres::own) else { continue };
        // Nodes that are several share it.
        let mut redis = if kind == Kind::Postgres { redis::own(steps) } else { None };
        steps.step(&format!("storm on {}", kind.name()), |step| {
            let storm = Storm::prepare(project, step, server, &ground, redis.as_ref())?;
            let note = storm.rage(&mut ground, redis.as_mut()).context("in the storm")?;
            Ok(((), Report { note, ..Report::default() }))
        });
    }
}

struct Storm<'a> {
    project: &'a Project,
    step: &'a Step,
    server: &'a Path,
    store: Store,
    redis: Option<String>,
    key: String,
    nodes: Vec<SocketAddr>,
    /// Whether another process only works, beside the nodes.
    has_worker: bool,
    /// In either lane, and the orders of a round of the crowd are of one of them.
    offers: Vec<Offer>,
}

/// Templates in one lane.
struct Offer {
    plenty: String,
    /// There is [`STOCK`] of it.
    scarce: String,
}

/// A request, and the answer it got in the end.
struct Answered {
    path: String,
    key: String,
    body: String,
    status: u16,
    answer: String,
}

/// How the crowd is doing.
#[derive(Default)]
struct Progress {
    orders: AtomicU64,
    is_over: AtomicBool,
}

impl<'a> Storm<'a> {
    fn prepare(
        project: &'a Project,
        step: &'a Step,
        server: &'a Path,
        ground: &Ground,
        redis: Option<&Redis>,
    ) -> Result<Self> {
        let store = ground.store(step, "storm")?;
        step.run(&mut on_trial(project, server, &["migrate"], &store.url))?;
        let key = program::key(project, server, &store.url, "claim,redeem,manage,grant")?;
        // An SQLite file belongs to one process.
        let has_worker = store.kind == Kind::Postgres;
        let nodes = if has_worker { 2 } else { 1 };
        let nodes = (0..nodes).map(|_| Ok(SocketAddr::from(([127, 0, 0, 1], free_port()?))));
        let nodes = nodes.collect::<Result<Vec<_>>>()?;
        let mut storm = Self {
            project,
            step,
            server,
            store,
            redis: redis.map(|redis| redis.url.clone()),
            key,
            nodes,
            has_worker,
            offers: Vec::new(),
        };
        let _node = storm.start(0)?;
        for lane in [Lane::Instant, Lane::Queued] {
            let make = |name: &str, stock| {
                storm.client(0).template(&format!("{name}, {lane:?}"), stock, lane)
            };
            let offer =
                Offer { plenty: make("Plenty", 1_000_000)?, scarce: make("Scarce", STOCK)? };
            storm.offers.push(offer);
        }
        Ok(storm)
    }

    fn quan(&self, words: &[&str]) -> Command {
        let mut command = on_trial(self.project, self.server, words, &self.store.url);
        command.envs(self.redis.iter().map(|url| ("REDIS_URL", url)));
        command
    }

    /// Starts a node; the one after the last only works.
    fn start(&self, number: usize) -> Result<Running> {
        match self.nodes.get(number) {
            Some(address) => serve(self.step, self.quan(&["serve"]), *address),
            None => launch(self.step, self.quan(&["work"])),
        }
    }

    fn start_all(&self) -> Result<Vec<Running>> {
        let count = self.nodes.len() + usize::from(self.has_worker);
        (0..count).map(|number| self.start(number)).collect()
    }

    fn client(&self, node: usize) -> Client {
        Client::new(&format!("http://{}", self.nodes[node % self.nodes.len()]), &self.key)
    }

    fn rage(&self, ground: &mut Ground, redis: Option<&mut Redis>) -> Result<String> {
        let progress = &Progress::default();
        let (answered, (blows, running)) = thread::scope(|scope| {
            let order_system = |n| scope.spawn(move || self.order_system(n, progress));
            let crowd: Vec<_> = (0..CROWD).map(order_system).collect();
            // What runs goes on until the last order system has its answer.
            let running = self.blows(ground, redis, progress);
            progress.is_over.store(true, Relaxed);
            let mut answered = Vec::new();
            for order_system in crowd {
                match order_system.join() {
                    Ok(done) => answered.extend(done?),
                    Err(_) => bail!("an order system panicked"),
                }
            }
            Ok((answered, running?))
        })?;
        self.check(&answered)?;
        self.give(running)?;
        Ok(format!("{} answers, {blows} blows, {RECIPIENTS} given", answered.len()))
    }

    /// Kills one after the other, and lets the crowd go on in between.
    fn blows(
        &self,
        ground: &mut Ground,
        mut redis: Option<&mut Redis>,
        progress: &Progress,
    ) -> Result<(usize, Vec<Running>)> {
        let mut running = self.start_all()?;
        let count = running.len();
        let mut blows = 0;
        for round in 0..2 {
            // The worker first: nobody waits until it is there, and before PostgreSQL goes it has to be.
            for number in (0..count).rev() {
                self.await_orders(progress)?;
                self.step.show(&format!("round {round}, killing process {number}"));
                running.remove(number).kill();
                running.insert(number, self.start(number)?);
                blows += 1;
            }
            if let Some(postgres) = &mut ground.postgres {
                self.await_orders(progress)?;
                self.step.show(&format!("round {round}, killing PostgreSQL"));
                postgres.crash(self.step)?;
                blows += 1;
            }
            if let Some(redis) = &mut redis {
                self.await_orders(progress)?;
                self.step.show(&format!("round {round}, killing Redis"));
                redis.kill();
                // They go on without it.
                self.await_orders(progress)?;
                redis.begin(self.step)?;
                blows += 1;
            }
        }
        self.roll(&mut running, progress)?;
        blows += count;
        self.await_orders(progress)?;
        for process in &running {
            ensure!(process.ended()?.is_none(), "a process ended by itself");
        }
        Ok((blows, running))
    }

    /// Asks one after the other to stop. Each ends by itself, with all answered that it took on, and what a
    /// node only held in memory is written.
    fn roll(&self, running: &mut Vec<Running>, progress: &Progress) -> Result<()> {
        let view = json!({ "template": self.offers[0].plenty }).to_string();
        for number in (0..running.len()).rev() {
            self.await_orders(progress)?;
            self.step.show(&format!("asking process {number} to stop"));
            if number < self.nodes.len() {
                let (status, answer) = self.client(number).post("/views", "-", &view)?;
                ensure!(status == 202, "a view answered {status}: {answer}");
            }
            running.remove(number).end(PATIENCE)?;
            running.insert(number, self.start(number)?);
        }
        let written = "SELECT COALESCE(SUM(n), 0) FROM counts WHERE kind = 'view'";
        let (told, written) = (self.nodes.len() as u64, self.store.number(written)?);
        ensure!(written == told, "{told} views were told, the store holds {written}");
        Ok(())
    }

    fn await_orders(&self, progress: &Progress) -> Result<()> {
        let (asked, before) = (Instant::now(), progress.orders.load(Relaxed));
        while progress.orders.load(Relaxed) < before + BETWEEN {
            ensure!(asked.elapsed() < PATIENCE, "the crowd came to a halt");
            ensure!(!progress.is_over.load(Relaxed), "an order system gave up");
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// One order after the other, each of another shopper who claims first.
    fn order_system(&self, number: u64, progress: &Progress) -> Result<Vec<Answered>> {
        let mut answered = Vec::new();
        let mut order = number;
        while !progress.is_over.load(Relaxed) {
            let done = self.order(number, order);
            // Who gives up ends it for all.
            answered.extend(done.inspect_err(|_| progress.is_over.store(true, Relaxed))?);
            progress.orders.fetch_add(1, Relaxed);
            order += CROWD;
        }
        Ok(answered)
    }

    fn order(&self, number: u64, n: u64) -> Result<[Answered; 4]> {
        let ask = |what: &str, path: &str, body: Value| {
            self.post(number, path, format!("{what}-{n}"), body.to_string())
        };
        let Offer { plenty, scarce } = &self.offers[(n / CROWD) as usize % self.offers.len()];
        let claim = |shopper: &str, template: &str| {
            ask(template, "/claims", json!({ "shopper": shopper, "template": template }))
        };
        // By somebody who never comes by again: a ticket of theirs is left to whoever works.
        let scarce = claim(&format!("passer-by-{n}"), scarce)?;
        ensure!([201, 202, 410].contains(&scarce.status), "{}", scarce.answer);
        let shopper = format!("shopper-{n}");
        let claimed = claim(&shopper, plenty)?;
        let coupon = self.coupon(number, &claimed)?.context("what there is plenty of was gone")?;
        let line = json!({ "id": "1", "product": "kale", "unit_price": "12.30", "quantity": 2 });
        let lock = json!({
            "order": format!("order-{n}"),
            "shopper": shopper,
            "cart": { "lines": [line] },
            "coupons": [coupon],
        });
        let locked = ask("lock", "/locks", lock)?;
        ensure!(locked.status == 201, "{}", locked.answer);
        let path = format!("/locks/{}/redemption", text(&locked.answer, "id")?);
        let paid = ask("pay", &path, json!({ "payment": format!("payment-{n}") }))?;
        ensure!(
            paid.status == 201 && text(&paid.answer, "outcome")? == "redeemed",
            "{}",
            paid.answer
        );
        Ok([scarce, claimed, locked, paid])
    }

    /// The code of the coupon that a claim became, if there was one left.
    fn coupon(&self, number: u64, claim: &Answered) -> Result<Option<String>> {
        let Answered { status, answer, .. } = claim;
        match status {
            201 => text(answer, "code").map(Some),
            202 => self.settled(number, &text(answer, "ticket")?),
            410 => Ok(None),
            _ => bail!("a claim answered {status}: {answer}"),
        }
    }

    /// The same for a ticket, once it has its answer.
    fn settled(&self, number: u64, ticket: &str) -> Result<Option<String>> {
        let path = format!("/claims/{ticket}");
        let answer = self.insist(number, &path, |client| {
            let (status, answer) = client.fetch(&path)?;
            let is_final = status < 500 && !answer.contains(r#""state":"waiting""#);
            Ok(is_final.then_some(answer))
        })?;
        let ticket: Value = serde_json::from_str(&answer)?;
        match ticket["coupon"]["code"].as_str() {
            Some(code) => Ok(Some(code.to_owned())),
            None if ticket["refusal"]["code"] == "sold_out" => Ok(None),
            None => bail!("a ticket answered {answer}"),
        }
    }

    fn post(&self, number: u64, path: &str, key: String, body: String) -> Result<Answered> {
        let (status, answer) = self.insist(number, path, |client| {
            let (status, answer) = client.post(path, &key, &body)?;
            let is_final = status < 500 && !answer.contains("idempotency_conflict");
            Ok(is_final.then_some((status, answer)))
        })?;
        Ok(Answered { path: path.to_owned(), key, body, status, answer })
    }

    /// Asks until there is an answer that says what happened, at one node or another.
    fn insist<T>(
        &self,
        number: u64,
        path: &str,
        ask: impl Fn(&Client) -> Result<Option<T>>,
    ) -> Result<T> {
        let asked = Instant::now();
        for node in number as usize.. {
            // A connection of its own each time: the last one may lead to a node that is gone.
            match ask(&self.client(node)) {
                Ok(Some(answer)) => return Ok(answer),
                _ if asked.elapsed() > PATIENCE => break,
                _ => sleep(Duration::from_millis(20)),
            }
        }
        bail!("{path} had no answer for a minute")
    }

    fn check(&self, answered: &[Answered]) -> Result<()> {
        self.step.show("asking everything again");
        let client = self.client(0);
        for Answered { path, key, body, status, answer } in answered {
            let again = client.post(path, key, body)?;
            ensure!(again == (*status, answer.clone()), "{path} answered {again:?} after {answer}");
        }
        self.step.show("counting");
        // Nobody comes for these; one that was put off has its answer after a minute.
        self.store.await_none("tickets WHERE state = 'waiting'", 2 * PATIENCE)?;
        let (mut made, mut tickets) = (0, 0);
        for claim in answered.iter().filter(|it| it.path == "/claims") {
            made += u64::from(self.coupon(0, claim)?.is_some());
            tickets += u64::from(claim.status == 202);
        }
        let orders = answered.len() as u64 / 4;
        let count = |what: &str, expected: u64| -> Result<()> {
            let query = format!("SELECT COUNT(*) FROM {what}");
            let held = self.store.number(&query)?;
            ensure!(held == expected, "{expected} were answered, the store holds {held} {what}");
            Ok(())
        };
        count("coupons", made)?;
        count("coupons WHERE state = 'redeemed'", orders)?;
        count("redemptions", orders)?;
        count("tickets", tickets)?;
        for Offer { scarce, .. } in &self.offers {
            let (_, answer) = client.fetch(&format!("/templates/{scarce}"))?;
            let template: Value = serde_json::from_str(&answer)?;
            let is_gone = template["issued"] == STOCK && template["left"] == 0;
            ensure!(is_gone, "after {orders} orders what is scarce stands at {answer}");
        }
        let gone = STOCK * self.offers.len() as u64;
        ensure!(made == orders + gone, "{made} coupons for {orders} orders and {gone}");
        self.step.run(&mut self.quan(&["doctor"]))?;
        Ok(())
    }

    /// Gives many a coupon, and kills everything in the middle: the bar stands where it stood, goes on to
    /// its end, and each of them has one.
    fn give(&self, running: Vec<Running>) -> Result<()> {
        let client = self.client(0);
        let template = client.template("For everybody", RECIPIENTS, Lane::Instant)?;
        let line = |n: u64| format!("recipient-{n}\n");
        let list: String = once("shopper\n".to_owned()).chain((0..RECIPIENTS).map(line)).collect();
        let path = format!("/grants?template={template}");
        let (status, answer) = client.upload(&path, "grant", &list)?;
        ensure!(status == 202, "a grant answered {status}: {answer}");
        let id = text(&answer, "id")?;
        let before = self.await_given(&id, RECIPIENTS / 4)?;
        running.into_iter().for_each(Running::kill);
        let _running = self.start_all()?;
        let after = self.given(&id)?;
        // A chunk may have come through that nobody saw.
        let is_same = (before..RECIPIENTS).contains(&after);
        ensure!(is_same, "{before} were given, and {after} after everything was killed");
        self.await_given(&id, RECIPIENTS)?;
        for what in ["*", "DISTINCT shopper"] {
            let query = format!("SELECT COUNT({what}) FROM coupons WHERE source = 'grant'");
            let held = self.store.number(&query)?;
            ensure!(held == RECIPIENTS, "{RECIPIENTS} were given, {query} answers {held}");
        }
        self.step.run(&mut self.quan(&["doctor"]))?;
        Ok(())
    }

    /// How many a grant has given a coupon, once they are so many.
    fn await_given(&self, id: &str, wanted: u64) -> Result<u64> {
        let asked = Instant::now();
        loop {
            let given = self.given(id)?;
            if given >= wanted {
                return Ok(given);
            }
            self.step.show(&format!("{given} of {RECIPIENTS} given"));
            ensure!(asked.elapsed() < GIVING, "a grant came to a halt at {given}");
            sleep(Duration::from_millis(200));
        }
    }

    fn given(&self, id: &str) -> Result<u64> {
        let (status, answer) = self.client(0).fetch(&format!("/grants/{id}"))?;
        ensure!(status == 200, "a grant answered {status}: {answer}");
        let grant: Value = serde_json::from_str(&answer)?;
        grant["given"].as_u64().context(answer)
    }
}
