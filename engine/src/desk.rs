//! Where requests queue up. While one batch is being written, those that arrive form the next; an
//! idle desk serves at once and waits for no timer.

use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::{Engine, Error, Fault, Result};

/// The most requests one batch holds.
const BATCH: usize = 200;

/// What queues up at a desk of its own.
pub(crate) trait Queuing: Send + Sized + 'static {
    /// What comes of each.
    type Answer: Send + 'static;

    /// The most that may wait; beyond, whoever asks is to come again.
    const ROOM: usize;

    /// Where it queues.
    fn desk(engine: &Engine) -> &Desk<Self>;

    /// Sees to a batch; answers in its order.
    fn serve(engine: &Engine, batch: Vec<Self>) -> impl Future<Output = Vec<Self::Answer>> + Send;
}

/// What is settled many at a time.
pub(crate) trait Settling: Send + Sync + Sized {
    /// What becomes of each.
    type Made: Send;

    /// What a try was charged that no transaction undoes: whatever is tried again has paid.
    type Charged: Default + Send + Sync;

    /// Settles all of a batch or none of it; answers in its order.
    fn settle(
        engine: &Engine,
        batch: &[Self],
        charged: &Self::Charged,
    ) -> impl Future<Output = Result<Vec<Result<Self::Made>>>> + Send;
}

pub(crate) struct Desk<T: Queuing> {
    waiting: Mutex<Vec<Waiting<T>>>,
    turn: Arc<Turn<()>>,
}

impl<T: Queuing> Default for Desk<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: Arc::default() }
    }
}

impl<T: Queuing> Desk<T> {
    /// How many requests wait for their batch.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Queues a request, unless too many wait.
    fn enter(&self, request: T) -> Option<Receiver<T::Answer>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= T::ROOM {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        waiting.push(Waiting { request, answer });
        Some(answered)
    }

    /// The requests at the front of the queue.
    fn next(&self) -> Vec<Waiting<T>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let size = waiting.len().min(BATCH);
        waiting.drain(..size).collect()
    }
}

struct Waiting<T: Queuing> {
    request: T,
    answer: Sender<T::Answer>,
}

/// Queues a request at once; what is returned waits for its answer. Once queued it is seen to, also
/// when whoever asked has gone away.
pub(crate) fn submit<T: Queuing>(
    engine: &Engine,
    request: T,
) -> impl Future<Output = Result<T::Answer>> + use<T> {
    let answered = T::desk(engine).enter(request);
    let seen_to = answered.map(|answered| tokio::spawn(see_to::<T>(engine.clone(), answered)));
    async {
        match seen_to {
            Some(answer) => answer.await?,
            None => Err(Fault::passing("too many requests are waiting").into()),
        }
    }
}

/// Waits for the answer or for a turn to serve whatever waits, whichever comes first.
async fn see_to<T: Queuing>(
    engine: Engine,
    mut answered: Receiver<T::Answer>,
) -> Result<T::Answer> {
    loop {
        tokio::select! {
            biased;
            answer = &mut answered => {
                return answer.map_err(|_| Fault::new("a request was lost at its desk").into());
            }
            turn = T::desk(&engine).turn.clone().lock_owned() => serve::<T>(&engine, turn).await,
        }
    }
}

/// Settles a batch together or, where one of it makes all of it fail, each by itself: what is wrong with
/// one is not to be its neighbours'.
pub(crate) async fn together<T: Settling>(engine: &Engine, batch: &[T]) -> Vec<Result<T::Made>> {
    let charged = T::Charged::default();
    match T::settle(engine, batch, &charged).await {
        Ok(answers) => answers,
        Err(error) if is_passing(&error) || batch.len() == 1 => all_failed(&error, batch.len()),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not settled together");
            apart(engine, batch, &charged).await
        }
    }
}

async fn apart<T: Settling>(
    engine: &Engine,
    batch: &[T],
    charged: &T::Charged,
) -> Vec<Result<T::Made>> {
    let mut answers = Vec::with_capacity(batch.len());
    for one in batch {
        match T::settle(engine, slice::from_ref(one), charged).await {
            Ok(answer) => answers.extend(answer),
            Err(error) if is_passing(&error) => {
                // Those behind it would only wait for the same.
                let left = batch.len() - answers.len();
                answers.extend(all_failed(&error, left));
                break;
            }
            Err(error) => answers.extend(all_failed(&error, 1)),
        }
    }
    answers
}

fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Fault(fault) if fault.is_passing())
}

/// What each of a batch is told that failed as a whole.
pub(crate) fn all_failed<T>(error: &Error, of: usize) -> Vec<Result<T>> {
    tracing::error!(error = error as &dyn std::error::Error, "a batch was not settled");
    let fault = || match is_passing(error) {
        true => Fault::passing("a batch was not settled"),
        false => Fault::new("a batch was not settled"),
    };
    (0..of).map(|_| Err(fault().into())).collect()
}

async fn serve<T: Queuing>(engine: &Engine, _turn: OwnedMutexGuard<()>) {
    let batch = T::desk(engine).next();
    if batch.is_empty() {
        return;
    }
    let (requests, answers): (Vec<T>, Vec<_>) =
        batch.into_iter().map(|Waiting { request, answer }| (request, answer)).unzip();
    for (asked, answer) in answers.into_iter().zip(T::serve(engine, requests).await) {
        // Whoever went away finds what came of it in the store.
        let _ = asked.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::stores::{Store, on_sqlite};

    /// Is answered with how many were served together.
    struct Guest;

    static DESK: LazyLock<Desk<Guest>> = LazyLock::new(Desk::default);

    impl Queuing for Guest {
        type Answer = usize;

        const ROOM: usize = 3;

        fn desk(_: &Engine) -> &Desk<Self> {
            &DESK
        }

        async fn serve(_: &Engine, batch: Vec<Self>) -> Vec<usize> {
            vec![batch.len(); batch.len()]
        }
    }

    #[tokio::test]
    async fn a_full_desk_has_others_come_again_and_serves_those_who_wait_together() {
        on_sqlite(wait_at_a_desk).await;
    }

    async fn wait_at_a_desk(store: Store) {
        let engine = &store.engine;
        assert_eq!(submit(engine, Guest).await.unwrap(), 1, "an idle desk serves at once");
        let batch_under_way = DESK.turn.clone().lock_owned().await;
        let waiting: Vec<_> = (0..Guest::ROOM).map(|_| submit(engine, Guest)).collect();
        let shed = submit(engine, Guest).await;
        assert!(matches!(shed, Err(Error::Fault(fault)) if fault.is_passing()));
        drop(batch_under_way);
        for answer in waiting {
            assert_eq!(answer.await.unwrap(), Guest::ROOM);
        }
    }
}
