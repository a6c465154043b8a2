//! What a person has to look at, and how it is settled.

use chrono::TimeDelta;
use domain::actor::{Role, System, Till};
use domain::{ExceptionId, Problem, Refusal};
use engine::{exceptions, redemption};
use sea_orm::ConnectionTrait;

use crate::cast::{claim, draft, guardian, live, lock, operator, redeem, refusal, shopper, yuan};
use crate::stores::{Store, on_both_stores};

on_both_stores![
    a_late_payment_waits_until_somebody_settles_it,
    a_kind_nobody_knows_is_listed_all_the_same,
];

async fn a_late_payment_waits_until_somebody_settles_it(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let late = lock(engine, &mei, "late", &[coupon.code]).await.unwrap();
    redemption::release(engine, &Till::System(System), late.id).await.unwrap();
    lock(engine, &mei, "other", &[coupon.code]).await.unwrap();
    redeem(engine, &late, "payment").await.unwrap();
    let viewer = operator(engine, Role::Viewer).await;
    let listed = exceptions::list(engine, &viewer, 0).await.unwrap();
    assert_eq!((listed.total, listed.open), (1, 1));
    let one = &listed.exceptions[0];
    assert_eq!((one.kind.as_str(), one.text("cause")), ("late_payment", Some("coupon_gone")));
    assert_eq!((one.order(), one.shopper()), (Some(late.order), Some(mei.id)));
    assert_eq!((one.discount(), one.coupons()), (Some(yuan(20)), vec![coupon.code]));

    let guardian = guardian(engine).await;
    let nothing = exceptions::resolve(engine, &guardian, one.id, " ").await;
    assert_eq!(refusal(nothing), Refusal::invalid("note", Problem::Required));
    engine.clock().advance(TimeDelta::minutes(1));
    for note in ["let it be", "pressed twice"] {
        exceptions::resolve(engine, &guardian, one.id, note).await.unwrap();
    }
    assert_eq!(exceptions::count_open(engine, &viewer).await.unwrap(), 0);
    let listed = exceptions::list(engine, &viewer, 0).await.unwrap();
    let settled = listed.exceptions[0].resolved.clone().unwrap();
    assert_eq!(
        (settled.by, settled.note.as_deref()),
        (Some(guardian.id.to_string()), Some("let it be"))
    );
    let nobody = ExceptionId(uuid::Uuid::nil());
    let missing = exceptions::resolve(engine, &guardian, nobody, "x").await;
    assert!(matches!(missing, Err(engine::Error::Missing)));
}

async fn a_kind_nobody_knows_is_listed_all_the_same(store: Store) {
    let engine = &store.engine;
    let db = engine.migration_connection();
    for (n, resolved) in [(1, "NULL"), (2, "NULL"), (3, "5"), (4, "9")] {
        let id = uuid::Uuid::from_u128(n);
        let id = match db.get_database_backend() {
            sea_orm::DbBackend::Postgres => format!("'{id}'"),
            _ => format!("X'{}'", id.simple()),
        };
        let insert = format!(
            "INSERT INTO exceptions (id, at, kind, subject, data, resolved_at)
            VALUES ({id}, {n}, 'odd', 's', '{{\"order\": \"A-{n}\", \"n\": 1}}', {resolved})"
        );
        db.execute_unprepared(&insert).await.unwrap();
    }
    let viewer = operator(engine, Role::Viewer).await;
    let listed = exceptions::list(engine, &viewer, 0).await.unwrap();
    let orders = listed.exceptions.iter().map(|one| one.text("order").unwrap().to_owned());
    assert_eq!(orders.collect::<Vec<_>>(), ["A-1", "A-2", "A-4", "A-3"]);
    assert_eq!((listed.total, listed.open), (4, 2));
}
