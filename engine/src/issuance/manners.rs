//! Those who stand at the desk go first: what is made in bulk waits for them between its chunks.

use std::time::Duration;

use crate::Engine;

/// The most that is made in bulk in one transaction, and how much while claims wait all the same.
const CHUNK: usize = 2_000;
const SMALL_CHUNK: usize = 200;

/// How often a chunk looks whether claims wait, and how long it waits between: under a crowd that
/// never ends bulk work goes on too, in small chunks.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// Lets the claims that wait at this node's desks go first, also those that are only to be written down;
/// answers how many may then be made.
pub(crate) async fn after_claims(engine: &Engine) -> usize {
    after(|| engine.claims_waiting() + engine.0.entrants.waiting()).await
}

/// The same for what waits in line: it has been before those who come into the line now.
pub(super) async fn after_claims_at_once(engine: &Engine) -> usize {
    after(|| engine.claims_waiting()).await
}

async fn after(waiting: impl Fn() -> usize) -> usize {
    for _ in 0..LOOKS {
        if waiting() == 0 {
            return CHUNK;
        }
        tokio::time::sleep(PAUSE).await;
    }
    SMALL_CHUNK
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn bulk_work_waits_for_claims_and_goes_on_in_small_chunks_under_a_crowd() {
        let looks = Cell::new(0);
        let one_fewer = || {
            looks.set(looks.get() + 1);
            3 - looks.get()
        };
        assert_eq!(after(one_fewer).await, CHUNK);
        assert_eq!(looks.get(), 3, "as long as somebody waited");
        assert_eq!(after(|| 1).await, SMALL_CHUNK);
    }
}
