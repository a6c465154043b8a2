//! Redis beside the store: what is quicker with it, and that nothing is lost without it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use domain::actor::System;
use domain::risk::{Mode, Rule};
use domain::template::{Draft, Lane};
use domain::{Refusal, TemplateId};
use engine::issuance::{self, Claim, Via, tickets};
use engine::notices::Notices;
use engine::{Clock, Engine, Error, Settings, books, catalogue, risk};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::time::timeout;
use uuid::Uuid;

use crate::cast::{claim_of, draft, live, refusal, shelf, shopper};
use crate::issuance::spoil;
use crate::risk::{claim, from, many, set};
use crate::stores::{Store, noon, number, on_both_stores, waited_for};

on_both_stores![
    a_claim_that_waits_in_line_calls_the_worker_of_another_node,
    a_change_is_heard_over_redis_too,
    nothing_waits_for_a_redis_that_was_killed,
    what_redis_refuses_is_no_outage,
    two_nodes_count_together_over_redis,
    a_window_slides_over_redis_as_it_does_in_the_store,
    limits_hold_where_redis_is_killed_in_the_middle,
    who_has_to_wait_is_told_how_long_without_redis_too,
    what_was_counted_without_redis_counts_with_it,
    a_redis_that_remembers_a_while_ago_is_not_believed,
    a_node_that_does_not_reach_redis_is_heard_of_a_second_later,
    a_batch_that_is_tried_again_is_charged_once,
    a_batch_that_is_tried_one_by_one_is_charged_once,
    a_line_that_is_tried_one_by_one_is_charged_once,
];

/// A server of the test's own, which keeps nothing. It ends when this process does, however it does:
/// that closes the pipe which the shell reads from.
struct Redis {
    folder: PathBuf,
    /// What it lets us do.
    rights: &'static str,
    shell: Option<Child>,
}

impl Redis {
    /// None where the system has none: tests say that they were skipped, and fail when `CI` is set.
    fn start() -> Option<Self> {
        Self::start_with("+@all")
    }

    fn start_with(rights: &'static str) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "there is no Redis to start");
            eprintln!("skipped: there is no Redis to start");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("quan_{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        let mut redis = Self { folder, rights, shell: None };
        redis.begin();
        Some(redis)
    }

    fn begin(&mut self) {
        const SCRIPT: &str = r#"
            trap '' INT HUP
            redis-server --port 0 --dir "$1" --unixsocket "$1/socket" --save '' --appendonly no \
                --user default on nopass '~quan:*' '&quan:*' $2 &
            cat > /dev/null
            kill -9 $!
            wait
        "#;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&self.folder)
            .arg(self.rights)
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

    /// Has it write down what it knows, which it then knows when it begins.
    fn save(&self) {
        let mut line = UnixStream::connect(self.folder.join("socket")).unwrap();
        line.write_all(b"SAVE\r\n").unwrap();
        let mut said = [0; 5];
        line.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"+OK\r\n");
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

async fn accept(engine: &Engine, name: &str, template: TemplateId) {
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

async fn what_redis_refuses_is_no_outage(store: Store) {
    let Some(redis) = Redis::start_with("+@all -publish") else { return };
    let nodes = redis.nodes(&store).await;
    let [one, other] = &nodes;
    let template = live(one, Draft { lane: Lane::Queued, ..draft() }).await.id;
    accept(one, "mei", template).await;
    assert_eq!(settle(other).await, 1, "nobody is called, and the worker comes by");
    assert_eq!(one.redis_lacks().await, Some(vec!["PUBLISH"]));
    assert_eq!(one.redis_answers().await, Some(true), "it is not left alone");
    assert!(try_once(one, 0, many(one).await).await);
    assert_eq!(number(one, "SELECT count(*) FROM risk_counters").await, 0, "it counts");
    close(nodes).await;
}

/// Somebody else's claim each time, all by one device; whether it passed.
async fn try_once(engine: &Engine, i: usize, template: TemplateId) -> bool {
    let via = from("tablet", "203.0.113.1");
    match claim(engine, &format!("s-{i}"), template, via).await {
        Ok(_) => true,
        refused => {
            assert_eq!(refusal(refused).code(), "too_many_attempts");
            false
        }
    }
}

/// Has each node reach Redis and ask it once, which then forgets what it knew.
async fn acquaint(nodes: &[Engine; 2], template: TemplateId) {
    for node in nodes {
        claim(node, "first", template, from("phone", "203.0.113.2")).await.unwrap();
    }
}

/// Whether the store has so many by that device.
async fn stored(engine: &Engine, n: u32) -> bool {
    let query = format!(
        "SELECT count(*) FROM risk_counters
        WHERE key LIKE 'device:%' AND counts = '{n} 0 0 0 0 0 0 0 0 0 0 0'"
    );
    number(engine, &query).await == 1
}

async fn two_nodes_count_together_over_redis(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = many(one).await;
    set(one, Rule::Device, 10, 60, Mode::On).await;
    acquaint(&nodes, template).await;
    let tries: Vec<_> = (0..40)
        .map(|i| {
            let node = nodes[i % 2].clone();
            tokio::spawn(async move { try_once(&node, i, template).await })
        })
        .collect();
    let mut passed = 0;
    for one in tries {
        passed += usize::from(one.await.unwrap());
    }
    assert_eq!(passed, 10);
    assert_eq!(number(one, "SELECT count(*) FROM coupons").await, 10 + 2);
    assert_eq!(number(one, "SELECT count(*) FROM risk_hits").await, 30);
    // The store has it from the nodes, a second later.
    assert_eq!(number(one, "SELECT count(*) FROM risk_counters").await, 0);
    for node in &nodes {
        risk::flush(node).await.unwrap();
    }
    assert!(stored(one, 10).await);
    close(nodes).await;
}

async fn a_window_slides_over_redis_as_it_does_in_the_store(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let engine = &nodes[0];
    let template = many(engine).await;
    set(engine, Rule::Shopper, 2, 60, Mode::On).await;
    let claim = async |minute: i64| {
        engine.clock().set(noon() + TimeDelta::minutes(minute));
        claim(engine, "mei", template, Via::default()).await
    };
    let wait = |minutes: u64| Refusal::TooManyAttempts { retry_after: minutes * 60 };
    claim(0).await.unwrap();
    claim(30).await.unwrap();
    assert_eq!(refusal(claim(40).await), wait(20));
    for _ in 0..5 {
        assert_eq!(refusal(claim(59).await), wait(1));
    }
    claim(60).await.unwrap();
    assert_eq!(refusal(claim(61).await), wait(29));
    claim(90).await.unwrap();
    assert_eq!(number(engine, "SELECT count(*) FROM risk_counters").await, 0, "not here");
    close(nodes).await;
}

async fn limits_hold_where_redis_is_killed_in_the_middle(store: Store) {
    let Some(mut redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = many(one).await;
    set(one, Rule::Device, 10, 60, Mode::On).await;
    let tries: Vec<_> = (0..40)
        .map(|i| {
            let one = one.clone();
            tokio::spawn(async move { try_once(&one, i, template).await })
        })
        .collect();
    let mut passed = 0;
    for (i, one) in tries.into_iter().enumerate() {
        passed += usize::from(one.await.unwrap());
        if i == 0 {
            redis.kill();
        }
    }
    for i in 40..50 {
        passed += usize::from(try_once(one, i, template).await);
    }
    assert_eq!(passed, 10, "of those that Redis counted, and those that the store did");
    redis.begin();
    reached(one).await;
    assert!(!try_once(one, 50, template).await, "it goes on from there");
    risk::flush(one).await.unwrap();
    assert!(stored(one, 10).await);
    assert!(!try_once(one, 51, template).await);
    one.clock().advance(TimeDelta::minutes(60));
    assert!(try_once(one, 52, template).await);
    close(nodes).await;
}

async fn who_has_to_wait_is_told_how_long_without_redis_too(store: Store) {
    let Some(mut redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = many(one).await;
    set(one, Rule::Shopper, 2, 60, Mode::On).await;
    claim(one, "mei", template, Via::default()).await.unwrap();
    redis.kill();
    claim(one, "mei", template, Via::default()).await.unwrap();
    let third = refusal(claim(one, "mei", template, Via::default()).await);
    assert_eq!(third, Refusal::TooManyAttempts { retry_after: 60 * 60 });
    close(nodes).await;
}

async fn what_was_counted_without_redis_counts_with_it(store: Store) {
    let Some(mut redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let template = many(&nodes[0]).await;
    set(&nodes[0], Rule::Device, 10, 60, Mode::On).await;
    redis.kill();
    for i in 0..6 {
        assert!(try_once(&nodes[i % 2], i, template).await);
    }
    redis.begin();
    let mut passed = 6;
    for i in 6..26 {
        let node = &nodes[i % 2];
        reached(node).await;
        passed += usize::from(try_once(node, i, template).await);
        // As the worker does every second.
        risk::flush(node).await.unwrap();
    }
    assert_eq!(passed, 10);
    close(nodes).await;
}

async fn a_redis_that_remembers_a_while_ago_is_not_believed(store: Store) {
    let Some(mut redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = many(one).await;
    set(one, Rule::Device, 10, 60, Mode::On).await;
    for i in 0..7 {
        assert!(try_once(one, i, template).await);
        if i == 2 {
            redis.save();
        }
    }
    risk::flush(one).await.unwrap();
    redis.kill();
    redis.begin();
    // Whoever finds the way again, it is not a claim.
    reached(one).await;
    let mut passed = 7;
    for i in 7..20 {
        passed += usize::from(try_once(one, i, template).await);
    }
    assert_eq!(passed, 10);
    close(nodes).await;
}

async fn a_node_that_does_not_reach_redis_is_heard_of_a_second_later(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    if !is_postgres(one) {
        // An SQLite file belongs to one process.
        return;
    }
    let settings = Settings { redis_url: None, ..one.settings().clone() };
    let alone = Engine::open_at(settings, Clock::still_at(noon())).await.unwrap();
    let template = many(one).await;
    set(one, Rule::Device, 10, 60, Mode::On).await;
    assert!(try_once(one, 0, template).await);
    for i in 1..7 {
        assert!(try_once(&alone, i, template).await);
    }
    let mut passed = 7;
    for i in 7..20 {
        passed += usize::from(try_once(one, i, template).await);
        risk::flush(one).await.unwrap();
    }
    assert_eq!(passed, 10);
    alone.close().await.unwrap();
    close(nodes).await;
}

async fn a_batch_that_is_tried_again_is_charged_once(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    if !is_postgres(one) {
        // SQLite has one writer: nobody comes in between.
        return;
    }
    let (stays, closes) = (many(one).await, many(one).await);
    set(one, Rule::ShopperTemplate, 2, 60, Mode::On).await;
    let closing = one.migration_connection().begin().await.unwrap();
    let pause = format!("UPDATE templates SET state = 'paused' WHERE id = '{closes}'");
    closing.execute_unprepared(&pause).await.unwrap();
    let settling = {
        let (one, claims) = (one.clone(), [claim_of("mei", stays), claim_of("bo", closes)]);
        tokio::spawn(async move { issuance::settle(&one, &claims).await })
    };
    waited_for(one, &closing).await;
    closing.commit().await.unwrap();
    let mut told = settling.await.unwrap();
    assert_eq!(refusal(told.pop().unwrap()), Refusal::Paused);
    told.pop().unwrap().unwrap();
    claim(one, "mei", stays, Via::default()).await.unwrap();
    let third = refusal(claim(one, "mei", stays, Via::default()).await);
    assert_eq!(third.code(), "too_many_attempts");
    close(nodes).await;
}

async fn a_batch_that_is_tried_one_by_one_is_charged_once(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = many(one).await;
    set(one, Rule::Device, 3, 60, Mode::On).await;
    spoil(one).await;
    let claim = |name| Claim { via: from("tablet", "203.0.113.1"), ..claim_of(name, template) };
    let claims = ["a", "b", "c"].map(claim);
    let answers = issuance::settle(one, &claims).await;
    assert!(matches!(answers[..], [Ok(_), Err(Error::Fault(_)), Ok(_)]), "{answers:?}");
    assert!(!try_once(one, 0, template).await, "each was counted");
    close(nodes).await;
}

async fn a_line_that_is_tried_one_by_one_is_charged_once(store: Store) {
    let Some(redis) = Redis::start() else { return };
    let nodes = redis.nodes(&store).await;
    let one = &nodes[0];
    let template = live(one, Draft { lane: Lane::Queued, ..draft() }).await.id;
    set(one, Rule::Device, 3, 60, Mode::On).await;
    spoil(one).await;
    for name in ["a", "b", "c"] {
        let via = from("tablet", "203.0.113.1");
        tickets::accept(one, &shopper(name), template, via).await.unwrap();
    }
    assert_eq!(settle(one).await, 2);
    assert_eq!(number(one, "SELECT count(*) FROM coupons").await, 2, "both passed");
    close(nodes).await;
}
