//! Where claims queue up. While one batch is being written, those that arrive form the next; an
//! idle desk serves at once and waits for no timer.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::Claim;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result};

/// The most claims one transaction settles.
const BATCH: usize = 200;
/// The most claims that may wait; beyond, claimants are asked to come again.
const QUEUE: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Desk {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<Turn<()>>,
}

impl Desk {
    /// How many claims wait for their batch.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[derive(Debug)]
struct Waiting {
    claim: Claim,
    answer: Sender<Result<Coupon>>,
}

/// Queues a claim at once; what is returned waits for its answer. Once queued it is settled, also
/// when whoever asked has gone away.
pub(crate) fn submit(
    engine: &Engine,
    claim: Claim,
) -> impl Future<Output = Result<Coupon>> + use<> {
    let (answer, answered) = oneshot::channel();
    let is_full = {
        let mut waiting = engine.0.desk.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = waiting.len() >= QUEUE;
        if !is_full {
            waiting.push(Waiting { claim, answer });
        }
        is_full
    };
    let seen_through = (!is_full).then(|| tokio::spawn(see_through(engine.clone(), answered)));
    async {
        match seen_through {
            Some(answer) => answer.await?,
            None => Err(Fault::passing("too many claims are waiting").into()),
        }
    }
}

/// Waits for the answer or for the turn to settle whatever waits, whichever comes first.
async fn see_through(engine: Engine, mut answered: Receiver<Result<Coupon>>) -> Result<Coupon> {
    loop {
        tokio::select! {
            biased;
            answer = &mut answered => {
                return answer.unwrap_or_else(|_| Err(Fault::new("a claim was lost").into()));
            }
            turn = engine.0.desk.turn.clone().lock_owned() => serve(&engine, turn).await,
        }
    }
}

/// Settles the claims at the front of the queue.
async fn serve(engine: &Engine, _turn: OwnedMutexGuard<()>) {
    let batch: Vec<Waiting> = {
        let mut waiting = engine.0.desk.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let size = waiting.len().min(BATCH);
        waiting.drain(..size).collect()
    };
    if batch.is_empty() {
        return;
    }
    let (claims, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|Waiting { claim, answer }| (claim, answer)).unzip();
    match super::settle(engine, &claims).await {
        Ok(outcomes) => {
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // Whoever went away finds the coupon in the wallet.
                let _ = answer.send(outcome);
            }
        }
        Err(error) => {
            let fault = |passing| match passing {
                true => Fault::passing("a batch of claims was not settled"),
                false => Fault::new("a batch of claims was not settled"),
            };
            let passing = matches!(&error, Error::Fault(fault) if fault.is_passing());
            tracing::error!(error = &error as &dyn std::error::Error, "claims not settled");
            for answer in answers {
                let _ = answer.send(Err(fault(passing).into()));
            }
        }
    }
}
