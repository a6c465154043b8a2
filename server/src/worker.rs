//! The jobs' clock: what the store's time has done is written down, what is over is removed. Every
//! job is a call into a use case, short, safe to run twice and on several nodes at once.

use std::future::Future;
use std::time::Duration;

use domain::actor::System;
use engine::{
    Engine, accounts, attempts, catalogue, counts, idempotency, sessions, sweeps, webhooks,
};
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics;

/// The most a sweep writes down at a time.
const SLICE: u32 = 500;
/// The most kept answers a sweep removes at a time.
const SWEPT: u32 = 5_000;

/// Runs the jobs until the task is dropped.
pub(crate) async fn work(engine: Engine) {
    tokio::join!(
        every("flush counts", 1, async || counts::flush(&engine).await),
        every("lapse locks", 2, async || sweeps::lapse_due(&engine, System, SLICE).await),
        every("dispatch webhooks", 1, async || webhooks::dispatch(&engine, System).await),
        every("deliver webhooks", 1, async || webhooks::deliver(&engine, System).await),
        every("retry webhooks", 1, async || webhooks::retry(&engine, System).await),
        every("settle callbacks", 5, async || sweeps::settle_due(&engine, System, SLICE).await),
        every("expire coupons", 5, async || sweeps::expire_due(&engine, System, SLICE).await),
        every("measure the clock", 30, async || engine.measure_clock().await),
        every("sweep hand-offs", 60, async || accounts::sweep_hand_offs(&engine).await),
        every("sweep the catalogue", 60, async || catalogue::sweep(&engine).await),
        every("sweep sessions", 60, async || sessions::sweep(&engine).await),
        every("sweep deliveries", 60, async || webhooks::sweep(&engine, System).await),
        every("sweep answers", 5, async || idempotency::sweep(&engine, SWEPT).await),
        every("sweep attempts", 300, async || attempts::sweep(&engine).await),
    );
}

/// Runs a job every so many seconds; what fails is logged and tried again at the next turn.
async fn every<T, F>(name: &'static str, seconds: u64, job: impl Fn() -> F)
where
    F: Future<Output = engine::Result<T>>,
{
    let mut turn = interval(Duration::from_secs(seconds));
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        let done = job().await;
        metrics::job_ended(name, done.is_ok());
        if let Err(error) = done {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(job = name, %error, cause, "a job failed");
        }
    }
}
