//! `cargo xtask bench claims`: one hot template that everybody wants, over HTTP, beside what the same
//! store makes of one transaction per claim in its own program.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench,
    driving::{Figures, Until, drive},
    plan::ROUNDS,
    table::{self, Load},
};
use crate::{
    client::Client,
    postgres::{self, free_port},
    process::Running,
    program::serve,
    steps::Step,
    stores::{Ground, Kind, Store},
};

/// Claims before those that count, when caches fill and statements are prepared.
const WARM_UP: u64 = 200;
/// As many transactions the naive way through SQLite makes in a round.
const SQLITE_ROUND: u64 = 2_000;

/// The rounds of one kind of store.
pub(super) struct Outcome {
    kind: Kind,
    load: [Load; 2],
    naive: Vec<Figures>,
    one_node: Vec<Figures>,
    /// PostgreSQL alone: an SQLite file belongs to one process.
    two_nodes: Vec<Figures>,
}

/// A hot template in a store of its own, and the key of the shop.
struct Hot {
    store: Store,
    key: String,
    template: String,
    /// How many shoppers have come.
    shoppers: AtomicU64,
    /// How many coupons were answered.
    made: AtomicU64,
}

impl Bench<'_> {
    pub(super) fn claims(&self, step: &Step, ground: &Ground) -> Result<Outcome> {
        let (before, kind) = (Load::now(), ground.kind);
        let naive = Naive::open(step, ground)?;
        let store = ground.store(step, "claims")?;
        step.run(&mut self.quan(&["migrate"], &store.url))?;
        let hot = self.hot(step, store)?;
        let (mut slow, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=ROUNDS {
            step.show(&format!("round {round}"));
            slow.push(naive.round(step, self.plan.connections, self.plan.time)?);
            one.push(self.storm(step, &hot, 1)?);
            if kind == Kind::Postgres {
                two.push(self.storm(step, &hot, 2)?);
            }
        }
        const HELD: &str = "SELECT COUNT(*) FROM coupons";
        let (made, held) = (hot.made.load(Relaxed), hot.store.number(HELD)?);
        ensure!(held == made, "{made} claims were answered; the store holds {held} coupons");
        step.show("looking through the books");
        step.run(&mut self.quan(&["doctor"], &hot.store.url))?;
        let load = [before, Load::now()];
        Ok(Outcome { kind, load, naive: slow, one_node: one, two_nodes: two })
    }

    fn hot(&self, step: &Step, store: Store) -> Result<Hot> {
        let key = self.key(&store.url, "claim,manage")?;
        let (client, _server) = self.node(step, &store.url, &key)?;
        let template = client.template("Everybody wants it", 100_000_000)?;
        Ok(Hot { store, key, template, shoppers: AtomicU64::new(0), made: AtomicU64::new(0) })
    }

    fn node(&self, step: &Step, store: &str, key: &str) -> Result<(Client, Running)> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let server = serve(step, self.quan(&["serve"], store), address)?;
        Ok((Client::new(&format!("http://{address}"), key), server))
    }

    /// Everybody claims at once, each a shopper who has not claimed before.
    fn storm(&self, step: &Step, hot: &Hot, nodes: u64) -> Result<Figures> {
        let served: Vec<_> =
            (0..nodes).map(|_| self.node(step, &hot.store.url, &hot.key)).collect::<Result<_>>()?;
        let clients: Vec<Client> = (0..self.plan.connections as usize)
            .map(|n| served[n % served.len()].0.another())
            .collect();
        drive(&clients, Until::Done(WARM_UP), |client, _| hot.claim(client))?;
        drive(&clients, Until::Passed(self.plan.time), |client, _| hot.claim(client))
    }
}

impl Hot {
    fn claim(&self, client: &Client) -> Result<()> {
        let n = self.shoppers.fetch_add(1, Relaxed);
        let body = format!(r#"{{"shopper":"shopper-{n}","template":"{}"}}"#, self.template);
        let (status, answer) = client.post("/claims", &format!("claim-{n}"), &body)?;
        let is_claimed = status == 201 && answer.contains(r#""state":"available""#);
        ensure!(is_claimed, "a claim answered {status}: {answer}");
        self.made.fetch_add(1, Relaxed);
        Ok(())
    }
}

/// The same without us: look at the stock, insert the coupon, lower the stock, commit; as durable.
struct Naive {
    store: Store,
    folder: PathBuf,
}

const TABLES: &str = "CREATE TABLE stock (template BIGINT PRIMARY KEY, remaining BIGINT NOT NULL);
CREATE TABLE coupons (template BIGINT NOT NULL, shopper BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL, PRIMARY KEY (template, shopper));
INSERT INTO stock VALUES (1, 100000000);
";

const PGBENCH: &str = "\\set shopper random(1, 1000000000000)
BEGIN;
SELECT remaining FROM stock WHERE template = 1 FOR UPDATE;
INSERT INTO coupons VALUES (1, :shopper, 0);
UPDATE stock SET remaining = remaining - 1 WHERE template = 1;
COMMIT;
";

impl Naive {
    fn open(step: &Step, ground: &Ground) -> Result<Self> {
        let store = ground.store(step, "naive")?;
        let durable = match store.kind {
            Kind::Postgres => "",
            Kind::Sqlite => "PRAGMA journal_mode = WAL;\n",
        };
        let this = Self { store, folder: ground.folder.clone() };
        this.store.run(step, &this.write("tables.sql", &format!("{durable}{TABLES}"))?)?;
        Ok(this)
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, text)?;
        Ok(file)
    }

    fn round(&self, step: &Step, connections: u64, time: Duration) -> Result<Figures> {
        match self.store.kind {
            Kind::Postgres => self.pgbench(step, connections, time),
            Kind::Sqlite => self.sqlite(step),
        }
    }

    fn pgbench(&self, step: &Step, connections: u64, time: Duration) -> Result<Figures> {
        let script = self.write("naive.sql", PGBENCH)?;
        let program = postgres::folder().context("there is no PostgreSQL")?.join("pgbench");
        let (clients, seconds) = (connections.to_string(), time.as_secs().to_string());
        let log = self.folder.join("pgbench");
        let began = Instant::now();
        let mut pgbench = Command::new(program);
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log"]);
        pgbench.args(["--client", &clients, "--time", &seconds]).arg("--file").arg(script);
        pgbench.arg("--log-prefix").arg(&log).arg(&self.store.url);
        step.run(&mut pgbench)?;
        let took = began.elapsed();
        let mut times = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let file = entry?.path();
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgbench.")) {
                // The third word of a line is how long a transaction took, in microseconds.
                let text = fs::read_to_string(&file)?;
                let third = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
                times.extend(third.map(Duration::from_micros));
                fs::remove_file(file)?;
            }
        }
        Figures::of(times, took)
    }

    /// One process, one transaction after the other: nobody else is at the file.
    fn sqlite(&self, step: &Step) -> Result<Figures> {
        let first = self.store.number("SELECT COUNT(*) FROM coupons")?;
        let one = |n| {
            format!(
                "BEGIN IMMEDIATE;\nSELECT remaining FROM stock WHERE template = 1;\n\
                 INSERT INTO coupons VALUES (1, {n}, 0);\n\
                 UPDATE stock SET remaining = remaining - 1 WHERE template = 1;\nCOMMIT;\n"
            )
        };
        let all: String = (first..first + SQLITE_ROUND).map(one).collect();
        let script = self.write("naive.sql", &format!("PRAGMA synchronous = FULL;\n{all}"))?;
        let began = Instant::now();
        self.store.run(step, &script)?;
        let took = began.elapsed();
        Figures::of(vec![took / SQLITE_ROUND as u32; SQLITE_ROUND as usize], took)
    }
}

impl Outcome {
    pub(super) fn table(&self, connections: u64, words: &[&str]) -> String {
        let name = self.kind.name();
        let naive = match self.kind {
            Kind::Postgres => {
                format!("one transaction per claim, `pgbench`, {connections} connections")
            }
            Kind::Sqlite => "one transaction per claim, `sqlite3`, one after the other".to_owned(),
        };
        let mut rows = table::row(&naive, &self.naive, "");
        let claims = format!("`POST /claims`, {connections} connections");
        let times = |these: &[Figures]| format!("{:.1} times", table::ratio(these, &self.naive));
        rows += &table::row(&claims, &self.one_node, &times(&self.one_node));
        if !self.two_nodes.is_empty() {
            let two = table::ratio(&self.two_nodes, &self.one_node);
            let two = format!("{}; {two:.2} of one node", times(&self.two_nodes));
            rows += &table::row("the same on two nodes", &self.two_nodes, &two);
        }
        let [before, after] = &self.load;
        format!(
            "`{}`: {name}, one hot template, median of {ROUNDS} rounds; load average {before} before \
             and {after} after.\n\n{}{rows}",
            table::command(words),
            table::head(name),
        )
    }
}
