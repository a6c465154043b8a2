//! The host shop vouches for a shopper, once.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::TimeDelta;
use domain::Refusal;
use engine::{Engine, Error, Secret, accounts};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::cast::shopper;
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_shopper_is_made_known_at_first_sight,
    a_token_is_good_once,
    of_twenty_who_bring_the_same_token_at_once_one_is_signed_in,
    a_used_token_is_remembered_until_it_has_expired,
    a_refused_token_leaves_nothing_behind,
    without_a_secret_there_is_no_such_way_in,
];

const SECRET: &str = "0123456789abcdef0123456789abcdef";

async fn with_host_shop(store: &Store) -> Engine {
    store.another(|settings| settings.shop_secret = Secret::new(SECRET)).await
}

fn token(changes: Value) -> String {
    let now = noon().timestamp();
    let mut claims =
        json!({"aud": "quan", "sub": "s-1", "jti": "t-1", "iat": now, "exp": now + 60});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let header = json!({"alg": "HS256"});
    let signed = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&signed);
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

fn is_refused<T>(answer: engine::Result<T>) -> bool {
    matches!(answer, Err(Error::Refused(Refusal::NotFound)))
}

async fn name_of(engine: &Engine, id: &str) -> Option<String> {
    accounts::account(engine, &shopper(id)).await.unwrap().name
}

async fn a_shopper_is_made_known_at_first_sight(store: Store) {
    let engine = &with_host_shop(&store).await;
    let lin = accounts::hand_off(engine, &token(json!({"name": " 小林 "}))).await.unwrap();
    assert_eq!(lin, shopper("s-1"));
    assert_eq!(name_of(engine, "s-1").await.as_deref(), Some("小林"));
    // Neither a missing name nor an unfit one takes away what is known.
    let long = "x".repeat(200);
    for (id, name) in [("t-2", Value::Null), ("t-3", json!(long)), ("t-4", json!("a\u{7}b"))] {
        accounts::hand_off(engine, &token(json!({"jti": id, "name": name}))).await.unwrap();
        assert_eq!(name_of(engine, "s-1").await.as_deref(), Some("小林"));
    }
    accounts::hand_off(engine, &token(json!({"jti": "t-5", "name": "Lin"}))).await.unwrap();
    assert_eq!(name_of(engine, "s-1").await.as_deref(), Some("Lin"));
    let account = accounts::account(engine, &lin).await.unwrap();
    assert_eq!(account.login, None, "no password of ours");
}

async fn a_token_is_good_once(store: Store) {
    let engine = &with_host_shop(&store).await;
    accounts::hand_off(engine, &token(json!({}))).await.unwrap();
    assert!(is_refused(accounts::hand_off(engine, &token(json!({}))).await));
    // Nor does its id serve another token.
    assert!(is_refused(accounts::hand_off(engine, &token(json!({"sub": "s-2"}))).await));
}

async fn of_twenty_who_bring_the_same_token_at_once_one_is_signed_in(store: Store) {
    let engine = with_host_shop(&store).await;
    let attempts: Vec<_> = (0..20)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { accounts::hand_off(&engine, &token(json!({}))).await })
        })
        .collect();
    let mut signed_in = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => signed_in += 1,
            refused => assert!(is_refused(refused)),
        }
    }
    assert_eq!(signed_in, 1);
}

async fn a_used_token_is_remembered_until_it_has_expired(store: Store) {
    let engine = &with_host_shop(&store).await;
    accounts::hand_off(engine, &token(json!({}))).await.unwrap();
    engine.clock().advance(TimeDelta::seconds(59));
    assert_eq!(accounts::sweep_hand_offs(engine, 10).await.unwrap(), 0);
    assert!(is_refused(accounts::hand_off(engine, &token(json!({}))).await));
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(accounts::sweep_hand_offs(engine, 10).await.unwrap(), 1);
    assert!(is_refused(accounts::hand_off(engine, &token(json!({}))).await), "it has expired");
}

async fn a_refused_token_leaves_nothing_behind(store: Store) {
    let engine = &with_host_shop(&store).await;
    assert!(is_refused(accounts::hand_off(engine, &token(json!({"aud": "other"}))).await));
    let unknown = accounts::account(engine, &shopper("s-1")).await;
    assert!(matches!(unknown, Err(Error::Missing)));
    accounts::hand_off(engine, &token(json!({}))).await.unwrap();
}

async fn without_a_secret_there_is_no_such_way_in(store: Store) {
    let answer = accounts::hand_off(&store.engine, &token(json!({}))).await;
    assert!(matches!(answer, Err(Error::Missing)));
}
