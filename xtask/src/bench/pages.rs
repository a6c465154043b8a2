//! `cargo xtask bench pages`: the coupon center as shoppers see it who are signed in, how soon a server
//! shows its first page, and the memory it takes when nobody asks.

use std::{
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use domain::template::Lane;
use serde_json::json;

use super::{
    Bench,
    driving::{Figures, Until, drive, nothing},
    plan::ROUNDS,
    table::{self, Measured, megabytes},
};
use crate::{
    client::{Browser, Client},
    steps::Step,
    stores::{Ground, Store},
};

/// Templates in the center, and how many of them a shopper holds a coupon of already.
pub(super) const TEMPLATES: usize = 50;
pub(super) const HELD: usize = 10;

/// What a browser reads, and what one reads that wants it as it is.
const COMPRESSED: &str = "gzip, deflate, br";
pub(super) const PLAIN: &str = "identity";

/// By then whatever begins with a server is done.
const SETTLED: Duration = Duration::from_secs(5);

/// A coupon center, and shoppers who are signed in.
pub(super) struct Center {
    pub(super) templates: Vec<String>,
    pub(super) browsers: Vec<Browser>,
}

/// Rounds of whole pages, and of their first bytes.
#[derive(Default)]
pub(super) struct Looks {
    pub(super) whole: Vec<Figures>,
    first: Vec<Figures>,
}

impl Bench<'_> {
    pub(super) fn pages(&self, step: &Step, ground: &Ground) -> Result<Measured> {
        let store = self.store(step, ground, "pages")?;
        let key = self.key(&store.url, "claim,manage")?;
        let mut rows = self.page_rows(step, &store, &key)?;
        let (mut started, mut resident) = (Vec::new(), None);
        for round in 1..=ROUNDS {
            step.show(&format!("start {round}"));
            let begun = Instant::now();
            let (client, server) = self.node(step, &store, &key)?;
            let (status, page) = client.get("/")?;
            let took = begun.elapsed();
            started.push(Figures::of(vec![took], took)?);
            ensure!(status == 200 && page.ends_with("</html>"), "/ answered {status}: {page}");
            sleep(SETTLED);
            resident = server.memory("VmRSS");
        }
        let memory = format!("{} resident when nobody asks", megabytes(resident));
        rows += &table::times("start to first page, with this store", &started, &memory);
        let shoppers = self.plan.connections;
        self.check(step, &store, shoppers * HELD as u64)?;
        let about = format!(
            "{TEMPLATES} templates live, {shoppers} shoppers signed in who hold {HELD} of them, median \
             of {ROUNDS} rounds"
        );
        Ok(Measured { about, rows })
    }

    fn page_rows(&self, step: &Step, store: &Store, key: &str) -> Result<String> {
        let (client, _server) = self.node(step, store, key)?;
        let center = Center::open(step, store, &client, self.plan.connections)?;
        let (clients, until) = (self.crowd(&client), Until::Passed(self.plan.time));
        let mut empty = Vec::new();
        let [mut plain, mut compressed, mut alone] = [(); 3].map(|()| Looks::default());
        for round in 1..=ROUNDS {
            step.show(&format!("round {round}"));
            empty.push(drive(&clients, until, |client, _| nothing(client))?);
            plain.look(&center.browsers, PLAIN, until)?;
            compressed.look(&center.browsers, COMPRESSED, until)?;
            alone.look(&center.browsers[..1], PLAIN, until)?;
        }
        let connections = self.plan.connections;
        let of_nothing = |looks: &Looks| {
            format!("{:.2} of the empty handler", table::ratio(&looks.whole, &empty))
        };
        let handler = format!("empty handler, `GET /healthz`, {connections} connections");
        let page = format!("coupon center, `GET /`, {connections} connections");
        Ok([
            table::row(&handler, &empty, ""),
            table::row(&page, &plain.whole, &of_nothing(&plain)),
            table::times("its first byte", &plain.first, ""),
            table::row("the same compressed, as browsers ask", &compressed.whole, ""),
            table::times("its first byte", &compressed.first, ""),
            table::row("one connection", &alone.whole, ""),
            table::times("its first byte", &alone.first, ""),
        ]
        .concat())
    }
}

impl Center {
    /// Makes the templates live, signs shoppers up, and gives each some of the coupons.
    pub(super) fn open(step: &Step, store: &Store, client: &Client, shoppers: u64) -> Result<Self> {
        step.show("filling the coupon center");
        let template = |n: usize| client.template(&format!("Coupon {n}"), 1_000_000, Lane::Instant);
        let templates: Vec<String> = (0..TEMPLATES).map(template).collect::<Result<_>>()?;
        let browsers: Vec<Browser> =
            (0..shoppers).map(|n| client.browser(n)).collect::<Result<_>>()?;
        let ids = store.answer("SELECT id FROM shoppers")?;
        for (n, shopper) in ids.lines().enumerate() {
            for template in templates.iter().cycle().skip(n).take(HELD) {
                let claim = json!({ "shopper": shopper, "template": template }).to_string();
                let (status, answer) =
                    client.post("/claims", &format!("{shopper} {template}"), &claim)?;
                ensure!(status == 201, "a claim answered {status}: {answer}");
            }
        }
        for browser in &browsers {
            let page = browser.page("/", PLAIN)?;
            let page = String::from_utf8_lossy(&page.bytes);
            // What they hold already they cannot claim: so they are signed in.
            let offered = page.matches(r#"/issuance/claim""#).count();
            let expected = TEMPLATES - HELD;
            ensure!(offered == expected, "of {expected} coupons a page offers {offered}");
        }
        Ok(Self { templates, browsers })
    }
}

impl Looks {
    /// Another round.
    pub(super) fn look(&mut self, browsers: &[Browser], reads: &str, until: Until) -> Result<()> {
        let (first, begun) = (Mutex::new(Vec::new()), Instant::now());
        let whole = drive(browsers, until, |browser, _| {
            let page = browser.page("/", reads)?;
            ensure!(!page.bytes.is_empty(), "a page was empty");
            first.lock().unwrap_or_else(PoisonError::into_inner).push(page.first_byte);
            Ok(())
        })?;
        let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.whole.push(whole);
        self.first.push(Figures::of(first, begun.elapsed())?);
        Ok(())
    }
}
