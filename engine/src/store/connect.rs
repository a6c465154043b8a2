//! Opens the store: one writer and several readers on SQLite, one pool on PostgreSQL.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::{Error, Fault, Result, Settings};

/// How long anything waits for a connection before it is told that the store is too busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// The ways into the store. On PostgreSQL writer and reader are the same pool.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    /// Held as long as this process may write to an SQLite file.
    _claim: Option<File>,
}

/// Connects to what the settings name. Who `may_write` to an SQLite file has it alone; who may not is
/// refused by the store itself.
pub(crate) async fn connect(settings: &Settings, may_write: bool) -> Result<Connections> {
    let url = settings.database_url.as_str();
    if let Some(rest) = url.strip_prefix("postgresql://") {
        return postgres(&format!("postgres://{rest}"), settings, may_write).await;
    }
    if url.starts_with("postgres://") {
        return postgres(url, settings, may_write).await;
    }
    if url.starts_with("sqlite:") {
        return sqlite(url, may_write).await;
    }
    Err(Fault::new("the database address begins with neither sqlite: nor postgres:").into())
}

async fn postgres(url: &str, settings: &Settings, may_write: bool) -> Result<Connections> {
    // Who looks at everything takes as long as that takes.
    let (longest, only_reads, seqscan) =
        if may_write { ("30s", "off", "off") } else { ("0", "on", "on") };
    let mut options = ConnectOptions::new(url);
    options
        .set_application_name("quan")
        .max_connections(settings.postgres_connections)
        .acquire_timeout(PATIENCE)
        // A connection just used is not asked whether it is alive: that would be a round trip each.
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .map_sqlx_postgres_opts(move |options| {
            options.options([
                ("statement_timeout", longest),
                ("default_transaction_read_only", only_reads),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "60s"),
                ("default_transaction_isolation", "read committed"),
                // Our statements are short; compiling one costs more than running it.
                ("jit", "off"),
                // So is planning one: for each partition there is an index to weigh, and with other
                // values the choice would be the same.
                ("plan_cache_mode", "force_generic_plan"),
                // A plan that was made while a table was empty would go on to read all of it.
                ("enable_seqscan", seqscan),
            ])
        });
    let writer = open(options, "PostgreSQL does not answer").await?;
    Ok(Connections { reader: writer.clone(), writer, _claim: None })
}

async fn sqlite(url: &str, may_write: bool) -> Result<Connections> {
    let path = sqlite_path(url)?;
    if !may_write {
        let reader = sqlite_readers(url, &path).await?;
        return Ok(Connections { writer: reader.clone(), reader, _claim: None });
    }
    let claim = claim(&path)?;
    let writer = sqlite_writer(url, &path).await?;
    let reader = sqlite_readers(url, &path).await?;
    Ok(Connections { writer, reader, _claim: Some(claim) })
}

fn sqlite_path(url: &str) -> Result<PathBuf> {
    let options: SqliteConnectOptions = url
        .parse()
        .map_err(|error| Fault::because("the address of the SQLite file does not read", error))?;
    let path = options.get_filename();
    let is_memory = url.contains(":memory:") || url.contains("mode=memory");
    if path.as_os_str().is_empty() || is_memory {
        return Err(
            Fault::new("an SQLite store needs a file: memory forgets what was claimed").into()
        );
    }
    Ok(path.to_owned())
}

/// Takes the file for this process, by a lock on another beside it that is never removed: removing
/// it would let two processes hold two different files of one name.
fn claim(path: &Path) -> Result<File> {
    let cannot = |error: std::io::Error| -> Error {
        Fault::because(format!("cannot write beside {}", path.display()), error).into()
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(beside))
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{} is being served by another process", path.display());
            Err(Fault::new(message).into())
        }
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// One connection, never closed for idleness: its statements stay prepared.
async fn sqlite_writer(url: &str, path: &Path) -> Result<DatabaseConnection> {
    let mut options = sqlite_options(url);
    options.max_connections(1).map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            // What a statement may have to undo is no affair of the disk's.
            .pragma("temp_store", "MEMORY")
            // Of the tables that claims and orders touch all over; a page is written back once for many
            // transactions. In KiB, and in pages of 4 KiB.
            .pragma("cache_size", "-32768")
            .pragma("wal_autocheckpoint", "8000")
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
    });
    open(options, &format!("cannot open {}", path.display())).await
}

async fn sqlite_readers(url: &str, path: &Path) -> Result<DatabaseConnection> {
    let readers = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8));
    let mut options = sqlite_options(url);
    options.max_connections(readers as u32).map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(false)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
    });
    open(options, &format!("cannot read {}", path.display())).await
}

fn sqlite_options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    options
}

async fn open(mut options: ConnectOptions, sentence: &str) -> Result<DatabaseConnection> {
    options.sqlx_logging(false).record_stmt_in_spans(false);
    let connected = Database::connect(options).await;
    connected.map_err(|error| Fault::because(sentence, error).into())
}
