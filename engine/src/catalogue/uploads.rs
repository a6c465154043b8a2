//! A catalogue told in bulk: laid down in chunks, switched on in one small transaction, and moved to
//! where it belongs in chunks again, so that nobody who writes waits long for the writer.

use chrono::TimeDelta;
use domain::Time;
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use uuid::Uuid;

use crate::store::cached::bump;
use crate::store::rows::{self, rows};
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Result};

/// How many lines are written in one transaction.
const CHUNK: usize = 1_000;

/// After this long, what was never switched on is taken to be given up.
const GIVEN_UP: TimeDelta = TimeDelta::hours(1);

/// Folding is counted here, so that of several nodes one folds at a time.
const FOLDS: &str = "catalogue folds";

/// What a catalogue is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Categories,
    Products,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Products => "products",
        }
    }

    fn parse(word: &str) -> Self {
        if word == "categories" { Self::Categories } else { Self::Products }
    }
}

/// A category or a product as it is stored; a category lies in its parent.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: Option<String>,
    pub(super) price: Option<i64>,
}

/// Lines that were laid down.
#[derive(Debug)]
pub(super) struct Upload {
    id: Uuid,
    pub(super) kind: Kind,
}

rows! {
    struct LineRow {
        upload: Uuid,
        line: i64,
        id: String,
        name: String,
        category: Option<String>,
        price: Option<i64>,
    }
}

/// Writes lines where nobody reads them yet.
pub(super) async fn lay_down(engine: &Engine, kind: Kind, lines: &[Line]) -> Result<Upload> {
    const BEGIN: &str = "INSERT INTO catalogue_uploads (id, kind, created_at) VALUES ($1, $2, $3)";
    const ADD: &str = "INSERT INTO catalogue_lines (upload, line, id, name, category, price)
        SELECT upload, line, id, name, category, price FROM {rows}";
    let now = engine.now();
    let upload = Upload { id: fresh_id(now), kind };
    let values = [upload.id.into(), kind.as_str().into(), now.timestamp_micros().into()];
    let tx = engine.begin().await?;
    tx.execute_raw(sql(&tx, BEGIN, values)).await?;
    tx.commit().await?;
    let mut numbers = 0..;
    for chunk in lines.chunks(CHUNK) {
        let row = |(line, number): (&Line, i64)| LineRow {
            upload: upload.id,
            line: number,
            id: line.id.clone(),
            name: line.name.clone(),
            category: line.category.clone(),
            price: line.price,
        };
        let rows: Vec<LineRow> = chunk.iter().zip(&mut numbers).map(row).collect();
        let add = rows::statement(engine.writer(), ADD, &rows, [])?;
        let tx = engine.begin().await?;
        tx.execute_raw(add).await?;
        tx.commit().await?;
    }
    Ok(upload)
}

/// Everybody reads the lines from now on, over what numbers before this one say.
pub(super) async fn switch_on(tx: &Tx, upload: &Upload, number: i64) -> Result<()> {
    const SWITCH: &str = "UPDATE catalogue_uploads SET number = $2 WHERE id = $1";
    tx.execute_raw(sql(tx, SWITCH, [upload.id.into(), number.into()])).await?;
    Ok(())
}

/// Removes what is not to be switched on.
pub(super) async fn discard(engine: &Engine, upload: &Upload) -> Result<()> {
    while remove(engine, upload.id).await? {}
    Ok(())
}

/// Everything of a kind, by id: what was moved already, and over it what is still to be moved.
pub(super) async fn read(db: &DatabaseConnection, kind: Kind) -> Result<Vec<Line>> {
    let moved = match kind {
        Kind::Categories => "id, name, parent AS category, CAST(NULL AS BIGINT) AS price",
        Kind::Products => "id, name, category, price",
    };
    let table = kind.as_str();
    // One statement: no line is missed while it moves.
    let read = format!(
        "SELECT 0 AS number, {moved} FROM {table}
         UNION ALL
         SELECT uploads.number, lines.id, lines.name, lines.category, lines.price
         FROM catalogue_uploads AS uploads JOIN catalogue_lines AS lines ON lines.upload = uploads.id
         WHERE uploads.kind = '{table}' AND uploads.number IS NOT NULL
         ORDER BY id, number"
    );
    let mut lines: Vec<Line> = Vec::new();
    for row in db.query_all_raw(sql(db, read, [])).await? {
        let line = line(&row)?;
        match lines.last_mut().filter(|before| before.id == line.id) {
            Some(before) => *before = line,
            None => lines.push(line),
        }
    }
    Ok(lines)
}

fn line(row: &QueryResult) -> Result<Line> {
    Ok(Line {
        id: row.try_get("", "id")?,
        name: row.try_get("", "name")?,
        category: row.try_get("", "category")?,
        price: row.try_get("", "price")?,
    })
}

/// Moves lines that were switched on to where they belong, until none is left.
pub async fn fold(engine: &Engine) -> Result<()> {
    while is_waiting(engine).await? && fold_chunk(engine).await? {}
    Ok(())
}

async fn is_waiting(engine: &Engine) -> Result<bool> {
    const ANY: &str = "SELECT id FROM catalogue_uploads WHERE number IS NOT NULL LIMIT 1";
    let db = engine.reader();
    Ok(db.query_one_raw(sql(db, ANY, [])).await?.is_some())
}

/// Moves one chunk of the upload with the lowest number; `false` when there was none.
async fn fold_chunk(engine: &Engine) -> Result<bool> {
    const OLDEST: &str = "SELECT id, kind FROM catalogue_uploads
        WHERE number IS NOT NULL ORDER BY number LIMIT 1";
    const PRODUCTS: &str = "INSERT INTO products (id, name, category, price)
        SELECT id, name, category, price FROM catalogue_lines WHERE upload = $1 AND line < $2
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, category = excluded.category, price = excluded.price";
    const CATEGORIES: &str = "INSERT INTO categories (id, name, parent)
        SELECT id, name, category FROM catalogue_lines WHERE upload = $1 AND line < $2
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent = excluded.parent";
    let tx = engine.begin().await?;
    bump(&tx, FOLDS).await?;
    let Some(row) = tx.query_one_raw(sql(&tx, OLDEST, [])).await? else {
        return Ok(false);
    };
    let upload: Uuid = row.try_get("", "id")?;
    let put = match Kind::parse(&row.try_get::<String>("", "kind")?) {
        Kind::Categories => CATEGORIES,
        Kind::Products => PRODUCTS,
    };
    let end = end_of_chunk(&tx, upload).await?;
    tx.execute_raw(sql(&tx, put, [upload.into(), end.into()])).await?;
    remove_below(&tx, upload, end).await?;
    tx.commit().await?;
    Ok(true)
}

/// The number that the first lines of an upload, at most a chunk of them, are below.
async fn end_of_chunk(tx: &Tx, upload: Uuid) -> Result<i64> {
    const FIRST: &str =
        "SELECT CAST(COALESCE(MIN(line), 0) AS BIGINT) FROM catalogue_lines WHERE upload = $1";
    let row = tx.query_one_raw(sql(tx, FIRST, [upload.into()])).await?;
    let first: i64 = row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(0);
    Ok(first.saturating_add(CHUNK as i64))
}

/// Removes the first lines of an upload, and the upload itself with its last.
async fn remove_below(tx: &Tx, upload: Uuid, end: i64) -> Result<()> {
    const LINES: &str = "DELETE FROM catalogue_lines WHERE upload = $1 AND line < $2";
    const UPLOAD: &str = "DELETE FROM catalogue_uploads WHERE id = $1
        AND NOT EXISTS (SELECT 1 FROM catalogue_lines WHERE upload = $1)";
    tx.execute_raw(sql(tx, LINES, [upload.into(), end.into()])).await?;
    tx.execute_raw(sql(tx, UPLOAD, [upload.into()])).await?;
    Ok(())
}

/// Removes a chunk of an upload that was not switched on; `false` once all of it is gone.
async fn remove(engine: &Engine, upload: Uuid) -> Result<bool> {
    const KNOWN: &str = "SELECT id FROM catalogue_uploads WHERE id = $1 AND number IS NULL";
    let tx = engine.begin().await?;
    if tx.query_one_raw(sql(&tx, KNOWN, [upload.into()])).await?.is_none() {
        return Ok(false);
    }
    let end = end_of_chunk(&tx, upload).await?;
    remove_below(&tx, upload, end).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends what calls that broke off have left: moves what they switched on, and removes what they did
/// not within an hour.
pub async fn sweep(engine: &Engine) -> Result<()> {
    fold(engine).await?;
    for upload in given_up(engine, engine.now() - GIVEN_UP).await? {
        while remove(engine, upload).await? {}
    }
    Ok(())
}

async fn given_up(engine: &Engine, before: Time) -> Result<Vec<Uuid>> {
    const OLD: &str =
        "SELECT id FROM catalogue_uploads WHERE number IS NULL AND created_at < $1 LIMIT 100";
    let db = engine.reader();
    let rows = db.query_all_raw(sql(db, OLD, [before.timestamp_micros().into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by(0)?)).collect()
}

#[cfg(test)]
mod tests {
    use domain::actor::System;
    use domain::category::Category;

    use super::*;
    use crate::catalogue::{self, SUBJECT};
    use crate::stores::{Store, on_both_stores};

    on_both_stores![
        nobody_reads_what_is_not_switched_on,
        what_is_switched_on_is_read_before_it_is_moved,
        what_was_told_later_holds_while_both_are_moved,
        what_a_broken_call_left_is_swept,
        a_long_tree_told_leaves_first_is_moved_in_chunks,
    ];

    fn lines(ids: std::ops::Range<i64>, price: i64) -> Vec<Line> {
        let line = |n| Line {
            id: format!("p{n:05}"),
            name: "P".to_owned(),
            category: None,
            price: Some(price),
        };
        ids.map(line).collect()
    }

    async fn laid(store: &Store, ids: std::ops::Range<i64>, price: i64) -> Upload {
        lay_down(&store.engine, Kind::Products, &lines(ids, price)).await.unwrap()
    }

    async fn switched(store: &Store, upload: &Upload) {
        let tx = store.engine.begin().await.unwrap();
        let number = bump(&tx, SUBJECT).await.unwrap();
        switch_on(&tx, upload, number).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn prices(store: &Store) -> Vec<i64> {
        let read = read(store.engine.reader(), Kind::Products).await.unwrap();
        assert!(read.is_sorted_by(|a, b| a.id < b.id));
        read.iter().map(|line| line.price.unwrap()).collect()
    }

    async fn nobody_reads_what_is_not_switched_on(store: Store) {
        let upload = laid(&store, 0..2_500, 1).await;
        fold(&store.engine).await.unwrap();
        assert!(prices(&store).await.is_empty());
        discard(&store.engine, &upload).await.unwrap();
        assert_eq!(store.number("SELECT count(*) FROM catalogue_lines").await, 0);
        assert_eq!(store.number("SELECT count(*) FROM catalogue_uploads").await, 0);
    }

    async fn what_is_switched_on_is_read_before_it_is_moved(store: Store) {
        let upload = laid(&store, 0..2_500, 1).await;
        switched(&store, &upload).await;
        assert_eq!(prices(&store).await, vec![1; 2_500]);
        assert_eq!(store.number("SELECT count(*) FROM products").await, 0);
        assert!(fold_chunk(&store.engine).await.unwrap());
        assert_eq!(store.number("SELECT count(*) FROM products").await, CHUNK as i64);
        assert_eq!(prices(&store).await, vec![1; 2_500]);
        fold(&store.engine).await.unwrap();
        assert_eq!(store.number("SELECT count(*) FROM products").await, 2_500);
        assert_eq!(store.number("SELECT count(*) FROM catalogue_uploads").await, 0);
        assert_eq!(prices(&store).await, vec![1; 2_500]);
    }

    async fn what_was_told_later_holds_while_both_are_moved(store: Store) {
        let first = laid(&store, 0..1_500, 1).await;
        let second = laid(&store, 0..1_500, 2).await;
        switched(&store, &first).await;
        switched(&store, &second).await;
        loop {
            assert_eq!(prices(&store).await, vec![2; 1_500]);
            if !fold_chunk(&store.engine).await.unwrap() {
                break;
            }
        }
        let old = "SELECT count(*) FROM products WHERE price <> 2";
        assert_eq!(store.number(old).await, 0);
    }

    async fn what_a_broken_call_left_is_swept(store: Store) {
        laid(&store, 0..1_500, 1).await;
        let switched_on = laid(&store, 0..10, 2).await;
        switched(&store, &switched_on).await;
        sweep(&store.engine).await.unwrap();
        assert_eq!(store.number("SELECT count(*) FROM products").await, 10);
        assert_eq!(store.number("SELECT count(*) FROM catalogue_lines").await, 1_500);
        store.engine.clock().advance(GIVEN_UP + TimeDelta::seconds(1));
        sweep(&store.engine).await.unwrap();
        assert_eq!(store.number("SELECT count(*) FROM catalogue_uploads").await, 0);
        assert_eq!(prices(&store).await, vec![2; 10]);
    }

    async fn a_long_tree_told_leaves_first_is_moved_in_chunks(store: Store) {
        let category = |n: i64| Category {
            id: format!("c{n:05}").parse().unwrap(),
            name: "C".to_owned(),
            parent: (n > 0).then(|| format!("c{:05}", n - 1).parse().unwrap()),
        };
        let told: Vec<Category> = (0..2_500).rev().map(category).collect();
        catalogue::put_categories(&store.engine, System, &told).await.unwrap();
        assert_eq!(store.number("SELECT count(*) FROM categories").await, 2_500);
        assert_eq!(store.number("SELECT count(*) FROM catalogue_uploads").await, 0);
    }
}
