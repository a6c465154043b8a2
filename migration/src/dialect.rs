//! Reads one SQL text for both stores: a few tokens, and lines for one store alone.
//!
//! | written | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{id}` | `BLOB` | `UUID` |
//! | `{int}` | `INTEGER` | `BIGINT` |
//! | `{text}` | `TEXT` | `TEXT COLLATE "C"`, so that both sort by bytes |
//! | `{bytes}` | `BLOB` | `BYTEA` |
//! | `{bool}` | `INTEGER` | `BOOLEAN` |
//! | `{strict}` after a table | `STRICT` | nothing |
//! | `{by_bucket}` after a table | `STRICT` | `PARTITION BY HASH (bucket)` and its partitions |
//! | a line that begins with `@sqlite` or `@postgres` | in that store alone | |

use std::fmt::Write as _;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// How many partitions a table keyed by bucket has on PostgreSQL.
const PARTITIONS: u32 = 16;

/// Runs every statement of `text` in the dialect of the manager's store.
pub(crate) async fn execute(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    let sql = render(text, manager.get_database_backend());
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

fn render(text: &str, store: DbBackend) -> String {
    let mine = lines_for(text, store);
    if store == DbBackend::Sqlite {
        return replace(
            &mine,
            &[
                ("{id}", "BLOB"),
                ("{int}", "INTEGER"),
                ("{text}", "TEXT"),
                ("{bytes}", "BLOB"),
                ("{bool}", "INTEGER"),
                ("{strict}", " STRICT"),
                ("{by_bucket}", " STRICT"),
            ],
        );
    }
    let partitions = partitions(&mine);
    let tables = replace(
        &mine,
        &[
            ("{id}", "UUID"),
            ("{int}", "BIGINT"),
            ("{text}", "TEXT COLLATE \"C\""),
            ("{bytes}", "BYTEA"),
            ("{bool}", "BOOLEAN"),
            ("{strict}", ""),
            ("{by_bucket}", " PARTITION BY HASH (bucket)"),
        ],
    );
    tables + &partitions
}

/// The lines both stores read and those for this store alone, without comments.
fn lines_for(text: &str, store: DbBackend) -> String {
    let (own, other) = match store {
        DbBackend::Sqlite => ("@sqlite", "@postgres"),
        _ => ("@postgres", "@sqlite"),
    };
    let mut mine = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim();
        if !line.starts_with("--") && !line.starts_with(other) {
            mine.push_str(line.strip_prefix(own).unwrap_or(line));
            mine.push('\n');
        }
    }
    mine
}

fn replace(text: &str, tokens: &[(&str, &str)]) -> String {
    tokens.iter().fold(text.to_owned(), |text, (token, meaning)| text.replace(token, meaning))
}

/// `CREATE TABLE … PARTITION OF …` for every table that ends in `{by_bucket}`.
fn partitions(text: &str) -> String {
    let mut sql = String::new();
    for statement in text.split(';').filter(|statement| statement.contains("{by_bucket}")) {
        let after = statement.split_once("CREATE TABLE ").map_or("", |(_, after)| after);
        let table = after.split_whitespace().next().unwrap_or_default();
        for n in 0..PARTITIONS {
            let _ = writeln!(
                sql,
                "CREATE TABLE {table}_{n} PARTITION OF {table} \
                 FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {n});"
            );
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
-- A comment; it may hold a semicolon.
CREATE TABLE things (
@sqlite   n INTEGER PRIMARY KEY,
@postgres n BIGINT NOT NULL,
    bucket {int} NOT NULL,
    name {text}
){by_bucket};
";

    #[test]
    fn sqlite_reads_its_own_lines_and_strict_tables() {
        assert_eq!(
            render(TEXT, DbBackend::Sqlite),
            "CREATE TABLE things (\n   n INTEGER PRIMARY KEY,\nbucket INTEGER NOT NULL,\n\
             name TEXT\n) STRICT;\n"
        );
    }

    #[test]
    fn postgres_gets_sixteen_partitions_of_a_table_keyed_by_bucket() {
        let sql = render(TEXT, DbBackend::Postgres);
        assert!(sql.contains("name TEXT COLLATE \"C\"\n) PARTITION BY HASH (bucket);"));
        assert_eq!(sql.matches("PARTITION OF things FOR VALUES").count(), 16);
        assert!(!sql.contains("PRIMARY KEY") && !sql.contains('{'));
    }
}
