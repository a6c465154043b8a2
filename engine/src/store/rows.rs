//! Many rows in one statement, for both stores: they are bound as one array per column (PostgreSQL) or
//! as one JSON text (SQLite), never a parameter per cell, so a statement is prepared once whatever the
//! number of rows.
//!
//! ```text
//! rows! { struct NewTally { bucket: i64, shopper: String, template: Uuid, taken: i64 } }
//!
//! let text = "INSERT INTO tallies (bucket, shopper, template, day, taken)
//!             SELECT bucket, shopper, template, $2, taken FROM {rows} WHERE TRUE
//!             ON CONFLICT (bucket, shopper, template, day) DO UPDATE SET …";
//! tx.execute_raw(rows::statement(&tx, text, &tallies, [day.into()])?).await?;
//! ```
//!
//! `{rows}` may stand wherever a table may, under the name `rows`; `$1` is taken by the rows, the
//! statement's own values begin at `$2`. What a table has for each row is looked up by
//! `{tallies: tallies.bucket = rows.bucket AND …}` behind it, which joins it under its name. Where a
//! table's own rows are written, or kept from others in an order, `{coupons by bucket, code}` is the
//! condition that finds one by its key, and `{coupons by bucket, code = coupon}` where the rows call a
//! column otherwise. Beside that nothing may tell PostgreSQL of another index: neither an order that one
//! has, nor what is the condition of one (`state || '' = 'waiting'` hides it). Where another begins with the
//! same column, `(events.template, events.at) >= (rows.template, $2)` tells which is meant.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::Result;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Bytes,
    Id,
    Int,
    Text,
}

/// A Rust type that a column may have.
pub(crate) trait Cell {
    const KIND: Kind;
    /// Whether it may be NULL.
    const IS_OPTIONAL: bool = false;

    fn is_null(&self) -> bool {
        false
    }

    /// As an array of PostgreSQL's holds it; anything where it is NULL, which arrays of ours do not
    /// hold.
    fn value(&self) -> Value;
}

macro_rules! cells {
    ($($type:ty = $kind:ident),* $(,)?) => {$(
        impl Cell for $type {
            const KIND: Kind = Kind::$kind;

            fn value(&self) -> Value {
                self.clone().into()
            }
        }
    )*};
}

cells! {
    bool = Bool,
    Bytes = Bytes,
    Uuid = Id,
    i64 = Int,
    &'static str = Text,
    String = Text,
}

impl<T: Cell + Default> Cell for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_OPTIONAL: bool = true;

    fn is_null(&self) -> bool {
        self.is_none()
    }

    fn value(&self) -> Value {
        self.as_ref().map_or_else(|| T::default().value(), T::value)
    }
}

/// Bytes, in JSON as hexadecimal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        bytes.0.into()
    }
}

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(self.0.len() * 2);
        for byte in &self.0 {
            let _ = write!(hex, "{byte:02x}");
        }
        serializer.serialize_str(&hex)
    }
}

/// What is known of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_optional: bool,
}

/// A row and its columns; made by [`rows!`].
pub(crate) trait Row: Serialize + Sized {
    const COLUMNS: &'static [Column];

    /// An array per column, and behind that of one which may be NULL another of where it is.
    fn arrays(rows: &[Self]) -> Vec<Value>;
}

/// The arrays of one column.
pub(crate) fn arrays_of<'a, T: Cell + 'a>(
    cells: impl Iterator<Item = &'a T> + Clone,
) -> Vec<Value> {
    let array = |kind, values| Value::Array(kind, Some(Box::new(values)));
    let kind = match T::KIND {
        Kind::Bool => ArrayType::Bool,
        Kind::Bytes => ArrayType::Bytes,
        Kind::Id => ArrayType::Uuid,
        Kind::Int => ArrayType::BigInt,
        Kind::Text => ArrayType::String,
    };
    let mut arrays = vec![array(kind, cells.clone().map(T::value).collect())];
    if T::IS_OPTIONAL {
        let nulls = cells.map(|cell| cell.is_null().into()).collect();
        arrays.push(array(ArrayType::Bool, nulls));
    }
    arrays
}

/// Declares rows: a struct whose fields are the columns, each a [`Cell`].
macro_rules! rows {
    ($($(#[$doc:meta])* struct $name:ident { $($column:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize)]
        pub(crate) struct $name {
            $(pub(crate) $column: $type,)*
        }

        impl $crate::store::rows::Row for $name {
            const COLUMNS: &'static [$crate::store::rows::Column] =
                &[$($crate::store::rows::Column {
                    name: stringify!($column),
                    kind: <$type as $crate::store::rows::Cell>::KIND,
                    is_optional: <$type as $crate::store::rows::Cell>::IS_OPTIONAL,
                }),*];

            fn arrays(rows: &[Self]) -> Vec<sea_orm::Value> {
                [$($crate::store::rows::arrays_of(rows.iter().map(|row| &row.$column))),*].concat()
            }
        }
    )*};
}
pub(crate) use rows;

/// The statement `text` over `rows`, in the dialect of `db`.
pub(crate) fn statement<T: Row>(
    db: &impl ConnectionTrait,
    text: &str,
    rows: &[T],
    values: impl IntoIterator<Item = Value>,
) -> Result<Statement> {
    let store = db.get_database_backend();
    let values: Vec<Value> = values.into_iter().collect();
    let (table, mut rows) = match store {
        DbBackend::Postgres => (postgres_table(T::COLUMNS, values.len() + 2), T::arrays(rows)),
        _ => (sqlite_table(T::COLUMNS), vec![serde_json::to_string(rows)?.into()]),
    };
    let rest = rows.split_off(1);
    let bound = rows.into_iter().chain(values).chain(rest);
    let text = with_look_ups(store, &text.replace("{rows}", &table));
    Ok(Statement::from_sql_and_values(store, text, bound))
}

/// PostgreSQL plans once. Where a table was empty at that moment, reading all of an index cost as much as
/// looking up a row in it, and so did every other index that has one of the columns: it would go on to read
/// all of what is there by now. Here it has no choice.
fn with_look_ups(store: DbBackend, text: &str) -> String {
    let parts = || {
        let (before, rest) = text.split_once('{')?;
        let (look_up, after) = rest.split_once('}')?;
        let look_up = match look_up.split_once(':') {
            Some((table, condition)) => joined(store, table, condition),
            None => by_key(store, look_up)?,
        };
        Some((before, look_up, after))
    };
    let Some((before, look_up, after)) = parts() else { return text.to_owned() };
    format!("{before}{look_up}{}", with_look_ups(store, after))
}

/// What `OFFSET` fences off is done for each row. SQLite keeps to the order of a cross join, where it would
/// else read a large table first and look for the rows of a smaller one.
fn joined(store: DbBackend, table: &str, condition: &str) -> String {
    if store != DbBackend::Postgres {
        return format!("CROSS JOIN {table} ON {condition}");
    }
    let equal = condition.split(" AND ").filter_map(|equal| equal.trim().split_once(" = "));
    let columns = equal.filter(|(_, given)| given.contains('.'));
    let (own, given): (Vec<_>, Vec<_>) =
        columns.map(|(own, given)| (own.to_owned(), given.to_owned())).unzip();
    let whole = whole(&own, &given);
    format!(
        "CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {condition}{whole} OFFSET 0) AS {table}"
    )
}

/// A row by its key, as `{table by first, second}` says it. Equal columns could be merged, for which
/// PostgreSQL would read all of an index in its order; these can only be looked up, each in its partition.
fn by_key(store: DbBackend, text: &str) -> Option<String> {
    let (table, key) = text.split_once(" by ")?;
    let column = |column: &str| {
        let (own, given) = column.split_once(" = ").unwrap_or((column, column));
        (format!("{table}.{own}"), format!("rows.{given}"))
    };
    let (own, given): (Vec<_>, Vec<_>) = key.split(", ").map(column).unzip();
    let each = own.iter().zip(&given).enumerate().map(|(i, (own, given))| match store {
        DbBackend::Postgres if i == 0 => format!("{own} = ANY (ARRAY[{given}])"),
        DbBackend::Postgres => format!("{own} >= {given} AND {own} <= {given}"),
        _ => format!("{own} = {given}"),
    });
    let each = each.collect::<Vec<_>>().join(" AND ");
    Some(match store {
        DbBackend::Postgres => each + &whole(&own, &given),
        _ => each,
    })
}

/// Says nothing new, but is dearer by any index but one that begins with all of the key.
fn whole(own: &[String], given: &[String]) -> String {
    format!(" AND ({}) >= ({})", own.join(", "), given.join(", "))
}

/// The first array is `$1`, the others follow from `$next`.
///
/// PostgreSQL takes an array for ten rows and an index of sixteen partitions for sixteen look-ups, and
/// would rather read a whole table of some hundred thousand rows to find one. A limit that it does not
/// know yet it takes for a tenth: then it goes by the index.
fn postgres_table(columns: &[Column], next: usize) -> String {
    let (mut arrays, mut names, mut selected) = (Vec::new(), Vec::new(), Vec::new());
    let mut bind = |name: String, sql_type: &str| {
        let number = if arrays.is_empty() { 1 } else { next + arrays.len() - 1 };
        arrays.push(format!("${number}::{sql_type}[]"));
        names.push(name);
    };
    for Column { name, kind, is_optional } in columns {
        bind((*name).to_owned(), postgres_type(*kind));
        if *is_optional {
            bind(format!("no_{name}"), "boolean");
            selected.push(format!("CASE WHEN no_{name} THEN NULL ELSE {name} END AS {name}"));
        } else {
            selected.push((*name).to_owned());
        }
    }
    format!(
        "(SELECT {} FROM unnest({}) AS given({}) LIMIT cardinality({})) AS rows",
        selected.join(", "),
        arrays.join(", "),
        names.join(", "),
        arrays[0],
    )
}

fn postgres_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Bytes => "bytea",
        Kind::Id => "uuid",
        Kind::Int => "bigint",
        Kind::Text => "text",
    }
}

fn sqlite_table(columns: &[Column]) -> String {
    let values: Vec<_> = columns.iter().map(sqlite_value).collect();
    format!("(SELECT {} FROM json_each($1)) AS rows", values.join(", "))
}

fn sqlite_value(Column { name, kind, .. }: &Column) -> String {
    match kind {
        // The second argument names what is skipped: ids are written with hyphens.
        Kind::Bytes | Kind::Id => format!("unhex(value ->> '{name}', '-') AS {name}"),
        _ => format!("value ->> '{name}' AS {name}"),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbBackend};
    use uuid::Uuid;

    use super::{Bytes, statement};
    use crate::stores::{Store, on_both_stores};

    on_both_stores![
        every_kind_of_cell_arrives_as_it_was,
        rows_that_conflict_are_dropped_and_the_others_told,
        rows_join_an_update,
        what_a_table_has_is_looked_up_for_each_row,
        a_row_is_found_by_its_key,
        postgres_has_one_way_to_a_coupon_even_where_there_is_none,
        no_rows_are_no_rows,
    ];

    rows! {
        struct Everything {
            n: i64,
            yes: bool,
            id: Uuid,
            text: String,
            bytes: Bytes,
            none: Option<Uuid>,
        }
        struct Mark { key: String, value: String }
        struct Named { key: String, text: String }
        struct Place { bucket: i64, text: String }
    }

    async fn every_kind_of_cell_arrives_as_it_was(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        let id = Uuid::now_v7();
        let text = "quote ' \" back\\slash, newline\n, 优惠券 🥬, {rows} $1 ?".to_owned();
        let row = |n, yes| Everything {
            n,
            yes,
            id,
            text: text.clone(),
            bytes: Bytes(vec![0, 0x2d, 0xff]),
            none: None,
        };
        let rows = [row(i64::MAX, true), row(i64::MIN, false)];
        let text_of_sql = "SELECT n, yes, id, text, bytes, none, $2 FROM {rows} ORDER BY n DESC";
        let statement = statement(&tx, text_of_sql, &rows, [7i64.into()]).unwrap();
        let read = tx.query_all_raw(statement).await.unwrap();
        assert_eq!(read.len(), 2);
        for (read, row) in read.iter().zip(&rows) {
            assert_eq!(read.try_get_by::<i64, _>(0).unwrap(), row.n);
            assert_eq!(read.try_get_by::<bool, _>(1).unwrap(), row.yes);
            assert_eq!(read.try_get_by::<Uuid, _>(2).unwrap(), id);
            assert_eq!(read.try_get_by::<String, _>(3).unwrap(), text);
            assert_eq!(read.try_get_by::<Vec<u8>, _>(4).unwrap(), row.bytes.0);
            assert_eq!(read.try_get_by::<Option<Uuid>, _>(5).unwrap(), None);
            assert_eq!(read.try_get_by::<i64, _>(6).unwrap(), 7);
        }
    }

    fn marks(keys: &[&str]) -> Vec<Mark> {
        keys.iter().map(|key| Mark { key: (*key).to_owned(), value: "new".to_owned() }).collect()
    }

    async fn rows_that_conflict_are_dropped_and_the_others_told(store: Store) {
        const PUT: &str = "INSERT INTO marks (key, value)
            SELECT key, value FROM {rows} WHERE TRUE
            ON CONFLICT DO NOTHING RETURNING key";
        let tx = store.engine.begin().await.unwrap();
        tx.execute_raw(statement(&tx, PUT, &marks(&["b"]), []).unwrap()).await.unwrap();
        let put = statement(&tx, PUT, &marks(&["a", "b", "a", "c"]), []).unwrap();
        let read = tx.query_all_raw(put).await.unwrap();
        let told: Vec<String> = read.iter().map(|row| row.try_get_by(0).unwrap()).collect();
        assert_eq!(told, ["a", "c"]);
    }

    async fn rows_join_an_update(store: Store) {
        const CHANGE: &str = "UPDATE marks SET value = rows.value || marks.value FROM {rows}
            WHERE marks.key = rows.key";
        let tx = store.engine.begin().await.unwrap();
        let old = "INSERT INTO marks (key, value) VALUES ('a', 'old'), ('b', 'old')";
        tx.execute_unprepared(old).await.unwrap();
        let change = statement(&tx, CHANGE, &marks(&["b", "c"]), []).unwrap();
        assert_eq!(tx.execute_raw(change).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
        let changed = "SELECT count(*) FROM marks WHERE key = 'b' AND value = 'newold'";
        assert_eq!(store.number(changed).await, 1);
    }

    async fn what_a_table_has_is_looked_up_for_each_row(store: Store) {
        const READ: &str =
            "SELECT rows.value || marks.value FROM {rows} {marks: marks.key = rows.key}
            WHERE marks.value <> $2 ORDER BY marks.key";
        let tx = store.engine.begin().await.unwrap();
        let old = "INSERT INTO marks (key, value) VALUES ('a', 'old'), ('b', 'gone'), ('d', 'old')";
        tx.execute_unprepared(old).await.unwrap();
        let read = statement(&tx, READ, &marks(&["d", "a", "b", "c"]), ["gone".into()]).unwrap();
        let read = tx.query_all_raw(read).await.unwrap();
        let read: Vec<String> = read.iter().map(|row| row.try_get_by(0).unwrap()).collect();
        assert_eq!(read, ["newold", "newold"]);
    }

    async fn a_row_is_found_by_its_key(store: Store) {
        const READ: &str = "SELECT marks.key FROM {rows} JOIN marks ON {marks by key, value = text}
            ORDER BY marks.key";
        const CHANGE: &str = "UPDATE marks SET value = 'found' FROM {rows}
            WHERE {marks by key, value = text}";
        let tx = store.engine.begin().await.unwrap();
        let old = "INSERT INTO marks (key, value) VALUES ('a', 'x'), ('b', 'y'), ('c', 'x')";
        tx.execute_unprepared(old).await.unwrap();
        let row = |key: &str, text: &str| Named { key: key.to_owned(), text: text.to_owned() };
        let rows = [row("c", "x"), row("a", "w"), row("b", "y"), row("a", "y")];
        let read = tx.query_all_raw(statement(&tx, READ, &rows, []).unwrap()).await.unwrap();
        let read: Vec<String> = read.iter().map(|row| row.try_get_by(0).unwrap()).collect();
        assert_eq!(read, ["b", "c"]);
        let changed = tx.execute_raw(statement(&tx, CHANGE, &rows, []).unwrap()).await.unwrap();
        assert_eq!(changed.rows_affected(), 2);
    }

    async fn postgres_has_one_way_to_a_coupon_even_where_there_is_none(store: Store) {
        const WAYS: [&str; 3] = [
            "SELECT coupons.* FROM {rows} JOIN coupons ON {coupons by bucket, code = text}
                ORDER BY coupons.code FOR UPDATE OF coupons",
            "UPDATE coupons SET lock = NULL FROM {rows} WHERE {coupons by bucket, code = text}",
            "SELECT coupons.* FROM {rows}
                {coupons: coupons.bucket = rows.bucket AND coupons.code = rows.text}",
        ];
        let db = store.engine.writer();
        if db.get_database_backend() != DbBackend::Postgres {
            return;
        }
        db.execute_unprepared("VACUUM ANALYZE coupons").await.unwrap();
        let rows = [Place { bucket: 1, text: "code".to_owned() }];
        for way in WAYS {
            let explain = statement(db, &format!("EXPLAIN {way}"), &rows, []).unwrap();
            let plan = db.query_all_raw(explain).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|line| line.try_get_by(0).unwrap()).collect();
            let has = |word: &str| plan.iter().filter(|line| line.contains(word)).count();
            let ways = has("Index Scan using");
            assert!(ways > 0, "{plan:#?}");
            assert_eq!((has("_pkey on"), has("Index Cond")), (ways, ways), "{plan:#?}");
        }
    }

    async fn no_rows_are_no_rows(store: Store) {
        let tx = store.engine.begin().await.unwrap();
        let all = statement(&tx, "SELECT key FROM {rows}", &marks(&[]), []).unwrap();
        assert!(tx.query_all_raw(all).await.unwrap().is_empty());
    }
}
