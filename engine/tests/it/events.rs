//! The ledger's one reader: nothing is skipped, nothing comes twice.

use domain::actor::{Reading, System, Till};
use domain::coupon::{Kind, State};
use domain::{Code, Money, RefundRef};
use engine::events::{self, Cursor, Event, Filter, Part};
use engine::{Engine, redemption};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};

use crate::cast::{claim, draft, live, lock, partner, redeem, shopper, yuan};
use crate::stores::{Store, on_both_stores, settled};

on_both_stores![
    the_ledger_is_told_in_order_and_in_parts,
    a_filter_tells_what_is_asked_for,
    what_is_seldom_there_is_looked_for_in_bounded_steps,
    a_row_that_commits_late_is_never_skipped,
];

/// Everything a filter asks for, in one part.
async fn all(engine: &Engine, filter: &Filter) -> Vec<Event> {
    settled(engine).await;
    let part = part(engine, None, filter, events::MOST).await;
    assert_eq!(part.next, None, "it comes to the end");
    part.events
}

async fn part(engine: &Engine, cursor: Option<Cursor>, filter: &Filter, limit: u32) -> Part {
    events::read(engine, &partner::<Reading>(), cursor, filter, limit).await.unwrap()
}

fn kinds(events: &[Event]) -> Vec<Kind> {
    events.iter().map(|event| event.kind).collect()
}

/// An order of Mei's is paid with a coupon and refunded.
async fn paid_and_refunded(engine: &Engine) -> Code {
    let template = live(engine, draft()).await;
    let mei = shopper("mei");
    let code = claim(engine, &mei, template.id).await.unwrap().code;
    let locked = lock(engine, &mei, "order", &[code]).await.unwrap();
    redeem(engine, &locked, "payment").await.unwrap();
    let (refund, all) = (RefundRef::new("r").unwrap(), domain::returns::Request { lines: None });
    let till = Till::System(System);
    redemption::give_back(engine, &till, locked.id, &refund, &all).await.unwrap();
    code
}

const LIFE: [Kind; 5] =
    [Kind::Claimed, Kind::Locked, Kind::Redeemed, Kind::Returned, Kind::Restored];

async fn the_ledger_is_told_in_order_and_in_parts(store: Store) {
    let engine = &store.engine;
    let code = paid_and_refunded(engine).await;
    let whole = all(engine, &Filter::default()).await;
    assert_eq!(kinds(&whole), LIFE);
    let redeemed = &whole[2];
    assert_eq!((redeemed.coupon, redeemed.state), (code, State::Redeemed));
    assert_eq!(redeemed.order.as_ref().map(|order| order.as_str()), Some("order"));
    assert_eq!((redeemed.amount, whole[0].amount), (yuan(20), Money::ZERO));
    let mut parts = Vec::new();
    loop {
        let cursor = parts.last().map(|last: &Event| last.id);
        let part = events::after(engine, cursor, 2).await.unwrap();
        assert!(part.len() <= 2);
        if part.is_empty() {
            break;
        }
        parts.extend(part);
    }
    assert_eq!(parts, whole);
    let same = whole[1].id.to_string().parse().unwrap();
    let rest = events::after(engine, Some(same), 9).await.unwrap();
    assert_eq!(rest, whole[2..], "an id says where to go on, also as text");
}

async fn a_filter_tells_what_is_asked_for(store: Store) {
    let engine = &store.engine;
    let code = paid_and_refunded(engine).await;
    let other = live(engine, draft()).await.id;
    claim(engine, &shopper("bo"), other).await.unwrap();
    let of_template = Filter { template: Some(other), ..Filter::default() };
    assert_eq!(kinds(&all(engine, &of_template).await), [Kind::Claimed]);
    let of_mei = Filter { shopper: Some(shopper("mei").id), ..Filter::default() };
    let told = all(engine, &of_mei).await;
    assert_eq!(kinds(&told), LIFE);
    assert!(told.iter().all(|event| event.coupon == code));
    let kinds_of = Filter { kinds: vec![Kind::Claimed, Kind::Redeemed], ..Filter::default() };
    let told = all(engine, &kinds_of).await;
    assert_eq!(kinds(&told), [Kind::Claimed, Kind::Redeemed, Kind::Claimed]);
    let none = Filter { shopper: Some(shopper("lin").id), ..Filter::default() };
    assert_eq!(all(engine, &none).await, []);
    let both = Filter { template: Some(other), ..of_mei };
    assert_eq!(all(engine, &both).await, [], "all that is said has to hold");
    // Also in parts that come out even.
    for filter in [Filter::default(), of_template, kinds_of, Filter { template: None, ..both }] {
        let (whole, mut parts, mut cursor) = (all(engine, &filter).await, Vec::new(), None);
        loop {
            let part = part(engine, cursor, &filter, 1).await;
            parts.extend(part.events);
            cursor = part.next;
            assert_eq!(
                cursor,
                parts.last().map(|last| last.id).filter(|_| parts.len() < whole.len())
            );
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(parts, whole);
    }
}

/// Ten thousand events of one coupon, held and freed over and over.
async fn hold_and_free(engine: &Engine, code: Code) {
    let text = format!(
        "WITH RECURSIVE steps (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM steps WHERE i < 10000)
        INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
        SELECT at, CASE i % 2 WHEN 1 THEN 'held' ELSE 'freed' END, template, revision, bucket,
            coupon, shopper, CASE i % 2 WHEN 1 THEN 'held' ELSE 'available' END
        FROM steps, events WHERE coupon = '{code}' AND kind = 'claimed' ORDER BY i"
    );
    engine.migration_connection().execute_unprepared(&text).await.unwrap();
}

async fn what_is_seldom_there_is_looked_for_in_bounded_steps(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await.id;
    let coupon = claim(engine, &shopper("mei"), template).await.unwrap();
    hold_and_free(engine, coupon.code).await;
    claim(engine, &shopper("bo"), template).await.unwrap();
    settled(engine).await;
    for (template, of_mei) in [(None, false), (Some(template), false), (Some(template), true)] {
        let shopper = of_mei.then(|| shopper("mei").id);
        let claims = Filter { kinds: vec![Kind::Claimed], template, shopper };
        let first = part(engine, None, &claims, 9).await;
        assert_eq!(kinds(&first.events), [Kind::Claimed]);
        let looked_at = first.next.expect("it ends before the ledger does");
        let rest = part(engine, Some(looked_at), &claims, 9).await;
        assert_eq!(rest.events.len(), usize::from(!of_mei));
        assert_eq!(rest.next, None);
        let nothing = Filter { kinds: vec![Kind::Revoked], ..claims };
        let first = part(engine, None, &nothing, 9).await;
        assert_eq!(first, Part { events: vec![], next: Some(looked_at) });
        let rest = part(engine, first.next, &nothing, 9).await;
        assert_eq!(rest, Part { events: vec![], next: None });
    }
    // What an index finds is no search.
    let of_bo = Filter { shopper: Some(shopper("bo").id), ..Filter::default() };
    assert_eq!(kinds(&all(engine, &of_bo).await), [Kind::Claimed]);
}

/// Another step of a coupon's life, in a transaction that is still open.
async fn step(tx: &DatabaseTransaction, code: Code, kind: Kind, state: State) {
    let text = format!(
        "INSERT INTO events (at, kind, template, revision, bucket, coupon, shopper, state)
        SELECT at, '{}', template, revision, bucket, coupon, shopper, '{}' FROM events
        WHERE coupon = '{code}' AND kind = 'claimed'",
        kind.as_str(),
        state.as_str(),
    );
    tx.execute_raw(Statement::from_string(tx.get_database_backend(), text)).await.unwrap();
}

async fn a_row_that_commits_late_is_never_skipped(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let code = claim(engine, &shopper("mei"), template.id).await.unwrap().code;
    let seen = all(engine, &Filter::default()).await;
    let cursor = seen.last().map(|event| event.id);
    let after = async || events::after(engine, cursor, 99).await.unwrap();

    let db = engine.migration_connection();
    let late = db.begin().await.unwrap();
    step(&late, code, Kind::Held, State::Held).await;
    step(&late, code, Kind::Freed, State::Available).await;
    assert_eq!(after().await, [], "what is not committed is not there");
    // SQLite has one writer: nobody can be faster than the one who is writing.
    let is_overtaken = db.get_database_backend() == DbBackend::Postgres;
    if is_overtaken {
        claim(engine, &shopper("bo"), template.id).await.unwrap();
        let count = "SELECT COUNT(*) FROM events";
        assert_eq!(store.number(count).await, 2, "the later one is committed first");
        assert_eq!(after().await, [], "what may still be overtaken is not told");
    }
    late.commit().await.unwrap();
    settled(engine).await;
    let told = after().await;
    let expected: &[Kind] = match is_overtaken {
        true => &[Kind::Held, Kind::Freed, Kind::Claimed],
        false => &[Kind::Held, Kind::Freed],
    };
    assert_eq!(kinds(&told), expected);
    let whole = all(engine, &Filter::default()).await;
    assert_eq!(whole, [seen, told].concat(), "from the beginning the order is the same");
}
