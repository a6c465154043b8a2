//! A fresh, migrated store for every test, on SQLite and on PostgreSQL.
//!
//! PostgreSQL is what `TEST_POSTGRES_URL` names. Where it names nothing, a temporary server is
//! started from the system's binaries and stops with this process; where there are none either,
//! tests say that they were skipped, and fail when `CI` is set.

use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use domain::Time;
use engine::{Clock, Engine, Settings};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    Statement,
};
use uuid::Uuid;

/// Makes two tests of each function named, `sqlite::<name>` and `postgres::<name>`. A function is
/// given its own [`Store`]; one that is not listed is dead code, which the build refuses.
macro_rules! on_both_stores {
    [$($test:ident),* $(,)?] => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::stores::on_sqlite(super::$test).await;
            }
        )*}
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::stores::on_postgres(super::$test).await;
            }
        )*}
    };
}
pub(crate) use on_both_stores;

/// One test's own store, by a clock that stands still at noon of a Monday in Shanghai.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) engine: Engine,
    /// Opens the same store again, where its kind allows that.
    pub(crate) settings: Settings,
    /// Where [`Store::bare`] makes another.
    bare: Settings,
}

impl Store {
    async fn open(url: String, bare: String) -> Self {
        let settings = Settings { database_url: url, ..Settings::default() };
        let bare = Settings { database_url: bare, ..Settings::default() };
        let engine = Engine::open_at(settings.clone(), Clock::still_at(noon())).await.unwrap();
        migration::up(engine.migration_connection()).await.unwrap();
        Self { engine, settings, bare }
    }

    /// Another store of the same kind, empty and without a schema.
    pub(crate) async fn bare(&self) -> Settings {
        let url = &self.bare.database_url;
        if let Some(server) = postgres().filter(|_| url.starts_with("postgres")) {
            let admin = administrator(server).await;
            execute(&admin, &format!("CREATE DATABASE {}", database(url))).await;
            admin.close().await.unwrap();
        }
        self.bare.clone()
    }

    /// Another store of the same kind, migrated, of a deployment that chose otherwise.
    pub(crate) async fn another(&self, choose: impl FnOnce(&mut Settings)) -> Engine {
        let mut settings = self.bare().await;
        choose(&mut settings);
        let engine = Engine::open_at(settings, Clock::still_at(noon())).await.unwrap();
        migration::up(engine.migration_connection()).await.unwrap();
        engine
    }

    /// Two nodes of it, or twice the same one of an SQLite file, which belongs to one process.
    pub(crate) async fn nodes(&self) -> [Engine; 2] {
        let first = self.engine.clone();
        if !self.settings.database_url.starts_with("postgres") {
            return [first.clone(), first];
        }
        let clock = Clock::still_at(first.now());
        let second = Engine::open_at(self.settings.clone(), clock).await.unwrap();
        [first, second]
    }

    /// The answer to a question that one number answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        number(&self.engine, sql).await
    }
}

/// What a query counts.
pub(crate) async fn number(engine: &Engine, sql: &str) -> i64 {
    let db = engine.migration_connection();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get_by(0).unwrap()
}

/// Waits until nothing that runs elsewhere could still come before what was committed: on a server
/// of PostgreSQL that other tests use too, their transactions count.
pub(crate) async fn settled(engine: &Engine) {
    if !engine.settings().database_url.starts_with("postgres") {
        return;
    }
    let ask = |table: &str| {
        format!(
            "SELECT count(*) FROM {table}
            WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
    };
    for table in ["events", "changes", "returns"] {
        while number(engine, &ask(table)).await > 0 {}
    }
}

/// Waits until somebody waits for what a transaction on PostgreSQL holds.
pub(crate) async fn waited_for(engine: &Engine, holder: &DatabaseTransaction) {
    let ask = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()::bigint");
    let pid: i64 = holder.query_one_raw(ask).await.unwrap().unwrap().try_get_by(0).unwrap();
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND {pid} = ANY (pg_blocking_pids(pid))"
    );
    while number(engine, &waiting).await == 0 {}
}

/// 2026-03-02 12:00 in Shanghai.
pub(crate) fn noon() -> Time {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

/// Runs a test on an SQLite file of its own.
pub(crate) async fn on_sqlite<F>(test: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = std::env::temp_dir().join(fresh_name());
    let url = |file: &str| format!("sqlite://{}/{file}.db?mode=rwc", folder.display());
    let outcome = run(Store::open(url("quan"), url("bare")).await, test).await;
    let _ = std::fs::remove_dir_all(&folder);
    finish(outcome);
}

/// Runs a test on a PostgreSQL database of its own.
pub(crate) async fn on_postgres<F>(test: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = postgres() else { return };
    let admin = administrator(server).await;
    let template = migrated_template(server, &admin).await;
    let (name, bare) = (fresh_name(), fresh_name());
    execute(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let store = Store::open(with_database(server, &name), with_database(server, &bare)).await;
    let outcome = run(store, test).await;
    execute(&admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    execute(&admin, &format!("DROP DATABASE IF EXISTS {bare} WITH (FORCE)")).await;
    admin.close().await.unwrap();
    finish(outcome);
}

/// A task of its own keeps a failed test from skipping the cleaning up.
async fn run<F>(store: Store, test: impl FnOnce(Store) -> F) -> Result<(), tokio::task::JoinError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let outcome = tokio::spawn(test(store.clone())).await;
    if outcome.is_ok() {
        engine::rollups::work(&store.engine, domain::actor::System).await.unwrap();
        let wrong = engine::books::check(&store.engine, domain::actor::System).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new(), "the books balance");
    }
    store.engine.close().await.unwrap();
    outcome
}

fn finish(outcome: Result<(), tokio::task::JoinError>) {
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

fn fresh_name() -> String {
    format!("quan_{}", Uuid::now_v7().simple())
}

/// A migrated database to copy from, made by the first who asks: copying is quicker than
/// migrating. Its name changes with the schema's text, for servers that outlive a run.
async fn migrated_template(server: &str, admin: &DatabaseConnection) -> String {
    let mut schema = DefaultHasher::new();
    include_str!("../../../migration/src/m0001_house.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0002_hand_off.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0003_orders.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0004_templates.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0005_partners.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0006_callbacks.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0007_orders.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0008_webhooks.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0009_replacements.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0010_catalogue.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0011_reminders.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0012_ledger.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0013_grants.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0014_risk.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0015_tickets.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0016_reminding.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0017_moves.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0018_rollups.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0020_alerts.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0021_sums.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0022_keys.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0023_last_live.sql").hash(&mut schema);
    include_str!("../../../migration/src/m0024_plain_orders.sql").hash(&mut schema);
    include_str!("../../../migration/src/dialect.rs").hash(&mut schema);
    let template = format!("quan_template_{:016x}", schema.finish());
    let making = format!("{template}_making");

    execute(admin, "SELECT pg_advisory_lock(1903520110)").await;
    let known = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
    let known = Statement::from_string(admin.get_database_backend(), known);
    if admin.query_one_raw(known).await.unwrap().is_none() {
        execute(admin, &format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)")).await;
        execute(admin, &format!("CREATE DATABASE {making}")).await;
        let url = with_database(server, &making);
        let engine = Engine::open(Settings { database_url: url, ..Settings::default() }).await;
        let engine = engine.unwrap();
        migration::up(engine.migration_connection()).await.unwrap();
        engine.close().await.unwrap();
        execute(admin, &format!("ALTER DATABASE {making} RENAME TO {template}")).await;
    }
    execute(admin, "SELECT pg_advisory_unlock(1903520110)").await;
    template
}

async fn administrator(server: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn execute(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// `postgres://host/this?query` with another database's name.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = address.split_once("://").unwrap();
    let host = rest.split('/').next().unwrap();
    format!("{scheme}://{host}/{name}?{query}")
}

fn database(url: &str) -> &str {
    let address = url.split('?').next().unwrap_or_default();
    address.rsplit('/').next().unwrap_or_default()
}

/// Where PostgreSQL is, if anywhere.
fn postgres() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Option<Child>)>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => Some((url, None)),
        Err(_) => start_postgres().map(|(url, server)| (url, Some(server))),
    });
    if server.is_none() {
        let sentence = "TEST_POSTGRES_URL is not set, and there is no PostgreSQL to start";
        assert!(std::env::var_os("CI").is_none(), "{sentence}");
        eprintln!("skipped: {sentence}");
    }
    server.as_ref().map(|(url, _)| url.as_str())
}

/// Starts a server of our own. It ends when this process does, however it does: that closes the
/// pipe which the shell reads from.
fn start_postgres() -> Option<(String, Child)> {
    const SCRIPT: &str = r#"
        trap '' INT HUP
        mkdir "$2" && cd "$2" || exit 1
        "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C -N > log 2>&1 || exit 1
        "$1/pg_ctl" -D data -l log -w -o "-k $2 -h '' -F" start >> log 2>&1 || exit 1
        echo ready
        cat > /dev/null
        "$1/pg_ctl" -D data -m immediate stop >> log 2>&1
        cd / && rm -rf "$2"
    "#;
    let binaries = postgres_binaries()?;
    let folder = std::env::temp_dir().join(fresh_name());
    // The server refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut shell = Command::new(if is_root { "runuser" } else { "sh" });
    if is_root {
        shell.args(["-u", "postgres", "--", "sh"]);
    }
    let mut server = shell
        .args(["-c", SCRIPT, "sh"])
        .args([&binaries, &folder])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut said = String::new();
    BufReader::new(server.stdout.take()?).read_line(&mut said).ok()?;
    let url = format!("postgres://postgres@localhost/postgres?host={}", folder.display());
    (said == "ready\n").then_some((url, server))
}

/// The newest of the system's server binaries.
fn postgres_binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir(Path::new("/usr/lib/postgresql")).ok()?;
    let mut versions: Vec<_> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    versions.pop()
}
