//! Sessions: created once, never brought back, ended everywhere.

use chrono::TimeDelta;
use engine::sessions::{self, Session};

use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_session_is_read_back_until_it_expires,
    an_id_is_given_to_one_session,
    saving_overwrites_and_never_brings_back,
    all_sessions_of_an_account_end_at_once,
    expired_sessions_are_swept_away,
    the_id_itself_is_not_stored,
];

fn session(account: Option<&str>) -> Session {
    Session {
        data: r#"{"basket":[]}"#.to_owned(),
        account: account.map(str::to_owned),
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
    assert!(sessions::create(engine, b"id", &session(Some("shopper:mei"))).await.unwrap());
    assert!(!sessions::create(engine, b"id", &session(None)).await.unwrap());
    let kept = sessions::load(engine, b"id").await.unwrap().unwrap();
    assert_eq!(kept.account.as_deref(), Some("shopper:mei"));
}

async fn saving_overwrites_and_never_brings_back(store: Store) {
    let engine = &store.engine;
    sessions::create(engine, b"id", &session(None)).await.unwrap();
    let changed = session(Some("shopper:mei"));
    sessions::save(engine, b"id", &changed).await.unwrap();
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), Some(changed.clone()));
    sessions::delete(engine, b"id").await.unwrap();
    sessions::save(engine, b"id", &changed).await.unwrap();
    assert_eq!(sessions::load(engine, b"id").await.unwrap(), None);
}

async fn all_sessions_of_an_account_end_at_once(store: Store) {
    let engine = &store.engine;
    for (id, account) in [("a", "shopper:mei"), ("b", "shopper:mei"), ("c", "operator:mei")] {
        sessions::create(engine, id.as_bytes(), &session(Some(account))).await.unwrap();
    }
    assert_eq!(sessions::delete_all_of(engine, "shopper:mei").await.unwrap(), 2);
    assert_eq!(sessions::load(engine, b"a").await.unwrap(), None);
    assert!(sessions::load(engine, b"c").await.unwrap().is_some());
}

async fn expired_sessions_are_swept_away(store: Store) {
    let engine = &store.engine;
    sessions::create(engine, b"id", &session(None)).await.unwrap();
    assert_eq!(sessions::sweep(engine).await.unwrap(), 0);
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!(sessions::sweep(engine).await.unwrap(), 1);
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
