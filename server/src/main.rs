//! `quan`: serves the shop and the console, and what else an operator of the platform starts by hand.

mod client;
mod config;
mod doctor;
mod downloads;
mod failures;
mod greeting;
mod help;
mod installed;
mod metrics;
#[cfg(feature = "test-clock")]
mod playground;
mod problem;
mod router;
mod secret;
mod security;
mod seed;
mod serve;
mod sessions;
mod speech;
mod stand_in;
mod state;
#[cfg(test)]
#[allow(dead_code, clippy::unwrap_used, reason = "a test of its own, and not all of it used here")]
#[path = "../../engine/tests/it/stores.rs"]
mod stores;
#[cfg(test)]
mod testing;
mod uploads;
mod v1;
#[cfg(test)]
mod walks;
mod worker;

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::{
    Refusal,
    actor::{KeyScope, Role, System},
};
use engine::{accounts, partners, rollups};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::seed::Extent;

/// A quote allocates some thousand times; the system's own allocator took a quarter of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "quan", version, about = "A coupon platform", after_help = help::environment())]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the shop and the console (the default)
    Serve,
    /// Run the jobs without serving, beside nodes that serve the same PostgreSQL
    Work,
    /// Bring the store's schema up to date
    Migrate,
    /// Fill an empty store with the demo's cast and a month of made-up history
    Seed {
        /// Only the cast and the shelf, as tests want it
        #[arg(long)]
        bare: bool,
        /// A whole year of made-up days, to see funnels and forecasts by
        #[arg(long, conflicts_with = "bare")]
        history: bool,
    },
    /// Keep the list of those who work in the console
    #[command(subcommand)]
    Operator(Operator),
    /// Keep the keys of order systems
    #[command(subcommand)]
    Key(Key),
    /// Add up again, from what happened, everything that funnels are read from
    Rebuild,
    /// Look whether all is well: configuration, store, Redis, schema, books; changes nothing
    Doctor,
}

#[derive(Subcommand)]
enum Key {
    /// Make a key and print it: it is told once and never again
    Add {
        /// What the order system is called
        #[arg(long)]
        name: String,
        /// What it opens, with a comma between: quote, redeem, claim, grant, manage, read
        #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
        scope: Vec<KeyScope>,
    },
}

fn scope(word: &str) -> Result<KeyScope, String> {
    let known = KeyScope::ALL.map(KeyScope::as_str).join(", ");
    KeyScope::parse(word).ok_or_else(|| format!("a scope is one of {known}"))
}

#[derive(Subcommand)]
enum Operator {
    /// Add an operator; the password is read from standard input
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, value_parser = role)]
        role: Role,
    },
}

fn role(word: &str) -> Result<Role, String> {
    let known = Role::ALL.map(Role::as_str).join(", ");
    Role::parse(word).ok_or_else(|| format!("a role is one of {known}"))
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Doctor) {
        return doctor::examine(Config::load()).await;
    }
    let config = match Config::load() {
        Ok(config) => config,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    log_to_stderr(&config);
    let done = match command {
        Command::Serve => serve::serve(&config).await,
        Command::Work => serve::work_only(&config).await,
        Command::Migrate => migrate(&config).await,
        Command::Seed { bare, history } => {
            let extent = match (bare, history) {
                (true, _) => Extent::Bare,
                (_, true) => Extent::Year,
                _ => Extent::Month,
            };
            seed::seed(&config, extent).await
        }
        Command::Operator(Operator::Add { email, name, role }) => {
            add_operator(&config, &email, &name, role).await
        }
        Command::Key(Key::Add { name, scope }) => add_key(&config, &name, scope).await,
        Command::Rebuild => rebuild(&config).await,
        Command::Doctor => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            tracing::error!(%error, cause, "cannot go on");
            ExitCode::FAILURE
        }
    }
}

async fn migrate(config: &Config) -> Result<(), serve::Error> {
    serve::open(config).await?.close().await?;
    Ok(())
}

async fn rebuild(config: &Config) -> Result<(), serve::Error> {
    let engine = serve::open(config).await?;
    let rebuilt = rollups::rebuild(&engine, System).await;
    engine.close().await?;
    rebuilt?;
    Ok(())
}

async fn add_operator(
    config: &Config,
    email: &str,
    name: &str,
    role: Role,
) -> Result<(), serve::Error> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let engine = serve::open(config).await?;
    let password = password.trim_end_matches(['\r', '\n']);
    let added = accounts::operator_add(&engine, System, email, name, role, password).await;
    engine.close().await?;
    added.map_err(in_words)?;
    Ok(())
}

async fn add_key(config: &Config, name: &str, scopes: Vec<KeyScope>) -> Result<(), serve::Error> {
    let scopes: BTreeSet<KeyScope> = scopes.into_iter().collect();
    let engine = serve::open(config).await?;
    let made = partners::key_add(&engine, System, name, &scopes).await;
    // Before anything else can fail: it is told once, or never.
    if let Ok(key) = &made {
        println!("{key}");
    }
    engine.close().await?;
    made.map_err(in_words)?;
    Ok(())
}

/// What is wrong with what was typed, field by field.
fn in_words(error: engine::Error) -> serve::Error {
    match error {
        engine::Error::Refused(Refusal::Invalid { fields }) => {
            let wrong = fields.iter().map(|wrong| format!("{} {}", wrong.field, wrong.problem));
            wrong.collect::<Vec<_>>().join(", ").into()
        }
        error => error.into(),
    }
}

fn log_to_stderr(config: &Config) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        log.json().init();
    } else {
        log.init();
    }
}
