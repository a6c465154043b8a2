//! The jobs' clock: what the store's time has done is written down, what is over is removed. Every
//! job is a call into a use case, short, safe to run twice and on several nodes at once.

use std::future::Future;
use std::time::Duration;

use domain::actor::System;
use engine::{
    Engine, accounts, alerts, attempts, books, catalogue, counts, grants, idempotency,
    issuance::tickets, notices, pools, risk, rollups, sessions, sweeps, wallet, webhooks,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::metrics;

/// The most a sweep writes down or removes at a time, so that nobody waits long for the writer.
const SLICE: u32 = 500;

/// Runs the jobs until the task is dropped.
pub(crate) async fn work(engine: Engine) {
    tokio::join!(
        every("hear of changes", 1, async || notices::hear(&engine).await),
        every("hear over Redis", 1, async || notices::hear_over_redis(&engine).await),
        every("flush counts", 1, async || counts::flush(&engine).await),
        in_slices("sweep viewers", 60, async || counts::sweep(&engine, SLICE).await),
        every("add up", 1, async || rollups::work(&engine, System).await),
        every("flush alerts", 1, async || alerts::flush(&engine).await),
        every("judge alerts", 10, async || alerts::judge(&engine, System).await),
        in_slices("sweep alerts", 60, async || alerts::sweep(&engine, SLICE).await),
        in_slices("lapse locks", 2, async || sweeps::lapse_due(&engine, System, SLICE).await),
        every("dispatch webhooks", 1, async || webhooks::dispatch(&engine, System).await),
        in_slices("remind", 5, async || webhooks::remind(&engine, System, SLICE).await),
        every("deliver webhooks", 1, async || webhooks::deliver(&engine, System).await),
        every("retry webhooks", 1, async || webhooks::retry(&engine, System).await),
        in_slices("settle callbacks", 5, async || sweeps::settle_due(&engine, System, SLICE).await),
        when_called(
            "settle tickets",
            1,
            async || tickets::called(&engine).await,
            async || tickets::settle_due(&engine, System, SLICE).await,
        ),
        in_slices("work at grants", 1, async || grants::work(&engine, System).await),
        in_slices("make pool codes", 1, async || pools::work(&engine, System).await),
        in_slices("sweep grants", 60, async || grants::sweep(&engine, System, SLICE).await),
        in_slices("sweep tickets", 60, async || tickets::sweep(&engine, SLICE).await),
        in_slices("expire coupons", 5, async || sweeps::expire_due(&engine, System, SLICE).await),
        every("look through the books", 60, async || books::watch(&engine, System).await),
        every("measure the clock", 30, async || engine.measure_clock().await),
        every("measure the line", 5, async || metrics::measure_line(&engine).await),
        in_slices("sweep hand-offs", 60, async || accounts::sweep_hand_offs(&engine, SLICE).await),
        in_slices("sweep reminders", 60, async || wallet::sweep_reminders(&engine, SLICE).await),
        every("sweep the catalogue", 60, async || catalogue::sweep(&engine).await),
        in_slices("sweep sessions", 60, async || sessions::sweep(&engine, SLICE).await),
        in_slices("sweep deliveries", 60, async || webhooks::sweep(&engine, System, SLICE).await),
        in_slices("sweep answers", 5, async || idempotency::sweep(&engine, SLICE).await),
        every("write down risk", 1, async || risk::flush(&engine).await),
        in_slices("sweep risk", 60, async || risk::sweep(&engine, SLICE).await),
        in_slices("sweep attempts", 300, async || attempts::sweep(&engine, SLICE).await),
    );
}

/// Runs a job every so many seconds; what fails is logged and tried again at the next turn.
async fn every<T, F>(name: &'static str, seconds: u64, job: impl Fn() -> F)
where
    F: Future<Output = engine::Result<T>>,
{
    let mut turns = turns(seconds);
    loop {
        turns.tick().await;
        run(name, &job).await;
    }
}

/// The same for a job that answers how much of its slice it found to do: after a full one there is
/// more, and its next turn is at once.
async fn in_slices<T, F>(name: &'static str, seconds: u64, job: impl Fn() -> F)
where
    T: TryInto<u32>,
    F: Future<Output = engine::Result<T>>,
{
    when_called(name, seconds, std::future::pending, job).await;
}

/// The same for a job that is called sometimes, and then has a turn at once.
async fn when_called<C, T, F>(
    name: &'static str,
    seconds: u64,
    called: impl Fn() -> C,
    job: impl Fn() -> F,
) where
    C: Future<Output = ()>,
    T: TryInto<u32>,
    F: Future<Output = engine::Result<T>>,
{
    let is_full = |done: T| done.try_into().is_ok_and(|done| done >= SLICE);
    let mut turns = turns(seconds);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = called() => {}
        }
        while run(name, &job).await.is_some_and(is_full) {}
    }
}

fn turns(seconds: u64) -> Interval {
    let mut turns = interval(Duration::from_secs(seconds));
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}

/// One turn; `None` where it failed.
async fn run<T, F>(name: &'static str, job: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = engine::Result<T>>,
{
    let done = job().await;
    metrics::job_ended(name, done.is_ok());
    if let Err(error) = &done {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(job = name, %error, cause, "a job failed");
    }
    done.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    #[tokio::test]
    async fn after_a_full_slice_the_next_turn_is_at_once() {
        const DONE: [u32; 3] = [SLICE, SLICE, SLICE - 1];
        let (turn, over) = (AtomicUsize::new(0), tokio::sync::Notify::new());
        let job = async || {
            let done = DONE[turn.fetch_add(1, Relaxed)];
            if done < SLICE {
                over.notify_one();
            }
            Ok(done)
        };
        // One more turn at once would be one too many; the next one is an hour away.
        tokio::select! {
            biased;
            () = in_slices("a job", 3_600, job) => {}
            () = over.notified() => {}
        }
        assert_eq!(turn.load(Relaxed), DONE.len());
    }

    #[tokio::test]
    async fn a_job_that_is_called_has_a_turn_at_once() {
        let (call, over) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
        let turn = AtomicUsize::new(0);
        let job = async || {
            match turn.fetch_add(1, Relaxed) {
                0 => call.notify_one(),
                _ => over.notify_one(),
            }
            Ok(0_u32)
        };
        // The next turn by the clock is an hour away.
        tokio::select! {
            () = when_called("a job", 3_600, async || call.notified().await, job) => {}
            () = over.notified() => {}
        }
        assert_eq!(turn.load(Relaxed), 2);
    }
}
