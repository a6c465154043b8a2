//! Order systems at work: connections that are kept open, each one request after the other.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::cast::{self, LINES, Size};
use crate::client::Client;

/// The empty handler of the same server.
pub(crate) fn nothing(client: &Client) -> Result<()> {
    let (status, body) = client.get("/healthz")?;
    ensure!((status, body.as_str()) == (200, "ok\n"), "/healthz answered {status}: {body}");
    Ok(())
}

/// Baskets to quote, written down once.
pub(crate) struct Baskets(Vec<String>);

impl Baskets {
    pub(crate) fn new() -> Self {
        Self((0..64).map(|n| cast::basket(n).to_string()).collect())
    }

    /// Quotes a basket with the best choice from a wallet, going round the shoppers.
    pub(crate) fn quote(&self, client: &Client, size: Size, n: u64) -> Result<()> {
        let shopper = cast::shopper(n % size.shoppers())?;
        let basket = &self.0[n as usize % self.0.len()];
        let body = format!(r#"{{"shopper":"{shopper}","cart":{basket}}}"#);
        let (status, answer) = client.post("/quotes", "-", &body)?;
        // Reading every answer whole would take from the server what it is measured with.
        let is_quote = status == 200
            && answer.contains(r#""applied":[{"coupon""#)
            && answer.contains(&format!(r#"{{"id":"{LINES}","gross""#));
        ensure!(is_quote, "a quote answered {status}: {answer}");
        Ok(())
    }
}

/// Locks a coupon for an order and pays it. Orders go round the shoppers, and each has a coupon of
/// its own.
pub(crate) fn order(client: &Client, size: Size, n: u64) -> Result<()> {
    let (buyer, place) = (n % size.shoppers(), n / size.shoppers());
    let shopper = cast::shopper(buyer)?;
    let ask = json!({
        "order": format!("order-{n}"),
        "shopper": shopper.as_str(),
        "cart": cast::order_cart(size.template_of(buyer, place)),
        "coupons": [cast::code(&shopper, buyer, place).as_str()],
    });
    let (status, answer) = client.post("/locks", &format!("lock-{n}"), &ask.to_string())?;
    let lock: Value = serde_json::from_str(&answer).unwrap_or_default();
    let is_locked = status == 201
        && lock["state"] == "active"
        && lock["quote"]["applied"].as_array().is_some_and(|applied| applied.len() == 1);
    ensure!(is_locked, "a lock answered {status}: {answer}");
    let path = format!("/locks/{}/redemption", lock["id"].as_str().unwrap_or_default());
    let payment = format!(r#"{{"payment":"payment-{n}"}}"#);
    let (status, answer) = client.post(&path, &format!("payment-{n}"), &payment)?;
    let redemption: Value = serde_json::from_str(&answer).unwrap_or_default();
    let is_paid = status == 201 && redemption["outcome"] == "redeemed";
    ensure!(is_paid, "a redemption answered {status}: {answer}");
    Ok(())
}

/// When it is enough.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Passed(Duration),
    Done(u64),
}

/// What came of it.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    /// A second.
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Has all clients take turns at once, each the next as soon as it is done. The first failure ends it.
pub(crate) fn drive<C: Sync>(
    clients: &[C],
    until: Until,
    turn: impl Fn(&C, u64) -> Result<()> + Sync,
) -> Result<Figures> {
    let (next, has_failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let all = Mutex::new(Vec::new());
    let begun = Instant::now();
    let one = |client: &C| -> Result<()> {
        let mut times = Vec::new();
        while !has_failed.load(Relaxed) {
            let n = next.fetch_add(1, Relaxed);
            let asked = Instant::now();
            let is_enough = match until {
                Until::Passed(time) => asked - begun >= time,
                Until::Done(count) => n >= count,
            };
            if is_enough {
                break;
            }
            turn(client, n).inspect_err(|_| has_failed.store(true, Relaxed))?;
            times.push(asked.elapsed());
        }
        all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut times);
        Ok(())
    };
    thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> =
            clients.iter().map(|client| scope.spawn(move || one(client))).collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(_) => anyhow::bail!("a client panicked"),
        });
        ended.collect::<Result<Vec<()>>>()
    })?;
    let took = begun.elapsed();
    Figures::of(all.into_inner().unwrap_or_else(PoisonError::into_inner), took)
}

impl Figures {
    /// Of how long each took, and all of them together.
    pub(crate) fn of(mut times: Vec<Duration>, took: Duration) -> Result<Self> {
        times.sort_unstable();
        ensure!(!times.is_empty(), "nothing was answered");
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let rate = times.len() as f64 / took.as_secs_f64();
        Ok(Self { rate, p50: at(50), p99: at(99) })
    }
}
