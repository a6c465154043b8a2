//! Redis beside the store: what is quicker with it, and that nothing is lost without it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::actor::System;
use domain::template::{Draft, Lane};
use engine::issuance::{Via, tickets};
use engine::notices::Notices;
use engine::{Clock, Engine, books, catalogue};
use tokio::time::timeout;
use uuid::Uuid;

use crate::cast::{draft, live, shelf, shopper};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_claim_that_waits_in_line_calls_the_worker_of_another_node,
    a_change_is_heard_over_redis_too,
    nothing_waits_for_a_redis_that_was_killed,
];

/// A server of the test's own, which keeps nothing. It ends when this process does, however it does:
/// that closes the pipe which the shell reads from.
struct Redis {
    folder: PathBuf,
    shell: Option<Child>,
}

impl Redis {
    /// None where the system has none: tests say that they were skipped, and fail when `CI` is set.
    fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "there is no Redis to start");
            eprintln!("skipped: there is no Redis to start");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("quan_{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        let mut redis = Self { folder, shell: None };
        redis.begin();
        Some(redis)
    }

    fn begin(&mut self) {
        const SCRIPT: &str = r#"
            trap '' INT HUP
            redis-server --port 0 --unixsocket "$1" --save '' --appendonly no &
            cat > /dev/null
            kill -9 $!
            wait
        "#;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(self.folder.join("socket"))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(shell.stdout.take().unwrap()).lines();
        assert!(said.any(|line| line.unwrap().contains("eady to accept connections")));
        self.shell = Some(shell);
    }

    /// Ends it as a power cut would.
    fn kill(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            shell.wait().unwrap();
        }
    }

    /// Two nodes of a deployment that has it; of an SQLite file, which belongs to one process, the same
    /// one twice.
    async fn nodes(&self, store: &Store) -> [Engine; 2] {
        let one = store.another(|settings| {
            settings.redis_url = Some(format!("redis+unix://{}/socket", self.folder.display()));
            // However busy this machine is.
            settings.redis_patience = PATIENCE;
        });
        let one = one.await;
        let other = match is_postgres(&one) {
            true => Engine::open_at(one.settings().clone(), Clock::still_at(noon())).await.unwrap(),
            false => one.clone(),
        };
        [one, other]
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What is waited for comes long before.
const PATIENCE: Duration = Duration::from_secs(30);

async fn soon<T>(coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.unwrap()
}

fn is_postgres(engine: &Engine) -> bool {
    engine.settings().database_url.starts_with("postgres")
}

async fn close(nodes: [Engine; 2]) {
    let wrong = books::check(&nodes[0], System).await.unwrap();
    assert_eq!(wrong, Vec::<String>::new(), "the books balance");
    for node in nodes {
        node.close().await.unwrap();
    }
}

async fn accept(engine: &Engine, name: &str, template: domain::TemplateId) {
    tickets::accept(engine, &shopper(name), template, Via::default()).await.unwrap();
}

async fn settle(engine: &Engine) -> usize {
    tickets::settle_due(engine, System, 500).await.unwrap()
}

/// Waits until the worker of a node is called.
async fn called(engine: &Engine, notices: &mut Notices) {
    let hearing = async { while notices.hear(engine).await.is_ok() {} };
    let called = async {
        tokio::select! {
            () = tickets::called(engine) => {}
            () = hearing => panic!("the line broke"),
        }
    };
    soon(called).await;
}

/// Waits until a node has found its way to Redis again.
async fn reached(engine: &Engine) {
    let reached = async {
        while engine.redis_answers().await != Some(true) {
            tokio::task::yield_now().await;
        }
    };
    soon(reached).await;
}

async fn a_claim_that_waits_in_line_calls_the_worker_of_another_node(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let [one, other] = &nodes;
    let template = live(one, Draft { lane: Lane::Queued, ..draft() }).await.id;
    let mut notices = Notices::over_redis(other).await.unwrap();
    for name in ["mei", "bo"] {
        accept(one, name, template).await;
        called(other, &mut notices).await;
        assert_eq!(settle(other).await, 1);
    }
    close(nodes).await;
}

async fn a_change_is_heard_over_redis_too(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let [one, other] = &nodes;
    // Its clock stands still: it would trust for ever what it holds.
    let mut notices = Notices::over_redis(other).await.unwrap();
    let is_bare = async || catalogue::current(other).await.unwrap().categories.is_empty();
    assert!(is_bare().await);
    shelf(one).await;
    let hearing = async {
        while is_bare().await {
            notices.hear(other).await.unwrap();
        }
    };
    soon(hearing).await;
    close(nodes).await;
}

async fn nothing_waits_for_a_redis_that_was_killed(store: Store) {
    let Some(mut redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let [one, other] = &nodes;
    let template = live(one, Draft { lane: Lane::Queued, ..draft() }).await.id;
    let mut notices = Notices::over_redis(other).await.unwrap();
    redis.kill();
    // Until the line breaks.
    soon(async { while notices.hear(other).await.is_ok() {} }).await;
    assert!(Notices::over_redis(other).await.is_none());
    assert_eq!(one.redis_answers().await, Some(false));
    accept(one, "mei", template).await;
    assert_eq!(settle(other).await, 1);
    redis.begin();
    reached(one).await;
    let mut notices = Notices::over_redis(other).await.unwrap();
    accept(one, "bo", template).await;
    called(other, &mut notices).await;
    assert_eq!(settle(other).await, 1);
    close(nodes).await;
}
