//! Storms: order systems claim, lock and pay as fast as they can while servers, the store and Redis are
//! killed. Whoever gets no answer asks again. At the end everything that was answered is there, once,
//! is answered again word for word, and the books balance.

use std::{
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread::{self, sleep},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    postgres::{self, free_port},
    process::Running,
    program::{self, on_trial, serve},
    project::Project,
    redis::{self, Redis},
    steps::{Report, Step, Steps},
    stores::{Ground, Kind, Store},
};

/// Order systems at work.
const CROWD: u64 = 16;
/// Orders between one blow and the next.
const BETWEEN: u64 = 40;
/// Stock that is gone before the storm is over.
const STOCK: u64 = 100;
/// The longest anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

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
    /// There is plenty of the one, and of the other [`STOCK`].
    plenty: String,
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
        let key = program::key(project, server, &store.url, "claim,redeem,manage")?;
        // An SQLite file belongs to one process.
        let nodes = if store.kind == Kind::Postgres { 2 } else { 1 };
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
            plenty: String::new(),
            scarce: String::new(),
        };
        let _node = storm.start(0)?;
        storm.plenty = storm.client(0).template("Plenty", 1_000_000)?;
        storm.scarce = storm.client(0).template("Scarce", STOCK)?;
        Ok(storm)
    }

    fn start(&self, node: usize) -> Result<Running> {
        let mut command = on_trial(self.project, self.server, &["serve"], &self.store.url);
        command.envs(self.redis.iter().map(|url| ("QUAN_REDIS_URL", url)));
        serve(self.step, command, self.nodes[node])
    }

    fn client(&self, node: usize) -> Client {
        Client::new(&format!("http://{}", self.nodes[node % self.nodes.len()]), &self.key)
    }

    fn rage(&self, ground: &mut Ground, redis: Option<&mut Redis>) -> Result<String> {
        let progress = &Progress::default();
        let (answered, (blows, _nodes)) = thread::scope(|scope| {
            let order_system = |n| scope.spawn(move || self.order_system(n, progress));
            let crowd: Vec<_> = (0..CROWD).map(order_system).collect();
            // The nodes go on until the last order system has its answer.
            let nodes = self.blows(ground, redis, progress);
            progress.is_over.store(true, Relaxed);
            let mut answered = Vec::new();
            for order_system in crowd {
                match order_system.join() {
                    Ok(done) => answered.extend(done?),
                    Err(_) => bail!("an order system panicked"),
                }
            }
            Ok((answered, nodes?))
        })?;
        self.check(&answered)?;
        Ok(format!("{} answers, {blows} blows", answered.len()))
    }

    /// Kills one after the other, and lets the crowd go on in between.
    fn blows(
        &self,
        ground: &mut Ground,
        mut redis: Option<&mut Redis>,
        progress: &Progress,
    ) -> Result<(usize, Vec<Running>)> {
        let mut nodes =
            (0..self.nodes.len()).map(|node| self.start(node)).collect::<Result<Vec<_>>>()?;
        let mut blows = 0;
        for round in 0..2 {
            for node in 0..nodes.len() {
                self.await_orders(progress)?;
                self.step.show(&format!("round {round}, killing node {node}"));
                let killed = nodes.remove(node);
                killed.kill();
                nodes.insert(node, self.start(node)?);
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
        self.await_orders(progress)?;
        Ok((blows, nodes))
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
            self.insist(number, path, &format!("{what}-{n}"), body.to_string())
        };
        let shopper = format!("shopper-{n}");
        let claim = |template: &str| json!({ "shopper": shopper, "template": template });
        let scarce = ask("scarce", "/claims", claim(&self.scarce))?;
        ensure!([201, 410].contains(&scarce.status), "{}", scarce.answer);
        let claimed = ask("claim", "/claims", claim(&self.plenty))?;
        ensure!(claimed.status == 201, "{}", claimed.answer);
        let line = json!({ "id": "1", "product": "kale", "unit_price": "12.30", "quantity": 2 });
        let lock = json!({
            "order": format!("order-{n}"),
            "shopper": shopper,
            "cart": { "lines": [line] },
            "coupons": [text(&claimed.answer, "code")?],
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

    /// Asks until there is an answer that says what happened, at one node or another.
    fn insist(&self, number: u64, path: &str, key: &str, body: String) -> Result<Answered> {
        let asked = Instant::now();
        for node in number as usize.. {
            // A connection of its own each time: the last one may lead to a node that is gone.
            match self.client(node).post(path, key, &body) {
                Ok((status, answer))
                    if status < 500 && !answer.contains("idempotency_conflict") =>
                {
                    let (path, key) = (path.to_owned(), key.to_owned());
                    return Ok(Answered { path, key, body, status, answer });
                }
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
        let made = answered.iter().filter(|it| it.path == "/claims" && it.status == 201).count();
        let orders = answered.len() as u64 / 4;
        let count = |what: &str, expected: u64| -> Result<()> {
            let query = format!("SELECT COUNT(*) FROM {what}");
            let held = self.store.number(self.step, &query)?;
            ensure!(held == expected, "{expected} were answered, the store holds {held} {what}");
            Ok(())
        };
        count("coupons", made as u64)?;
        count("coupons WHERE state = 'redeemed'", orders)?;
        count("redemptions", orders)?;
        ensure!(orders > STOCK, "only {orders} orders: what is scarce was never gone");
        ensure!(made as u64 == orders + STOCK, "{made} coupons for {orders} orders and {STOCK}");
        let mut doctor = on_trial(self.project, self.server, &["doctor"], &self.store.url);
        self.step.run(&mut doctor)?;
        Ok(())
    }
}
