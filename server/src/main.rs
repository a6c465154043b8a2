//! `quan`: serves the shop and the console, and what else an operator of the platform starts by hand.

mod config;
mod failures;
mod greeting;
mod installed;
mod metrics;
#[cfg(feature = "test-clock")]
mod playground;
mod problem;
mod router;
mod security;
mod seed;
mod serve;
mod sessions;
mod speech;
mod state;
#[cfg(test)]
mod testing;
mod v1;
#[cfg(test)]
mod walks;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::{
    Refusal,
    actor::{Role, System},
};
use engine::accounts;
use tracing_subscriber::EnvFilter;

use crate::config::Config;

#[derive(Parser)]
#[command(name = "quan", version, about = "A coupon platform")]
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
    },
    /// Keep the list of those who work in the console
    #[command(subcommand)]
    Operator(Operator),
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
    let config = match Config::load() {
        Ok(config) => config,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    log_to_stderr(&config);
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&config).await,
        Command::Work => serve::work_only(&config).await,
        Command::Migrate => migrate(&config).await,
        Command::Seed { bare } => seed::seed(&config, bare).await,
        Command::Operator(Operator::Add { email, name, role }) => {
            add_operator(&config, &email, &name, role).await
        }
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
    match added {
        Ok(_) => Ok(()),
        Err(engine::Error::Refused(Refusal::Invalid { fields })) => {
            let wrong = fields.iter().map(|wrong| format!("{} {}", wrong.field, wrong.problem));
            Err(wrong.collect::<Vec<_>>().join(", ").into())
        }
        Err(error) => Err(error.into()),
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
