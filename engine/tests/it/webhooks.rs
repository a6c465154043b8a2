//! Outgoing webhooks, sent to an endpoint that listens in the test itself.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::extract::State as Endpoint;
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use domain::actor::{Admin, Role, System};
use domain::coupon::Action as OnCoupon;
use domain::template::{Action, Draft, Window};
use domain::{DeliveryId, Problem, Refusal, TemplateId, WebhookId};
use engine::issuance::Via;
use engine::webhooks::{self, Delivery, Newcomer, Off, Show, State, Topic};
use engine::{
    Engine, Error, alerts, coupons, exceptions, offers, redemption, sweeps, templates, wallet,
};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::cast::{
    admin, claim, draft, editor, guardian, live, lock, operator, redeem, refusal, shopper,
};
use crate::stores::{Store, noon, number, on_both_stores, settled};

on_both_stores![
    what_happens_is_told_once_and_signed,
    only_what_is_wanted_and_happens_from_now_on_is_told,
    what_becomes_of_a_template_is_told,
    what_is_alarming_is_told,
    two_nodes_at_once_write_no_delivery_twice,
    a_long_ledger_is_caught_up_with,
    one_that_answers_slowly_keeps_its_turn_for_a_moment_only,
    what_fails_is_sent_again_under_the_same_id,
    what_a_killed_node_was_sending_is_sent_after_its_lease,
    two_nodes_at_once_send_each_delivery_once,
    after_the_last_try_it_is_given_up_and_the_endpoint_switched_off,
    one_event_that_never_gets_through_leaves_the_endpoint_on,
    an_endpoint_that_is_gone_is_told_nothing_more,
    what_was_given_up_is_put_before_ops_until_nothing_of_it_is_left,
    nobody_is_followed_elsewhere,
    a_private_address_is_refused_when_saved_and_when_sent,
    both_secrets_sign_while_one_is_replaced,
    a_delivery_is_replayed_under_the_same_id,
    a_test_reaches_whoever_listens,
    an_endpoint_that_is_off_waits_and_misses_what_happens,
    a_deleted_endpoint_leaves_nothing,
    what_ended_a_month_ago_is_removed,
    what_is_wrong_with_an_endpoint_is_told_field_by_field,
    no_secret_shows_anywhere,
    an_opening_is_told_once_shortly_before_to_whoever_asked,
    the_end_of_a_coupon_is_told_once_to_whoever_asked,
    the_end_of_a_coupon_that_was_on_hold_is_told_once_it_is_free,
    a_coupon_that_is_of_no_use_any_more_is_told_to_nobody,
    an_opening_that_was_moved_is_told_again_to_whoever_asks_again,
    two_nodes_at_once_tell_a_reminder_once,
];

/// What an endpoint was sent.
struct Received {
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As whoever receives it makes sure: its signature, and that it is of now.
    fn is_verified_by(&self, secret: &str) -> bool {
        let key = Webhook::new(secret).unwrap();
        key.verify(self.body.as_bytes(), &self.headers).is_ok()
    }

    /// Its signature alone: most tests' clock stands still at another day.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = Webhook::new(secret).unwrap();
        let timestamp = self.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        let own = key.sign(self.id(), timestamp, self.body.as_bytes()).unwrap();
        let signatures = self.headers["webhook-signature"].to_str().unwrap();
        signatures.split(' ').any(|signature| signature == own)
    }
}

/// An endpoint that answers as it is told, 200 once it is told no more.
struct Listener {
    url: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    received: UnboundedReceiver<Received>,
}

#[derive(Clone)]
enum Answer {
    Status(u16),
    To(String),
    /// By this node's clock.
    Slowly(Engine),
    Never,
}

type Shared = (Arc<Mutex<VecDeque<Answer>>>, UnboundedSender<Received>);

impl Listener {
    async fn open() -> Self {
        let (sender, received) = unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let router = Router::new().fallback(hear).with_state((answers.clone(), sender));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, answers, received }
    }

    fn will_answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }

    fn has_more(&mut self) -> bool {
        self.received.try_recv().is_ok()
    }
}

async fn hear(
    Endpoint((answers, received)): Endpoint<Shared>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, HeaderMap, &'static str) {
    received.send(Received { headers, body }).unwrap();
    let answer = answers.lock().unwrap().pop_front();
    let mut headers = HeaderMap::new();
    let status = match answer {
        None => 200,
        Some(Answer::Status(status)) => status,
        Some(Answer::To(url)) => {
            headers.insert("location", url.parse().unwrap());
            302
        }
        Some(Answer::Slowly(engine)) => {
            engine.clock().advance(TimeDelta::seconds(6));
            200
        }
        Some(Answer::Never) => std::future::pending().await,
    };
    (StatusCode::from_u16(status).unwrap(), headers, "as told")
}

fn topics(words: &[&str]) -> BTreeSet<Topic> {
    words.iter().map(|word| Topic::parse(word).unwrap()).collect()
}

async fn private(store: &Store) -> Engine {
    store.another(|settings| settings.private_webhooks = true).await
}

async fn add(engine: &Engine, url: &str, words: &[&str]) -> (WebhookId, String) {
    let topics = topics(words);
    let newcomer = Newcomer { url, description: "Orders", topics: &topics };
    let admin = admin(engine).await;
    settled(engine).await;
    webhooks::add(engine, &admin, newcomer).await.unwrap()
}

async fn dispatch(engine: &Engine) -> usize {
    settled(engine).await;
    webhooks::dispatch(engine, System).await.unwrap()
}

/// One turn of both jobs that send.
async fn send(engine: &Engine) -> usize {
    let retried = webhooks::retry(engine, System).await.unwrap();
    retried + webhooks::deliver(engine, System).await.unwrap()
}

async fn log(engine: &Engine, id: WebhookId, show: Show) -> Vec<Delivery> {
    let viewer = operator(engine, Role::Viewer).await;
    webhooks::deliveries(engine, &viewer, id, show, None).await.unwrap().0
}

async fn only(engine: &Engine, id: WebhookId) -> Delivery {
    let mut log = log(engine, id, Show::All).await;
    assert_eq!(log.len(), 1);
    log.remove(0)
}

async fn read(engine: &Engine, id: WebhookId) -> webhooks::Webhook {
    webhooks::read(engine, &operator(engine, Role::Viewer).await, id).await.unwrap()
}

async fn close(engine: Engine) {
    let wrong = engine::books::check(&engine, System).await.unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    engine.close().await.unwrap();
}

/// Lin's coupon of a new template.
async fn claimed(engine: &Engine) -> engine::wallet::Coupon {
    let template = live(engine, draft()).await;
    claim(engine, &shopper("lin"), template.id).await.unwrap()
}

async fn what_happens_is_told_once_and_signed(store: Store) {
    let engine = private(&store).await;
    // Whoever verifies looks at the clock on the wall.
    engine.clock().set(SystemTime::now().into());
    let mut listener = Listener::open().await;
    let (id, secret) = add(&engine, &listener.url, &["coupon.claimed", "coupon.redeemed"]).await;
    let coupon = claimed(&engine).await;
    let held = lock(&engine, &shopper("lin"), "o-1", &[coupon.code]).await.unwrap();
    redeem(&engine, &held, "p-1").await.unwrap();
    assert_eq!(dispatch(&engine).await, 2);
    assert_eq!(dispatch(&engine).await, 0);
    assert_eq!(send(&engine).await, 2);
    assert_eq!(send(&engine).await, 0);
    let mut told = [listener.next().await, listener.next().await];
    told.sort_by_key(|received| received.json()["type"].to_string());
    let [claimed, redeemed] = told;
    assert!(claimed.is_verified_by(&secret) && redeemed.is_verified_by(&secret));
    assert!(!claimed.is_verified_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_ne!(claimed.id(), redeemed.id());
    assert_eq!(claimed.headers["content-type"], "application/json");
    let event = redeemed.json();
    assert_eq!(event["type"], "coupon.redeemed");
    assert_eq!(event["timestamp"], event["data"]["at"]);
    let data = &event["data"];
    assert_eq!(data["coupon"], coupon.code.as_str());
    assert_eq!((&data["amount"], &data["order"]), (&"20.00".into(), &"o-1".into()));
    assert_eq!((&data["shopper"], &data["state"]), (&"lin".into(), &"redeemed".into()));
    assert_eq!(claimed.json()["data"]["amount"], "0.00");
    assert!(!listener.has_more());
    for delivery in log(&engine, id, Show::All).await {
        assert_eq!((delivery.state, delivery.attempts), (State::Delivered, 1));
        assert_eq!((delivery.status, delivery.answer.as_deref()), (Some(200), Some("as told")));
        assert_eq!(delivery.due_at, None);
    }
    assert!(log(&engine, id, Show::Failed).await.is_empty());
    close(engine).await;
}

async fn only_what_is_wanted_and_happens_from_now_on_is_told(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let coupon = claimed(&engine).await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed", "coupon.released"]).await;
    let held = lock(&engine, &shopper("lin"), "o-1", &[coupon.code]).await.unwrap();
    let till = domain::actor::Till::System(System);
    redemption::release(&engine, &till, held.id).await.unwrap();
    assert_eq!(dispatch(&engine).await, 1);
    assert_eq!(only(&engine, id).await.topic, "coupon.released");
    close(engine).await;
}

async fn what_becomes_of_a_template_is_told(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let all: Vec<&str> = Topic::all().map(Topic::as_str).collect();
    add(&engine, &listener.url, &all).await;
    let editor = editor(&engine).await;
    let template = live(&engine, draft()).await;
    templates::act(&engine, &editor, template.id, Action::Pause).await.unwrap();
    // Four changes of a template; that an operator was added is nobody's outside.
    assert_eq!(dispatch(&engine).await, 3);
    send(&engine).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let event = listener.next().await.json();
        assert_eq!(event["data"]["template"], template.id.to_string());
        told.push((event["type"].clone(), event["data"]["state"].clone()));
    }
    told.sort_by_key(|(topic, _)| topic.to_string());
    let expected = [
        ("template.created".into(), Value::Null),
        ("template.paused".into(), "paused".into()),
        ("template.published".into(), "live".into()),
    ];
    assert_eq!(told, expected);
    close(engine).await;
}

async fn what_is_alarming_is_told(store: Store) {
    use sea_orm::ConnectionTrait;
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    add(&engine, &listener.url, &["alert.fired", "alert.ended"]).await;
    let at = engine.now().timestamp_micros();
    let failed = format!("INSERT INTO pulses VALUES ('failed', {at}, '', 30)");
    engine.migration_connection().execute_unprepared(&failed).await.unwrap();
    for _ in 0..2 {
        assert_eq!(alerts::judge(&engine, System).await.unwrap(), 1);
        assert_eq!(dispatch(&engine).await, 1);
        assert_eq!(send(&engine).await, 1);
        engine.clock().advance(TimeDelta::hours(1));
    }
    for kind in ["fired", "ended"] {
        let told = listener.next().await.json();
        assert_eq!(told["type"], format!("alert.{kind}"));
        assert_eq!(
            (&told["data"]["kind"], &told["data"]["rule"]),
            (&kind.into(), &"issue_failures".into())
        );
        assert_eq!((&told["data"]["value"], &told["data"]["threshold"]), (&100.into(), &5.into()));
        assert_eq!(told["data"]["subject"], Value::Null);
    }
    close(engine).await;
}

async fn two_nodes_at_once_write_no_delivery_twice(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let template = live(&engine, draft()).await;
    for round in 0..5 {
        claim(&engine, &shopper(&format!("shopper-{round}")), template.id).await.unwrap();
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move { dispatch(&engine).await })
            })
            .collect();
        let mut written = 0;
        for node in nodes {
            written += node.await.unwrap();
        }
        assert_eq!(written, 1);
    }
    assert_eq!(log(&engine, id, Show::All).await.len(), 5);
    close(engine).await;
}

async fn a_long_ledger_is_caught_up_with(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let template = live(&engine, draft()).await;
    let claims: Vec<_> = (0..1100)
        .map(|n| {
            let (engine, id) = (engine.clone(), template.id);
            tokio::spawn(async move { claim(&engine, &shopper(&format!("s-{n}")), id).await })
        })
        .collect();
    for claim in claims {
        claim.await.unwrap().unwrap();
    }
    assert_eq!(dispatch(&engine).await, 1100);
    let viewer = operator(&engine, Role::Viewer).await;
    let (mut pages, mut seen, mut before) = (0, BTreeSet::new(), None);
    loop {
        let page = webhooks::deliveries(&engine, &viewer, id, Show::All, before).await.unwrap();
        seen.extend(page.0.iter().map(|delivery| delivery.id));
        pages += 1;
        before = page.1;
        if before.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (22, 1100));
    assert_eq!(send(&engine).await, 1024, "and the others have their turn");
    assert_eq!(send(&engine).await, 76);
    close(engine).await;
}

async fn one_that_answers_slowly_keeps_its_turn_for_a_moment_only(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    add(&engine, &listener.url, &["coupon.claimed"]).await;
    let template = live(&engine, draft()).await;
    for n in 0..40 {
        claim(&engine, &shopper(&format!("s-{n}")), template.id).await.unwrap();
    }
    assert_eq!(dispatch(&engine).await, 40);
    listener.will_answer([Answer::Slowly(engine.clone())]);
    assert_eq!(send(&engine).await, 16, "and the others have their turn");
    assert_eq!(send(&engine).await, 24);
    close(engine).await;
}

async fn what_fails_is_sent_again_under_the_same_id(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, secret) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    listener.will_answer([Answer::Status(500)]);
    assert_eq!(send(&engine).await, 1);
    let failed = only(&engine, id).await;
    assert_eq!((failed.state, failed.status, failed.attempts), (State::Waiting, Some(500), 1));
    assert_eq!(log(&engine, id, Show::Failed).await.len(), 1);
    assert_eq!(read(&engine, id).await.failing_since, Some(engine.now()));
    assert_eq!(send(&engine).await, 0, "not before its time");
    engine.clock().advance(TimeDelta::seconds(6));
    assert_eq!(send(&engine).await, 1);
    let (first, second) = (listener.next().await, listener.next().await);
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    assert_ne!(first.headers["webhook-timestamp"], second.headers["webhook-timestamp"]);
    assert!(second.is_signed_with(&secret));
    assert_eq!(only(&engine, id).await.state, State::Delivered);
    assert_eq!(read(&engine, id).await.failing_since, None);
    close(engine).await;
}

async fn what_a_killed_node_was_sending_is_sent_after_its_lease(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    listener.will_answer([Answer::Never]);
    let node = engine.clone();
    let node = tokio::spawn(async move { send(&node).await });
    let first = listener.next().await;
    node.abort();
    assert!(node.await.unwrap_err().is_cancelled());
    assert_eq!(send(&engine).await, 0, "its lease is not over");
    let admin = admin(&engine).await;
    let busy = webhooks::replay(&engine, &admin, only(&engine, id).await.id).await;
    assert_eq!(refusal(busy), Refusal::StateConflict { state: "being_sent".to_owned() });
    engine.clock().advance(TimeDelta::seconds(60));
    assert_eq!(send(&engine).await, 1);
    assert_eq!(listener.next().await.id(), first.id());
    let delivery = only(&engine, id).await;
    assert_eq!((delivery.state, delivery.attempts), (State::Delivered, 2));
    close(engine).await;
}

async fn two_nodes_at_once_send_each_delivery_once(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    add(&engine, &listener.url, &["coupon.claimed"]).await;
    let template = live(&engine, draft()).await;
    for n in 0..40 {
        claim(&engine, &shopper(&format!("s-{n}")), template.id).await.unwrap();
    }
    assert_eq!(dispatch(&engine).await, 40);
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { webhooks::deliver(&engine, System).await.unwrap() })
        })
        .collect();
    let mut sent = 0;
    for node in nodes {
        sent += node.await.unwrap();
    }
    assert_eq!(sent, 40);
    let mut ids = BTreeSet::new();
    for _ in 0..40 {
        ids.insert(listener.next().await.id().to_owned());
    }
    assert_eq!(ids.len(), 40);
    assert!(!listener.has_more());
    close(engine).await;
}

/// Lets each wait pass until nothing is due any more; answers how often it was sent.
async fn send_until_it_ends(engine: &Engine, id: WebhookId) -> u64 {
    let mut sent = send(engine).await;
    while let Some(due) = log(engine, id, Show::All).await.iter().filter_map(|it| it.due_at).min() {
        if due > engine.now() {
            engine.clock().set(due);
        }
        sent += send(engine).await;
    }
    sent as u64
}

async fn after_the_last_try_it_is_given_up_and_the_endpoint_switched_off(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    listener.will_answer(vec![Answer::Status(503); 20]);
    let begun = engine.now();
    assert_eq!(send_until_it_ends(&engine, id).await, 10);
    let days = (engine.now() - begun).num_days();
    assert_eq!(days, 3);
    let dead = only(&engine, id).await;
    assert_eq!((dead.state, dead.attempts, dead.status), (State::Dead, 10, Some(503)));
    let webhook = read(&engine, id).await;
    assert_eq!(webhook.off, Some(Off::Failing));
    let recorded = "SELECT count(*) FROM changes WHERE subject_kind = 'webhook'
        AND actor = 'system' AND action = 'switched_off'";
    assert_eq!(number(&engine, recorded).await, 1);
    let admin = admin(&engine).await;
    let refused = webhooks::replay(&engine, &admin, dead.id).await;
    assert_eq!(refusal(refused), Refusal::StateConflict { state: "off".to_owned() });
    close(engine).await;
}

async fn one_event_that_never_gets_through_leaves_the_endpoint_on(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let template = live(&engine, draft()).await;
    claim(&engine, &shopper("lin"), template.id).await.unwrap();
    dispatch(&engine).await;
    let poison = only(&engine, id).await.id;
    let of_poison = async || {
        let log = log(&engine, id, Show::All).await;
        log.into_iter().find(|delivery| delivery.id == poison).unwrap()
    };
    for n in 0..10 {
        listener.will_answer([Answer::Status(500)]);
        assert_eq!(send(&engine).await, 1);
        // Another event in between gets through.
        claim(&engine, &shopper(&format!("s-{n}")), template.id).await.unwrap();
        dispatch(&engine).await;
        assert_eq!(send(&engine).await, 1);
        if let Some(due) = of_poison().await.due_at {
            engine.clock().set(due);
        }
    }
    assert_eq!(of_poison().await.state, State::Dead);
    assert_eq!(read(&engine, id).await.off, None);
    close(engine).await;
}

async fn an_endpoint_that_is_gone_is_told_nothing_more(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let coupon = claimed(&engine).await;
    dispatch(&engine).await;
    listener.will_answer([Answer::Status(410)]);
    assert_eq!(send(&engine).await, 1);
    assert_eq!(read(&engine, id).await.off, Some(Off::Gone));
    assert_eq!(only(&engine, id).await.state, State::Dead);
    claim(&engine, &shopper("mei"), coupon.revision.template).await.unwrap();
    assert_eq!(dispatch(&engine).await, 0);
    listener.next().await;
    assert!(!listener.has_more());
    close(engine).await;
}

async fn what_was_given_up_is_put_before_ops_until_nothing_of_it_is_left(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let (admin, viewer) = (admin(&engine).await, operator(&engine, Role::Viewer).await);
    let listed = async || exceptions::list(&engine, &viewer, 0).await.unwrap();
    let counted = async || {
        let listed = listed().await;
        (listed.open, listed.total)
    };
    let template = live(&engine, draft()).await.id;
    for name in ["lin", "mei"] {
        claim(&engine, &shopper(name), template).await.unwrap();
    }
    assert_eq!(dispatch(&engine).await, 2);
    listener.will_answer(vec![Answer::Status(410); 6]);
    assert_eq!(send(&engine).await, 2);
    let told = listed().await;
    assert_eq!((told.open, told.total), (1, 1), "one for each endpoint");
    let one = &told.exceptions[0];
    assert_eq!(one.kind, "deliveries_given_up");
    assert_eq!(one.text("webhook"), Some(id.to_string().as_str()));
    assert_eq!(one.text("url"), Some(listener.url.as_str()));

    webhooks::switch(&engine, &admin, id, true).await.unwrap();
    for (delivery, open) in log(&engine, id, Show::Failed).await.iter().zip([1, 0]) {
        webhooks::replay(&engine, &admin, delivery.id).await.unwrap();
        assert_eq!(counted().await, (open, 1), "settled once all is sent once more");
    }
    assert_eq!(send(&engine).await, 2);
    let test = async || {
        webhooks::switch(&engine, &admin, id, true).await.unwrap();
        webhooks::send_test(&engine, &admin, id).await.unwrap();
        assert_eq!(send(&engine).await, 1);
    };
    test().await;
    assert_eq!(counted().await, (1, 2), "what is open stands for what came later, too");
    engine.clock().advance(TimeDelta::days(30));
    assert_eq!(webhooks::sweep(&engine, System, 10).await.unwrap(), 3);
    assert_eq!(counted().await, (0, 2));
    test().await;
    assert_eq!(counted().await, (1, 3));
    webhooks::delete(&engine, &admin, id).await.unwrap();
    assert_eq!(counted().await, (0, 3));
    close(engine).await;
}

async fn nobody_is_followed_elsewhere(store: Store) {
    let engine = private(&store).await;
    let mut elsewhere = Listener::open().await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    listener.will_answer([Answer::To(elsewhere.url.clone())]);
    assert_eq!(send(&engine).await, 1);
    let failed = only(&engine, id).await;
    assert_eq!((failed.state, failed.status), (State::Waiting, Some(302)));
    assert!(!elsewhere.has_more());
    close(engine).await;
}

async fn a_private_address_is_refused_when_saved_and_when_sent(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let topics = topics(&["coupon.claimed"]);
    for (url, problem) in [
        ("https://127.0.0.1/", Problem::PrivateAddress),
        ("https://[::1]/", Problem::PrivateAddress),
        ("https://localhost/", Problem::PrivateAddress),
        ("https://169.254.169.254/latest/meta-data", Problem::PrivateAddress),
        ("http://example.com/", Problem::NotHttps),
    ] {
        let newcomer = Newcomer { url, description: "", topics: &topics };
        let refused = webhooks::add(engine, &admin, newcomer).await;
        assert_eq!(refusal(refused), Refusal::invalid("url", problem), "{url}");
    }
    // Saved as public, and private since: by its name, or because the deployment chose otherwise.
    let newcomer = Newcomer { url: "https://1.1.1.1/", description: "", topics: &topics };
    let (id, _) = webhooks::add(engine, &admin, newcomer).await.unwrap();
    let mut listener = Listener::open().await;
    let port = listener.url.split(':').nth(2).unwrap().to_owned();
    for (url, problem) in [
        (format!("https://localhost:{port}"), "private_address"),
        (format!("https://127.0.0.1:{port}"), "private_address"),
        (format!("http://127.0.0.1:{port}"), "private_address"),
    ] {
        let moved = format!("UPDATE webhooks SET url = '{url}'");
        use sea_orm::ConnectionTrait;
        engine.migration_connection().execute_unprepared(&moved).await.unwrap();
        let test = webhooks::send_test(engine, &admin, id).await.unwrap();
        engine.clock().advance(TimeDelta::days(2));
        send(engine).await;
        // Of an endpoint that fails one is tried at a time.
        while send(engine).await > 0 {}
        let log = log(engine, id, Show::Failed).await;
        let failed = log.iter().find(|delivery| delivery.id == test).unwrap();
        assert_eq!((failed.status, failed.problem.as_deref()), (None, Some(problem)), "{url}");
    }
    assert!(!listener.has_more());
}

async fn both_secrets_sign_while_one_is_replaced(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, old) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let admin = admin(&engine).await;
    let new = webhooks::rotate(&engine, &admin, id).await.unwrap();
    assert_ne!(old, new);
    let until = engine.now() + TimeDelta::hours(24);
    assert_eq!(read(&engine, id).await.rotating_until, Some(until));
    for (hours, is_signed_with_old) in [(23, true), (1, false)] {
        engine.clock().advance(TimeDelta::hours(hours));
        webhooks::send_test(&engine, &admin, id).await.unwrap();
        assert_eq!(send(&engine).await, 1);
        let received = listener.next().await;
        assert!(received.is_signed_with(&new));
        assert_eq!(received.is_signed_with(&old), is_signed_with_old);
    }
    assert_eq!(read(&engine, id).await.rotating_until, None);
    close(engine).await;
}

async fn a_delivery_is_replayed_under_the_same_id(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    send(&engine).await;
    let delivery = only(&engine, id).await;
    let admin = admin(&engine).await;
    assert_eq!(webhooks::replay(&engine, &admin, delivery.id).await.unwrap(), id);
    let waiting = only(&engine, id).await;
    assert_eq!((waiting.state, waiting.attempts), (State::Waiting, 0));
    assert_eq!(send(&engine).await, 1);
    let (first, again) = (listener.next().await, listener.next().await);
    assert_eq!((first.id(), &first.body), (again.id(), &again.body));
    assert_eq!(only(&engine, id).await.state, State::Delivered);
    let unknown = DeliveryId(uuid::Uuid::nil());
    assert!(matches!(webhooks::replay(&engine, &admin, unknown).await, Err(Error::Missing)));
    close(engine).await;
}

async fn a_test_reaches_whoever_listens(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, secret) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let admin = admin(&engine).await;
    webhooks::send_test(&engine, &admin, id).await.unwrap();
    assert_eq!(send(&engine).await, 1);
    let received = listener.next().await;
    assert_eq!(received.json()["type"], "webhook.test");
    assert!(received.is_signed_with(&secret));
    assert_eq!(received.json()["data"]["webhook"], id.to_string());
    close(engine).await;
}

async fn an_endpoint_that_is_off_waits_and_misses_what_happens(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let admin = admin(&engine).await;
    let template = claimed(&engine).await.revision.template;
    dispatch(&engine).await;
    webhooks::switch(&engine, &admin, id, false).await.unwrap();
    webhooks::switch(&engine, &admin, id, false).await.unwrap();
    assert_eq!(read(&engine, id).await.off, Some(Off::Admin));
    assert_eq!(send(&engine).await, 0);
    claim(&engine, &shopper("mei"), template).await.unwrap();
    assert_eq!(dispatch(&engine).await, 0);
    let test = webhooks::send_test(&engine, &admin, id).await;
    assert_eq!(refusal(test), Refusal::StateConflict { state: "off".to_owned() });
    settled(&engine).await;
    webhooks::switch(&engine, &admin, id, true).await.unwrap();
    assert_eq!(dispatch(&engine).await, 0);
    claim(&engine, &shopper("bo"), template).await.unwrap();
    assert_eq!(dispatch(&engine).await, 1);
    assert_eq!(send(&engine).await, 2);
    let (one, other) = (listener.next().await.json(), listener.next().await.json());
    let told: BTreeSet<_> =
        [&one, &other].iter().map(|it| it["data"]["shopper"].to_string()).collect();
    assert_eq!(told, BTreeSet::from(["\"bo\"".to_owned(), "\"lin\"".to_owned()]));
    let recorded = "SELECT count(*) FROM changes WHERE subject_kind = 'webhook'
        AND action IN ('switched_on', 'switched_off')";
    assert_eq!(number(&engine, recorded).await, 2);
    close(engine).await;
}

async fn a_deleted_endpoint_leaves_nothing(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    let admin = admin(&engine).await;
    webhooks::delete(&engine, &admin, id).await.unwrap();
    assert_eq!(send(&engine).await, 0);
    let viewer = operator(&engine, Role::Viewer).await;
    assert!(webhooks::list(&engine, &viewer).await.unwrap().is_empty());
    assert!(matches!(webhooks::read(&engine, &viewer, id).await, Err(Error::Missing)));
    assert!(matches!(webhooks::delete(&engine, &admin, id).await, Err(Error::Missing)));
    assert!(matches!(webhooks::switch(&engine, &admin, id, true).await, Err(Error::Missing)));
    assert_eq!(number(&engine, "SELECT count(*) FROM webhooks WHERE secret <> ''").await, 0);
    assert_eq!(webhooks::sweep(&engine, System, 10).await.unwrap(), 1);
    assert_eq!(webhooks::sweep(&engine, System, 10).await.unwrap(), 0);
    assert_eq!(number(&engine, "SELECT count(*) FROM webhooks").await, 0);
    assert_eq!(number(&engine, "SELECT count(*) FROM deliveries").await, 0);
    close(engine).await;
}

async fn what_ended_a_month_ago_is_removed(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["coupon.claimed", "coupon.expired"]).await;
    claimed(&engine).await;
    dispatch(&engine).await;
    send(&engine).await;
    engine.clock().advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert_eq!(webhooks::sweep(&engine, System, 10).await.unwrap(), 0);
    // What waits is not removed, however old.
    sweeps::expire_due(&engine, System, 10).await.unwrap();
    assert_eq!(dispatch(&engine).await, 1);
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(webhooks::sweep(&engine, System, 10).await.unwrap(), 1);
    assert_eq!(only(&engine, id).await.topic, "coupon.expired");
    close(engine).await;
}

async fn what_is_wrong_with_an_endpoint_is_told_field_by_field(store: Store) {
    let engine = &store.engine;
    let admin = admin(engine).await;
    let long = "名".repeat(201);
    let none = BTreeSet::new();
    let newcomer = Newcomer { url: "example.com", description: &long, topics: &none };
    let refused = webhooks::add(engine, &admin, newcomer).await;
    let Refusal::Invalid { fields } = refusal(refused) else { panic!() };
    let fields: Vec<_> = fields.iter().map(|e| (e.field.as_str(), &e.problem)).collect();
    let expected = [
        ("url", &Problem::NotAUrl),
        ("description", &Problem::TooLong { max: 200 }),
        ("topics", &Problem::Required),
    ];
    assert_eq!(fields, expected);
}

async fn no_secret_shows_anywhere(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, old) = add(&engine, &listener.url, &["coupon.claimed"]).await;
    let admin: Admin = admin(&engine).await;
    let new = webhooks::rotate(&engine, &admin, id).await.unwrap();
    webhooks::delete(&engine, &admin, id).await.unwrap();
    for secret in [old, new] {
        let (_, key) = secret.split_at("whsec_".len());
        let ask =
            format!("SELECT count(*) FROM changes WHERE old LIKE '%{key}%' OR new LIKE '%{key}%'");
        assert_eq!(number(&engine, &ask).await, 0);
    }
    let actions = "SELECT count(*) FROM changes WHERE subject_kind = 'webhook'
        AND action IN ('added', 'secret_rotated', 'deleted')";
    assert_eq!(number(&engine, actions).await, 3);
    close(engine).await;
}

/// A template that opens in an hour.
async fn opens_in_an_hour(engine: &Engine) -> TemplateId {
    let window = Window { from: Some(noon() + TimeDelta::hours(1)), until: None };
    live(engine, Draft { claim_window: window, ..draft() }).await.id
}

async fn asks(engine: &Engine, name: &str, template: TemplateId) {
    offers::remind(engine, &shopper(name), template, &Via::default(), true).await.unwrap();
}

async fn remind(engine: &Engine) -> usize {
    webhooks::remind(engine, System, 500).await.unwrap()
}

async fn an_opening_is_told_once_shortly_before_to_whoever_asked(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["reminder.opening"]).await;
    add(&engine, &listener.url, &["reminder.expiry"]).await;
    let template = opens_in_an_hour(&engine).await;
    for name in ["mei", "bo", "lin"] {
        asks(&engine, name, template).await;
    }
    let no_longer = shopper("lin");
    offers::remind(&engine, &no_longer, template, &Via::default(), false).await.unwrap();
    engine.clock().set(noon() + TimeDelta::seconds(50 * 60 - 1));
    assert_eq!(remind(&engine).await, 0);
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(webhooks::remind(&engine, System, 1).await.unwrap(), 1, "there is more to do");
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    assert_eq!(log(&engine, id, Show::All).await.len(), 2);
    send(&engine).await;
    let told = [listener.next().await.json(), listener.next().await.json()];
    let shoppers: BTreeSet<_> =
        told.iter().filter_map(|it| it["data"]["shopper"].as_str()).collect();
    assert_eq!(shoppers, BTreeSet::from(["bo", "mei"]));
    for told in &told {
        assert_eq!(
            (&told["type"], &told["data"]["coupon"]),
            (&"reminder.opening".into(), &Value::Null)
        );
        assert_eq!(told["timestamp"], "2026-03-02T04:50:00Z");
        assert_eq!(told["data"]["opens_at"], "2026-03-02T05:00:00Z");
        assert_eq!(told["data"]["template"], template.to_string());
    }
    assert!(!listener.has_more(), "who wants to be told of ends alone hears nothing of openings");
    close(engine).await;
}

async fn an_opening_that_was_moved_is_told_again_to_whoever_asks_again(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["reminder.opening"]).await;
    let template = opens_in_an_hour(&engine).await;
    let is_reminded = async || {
        let (mei, via) = (shopper("mei"), Via::default());
        offers::card(&engine, Some(&mei), template, &via).await.unwrap().is_reminded
    };
    for name in ["mei", "bo"] {
        asks(&engine, name, template).await;
    }
    engine.clock().set(noon() + TimeDelta::minutes(55));
    assert!(is_reminded().await);
    assert_eq!(remind(&engine).await, 2);
    let window = Window { from: Some(noon() + TimeDelta::hours(3)), until: None };
    let moved = Draft { claim_window: window, ..draft() };
    templates::edit(&engine, &editor(&engine).await, template, 1, &moved).await.unwrap();
    assert!(!is_reminded().await);
    asks(&engine, "mei", template).await;
    assert!(is_reminded().await);
    engine.clock().set(noon() + TimeDelta::minutes(175));
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    assert_eq!(log(&engine, id, Show::All).await.len(), 3);
    close(engine).await;
}

async fn the_end_of_a_coupon_is_told_once_to_whoever_asked(store: Store) {
    let engine = private(&store).await;
    let mut listener = Listener::open().await;
    add(&engine, &listener.url, &["reminder.expiry"]).await;
    let template = live(&engine, draft()).await;
    let (mei, bo) = (shopper("mei"), shopper("bo"));
    let coupon = claim(&engine, &mei, template.id).await.unwrap();
    claim(&engine, &bo, template.id).await.unwrap();
    let foreign = wallet::remind(&engine, &bo, coupon.code, true).await;
    assert!(matches!(foreign, Err(Error::Missing)));
    for is_wanted in [true, false, true, true] {
        wallet::remind(&engine, &mei, coupon.code, is_wanted).await.unwrap();
        assert_eq!(wallet::is_reminded(&engine, &coupon).await.unwrap(), is_wanted);
    }
    let due_at = wallet::reminder_at(&coupon, engine.now()).unwrap();
    assert_eq!(Some(due_at), coupon.valid_until.map(|until| until - TimeDelta::days(1)));
    engine.clock().set(due_at - TimeDelta::seconds(1));
    assert!(wallet::reminders(&engine, &mei).await.unwrap().is_empty());
    assert_eq!(remind(&engine).await, 0);
    engine.clock().set(due_at);
    let soon = wallet::reminders(&engine, &mei).await.unwrap();
    assert_eq!(soon.iter().map(|coupon| coupon.code).collect::<Vec<_>>(), [coupon.code]);
    assert_eq!(wallet::reminder_at(&coupon, engine.now()), None, "too late to ask");
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    assert_eq!(send(&engine).await, 1);
    let told = listener.next().await.json();
    assert_eq!(told["type"], "reminder.expiry");
    let data = &told["data"];
    assert_eq!((&data["shopper"], &data["coupon"]), (&"mei".into(), &coupon.code.as_str().into()));
    assert_eq!(data["template"], template.id.to_string());
    assert_eq!(data["valid_until"], serde_json::to_value(coupon.valid_until).unwrap());
    engine.clock().advance(TimeDelta::days(2));
    assert!(wallet::reminders(&engine, &mei).await.unwrap().is_empty());
    assert_eq!(wallet::sweep_reminders(&engine, 10).await.unwrap(), 1);
    close(engine).await;
}

async fn the_end_of_a_coupon_that_was_on_hold_is_told_once_it_is_free(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["reminder.expiry"]).await;
    let coupon = claimed(&engine).await;
    wallet::remind(&engine, &shopper("lin"), coupon.code, true).await.unwrap();
    let guardian = guardian(&engine).await;
    let act = async |action| {
        coupons::act(&engine, &guardian, coupon.code, action, "it looked odd").await.unwrap();
    };
    act(OnCoupon::Hold).await;
    engine.clock().set(wallet::reminder_at(&coupon, engine.now()).unwrap());
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0), "it is looked at again");
    act(OnCoupon::Free).await;
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    assert_eq!(log(&engine, id, Show::All).await.len(), 1);
    close(engine).await;
}

async fn a_coupon_that_is_of_no_use_any_more_is_told_to_nobody(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let (id, _) = add(&engine, &listener.url, &["reminder.expiry"]).await;
    let coupon = claimed(&engine).await;
    wallet::remind(&engine, &shopper("lin"), coupon.code, true).await.unwrap();
    let held = lock(&engine, &shopper("lin"), "o-1", &[coupon.code]).await.unwrap();
    redeem(&engine, &held, "p-1").await.unwrap();
    engine.clock().set(wallet::reminder_at(&coupon, engine.now()).unwrap());
    assert!(wallet::reminders(&engine, &shopper("lin")).await.unwrap().is_empty());
    assert_eq!((remind(&engine).await, remind(&engine).await), (1, 0));
    assert!(log(&engine, id, Show::All).await.is_empty());
    close(engine).await;
}

async fn two_nodes_at_once_tell_a_reminder_once(store: Store) {
    let engine = private(&store).await;
    let listener = Listener::open().await;
    let topics = ["reminder.opening", "reminder.expiry"];
    let (id, _) = add(&engine, &listener.url, &topics).await;
    let template = opens_in_an_hour(&engine).await;
    let open = live(&engine, draft()).await;
    for n in 0..20 {
        let name = format!("shopper-{n}");
        asks(&engine, &name, template).await;
        let coupon = claim(&engine, &shopper(&name), open.id).await.unwrap();
        wallet::remind(&engine, &shopper(&name), coupon.code, true).await.unwrap();
    }
    for later in [TimeDelta::hours(1), TimeDelta::days(7) - TimeDelta::hours(20)] {
        engine.clock().set(noon() + later);
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move { webhooks::remind(&engine, System, 7).await.unwrap() })
            })
            .collect();
        for node in nodes {
            node.await.unwrap();
        }
        while remind(&engine).await > 0 {}
    }
    let mut told: Vec<_> =
        log(&engine, id, Show::All).await.into_iter().map(|it| it.topic).collect();
    told.sort();
    let both = [vec!["reminder.expiry"; 20], vec!["reminder.opening"; 20]].concat();
    assert_eq!(told, both);
    close(engine).await;
}
