//! Stores for as long as a trial takes, and their own programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::{
    postgres::{self, Postgres},
    steps::{Step, Steps},
    undo::{self, Undo},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Sqlite,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// Where stores of one kind are made, for as long as it is there.
pub(crate) struct Ground {
    pub(crate) kind: Kind,
    /// Takes what is written down on the way, too.
    pub(crate) folder: PathBuf,
    // In this order: the server stops before the folder goes.
    pub(crate) postgres: Option<Postgres>,
    _folder: Undo,
}

impl Ground {
    /// `start` is how PostgreSQL is started where it is wanted; `None` where that fails.
    pub(crate) fn open(
        steps: &mut Steps,
        kind: Kind,
        start: fn(&mut Steps) -> Option<Postgres>,
    ) -> Option<Self> {
        let postgres = match kind {
            Kind::Postgres => Some(start(steps)?),
            Kind::Sqlite => None,
        };
        let (folder, _folder) = undo::folder("stores");
        Some(Self { kind, folder, postgres, _folder })
    }

    /// An empty store of this name.
    pub(crate) fn store(&self, step: &Step, name: &str) -> Result<Store> {
        fs::create_dir_all(&self.folder)?;
        match &self.postgres {
            Some(postgres) => Store::in_postgres(step, postgres, name),
            None => Ok(Store::in_folder(&self.folder, name)),
        }
    }
}

/// An empty store of one kind, and how it is reached.
pub(crate) struct Store {
    pub(crate) kind: Kind,
    /// What `quan` is told.
    pub(crate) url: String,
    program: PathBuf,
    file: PathBuf,
}

impl Store {
    /// A database of this name.
    fn in_postgres(step: &Step, postgres: &Postgres, name: &str) -> Result<Self> {
        let program = postgres::folder().context("there is no PostgreSQL")?.join("psql");
        let mut create = psql(&program, &postgres.url);
        step.run(create.arg(format!("--command=CREATE DATABASE {name}")))?;
        let (server, _) = postgres.url.rsplit_once('/').context("an address without a database")?;
        let url = format!("{server}/{name}");
        Ok(Self { kind: Kind::Postgres, url, program, file: PathBuf::new() })
    }

    /// A file of this name.
    fn in_folder(folder: &Path, name: &str) -> Self {
        let file = folder.join(format!("{name}.db"));
        let url = format!("sqlite://{}?mode=rwc", file.display());
        Self { kind: Kind::Sqlite, url, program: PathBuf::from("sqlite3"), file }
    }

    /// Runs a script of the store's own program.
    pub(crate) fn run(&self, step: &Step, script: &Path) -> Result<()> {
        let mut command = self.command();
        match self.kind {
            Kind::Postgres => command.arg("--file").arg(script),
            Kind::Sqlite => command.arg(format!(".read '{}'", script.display())),
        };
        step.run(&mut command).map(|_| ())
    }

    /// What a query answers, a row a line.
    pub(crate) fn answer(&self, query: &str) -> Result<String> {
        let mut command = self.command();
        match self.kind {
            Kind::Postgres => command.arg(format!("--command={query}")),
            Kind::Sqlite => command.arg(query),
        };
        // Apart from the log: a server may write there meanwhile.
        let answered = command.output()?;
        let error = String::from_utf8_lossy(&answered.stderr);
        ensure!(answered.status.success(), "{query} failed: {error}");
        Ok(String::from_utf8(answered.stdout)?)
    }

    /// The one number that a query answers.
    pub(crate) fn number(&self, query: &str) -> Result<u64> {
        let answer = self.answer(query)?;
        answer.trim().parse().with_context(|| format!("{query} answered {answer:?}"))
    }

    /// Waits until no row is left of what is named: a table, and which of its rows.
    pub(crate) fn await_none(&self, what: &str, patience: Duration) -> Result<()> {
        let (asked, query) = (Instant::now(), format!("SELECT COUNT(*) FROM {what}"));
        while self.number(&query)? > 0 {
            ensure!(asked.elapsed() < patience, "there are still {what}");
            sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// How many bytes it takes, indexes included.
    pub(crate) fn bytes(&self) -> Result<u64> {
        match self.kind {
            Kind::Postgres => self.number("SELECT pg_database_size(current_database())"),
            Kind::Sqlite => Ok(fs::metadata(&self.file)?.len()),
        }
    }

    fn command(&self) -> Command {
        match self.kind {
            Kind::Postgres => psql(&self.program, &self.url),
            Kind::Sqlite => {
                let mut command = Command::new(&self.program);
                command.args(["-batch", "-bail", "-cmd", ".timeout 10000"]).arg(&self.file);
                command
            }
        }
    }
}

/// Rows alone, without what the user has set up; the first error ends it.
fn psql(program: &Path, url: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
    command.args(["--set=ON_ERROR_STOP=1", "--dbname", url]);
    command
}
