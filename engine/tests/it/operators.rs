//! Who works in the console: said by an admin, held by the store, recorded.

use domain::actor::{Admin, Operator, Role, System};
use domain::{OperatorId, Problem, Refusal};
use engine::accounts::{self, operators};
use engine::sessions::{self, Session};
use engine::{Engine, Error};

use crate::cast::{admin, operator};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    an_admin_adds_an_operator_who_signs_in,
    what_is_wrong_with_a_newcomer_is_told_field_by_field,
    another_role_holds_at_once,
    switched_off_is_signed_out_at_once_and_back_on_signs_in_again,
    a_new_password_ends_what_the_old_one_began,
    one_changes_one_s_own_password_with_the_one_before,
    an_admin_corrects_what_somebody_is_called,
    signing_out_everywhere_leaves_the_account_as_it_is,
    nobody_lowers_or_switches_off_themselves,
    an_admin_who_is_none_any_more_changes_nothing,
    of_two_admins_who_demote_each_other_one_remains,
    an_operator_nobody_knows_is_missing,
    a_change_says_from_where_it_was_made,
];

const PASSWORD: &str = "correct horse";

fn newcomer<'a>(email: &'a str, name: &'a str) -> operators::Newcomer<'a> {
    operators::Newcomer { email, name, role: Role::Viewer, password: PASSWORD }
}

fn refusal<T: std::fmt::Debug>(answer: engine::Result<T>) -> Refusal {
    match answer.unwrap_err() {
        Error::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn conflict(state: &str) -> Refusal {
    Refusal::StateConflict { state: state.to_owned() }
}

async fn sign_in(engine: &Engine, email: &str) -> engine::Result<Operator> {
    accounts::operator_sign_in(engine, email, PASSWORD).await
}

/// A session of the console.
async fn open(engine: &Engine, id: &[u8], operator: OperatorId) {
    let expires_at = noon() + chrono::TimeDelta::hours(1);
    let (shopper, operator) = (None, Some(operator));
    let session = Session { data: "{}".to_owned(), shopper, operator, expires_at };
    assert!(sessions::create(engine, id, &session).await.unwrap());
}

async fn is_open(engine: &Engine, id: &[u8]) -> bool {
    sessions::load(engine, id).await.unwrap().is_some()
}

/// How many changes of this kind an actor made, with what was before and is now.
async fn recorded(store: &Store, admin: &Admin, action: &str, old: &str, new: &str) -> i64 {
    let text = |value: &str| match value {
        "" => "IS NULL".to_owned(),
        value => format!("= '{value}'"),
    };
    let (by, old, new) = (admin.id, text(old), text(new));
    let ask = format!(
        "SELECT count(*) FROM changes WHERE subject_kind = 'operator' AND action = '{action}'
         AND actor = 'operator:{by}' AND old {old} AND new {new}"
    );
    store.number(&ask).await
}

async fn an_admin_adds_an_operator_who_signs_in(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let id = operators::add(engine, &admin, newcomer("Owen@Example.com", " 欧文 ")).await.unwrap();
    let known = operators::read(engine, &admin, id).await.unwrap();
    assert_eq!((known.email.as_str(), known.name.as_str()), ("owen@example.com", "欧文"));
    assert_eq!((known.role, known.is_active, known.signed_in_at), (Role::Viewer, true, None));
    let owen = sign_in(engine, "owen@example.com").await.unwrap();
    assert_eq!((owen.id, owen.role), (id, Role::Viewer));
    let all = operators::list(engine, &owen).await.unwrap();
    assert_eq!(all.len(), 2, "a viewer sees colleagues");
    let seen = all.iter().find(|one| one.id == id).unwrap();
    assert_eq!(seen.signed_in_at, Some(noon()));
    let new = r#"{"email":"owen@example.com","name":"欧文","role":"viewer"}"#;
    assert_eq!(recorded(&store, &admin, "added", "", new).await, 1);
    let holds_hash = "SELECT count(*) FROM changes WHERE new LIKE '%argon2%'";
    assert_eq!(store.number(holds_hash).await, 0);
}

async fn what_is_wrong_with_a_newcomer_is_told_field_by_field(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let long = "名".repeat(200);
    let wrong = operators::Newcomer { password: "short", ..newcomer("13800138000", &long) };
    let Refusal::Invalid { fields } = refusal(operators::add(engine, &admin, wrong).await) else {
        panic!()
    };
    let fields: Vec<_> = fields.iter().map(|e| (e.field.as_str(), &e.problem)).collect();
    assert_eq!(
        fields,
        [
            ("email", &Problem::NotALogin),
            ("name", &Problem::TooLong { max: 64 }),
            ("password", &Problem::TooShort { min: 8 }),
        ]
    );
    operators::add(engine, &admin, newcomer("a@example.com", "A")).await.unwrap();
    let again = operators::add(engine, &admin, newcomer("A@example.com", "B")).await;
    assert_eq!(refusal(again), Refusal::invalid("email", Problem::Taken));
}

async fn another_role_holds_at_once(store: Store) {
    let engine = &store.engine;
    let (admin, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    for _ in 0..2 {
        operators::set_role(engine, &admin, viewer.id, Role::Approver).await.unwrap();
    }
    assert_eq!(accounts::operator(engine, viewer.id).await.unwrap().role, Role::Approver);
    let (old, new) = (r#"{"role":"viewer"}"#, r#"{"role":"approver"}"#);
    assert_eq!(recorded(&store, &admin, "role_changed", old, new).await, 1);
}

async fn switched_off_is_signed_out_at_once_and_back_on_signs_in_again(store: Store) {
    let engine = &store.engine;
    let (admin, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    open(engine, b"theirs", viewer.id).await;
    open(engine, b"mine", admin.id).await;
    operators::switch(engine, &admin, viewer.id, false).await.unwrap();
    assert!(!is_open(engine, b"theirs").await);
    assert!(is_open(engine, b"mine").await);
    assert!(matches!(accounts::operator(engine, viewer.id).await, Err(Error::Missing)));
    assert_eq!(refusal(sign_in(engine, "viewer@example.com").await), Refusal::NotFound);
    operators::switch(engine, &admin, viewer.id, true).await.unwrap();
    sign_in(engine, "viewer@example.com").await.unwrap();
    let (on, off) = (r#"{"active":true}"#, r#"{"active":false}"#);
    assert_eq!(recorded(&store, &admin, "switched_off", on, off).await, 1);
    assert_eq!(recorded(&store, &admin, "switched_on", off, on).await, 1);
}

async fn a_new_password_ends_what_the_old_one_began(store: Store) {
    let engine = &store.engine;
    let (admin, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    open(engine, b"theirs", viewer.id).await;
    let short = operators::set_password(engine, &admin, viewer.id, "short").await;
    let problem = Problem::TooShort { min: 8 };
    assert_eq!(refusal(short), Refusal::invalid("password", problem));
    assert!(is_open(engine, b"theirs").await);
    operators::set_password(engine, &admin, viewer.id, "battery staple").await.unwrap();
    assert!(!is_open(engine, b"theirs").await);
    assert_eq!(refusal(sign_in(engine, "viewer@example.com").await), Refusal::NotFound);
    let new = accounts::operator_sign_in(engine, "viewer@example.com", "battery staple").await;
    assert_eq!(new.unwrap(), viewer);
    assert_eq!(recorded(&store, &admin, "password_set", "", "").await, 1);
}

async fn one_changes_one_s_own_password_with_the_one_before(store: Store) {
    let engine = &store.engine;
    let viewer = operator(engine, Role::Viewer).await;
    open(engine, b"mine", viewer.id).await;
    let guess = operators::change_password(engine, &viewer, "a guess", "battery staple").await;
    assert_eq!(refusal(guess), Refusal::invalid("current", Problem::Unknown));
    let short = operators::change_password(engine, &viewer, PASSWORD, "short").await;
    let problem = Problem::TooShort { min: 8 };
    assert_eq!(refusal(short), Refusal::invalid("password", problem));
    assert!(is_open(engine, b"mine").await);
    operators::change_password(engine, &viewer, PASSWORD, "battery staple").await.unwrap();
    assert!(!is_open(engine, b"mine").await);
    assert_eq!(refusal(sign_in(engine, "viewer@example.com").await), Refusal::NotFound);
    for _ in 0..4 {
        operators::change_password(engine, &viewer, "a guess", "another one").await.unwrap_err();
    }
    let last = operators::change_password(engine, &viewer, "a guess", "another one").await;
    assert_eq!(refusal(last).code(), "too_many_attempts", "nobody guesses at an open console");
}

async fn an_admin_corrects_what_somebody_is_called(store: Store) {
    let engine = &store.engine;
    let (admin, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    let taken = operators::correct(engine, &admin, viewer.id, "Admin@example.com", "Vi").await;
    assert_eq!(refusal(taken), Refusal::invalid("email", Problem::Taken));
    let odd = refusal(operators::correct(engine, &admin, viewer.id, "nowhere", " ").await);
    assert!(matches!(odd, Refusal::Invalid { fields } if fields.len() == 2));
    operators::correct(engine, &admin, viewer.id, " Vi@Example.com ", " Vi ").await.unwrap();
    let known = operators::read(engine, &admin, viewer.id).await.unwrap();
    assert_eq!((known.email.as_str(), known.name.as_str()), ("vi@example.com", "Vi"));
    assert_eq!(sign_in(engine, "vi@example.com").await.unwrap().name, "Vi");
    operators::correct(engine, &admin, viewer.id, "vi@example.com", "Vi").await.unwrap();
    let corrected = "SELECT COUNT(*) FROM changes WHERE action = 'corrected'";
    assert_eq!(store.number(corrected).await, 1, "what changes nothing leaves no trace");
}

async fn signing_out_everywhere_leaves_the_account_as_it_is(store: Store) {
    let engine = &store.engine;
    let (admin, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    open(engine, b"one", viewer.id).await;
    open(engine, b"two", viewer.id).await;
    operators::sign_out_everywhere(engine, &viewer).await.unwrap();
    assert!(!is_open(engine, b"one").await && !is_open(engine, b"two").await);
    open(engine, b"three", viewer.id).await;
    operators::sign_out(engine, &admin, viewer.id).await.unwrap();
    assert!(!is_open(engine, b"three").await);
    assert_eq!(sign_in(engine, "viewer@example.com").await.unwrap(), viewer);
    assert_eq!(recorded(&store, &admin, "signed_out", "", "").await, 1);
}

async fn nobody_lowers_or_switches_off_themselves(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let lowered = operators::set_role(engine, &admin, admin.id, Role::Viewer).await;
    assert_eq!(refusal(lowered), conflict(operators::OWN));
    let switched = operators::switch(engine, &admin, admin.id, false).await;
    assert_eq!(refusal(switched), conflict(operators::OWN));
    operators::set_password(engine, &admin, admin.id, PASSWORD).await.unwrap();
    assert_eq!(sign_in(engine, "admin@example.com").await.unwrap().role, Role::Admin);
}

async fn an_admin_who_is_none_any_more_changes_nothing(store: Store) {
    let engine = &store.engine;
    let (first, viewer) = (admin(engine).await, operator(engine, Role::Viewer).await);
    let second = operators::Newcomer { role: Role::Admin, ..newcomer("b@example.com", "B") };
    let second = operators::add(engine, &first, second).await.unwrap();
    let second = accounts::operator(engine, second).await.unwrap().admin().unwrap();
    operators::switch(engine, &first, second.id, false).await.unwrap();
    let late = operators::set_role(engine, &second, viewer.id, Role::Admin).await;
    assert_eq!(refusal(late), conflict("no_admin"));
    let late = operators::set_password(engine, &second, first.id, PASSWORD).await;
    assert_eq!(refusal(late), conflict("no_admin"));
    assert_eq!(accounts::operator(engine, viewer.id).await.unwrap().role, Role::Viewer);
}

async fn of_two_admins_who_demote_each_other_one_remains(store: Store) {
    let engine = &store.engine;
    for round in 0..5 {
        let add = |email: String| async move {
            let role = Role::Admin;
            let id = accounts::operator_add(engine, System, &email, "A", role, PASSWORD).await;
            accounts::operator(engine, id.unwrap()).await.unwrap().admin().unwrap()
        };
        let one = add(format!("one-{round}@example.com")).await;
        let two = add(format!("two-{round}@example.com")).await;
        let demote = |by: Admin, whom: OperatorId| {
            let engine = engine.clone();
            tokio::spawn(async move {
                operators::set_role(&engine, &by, whom, Role::Viewer).await.is_ok()
            })
        };
        let (first, second) = (demote(one.clone(), two.id), demote(two.clone(), one.id));
        assert!(first.await.unwrap() ^ second.await.unwrap(), "one of them, and one alone");
        let mut admins = 0;
        for id in [one.id, two.id] {
            let role = accounts::operator(engine, id).await.unwrap().role;
            admins += usize::from(role == Role::Admin);
        }
        assert_eq!(admins, 1);
    }
}

async fn an_operator_nobody_knows_is_missing(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let nobody = OperatorId(uuid::Uuid::nil());
    let missing = operators::switch(engine, &admin, nobody, false).await;
    assert!(matches!(missing, Err(Error::Missing)));
    assert!(matches!(operators::read(engine, &admin, nobody).await, Err(Error::Missing)));
}

async fn a_change_says_from_where_it_was_made(store: Store) {
    let engine = &store.engine;
    let address = Some("::ffff:203.0.113.7".parse().unwrap());
    let admin = Operator { address, ..operator(engine, Role::Admin).await }.admin().unwrap();
    operators::add(engine, &admin, newcomer("owen@example.com", "Owen")).await.unwrap();
    let from = "SELECT count(*) FROM changes WHERE address = '203.0.113.7'";
    assert_eq!(store.number(from).await, 1);
    let nowhere = "SELECT count(*) FROM changes WHERE actor = 'system' AND address IS NULL";
    assert!(store.number(nowhere).await > 0, "the platform acts from nowhere");
}
