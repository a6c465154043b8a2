//! `quan seed`: the demo's cast, and a month or a year of made-up history.

use std::io::{self, Write};

use chrono::Timelike;
use domain::Time;
use domain::actor::System;
use engine::demo::{self, year};
use engine::{Clock, Engine};

use crate::config::Config;
use crate::serve::Error;

/// How much is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The cast and the shelf alone.
    Bare,
    /// A month of history.
    Month,
    /// A year of it, with the month beside its last days.
    Year,
}

pub(crate) async fn seed(config: &Config, extent: Extent) -> Result<(), Error> {
    let settings = config.settings()?;
    // The history leads up to now, by a clock that is moved along.
    let now = Clock::running().now();
    let now = now.with_nanosecond(0).unwrap_or(now);
    let engine = Engine::open_at(settings, Clock::still_at(now)).await?;
    migration::up(engine.migration_connection()).await?;
    match (demo::seed(&engine, System).await?, extent) {
        (false, _) => println!("The demo is there already."),
        (true, Extent::Bare) => {}
        (true, Extent::Month) => {
            println!("Making up thirty days of history …");
            demo::play_history(&engine, now, |_| ()).await?;
        }
        (true, Extent::Year) => play_year(&engine, now).await?,
    }
    engine.close().await?;
    Ok(())
}

async fn play_year(engine: &Engine, now: Time) -> Result<(), Error> {
    println!("Making up a year of history, which takes some minutes …");
    let today = engine.settings().time_zone.day(now);
    let year = year::draw(engine.settings(), today, year::DAYS)?;
    year::play(engine, &year, now, |day| {
        print!("\r{day} of {} days", year::DAYS);
        // Nobody may be looking.
        let _ = io::stdout().flush();
    })
    .await?;
    println!();
    Ok(())
}
