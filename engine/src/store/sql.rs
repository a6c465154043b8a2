//! Statements written once for both stores, and new ids.

use domain::Time;
use domain::ids::{Bucket, with_bucket};
use sea_orm::{ConnectionTrait, Statement, Value};
use sha2::{Digest, Sha256};
use uuid::{Builder, NoContext, Timestamp, Uuid};

/// A statement with its values bound to `$1`, `$2`, … in order. Both stores read the placeholders,
/// `RETURNING`, `ON CONFLICT` and `UPDATE … FROM`; one trap is SQLite's: between `SELECT … FROM`
/// and `ON CONFLICT` there must be a `WHERE`, if only `WHERE TRUE`.
pub(crate) fn sql(
    db: &impl ConnectionTrait,
    text: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}

/// A new id: UUIDv7, so that rows made together lie together.
pub(crate) fn fresh_id(now: Time) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

/// A new id that carries its bucket, so that it alone says where its row lives.
pub(crate) fn fresh_id_in(bucket: Bucket, now: Time) -> Uuid {
    with_bucket(fresh_id(now), bucket)
}

/// The id of what there is of a name once a minute, whoever makes it: a UUIDv7 of that minute which has
/// a hash where others have chance, so that the second one meets the first one's key.
pub(crate) fn minute_id_in(bucket: Bucket, name: &str, now: Time) -> Uuid {
    let minute = now.timestamp().div_euclid(60) * 60;
    let millis = u64::try_from(minute * 1000).unwrap_or(0);
    let mut hash = [0; 10];
    hash.copy_from_slice(&Sha256::digest(name)[..10]);
    with_bucket(Builder::from_unix_timestamp_millis(millis, &hash).into_uuid(), bucket)
}
