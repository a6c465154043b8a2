//! Opening the store: who may, and what a wrong address says.

use engine::{Clock, Engine, Settings};
use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};

use crate::stores::{Store, noon, on_both_stores, on_postgres, on_sqlite};

on_both_stores![a_reader_opens_beside_the_server_and_cannot_write, a_store_answers_a_ping];

async fn a_store_answers_a_ping(store: Store) {
    store.engine.ping().await.unwrap();
}

async fn a_reader_opens_beside_the_server_and_cannot_write(store: Store) {
    let reader = Engine::open_to_read(store.settings.clone(), Clock::still_at(noon())).await;
    let reader = reader.unwrap();
    assert!(migration::pending(reader.migration_connection()).await.unwrap().is_empty());
    let write = "INSERT INTO marks (key, value) VALUES ('a', 'b')";
    assert!(reader.migration_connection().execute_unprepared(write).await.is_err());
    if store.settings.database_url.starts_with("postgres:") {
        let unlimited =
            "SELECT 1 FROM pg_settings WHERE name = 'statement_timeout' AND setting = '0'";
        let db = reader.migration_connection();
        let unlimited = Statement::from_string(db.get_database_backend(), unlimited);
        assert!(db.query_one_raw(unlimited).await.unwrap().is_some());
    }
    reader.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_is_served_by_one_at_a_time() {
    on_sqlite(async |store: Store| {
        let bare = store.bare().await;
        let again = || Engine::open_at(bare.clone(), Clock::still_at(noon()));
        let first = again().await.unwrap();
        let sentence = again().await.unwrap_err().to_string();
        assert!(sentence.ends_with("bare.db is being served by another process"), "{sentence}");
        first.close().await.unwrap();
        again().await.unwrap().close().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_acknowledges_only_what_is_on_disk() {
    on_sqlite(async |store: Store| {
        assert_eq!(store.number("PRAGMA synchronous").await, 2);
        assert_eq!(store.number("PRAGMA foreign_keys").await, 1);
        let is_wal = "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'";
        assert_eq!(store.number(is_wal).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_gives_up_on_what_takes_too_long() {
    on_postgres(async |store: Store| {
        for (name, millis) in [("statement_timeout", 30_000), ("lock_timeout", 5_000)] {
            let ask = format!("SELECT setting::bigint FROM pg_settings WHERE name = '{name}'");
            assert_eq!(store.number(&ask).await, millis, "{name}");
        }
        let isolated = "SELECT count(*) FROM pg_settings
            WHERE name = 'default_transaction_isolation' AND setting = 'read committed'";
        assert_eq!(store.number(isolated).await, 1);
    })
    .await;
}

#[rstest]
#[case("mysql://localhost/quan", "the database address begins with neither sqlite: nor postgres:")]
#[case("sqlite::memory:", "an SQLite store needs a file: memory forgets what was claimed")]
#[case(
    "sqlite://quan?mode=memory",
    "an SQLite store needs a file: memory forgets what was claimed"
)]
#[case("postgres://localhost/quan?host=/nowhere", "PostgreSQL does not answer")]
#[tokio::test]
async fn an_address_that_leads_nowhere_is_told_in_a_sentence(
    #[case] url: &str,
    #[case] sentence: &str,
) {
    let settings = Settings { database_url: url.to_owned(), ..Settings::default() };
    let refused = Engine::open(settings).await.unwrap_err();
    assert_eq!(refused.to_string(), sentence);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_redis_that_does_not_read_is_told_in_a_sentence() {
    on_sqlite(async |store: Store| {
        for url in ["redis.example:6379", "rediss://redis.example", "http://redis.example"] {
            let mut settings = store.bare().await;
            settings.redis_url = Some(url.to_owned());
            let refused = Engine::open(settings).await.unwrap_err().to_string();
            assert_eq!(refused, "the address of Redis is none like redis://host:6379/0", "{url}");
        }
    })
    .await;
}
