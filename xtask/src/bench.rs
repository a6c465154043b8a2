//! `cargo xtask bench`: what calls cost over HTTP, on a store as full as it may get and on a small
//! one; with a word, what one part of it bears: `claims`, `lanes`, `grants`, `views`, `pages`, `funnel`.
//! Ratios of one run say more than its rates: client, server and store share the machine.

mod cast;
mod claims;
mod driving;
mod filling;
mod funnel;
mod grants;
mod lanes;
mod pages;
mod plan;
mod rush;
mod table;
mod views;
mod year;

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
    plan::{Plan, ROUNDS, SMALL, WARM_UP, What},
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
    let what = words.first().and_then(|word| What::named(word));
    let options = &words[usize::from(what.is_some())..];
    let plan = Plan::read(options)?;
    if cfg!(debug_assertions) {
        return in_release(project, words);
    }
    if packages::stores(steps).is_some()
        && let Some(server) = program::build_all(project, steps, "release")
    {
        let bench = Bench { project, server, plan };
        for kind in &bench.plan.kinds {
            let table = match what {
                Some(what) => bench.measure(steps, *kind, what, words),
                None => bench.calls(steps, *kind).map(|it| it.table(&bench.plan, words)),
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

    fn measure(&self, steps: &mut Steps, kind: Kind, what: What, words: &[&str]) -> Option<String> {
        let ground = Ground::open(steps, kind, postgres::durable)?;
        steps.step(&format!("{} on {}", what.name(), kind.name()), |step| {
            let before = Load::now();
            let measured = match what {
                What::Claims => self.claims(step, &ground),
                What::Lanes => self.lanes(step, &ground),
                What::Grants => self.grants(step, &ground),
                What::Views => self.views(step, &ground),
                What::Pages => self.pages(step, &ground),
                What::Funnel => self.funnel(step, &ground),
            }?;
            let load = [before, Load::now()];
            Ok((measured.table(kind, &load, words), Report::default()))
        })
    }

    /// An empty store with its schema.
    fn store(&self, step: &Step, ground: &Ground, name: &str) -> Result<Store> {
        let store = ground.store(step, name)?;
        step.run(&mut self.quan(&["migrate"], &store.url))?;
        Ok(store)
    }

    /// A server, and a connection to it.
    fn node(&self, step: &Step, store: &Store, key: &str) -> Result<(Client, Running)> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let server = serve(step, self.quan(&["serve"], &store.url), address)?;
        Ok((Client::new(&format!("http://{address}"), key), server))
    }

    /// As many connections as are asked for.
    fn crowd(&self, client: &Client) -> Vec<Client> {
        (0..self.plan.connections).map(|_| client.another()).collect()
    }

    /// Whether the store holds the coupons that were answered and no more, and its books balance.
    fn check(&self, step: &Step, store: &Store, made: u64) -> Result<()> {
        let held = store.number("SELECT COUNT(*) FROM coupons")?;
        ensure!(held == made, "{made} coupons were answered; the store holds {held}");
        step.show("looking through the books");
        step.run(&mut self.quan(&["doctor"], &store.url))?;
        Ok(())
    }

    fn calls(&self, steps: &mut Steps, kind: Kind) -> Option<Outcome> {
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
        let store = self.store(step, ground, name)?;
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
        let (client, _server) = self.node(step, &full.store, &full.key)?;
        Ok(Served { full, clients: self.crowd(&client), orders: 0, _server })
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
