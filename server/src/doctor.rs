//! `quan doctor`: looks whether all is well, and changes nothing. It may run beside `quan serve`.

use std::error::Error;
use std::process::ExitCode;

use domain::actor::System;
use engine::{Clock, Engine, Settings, books};

use crate::config::{Config, Problem};

const REDIS: &str = "Redis";

/// What was looked at, and what is wrong with it: a sentence each, none where all is well.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) what: &'static str,
    pub(crate) wrong: Vec<String>,
}

/// Prints a line for each thing looked at, and one for everything wrong; succeeds only where nothing
/// is.
pub(crate) async fn examine(config: Result<Config, Problem>) -> ExitCode {
    let findings = match config.and_then(|config| config.settings()) {
        Ok(settings) => {
            let mut findings = vec![Finding { what: "configuration", wrong: Vec::new() }];
            findings.extend(examine_store(settings).await);
            findings
        }
        Err(problem) => {
            vec![Finding { what: "configuration", wrong: vec![problem.to_string()] }]
        }
    };
    for Finding { what, wrong } in &findings {
        println!("{:<14} {}", what, if wrong.is_empty() { "well" } else { "NOT WELL" });
        for sentence in wrong {
            println!("  {sentence}");
        }
    }
    let is_well = findings.iter().all(|finding| finding.wrong.is_empty());
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks at the store, its schema and its books, as far as each can be looked at once the one before
/// it is well.
pub(crate) async fn examine_store(settings: Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let engine = match Engine::open_to_read(settings, Clock::running()).await {
        Ok(engine) => engine,
        Err(error) => return vec![Finding { what: "store", wrong: vec![told(&error)] }],
    };
    let answers = engine.ping().await;
    let wrong = answers.err().map(|error| told(&error)).into_iter().collect();
    findings.push(Finding { what: "store", wrong });
    // Whoever has none lacks nothing.
    if let Some(lacks) = engine.redis_lacks().await {
        findings.push(Finding { what: REDIS, wrong: examine_redis(&lacks) });
    }
    if is_well(&findings) {
        findings.push(Finding { what: "schema", wrong: examine_schema(&engine).await });
    }
    if is_well(&findings) {
        let wrong = match books::check(&engine, System).await {
            Ok(wrong) => wrong,
            Err(error) => vec![told(&error)],
        };
        findings.push(Finding { what: "books", wrong });
    }
    // It was only looked at: nothing is lost where it does not close.
    let _ = engine.close().await;
    findings
}

/// Without Redis the store does not lack anything and is looked at all the same.
fn is_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.wrong.is_empty() || finding.what == REDIS)
}

fn examine_redis(lacks: &[&str]) -> Vec<String> {
    let sentence = |what: &&str| match *what {
        "PING" => "it does not answer at REDIS_URL; what it is asked is done without it".to_owned(),
        what => format!("it refuses {what}; what we need to be let do is in engine/README.md"),
    };
    lacks.iter().map(sentence).collect()
}

async fn examine_schema(engine: &Engine) -> Vec<String> {
    match migration::pending(engine.migration_connection()).await {
        Ok(steps) => {
            let lacks = |step: String| format!("it lacks {step}; `quan migrate` brings it");
            steps.into_iter().map(lacks).collect()
        }
        Err(error) => vec![told(&error)],
    }
}

fn told(error: &impl Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;

    fn what(findings: &[Finding]) -> Vec<(&'static str, usize)> {
        findings.iter().map(|finding| (finding.what, finding.wrong.len())).collect()
    }

    #[tokio::test]
    async fn a_store_that_is_being_served_is_looked_at_beside() {
        let app = TestApp::open().await;
        let found = examine_store(app.engine.settings().clone()).await;
        assert_eq!(what(&found), [("store", 0), ("schema", 0), ("books", 0)]);
        app.close().await;
    }

    #[tokio::test]
    async fn a_redis_that_does_not_answer_is_told_and_all_else_looked_at() {
        let app = TestApp::open().await;
        let settings = app.engine.settings().clone();
        let redis_url = Some("redis+unix:///nowhere".to_owned());
        let found = examine_store(Settings { redis_url, ..settings }).await;
        assert_eq!(what(&found), [("store", 0), (REDIS, 1), ("schema", 0), ("books", 0)]);
        app.close().await;
    }

    #[tokio::test]
    async fn what_is_not_there_is_told_and_not_made() {
        let folder = std::env::temp_dir().join(format!("quan-doctor-{}", std::process::id()));
        let database_url = format!("sqlite://{}?mode=rwc", folder.join("quan.db").display());
        let found = examine_store(Settings { database_url, ..Settings::default() }).await;
        assert_eq!(what(&found), [("store", 1)]);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn an_empty_store_lacks_every_step() {
        let folder = std::env::temp_dir().join(format!("quan-doctor-e-{}", std::process::id()));
        let database_url = format!("sqlite://{}?mode=rwc", folder.join("quan.db").display());
        let settings = Settings { database_url, ..Settings::default() };
        let engine = Engine::open(settings.clone()).await.expect("a store");
        let found = examine_store(settings.clone()).await;
        assert_eq!((found[1].what, found.len()), ("schema", 2));
        assert!(found[1].wrong[0].contains("m0001_house"), "{found:?}");
        migration::up(engine.migration_connection()).await.expect("a schema");
        engine.close().await.expect("closed");
        // Also once nobody has it open any more.
        let found = examine_store(settings).await;
        assert_eq!(what(&found), [("store", 0), ("schema", 0), ("books", 0)]);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
