//! `cargo xtask bench claims`: one hot template that everybody wants, over HTTP, beside what the same
//! store makes of one transaction per claim in its own program.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use domain::template::Lane;

use super::{
    Bench,
    driving::{Figures, Until, drive},
    plan::ROUNDS,
    rush::{Rush, WARM_UP},
    table::{self, Measured},
};
use crate::{
    client::Client,
    postgres,
    steps::Step,
    stores::{Ground, Kind, Store},
};

/// As many transactions the naive way through SQLite makes in a round.
const SQLITE_ROUND: u64 = 2_000;

/// The rounds of one kind of store.
struct Rounds {
    naive: Vec<Figures>,
    one_node: Vec<Figures>,
    /// PostgreSQL alone: an SQLite file belongs to one process.
    two_nodes: Vec<Figures>,
}

/// A hot template in a store of its own, and the key of the shop.
struct Hot {
    store: Store,
    key: String,
    rush: Rush,
}

impl Bench<'_> {
    pub(super) fn claims(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let naive = Naive::open(step, ground)?;
        let store = self.store(step, ground, "claims")?;
        let hot = self.hot(step, store)?;
        let (mut slow, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=ROUNDS {
            step.show(&format!("round {round}"));
            slow.push(naive.round(step, self.plan.connections, self.plan.time)?);
            one.push(self.storm(step, &hot, 1)?);
            if ground.kind == Kind::Postgres {
                two.push(self.storm(step, &hot, 2)?);
            }
        }
        self.check(step, &hot.store, hot.rush.came())?;
        let rounds = Rounds { naive: slow, one_node: one, two_nodes: two };
        let about = format!("one hot template, median of {ROUNDS} rounds");
        Ok(Measured { about, rows: rounds.rows(ground.kind, self.plan.connections) })
    }

    fn hot(&self, step: &Step, store: Store) -> Result<Hot> {
        let key = self.key(&store.url, "claim,manage")?;
        let (client, _server) = self.node(step, &store, &key)?;
        let rush = Rush::on(&client, "shopper", Lane::Instant)?;
        Ok(Hot { store, key, rush })
    }

    /// Everybody claims at once.
    fn storm(&self, step: &Step, hot: &Hot, nodes: u64) -> Result<Figures> {
        let Hot { store, key, rush } = hot;
        let served: Vec<_> =
            (0..nodes).map(|_| self.node(step, store, key)).collect::<Result<_>>()?;
        let clients: Vec<Client> = (0..self.plan.connections as usize)
            .map(|n| served[n % served.len()].0.another())
            .collect();
        drive(&clients, Until::Done(WARM_UP), |client, _| rush.claim(client))?;
        drive(&clients, Until::Passed(self.plan.time), |client, _| rush.claim(client))
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

impl Rounds {
    fn rows(&self, kind: Kind, connections: u64) -> String {
        let naive = match kind {
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
        rows
    }
}
