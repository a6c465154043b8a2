//! `cargo xtask bench`: what calls cost over HTTP, on a store as full as it may get and on a small
//! one; with `claims`, how many a second one hot template bears. Ratios of one run say more than its
//! rates: client, server and store share the machine.

mod cast;
mod claims;
mod driving;
mod filling;
mod plan;
mod table;

use std::{
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

use self::{
    cast::Size,
    driving::{Baskets, Until, drive, nothing, order},
    filling::{Filled, fill},
    plan::{Plan, ROUNDS, SMALL, WARM_UP},
    table::{Load, Outcome},
};
use crate::{
    client::Client,
    packages,
    postgres::{self, free_port},
    process::Running,
    program::{self, serve},
    project::Project,
    steps::{Report, Step, Steps},
    stores::{Ground, Kind, Store},
};

pub(crate) fn bench(project: &Project, steps: &mut Steps, words: &[&str]) -> Result<ExitCode> {
    let (is_claims, options) = match words {
        ["claims", options @ ..] => (true, options),
        options => (false, options),
    };
    let plan = Plan::read(options)?;
    if cfg!(debug_assertions) {
        return in_release(project, words);
    }
    if packages::stores(steps).is_some()
        && let Some(server) = program::build_all(project, steps, "release")
    {
        let bench = Bench { project, server, plan };
        for kind in &bench.plan.kinds {
            let table = match is_claims {
                true => bench.measure_claims(steps, *kind, words),
                false => bench.measure(steps, *kind).map(|it| it.table(&bench.plan, words)),
            };
            if let Some(table) = table {
                println!("\n{table}");
            }
        }
    }
    Ok(steps.verdict())
}

/// What drives takes its time from what it measures: it had better be optimised too.
fn in_release(project: &Project, words: &[&str]) -> Result<ExitCode> {
    let mut again = project.cargo(["run", "--release", "--package=xtask", "--", "bench"]);
    Err(again.args(words).exec()).context("cannot start the optimised xtask")
}

struct Bench<'a> {
    project: &'a Project,
    server: PathBuf,
    plan: Plan,
}

/// A store that is filled, and the key of an order system.
struct Full {
    store: Store,
    size: Size,
    filled: Filled,
    key: String,
}

/// A server on it, and the connections to it.
struct Served<'a> {
    full: &'a Full,
    clients: Vec<Client>,
    /// How many orders were made.
    orders: u64,
    _server: Running,
}

impl Bench<'_> {
    fn quan(&self, words: &[&str], store: &str) -> Command {
        program::on_trial(self.project, &self.server, words, store)
    }

    fn key(&self, store: &str, scopes: &str) -> Result<String> {
        program::key(self.project, &self.server, store, scopes)
    }

    fn measure_claims(&self, steps: &mut Steps, kind: Kind, words: &[&str]) -> Option<String> {
        let ground = Ground::open(steps, kind, postgres::durable)?;
        steps.step(&format!("claims on {}", kind.name()), |step| {
            let outcome = self.claims(step, &ground)?;
            Ok((outcome.table(self.plan.connections, words), Report::default()))
        })
    }

    fn measure(&self, steps: &mut Steps, kind: Kind) -> Option<Outcome> {
        let ground = Ground::open(steps, kind, postgres::durable)?;
        let mut fill = |name, size| {
            steps.step(&format!("{name} {}", kind.name()), |step| {
                let full = self.full(step, &ground, name, size)?;
                let note = table::loaded(&full.filled);
                Ok((full, Report { note, ..Report::default() }))
            })
        };
        let (small, large) = (fill("small", SMALL)?, fill("large", self.plan.size)?);
        steps.step(&format!("calls on {}", kind.name()), |step| {
            Ok((self.drive(step, &small, large)?, Report::default()))
        })
    }

    fn full(&self, step: &Step, ground: &Ground, name: &str, size: Size) -> Result<Full> {
        let store = ground.store(step, name)?;
        step.run(&mut self.quan(&["migrate"], &store.url))?;
        let filled = fill(step, &store, &ground.folder, size)?;
        let key = self.key(&store.url, "quote,redeem")?;
        Ok(Full { store, size, filled, key })
    }

    fn drive(&self, step: &Step, small: &Full, large: Full) -> Result<Outcome> {
        let before = Load::now();
        let (mut nothing_at_all, mut quotes) = (Vec::new(), Vec::new());
        let (mut orders, mut small_orders) = (Vec::new(), Vec::new());
        {
            let mut at_large = self.serve(step, &large)?;
            let mut at_small = self.serve(step, small)?;
            let until = Until::Passed(self.plan.time);
            let baskets = Baskets::new();
            // Quotes first, while all wallets are whole.
            at_large.quotes(&baskets, until)?;
            for round in 1..=ROUNDS {
                step.show(&format!("round {round} of quotes"));
                nothing_at_all.push(drive(&at_large.clients, until, |client, _| nothing(client))?);
                quotes.push(at_large.quotes(&baskets, until)?);
            }
            at_large.orders(WARM_UP)?;
            at_small.orders(WARM_UP)?;
            for round in 1..=ROUNDS {
                step.show(&format!("round {round} of orders"));
                orders.push(at_large.orders(self.plan.orders)?);
                small_orders.push(at_small.orders(self.plan.orders)?);
            }
            at_large.check()?;
            at_small.check()?;
        }
        step.show("looking through the books of the small store");
        step.run(&mut self.quan(&["doctor"], &small.store.url))?;
        let load = [before, Load::now()];
        let Full { store, filled, .. } = large;
        let kind = store.kind;
        Ok(Outcome { kind, filled, load, nothing: nothing_at_all, quotes, orders, small_orders })
    }

    fn serve<'a>(&self, step: &Step, full: &'a Full) -> Result<Served<'a>> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let command = self.quan(&["serve"], &full.store.url);
        let _server = serve(step, command, address)?;
        let client = |_| Client::new(&format!("http://{address}"), &full.key);
        let clients = (0..self.plan.connections).map(client).collect();
        Ok(Served { full, clients, orders: 0, _server })
    }
}

impl Served<'_> {
    fn quotes(&self, baskets: &Baskets, until: Until) -> Result<driving::Figures> {
        drive(&self.clients, until, |client, n| baskets.quote(client, self.full.size, n))
    }

    fn orders(&mut self, count: u64) -> Result<driving::Figures> {
        let first = self.orders;
        self.orders += count;
        let place = |client: &Client, n| order(client, self.full.size, first + n);
        drive(&self.clients, Until::Done(count), place)
    }

    /// Whether the store holds what was answered, and no more.
    fn check(&self) -> Result<()> {
        const USED: &str = "SELECT COUNT(*) FROM coupons WHERE state = 'redeemed'";
        const PAID: &str = "SELECT COUNT(*) FROM redemptions WHERE outcome = 'redeemed'";
        let Full { store, .. } = self.full;
        let (used, paid) = (store.number(USED)?, store.number(PAID)?);
        let made = self.orders;
        ensure!(
            (used, paid) == (made, made),
            "{made} orders were paid; the store holds {paid}, and {used} coupons that are used"
        );
        Ok(())
    }
}
