//! Sessions: created once, never brought back, ended everywhere.

use chrono::TimeDelta;
use domain::OperatorId;
use engine::sessions::{self, Session};
use engine::{Clock, Engine, Secret, Settings};

use crate::cast::shopper;
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_session_is_read_back_until_it_expires,
    an_id_is_given_to_one_session,
    saving_overwrites_and_never_brings_back,
    all_sessions_of_a_shopper_end_at_once,
    expired_sessions_are_swept_away,
    the_id_itself_is_not_stored,
    another_secret_ends_all_sessions,
];

fn session(shopper: Option<&str>) -> Session {
    Session {
        data: r#"{"basket":[]}"#.to_owned(),
        shopper: shopper.map(|id| id.parse().unwrap()),
        operator: None,
        expires_at: noon() + TimeDelta::hours(1),
    }
}

async fn a_session_is_read_back_until_it_expires(store: Store) {
    let engine = &store.engine;
    assert!(sessions::create(engine, b"id", &session(None)).await.unwrap());
    engine.clock().advance(TimeDelta::minutes(59));
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), Some(session(None)));
    engine.clock().advance(TimeDelta::minutes(1));
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), None);
}

async fn an_id_is_given_to_one_session(store: Store) {
    let engine = &store.engine;
    assert!(sessions::create(engine, b"id", &session(Some("mei"))).await.unwrap());
    assert!(!sessions::create(engine, b"id", &session(None)).await.unwrap());
    let kept = sessions::load(engine, b"id").await.unwrap().unwrap();
    assert_eq!(kept.shopper, Some("mei".parse().unwrap()));
}

async fn saving_overwrites_and_never_brings_back(store: Store) {
    let engine = &store.engine;
    sessions::create(engine, b"id", &session(None)).await.unwrap();
    let changed = session(Some("mei"));
    sessions::save(engine, b"id", &changed).await.unwrap();
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), Some(changed.clone()));
    sessions::delete(engine, b"id").await.unwrap();
    sessions::save(engine, b"id", &changed).await.unwrap();
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), None);
}

async fn all_sessions_of_a_shopper_end_at_once(store: Store) {
    let engine = &store.engine;
    let operator = Some(OperatorId(uuid::Uuid::from_u128(7)));
    let both = Session { operator, ..session(Some("mei")) };
    let other_half = Session { operator, ..session(None) };
    for (id, session) in [
        ("a", &session(Some("mei"))),
        ("b", &both),
        ("c", &session(Some("lin"))),
        ("d", &other_half),
    ] {
        sessions::create(engine, id.as_bytes(), session).await.unwrap();
    }
    assert_eq!(sessions::end_all_of(engine, &shopper("mei")).await.unwrap(), 2);
    for (id, is_there) in [("a", false), ("b", false), ("c", true), ("d", true)] {
        let found = sessions::load(engine, id.as_bytes()).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{id}");
    }
}

async fn expired_sessions_are_swept_away(store: Store) {
    let engine = &store.engine;
    sessions::create(engine, b"id", &session(None)).await.unwrap();
    assert_eq!(sessions::sweep(engine, 10).await.unwrap(), 0);
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!(sessions::sweep(engine, 10).await.unwrap(), 1);
    assert_eq!(store.number("SELECT count(*) FROM sessions").await, 0);
}

async fn the_id_itself_is_not_stored(store: Store) {
    let id = [b'i'; 32];
    sessions::create(&store.engine, &id, &session(None)).await.unwrap();
    let same = if store.settings.database_url.starts_with("sqlite:") {
        "SELECT count(*) FROM sessions WHERE id_hash = CAST(printf('%032d', 0) AS BLOB)
            OR CAST(id_hash AS TEXT) = 'iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii'"
    } else {
        "SELECT count(*) FROM sessions WHERE id_hash = 'iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii'"
    };
    assert_eq!(store.number(same).await, 0);
    assert_eq!(store.number("SELECT count(*) FROM sessions WHERE length(id_hash) = 32").await, 1);
}

async fn another_secret_ends_all_sessions(store: Store) {
    // A second process could not open an SQLite file; its sessions are those of a memory.
    if store.settings.database_url.starts_with("sqlite") {
        return;
    }
    let node = async |secret: &[u8]| {
        let settings = Settings { secret: Secret::new(secret), ..store.settings.clone() };
        Engine::open_at(settings, Clock::still_at(noon())).await.unwrap()
    };
    let (one, other) = (node(&[1; 32]).await, node(&[2; 32]).await);
    assert!(sessions::create(&one, b"id", &session(None)).await.unwrap());
    assert_eq!(sessions::load(&one, b"id").await.unwrap(), Some(session(None)));
    assert_eq!(sessions::load(&other, b"id").await.unwrap(), None);
    assert_eq!(sessions::load(&store.engine, b"id").await.unwrap(), None);
    one.close().await.unwrap();
    other.close().await.unwrap();
}
