//! Orders queue up at desks as claims do, and a batch of them is one transaction: what most of them
//! are, a first lock or a payment in time, is read, decided and written set-wise. Whatever is not so
//! plain is left out, and where anything of a batch was otherwise than it had been read, all of it is
//! undone: then each is seen to alone, in a transaction of its own.

use std::collections::HashSet;

use crate::desk::{Desk, Queuing, all_failed};
use crate::idempotency::{Once, Requests};
use crate::tx::Tx;
use crate::{Engine, Error, Result};

/// What came of each of a batch; `None` where it is to be seen to alone.
pub(crate) type Outcomes<T> = Vec<Option<Result<T>>>;

/// What was made of a batch.
pub(super) fn made<T>(outcomes: &Outcomes<T>) -> impl Iterator<Item = &T> {
    outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().ok())
}

/// An order at a desk.
pub(crate) trait Batched: Send + Sync + Sized + 'static {
    type Outcome: Send + 'static;

    /// Where it queues.
    fn desk(engine: &Engine) -> &Desk<Self>;

    /// How it is answered, where the same request may come again.
    fn once(&self) -> Option<&Once<Self::Outcome>>;

    /// What orders come to, each with a request of its own; `None` where anything was otherwise than it
    /// had been read.
    fn settle(
        engine: &Engine,
        tx: &Tx,
        orders: &[&Self],
    ) -> impl Future<Output = Result<Option<Outcomes<Self::Outcome>>>> + Send;
}

impl<T: Batched> Queuing for T {
    type Answer = Option<Result<T::Outcome>>;

    const ROOM: usize = 5_000; // A cart may be long.

    fn desk(engine: &Engine) -> &Desk<Self> {
        <T as Batched>::desk(engine)
    }

    async fn serve(engine: &Engine, batch: Vec<Self>) -> Outcomes<T::Outcome> {
        match try_to_serve(engine, &batch).await {
            Ok(outcomes) => outcomes,
            // Alone, none of them would come further.
            Err(error) => all_failed(&error, batch.len()).into_iter().map(Some).collect(),
        }
    }
}

async fn try_to_serve<T: Batched>(engine: &Engine, batch: &[T]) -> Result<Outcomes<T::Outcome>> {
    let tx = engine.begin().await?;
    match settle(engine, &tx, batch).await {
        Ok(Some(outcomes)) => {
            tx.commit().await?;
            return Ok(outcomes);
        }
        Ok(None) => {}
        Err(Error::Fault(fault)) if fault.is_passing() => {}
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "orders not seen to together"
            );
        }
    }
    tx.undo().await;
    Ok(batch.iter().map(|_| None).collect())
}

async fn settle<T: Batched>(
    engine: &Engine,
    tx: &Tx,
    batch: &[T],
) -> Result<Option<Outcomes<T::Outcome>>> {
    let now = engine.now();
    let keyed = batch.iter().filter_map(T::once).map(|once| &once.request);
    let mut requests = Requests::open(tx, keyed, now).await?;
    let mut outcomes: Outcomes<T::Outcome> = batch.iter().map(|_| None).collect();
    let (mut fresh, mut keys) = (Vec::new(), HashSet::new());
    for (order, outcome) in batch.iter().zip(&mut outcomes) {
        let request = order.once().map(|once| &once.request);
        if request.is_some_and(|request| !keys.insert((&request.owner, &request.key))) {
            continue;
        }
        match request.map_or(Ok(()), |request| requests.check(request)) {
            Ok(()) => fresh.push((order, outcome)),
            Err(answered) => *outcome = Some(Err(answered)),
        }
    }
    let orders: Vec<&T> = fresh.iter().map(|(order, _)| *order).collect();
    let Some(settled) = T::settle(engine, tx, &orders).await? else { return Ok(None) };
    // A fault of one is not to be its neighbours'.
    if settled.iter().flatten().any(|outcome| matches!(outcome, Err(Error::Fault(_)))) {
        return Ok(None);
    }
    for ((order, outcome), settled) in fresh.into_iter().zip(settled) {
        if let (Some(once), Some(settled)) = (order.once(), &settled) {
            requests.enter(once, settled);
        }
        *outcome = settled;
    }
    requests.write(tx, now).await?;
    Ok(Some(outcomes))
}
