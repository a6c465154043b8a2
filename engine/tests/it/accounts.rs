//! Signing up and in, and being made to wait.

use chrono::TimeDelta;
use domain::actor::{Role, System};
use domain::{Problem, Refusal};
use engine::{Error, accounts};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::cast::{guardian, shopper};
use crate::stores::{Store, noon, on_both_stores, waited_for};

const PASSWORD: &str = "correct horse";

on_both_stores![
    a_shopper_signs_up_and_in,
    a_guardian_learns_who_stands_behind_an_id,
    a_login_belongs_to_one_shopper,
    of_two_who_sign_up_at_once_one_gets_the_login,
    what_is_wrong_with_a_form_is_told_field_by_field,
    a_wrong_password_and_an_unknown_login_are_told_alike,
    five_failures_make_a_login_wait_a_quarter_of_an_hour,
    guessing_all_at_once_is_no_way_around_the_limit,
    an_address_waits_at_one_door_whatever_its_logins,
    what_could_not_be_checked_is_no_attempt,
    a_right_password_forgives_the_wrong_ones_before_it,
    an_operator_signs_in_with_their_role,
    an_operator_who_was_switched_off_is_unknown,
    old_failures_are_swept_away,
    failures_that_begin_anew_meanwhile_are_not,
];

fn refusal<T: std::fmt::Debug>(answer: engine::Result<T>) -> Refusal {
    match answer.unwrap_err() {
        Error::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn a_shopper_signs_up_and_in(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "Mei@Example.com", PASSWORD, " 小美 ").await.unwrap();
    assert_eq!(accounts::sign_in(engine, "mei@example.com ", PASSWORD).await.unwrap(), mei);
    let account = accounts::account(engine, &mei).await.unwrap();
    assert_eq!(account.name.as_deref(), Some("小美"));
    assert_eq!(account.login.as_deref(), Some("mei@example.com"));

    let li = accounts::sign_up(engine, "138 0013 8000", PASSWORD, "").await.unwrap();
    assert_eq!(accounts::sign_in(engine, "+8613800138000", PASSWORD).await.unwrap(), li);
    assert_eq!(accounts::account(engine, &li).await.unwrap().name, None);
    assert_ne!(mei, li);
}

async fn a_guardian_learns_who_stands_behind_an_id(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "mei@example.com", PASSWORD, "小美").await.unwrap();
    let li = accounts::sign_up(engine, "138 0013 8000", PASSWORD, "").await.unwrap();
    let (stranger, guardian) = (shopper("nobody"), guardian(engine).await);
    let asked = [&mei.id, &li.id, &stranger.id, &mei.id];
    let found = accounts::accounts_of(engine, &guardian, asked).await.unwrap();
    assert_eq!(found.len(), 2);
    for known in [&mei, &li] {
        assert_eq!(found[&known.id], accounts::account(engine, known).await.unwrap());
    }
    assert!(accounts::accounts_of(engine, &guardian, []).await.unwrap().is_empty());
}

async fn a_login_belongs_to_one_shopper(store: Store) {
    let engine = &store.engine;
    accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    let again = accounts::sign_up(engine, "MEI@example.com", "another one", "").await;
    assert_eq!(refusal(again), Refusal::invalid("login", Problem::Taken));
    assert_eq!(store.number("SELECT count(*) FROM shoppers").await, 1);
    accounts::sign_in(engine, "mei@example.com", PASSWORD).await.unwrap();
}

async fn of_two_who_sign_up_at_once_one_gets_the_login(store: Store) {
    let attempts: Vec<_> = (0..2)
        .map(|_| {
            let engine = store.engine.clone();
            tokio::spawn(async move {
                accounts::sign_up(&engine, "mei@example.com", PASSWORD, "").await.is_ok()
            })
        })
        .collect();
    let mut signed_up = 0;
    for attempt in attempts {
        signed_up += usize::from(attempt.await.unwrap());
    }
    assert_eq!(signed_up, 1);
    assert_eq!(store.number("SELECT count(*) FROM shoppers").await, 1);
}

async fn what_is_wrong_with_a_form_is_told_field_by_field(store: Store) {
    let form = accounts::sign_up(&store.engine, "mei", "short", "a\u{7}b").await;
    let Refusal::Invalid { fields } = refusal(form) else { panic!() };
    let fields: Vec<_> = fields.iter().map(|e| (e.field.as_str(), &e.problem)).collect();
    assert_eq!(
        fields,
        [
            ("login", &Problem::NotALogin),
            ("name", &Problem::ControlCharacter),
            ("password", &Problem::TooShort { min: 8 }),
        ]
    );
}

async fn a_wrong_password_and_an_unknown_login_are_told_alike(store: Store) {
    let engine = &store.engine;
    accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    for (login, password) in [
        ("mei@example.com", "incorrect horse"),
        ("mei@example.com", ""),
        ("nobody@example.com", PASSWORD),
        ("neither e-mail nor phone", PASSWORD),
    ] {
        assert_eq!(refusal(accounts::sign_in(engine, login, password).await), Refusal::NotFound);
    }
}

async fn five_failures_make_a_login_wait_a_quarter_of_an_hour(store: Store) {
    let engine = &store.engine;
    accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    for _ in 0..5 {
        let wrong = accounts::sign_in(engine, "mei@example.com", "incorrect horse").await;
        assert_eq!(refusal(wrong), Refusal::NotFound);
        engine.clock().advance(TimeDelta::minutes(1));
    }
    let right = accounts::sign_in(engine, "mei@example.com", PASSWORD).await;
    assert_eq!(refusal(right), Refusal::TooManyAttempts { retry_after: 600 });
    // Others are not held up, and the same address as an operator is another login.
    accounts::sign_up(engine, "li@example.com", PASSWORD, "").await.unwrap();
    accounts::sign_in(engine, "li@example.com", PASSWORD).await.unwrap();
    let operator = accounts::operator_sign_in(engine, "mei@example.com", PASSWORD).await;
    assert_eq!(refusal(operator), Refusal::NotFound);

    engine.clock().advance(TimeDelta::seconds(600));
    accounts::sign_in(engine, "mei@example.com", PASSWORD).await.unwrap();
}

async fn an_address_waits_at_one_door_whatever_its_logins(store: Store) {
    let engine = &store.engine;
    let mei = accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    let insert = format!(
        "INSERT INTO attempts (subject, failures, since)
        VALUES ('address:shopper:203.0.113.9', 298, {})",
        noon().timestamp_micros()
    );
    engine.migration_connection().execute_unprepared(&insert).await.unwrap();
    let from = |address: &str| Some(address.parse().unwrap());
    let here = from("203.0.113.9");
    let sign_in = async |login: &str, password: &str| {
        accounts::sign_in_from(engine, here, login, password).await
    };
    let wrong = sign_in("nobody@example.com", "guess").await;
    assert_eq!(refusal(wrong), Refusal::NotFound);
    // A good one takes nothing back of what was wrong.
    assert_eq!(sign_in("mei@example.com", PASSWORD).await.unwrap(), mei);
    let wrong = sign_in("somebody@example.com", "guess").await;
    assert_eq!(refusal(wrong), Refusal::NotFound);
    let waiting = Refusal::TooManyAttempts { retry_after: 15 * 60 };
    assert_eq!(refusal(sign_in("mei@example.com", PASSWORD).await), waiting);
    // Operators have a door of their own.
    let wrong = accounts::operator_sign_in_from(engine, here, "o@example.com", "guess").await;
    assert_eq!(refusal(wrong), Refusal::NotFound);
    // Others are not held up, and the login itself is not either.
    let there = from("203.0.113.10");
    accounts::sign_in_from(engine, there, "mei@example.com", PASSWORD).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(15));
    assert_eq!(sign_in("mei@example.com", PASSWORD).await.unwrap(), mei);
}

async fn what_could_not_be_checked_is_no_attempt(store: Store) {
    let engine = &store.engine;
    accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    let spoil = "UPDATE shopper_logins SET password = 'no hash'";
    engine.migration_connection().execute_unprepared(spoil).await.unwrap();
    let here = Some("203.0.113.9".parse().unwrap());
    for _ in 0..6 {
        let unread = accounts::sign_in_from(engine, here, "mei@example.com", PASSWORD).await;
        assert!(matches!(unread, Err(Error::Fault(_))));
    }
    assert_eq!(store.number("SELECT count(*) FROM attempts").await, 2);
    assert_eq!(store.number("SELECT count(*) FROM attempts WHERE failures > 0").await, 0);
}

async fn guessing_all_at_once_is_no_way_around_the_limit(store: Store) {
    let guesses: Vec<_> = (0..20)
        .map(|i| {
            let engine = store.engine.clone();
            tokio::spawn(async move {
                refusal(
                    accounts::sign_in(&engine, "nobody@example.com", &format!("guess {i}")).await,
                )
            })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        match guess.await.unwrap() {
            Refusal::NotFound => looked_at += 1,
            Refusal::TooManyAttempts { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(looked_at, 5);
}

async fn a_right_password_forgives_the_wrong_ones_before_it(store: Store) {
    let engine = &store.engine;
    accounts::sign_up(engine, "mei@example.com", PASSWORD, "").await.unwrap();
    for _ in 0..3 {
        for _ in 0..4 {
            let wrong = accounts::sign_in(engine, "mei@example.com", "incorrect horse").await;
            assert_eq!(refusal(wrong), Refusal::NotFound);
        }
        accounts::sign_in(engine, "mei@example.com", PASSWORD).await.unwrap();
    }
}

async fn an_operator_signs_in_with_their_role(store: Store) {
    let engine = &store.engine;
    let add =
        |email| accounts::operator_add(engine, System, email, "欧文", Role::Approver, PASSWORD);
    let id = add("owen@example.com").await.unwrap();
    let owen = accounts::operator_sign_in(engine, "Owen@example.com", PASSWORD).await.unwrap();
    assert_eq!((owen.id, owen.name.as_str(), owen.role), (id, "欧文", Role::Approver));
    assert_eq!(accounts::operator(engine, id).await.unwrap(), owen);
    assert_eq!(refusal(add("owen@EXAMPLE.com").await), Refusal::invalid("email", Problem::Taken));
    // An operator's e-mail is no shopper's login.
    let shopper = accounts::sign_in(engine, "owen@example.com", PASSWORD).await;
    assert_eq!(refusal(shopper), Refusal::NotFound);
}

async fn an_operator_who_was_switched_off_is_unknown(store: Store) {
    let engine = &store.engine;
    let id = accounts::operator_add(engine, System, "o@example.com", "O", Role::Viewer, PASSWORD)
        .await
        .unwrap();
    let off = "UPDATE operators SET active = FALSE";
    engine.migration_connection().execute_unprepared(off).await.unwrap();
    let sign_in = accounts::operator_sign_in(engine, "o@example.com", PASSWORD).await;
    assert_eq!(refusal(sign_in), Refusal::NotFound);
    assert!(matches!(accounts::operator(engine, id).await, Err(Error::Missing)));
}

async fn old_failures_are_swept_away(store: Store) {
    let engine = &store.engine;
    let _ = accounts::sign_in(engine, "nobody@example.com", "guess").await;
    assert_eq!(engine::attempts::sweep(engine, 10).await.unwrap(), 0);
    engine.clock().advance(TimeDelta::hours(25));
    assert_eq!(engine::attempts::sweep(engine, 10).await.unwrap(), 1);
}

async fn failures_that_begin_anew_meanwhile_are_not(store: Store) {
    // SQLite has one writer: nothing begins while it sweeps.
    if !store.settings.database_url.starts_with("postgres") {
        return;
    }
    let engine = &store.engine;
    let _ = accounts::sign_in(engine, "nobody@example.com", "guess").await;
    engine.clock().advance(TimeDelta::hours(25));
    let anew = engine.migration_connection().begin().await.unwrap();
    let since = format!("UPDATE attempts SET since = {}", engine.now().timestamp_micros());
    anew.execute_unprepared(&since).await.unwrap();
    let sweeping = {
        let engine = engine.clone();
        tokio::spawn(async move { engine::attempts::sweep(&engine, 10).await.unwrap() })
    };
    waited_for(engine, &anew).await;
    anew.commit().await.unwrap();
    assert_eq!(sweeping.await.unwrap(), 0);
    assert_eq!(store.number("SELECT count(*) FROM attempts").await, 1);
}
