//! The worked integration, as a reader of the API page would run it: by bash and curl against a
//! server that listens, on a fresh store.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::SystemTime;

use app::context::{IsDemo, IsTls};
use axum::serve;
use domain::actor::{KeyScope, System};
use engine::{Engine, Secret, books, partners};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::router::router;
use crate::state::AppState;
use crate::stores::{Store, on_both_stores};

on_both_stores![the_worked_integration_is_true];

const WALK: &str = include_str!("../walk.md");
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What stands between two answers.
const BREAK: &str = "\u{1e}";
/// What is different each time. As a name it stands for all that is not spelt out.
const ANY: &str = "…";

/// A block of the page: what is run, and what it answers.
struct Step {
    script: String,
    answer: Option<Value>,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for fenced in page.split("\n```").skip(1).step_by(2) {
        let (kind, text) = fenced.split_once('\n').expect("a block has lines");
        match kind {
            "sh" => steps.push(Step { script: text.to_owned(), answer: None }),
            "json" => {
                let answer = serde_json::from_str(text).unwrap_or_else(|_| panic!("JSON: {text}"));
                steps.last_mut().expect("an answer follows what was asked").answer = Some(answer);
            }
            other => panic!("a block of {other}"),
        }
    }
    steps
}

/// Whether an answer is as the page says.
fn is_as(told: &Value, found: &Value) -> bool {
    match (told, found) {
        (Value::String(any), _) if any == ANY => true,
        (Value::Object(told), Value::Object(found)) => {
            let has = |(name, value): (&String, &Value)| {
                name == ANY || found.get(name).is_some_and(|found| is_as(value, found))
            };
            let is_whole = told.contains_key(ANY) || told.len() == found.len();
            is_whole && told.iter().all(has)
        }
        (Value::Array(told), Value::Array(found)) => {
            told.len() == found.len() && told.iter().zip(found).all(|(told, it)| is_as(told, it))
        }
        _ => told == found,
    }
}

/// Runs the blocks in one shell; answers what each has printed.
fn run(steps: &[Step], environment: &BTreeMap<&str, String>) -> Vec<String> {
    let scripts = steps.iter().map(|step| format!("{}\nprintf '%s' '{BREAK}'\n", step.script));
    let script = format!("set -eu\n{}", scripts.collect::<String>());
    let ran = Command::new("bash").arg("-c").arg(script).envs(environment).output();
    let ran = ran.expect("bash");
    let (said, complained) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{complained}\n{said}");
    said.split(BREAK).map(str::to_owned).collect()
}

/// Serves until the test ends; answers where.
async fn listen(engine: &Engine) -> SocketAddr {
    let config = Config::default();
    let (is_demo, is_tls) = (IsDemo(false), IsTls(false));
    let state = AppState { assets: Default::default(), engine: engine.clone(), is_demo, is_tls };
    let service = router(state, &config).into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { serve(listener, service).await });
    address
}

async fn the_worked_integration_is_true(store: Store) {
    let secret = Secret::of_webhooks(SECRET);
    let engine = store.another(|settings| settings.payment_secret = secret).await;
    // The page's signatures are by the machine's clock.
    engine.clock().set(SystemTime::now().into());
    let scopes =
        [KeyScope::Quote, KeyScope::Redeem, KeyScope::Claim, KeyScope::Manage, KeyScope::Read];
    let key = partners::key_add(&engine, System, "Shop", &scopes.into()).await.expect("a key");
    let environment = BTreeMap::from([
        ("QUAN", format!("http://{}", listen(&engine).await)),
        ("KEY", key),
        ("QUAN_PAYMENT_SECRET", SECRET.to_owned()),
    ]);
    let steps = steps(WALK);
    let (steps, said) = tokio::task::spawn_blocking(move || {
        let said = run(&steps, &environment);
        (steps, said)
    })
    .await
    .expect("a walk");
    for (Step { script, answer }, said) in steps.iter().zip(&said) {
        let Some(told) = answer else { continue };
        let found = serde_json::from_str(said).unwrap_or_else(|_| panic!("{script}\n{said}"));
        assert!(is_as(told, &found), "{script}\n{found:#}\nis not\n{told:#}");
    }
    let wrong = books::check(&engine, System).await.expect("readable books");
    assert_eq!(wrong, Vec::<String>::new(), "the books balance");
    engine.close().await.expect("closed");
}
