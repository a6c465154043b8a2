//! `quan seed`: the demo's cast and a month of made-up history.

use chrono::Timelike;
use domain::actor::System;
use engine::{Clock, Engine, demo};

use crate::config::Config;
use crate::serve::Error;

pub(crate) async fn seed(config: &Config, bare: bool) -> Result<(), Error> {
    let settings = config.settings()?;
    // The history leads up to now, by a clock that is moved along.
    let now = Clock::running().now();
    let clock = Clock::still_at(now.with_nanosecond(0).unwrap_or(now));
    let engine = Engine::open_at(settings, clock).await?;
    migration::up(engine.migration_connection()).await?;
    if !demo::seed(&engine, System).await? {
        println!("The demo is there already.");
    } else if !bare {
        println!("Making up thirty days of history …");
        demo::play_history(&engine, engine.now(), |_| ()).await?;
    }
    engine.close().await?;
    Ok(())
}
