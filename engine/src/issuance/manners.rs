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

/// Lets the claims that wait at this node's desk go first; answers how many may then be made.
pub(crate) async fn after_claims(engine: &Engine) -> usize {
    for _ in 0..LOOKS {
        if engine.claims_waiting() == 0 {
            return CHUNK;
        }
        tokio::time::sleep(PAUSE).await;
    }
    SMALL_CHUNK
}
