//! What the payment center tells, in whatever order it comes and however often. Each thing is
//! written down once, in the transaction of its effect; what cannot have one yet waits for it.
//!
//! | told of | effect | waits | before ops |
//! |---|---|---|---|
//! | a payment | the order's lock is redeemed | for its order | `unknown_order`, `paid_twice` |
//! | a refund | lines are given back | for its order, for its payment | `unknown_order`, `refund_without_payment`, `refund_unmatched`, `refund_refused` |
//! | a cancelled payment | the order's lock is released | | `unknown_order` |
//!
//! What has come right by itself is taken from ops again. What the center has signed and nobody here can
//! read is before ops too, as `unreadable_callback`.

use chrono::TimeDelta;
use domain::actor::{System, Till};
use domain::lock::LockState;
use domain::returns::Request;
use domain::{OrderRef, PaymentRef, RefundRef, Time};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ending::try_to_release;
use super::paying::try_to_redeem;
use super::returning::try_to_give_back;
use super::{Lock, Redemption, lock_of, redemption_of};
use crate::clock::time;
use crate::entity::callback;
use crate::settings::Secret;
use crate::signature::{self, Flaw};
use crate::store::{exceptions, fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// How long a refund may be ahead of its payment before a person should know of it.
const AHEAD: TimeDelta = TimeDelta::hours(1);
/// How long the sweep looks whether an order has become known. After that it is ops' alone.
const LOOKED_AFTER: TimeDelta = TimeDelta::days(1);

/// Something the payment center tells of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The order.
    pub order: OrderRef,
    /// The payment it is about.
    pub payment: PaymentRef,
    /// What has become of it.
    pub told: Told,
}

/// What has become of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The money is there.
    Paid,
    /// It will not come: the order gives its coupons back.
    Canceled,
    /// Some of it, or all that was left, went back.
    Refunded {
        /// By which refund.
        refund: RefundRef,
        /// For what.
        request: Request,
    },
}

impl Told {
    /// The word in the store and on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Paid => "payment.succeeded",
            Self::Canceled => "payment.canceled",
            Self::Refunded { .. } => "refund.succeeded",
        }
    }
}

impl Callback {
    /// What names it among others of its kind.
    fn reference(&self) -> &str {
        match &self.told {
            Told::Refunded { refund, .. } => refund.as_str(),
            Told::Paid | Told::Canceled => self.payment.as_str(),
        }
    }
}

/// What a callback brings beside its body, as Standard Webhooks has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `webhook-id`
    pub id: String,
    /// `webhook-timestamp`: seconds since the epoch.
    pub timestamp: String,
    /// `webhook-signature`: one or several, with a space between.
    pub signature: String,
}

/// The payment center; only [`verify`] knows it.
#[derive(Debug)]
pub struct Center(());

/// The payment center, if it has signed this body within five minutes of now. None where its
/// signature is wrong, old or missing, or no secret is agreed upon; the log says which.
pub fn verify(engine: &Engine, envelope: &Envelope, body: &[u8]) -> Option<Center> {
    let Envelope { id, timestamp, signature } = envelope;
    let verified = match engine.payment_secret() {
        None => Err(Flaw::NoSecret),
        Some(secret) => signature::verify(secret, id, timestamp, signature, body, engine.now()),
    };
    match verified {
        Ok(()) => Some(Center(())),
        Err(flaw) => {
            tracing::warn!(cause = %flaw, "a payment callback was refused");
            None
        }
    }
}

/// Signs a body as the payment center does: for the stand-in of it. Where no secret is agreed upon,
/// this process makes one that it alone knows.
pub fn sign(engine: &Engine, body: &[u8]) -> Envelope {
    let secret = match &engine.settings().payment_secret {
        Some(secret) => secret,
        None => engine.0.stand_in_secret.get_or_init(Secret::random),
    };
    let now = engine.now();
    let (id, sent_at) = (format!("msg_{}", fresh_id(now).simple()), now.timestamp());
    let signature = signature::sign(secret, &id, sent_at, body);
    Envelope { id, timestamp: sent_at.to_string(), signature }
}

impl Engine {
    /// What callbacks are held against.
    fn payment_secret(&self) -> Option<&Secret> {
        self.settings().payment_secret.as_ref().or_else(|| self.0.stand_in_secret.get())
    }
}

/// Takes down what the payment center tells and does what follows from it. Told again it changes
/// nothing, but may find that what it waited for has come. Nothing it tells is refused: it has happened. What the rules cannot follow is put before
/// ops.
pub async fn receive(engine: &Engine, _: &Center, callback: &Callback) -> Result<()> {
    engine
        .transact(None, |tx| async move {
            write_down(&tx, callback, engine.now()).await?;
            Ok(settle_in_turn(engine, &tx, &callback.order).await?.map(|_| ()))
        })
        .await
}

/// How much of a callback that does not read is shown, in bytes.
const SHOWN: usize = 2_000;

/// Puts before ops what the payment center has told and nobody here can read, and why not: it has
/// happened, and the center stops telling it some day. The same message again is one.
pub async fn not_read(
    engine: &Engine,
    _: &Center,
    envelope: &Envelope,
    body: &[u8],
    why: &str,
) -> Result<()> {
    let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    let data = json!({ "message": envelope.id, "why": why, "body": shown });
    let now = engine.now();
    let tx = engine.begin().await?;
    exceptions::raise_once(&tx, "unreadable_callback", &envelope.id, &data, now).await?;
    tx.commit().await
}

/// Settles what waits of orders that have become known or paid, at most so many orders at a time,
/// and puts refunds before ops whose payment is long in coming. Answers how many callbacks were
/// settled. For the worker.
pub async fn settle_due(engine: &Engine, _: System, limit: u32) -> Result<usize> {
    // Joined, PostgreSQL would go on to read all locks where it planned on an empty table.
    const DUE: &str = "SELECT DISTINCT order_ref FROM (
            SELECT order_ref, kind, exception, received_at, (SELECT locks.state FROM locks
                WHERE locks.bucket = callbacks.bucket AND locks.order_ref = callbacks.order_ref)
                AS lock
            FROM callbacks WHERE state = 'waiting' AND received_at > $1
        ) AS waiting
        WHERE lock = 'redeemed'
            OR (lock IS NOT NULL AND kind = 'payment.succeeded')
            OR (exception IS NULL AND received_at <= $2)
        LIMIT $3";
    let (db, now) = (engine.reader(), engine.now());
    let values = [
        (now - LOOKED_AFTER).timestamp_micros().into(),
        (now - AHEAD).timestamp_micros().into(),
        i64::from(limit).into(),
    ];
    let mut settled = 0;
    for row in db.query_all_raw(sql(db, DUE, values)).await? {
        let order: String = row.try_get("", "order_ref")?;
        let order = &OrderRef::new(order).map_err(|_| oddly())?;
        let done =
            engine.transact(None, |tx| async move { settle_in_turn(engine, &tx, order).await });
        match done.await {
            Ok(done) => settled += done,
            // One order that cannot be settled must not keep the others waiting behind it.
            Err(error) => tracing::error!(%order, %error, "a callback was not settled"),
        }
    }
    Ok(settled)
}

/// A callback as it is written down.
#[derive(Debug)]
struct Kept {
    callback: Callback,
    received_at: Time,
    /// What ops was shown of it.
    exception: Option<Uuid>,
}

/// Where a callback is left.
#[derive(Debug)]
enum Verdict {
    /// It has had its effect, or needs none.
    Settled,
    /// Its order or its payment has yet to come. Where a person should know, why.
    Waits(Option<Cause>),
    /// The rules cannot follow it: a person decides.
    Refused(Cause),
    /// It has had no effect and never will, and a person should know.
    Void(Cause),
}

/// What is put before ops.
#[derive(Debug)]
struct Cause {
    kind: &'static str,
    /// The redemption, or the order where there is none.
    subject: String,
    more: Value,
}

impl Cause {
    fn of_order(kind: &'static str, callback: &Callback) -> Self {
        Self { kind, subject: callback.order.to_string(), more: json!({}) }
    }

    fn of(kind: &'static str, redemption: &Redemption, mut more: Value) -> Self {
        more["shopper"] = json!(redemption.shopper);
        Self { kind, subject: redemption.id.to_string(), more }
    }
}

/// What is known already stays as it is, also of two at the same moment.
async fn write_down(tx: &Tx, callback: &Callback, now: Time) -> Result<()> {
    const WRITE: &str = "INSERT INTO callbacks
            (bucket, order_ref, kind, reference, payment, requested, state, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7) ON CONFLICT DO NOTHING";
    let requested = match &callback.told {
        Told::Refunded { request, .. } => Some(serde_json::to_string(request)?),
        Told::Paid | Told::Canceled => None,
    };
    let [bucket, order, kind, reference] = key(callback);
    let values = [
        bucket,
        order,
        kind,
        reference,
        callback.payment.as_str().into(),
        requested.into(),
        now.timestamp_micros().into(),
    ];
    tx.execute_raw(sql(tx, WRITE, values)).await?;
    Ok(())
}

/// Settles what waits of an order, once its lock's row is ours: what others write down of it
/// meanwhile is then read, or finds what we have done.
async fn settle_in_turn(engine: &Engine, tx: &Tx, order: &OrderRef) -> Result<Option<usize>> {
    lock_of(tx, order, true).await?;
    settle(engine, tx, order).await
}

/// Settles what waits of an order whose lock's row is ours, as far as it can be: payments before
/// refunds. Answers how many were, and `None` where a row was no longer as it had been read.
pub(super) async fn settle(engine: &Engine, tx: &Tx, order: &OrderRef) -> Result<Option<usize>> {
    let now = engine.now();
    let mut settled = 0;
    for kept in waiting(tx, order).await? {
        let Some(verdict) = judge(engine, tx, &kept, now).await? else { return Ok(None) };
        settled += usize::from(matches!(verdict, Verdict::Settled));
        note(tx, &kept, verdict, now).await?;
    }
    Ok(Some(settled))
}

/// Does what a callback tells, where that can be done.
async fn judge(engine: &Engine, tx: &Tx, kept: &Kept, now: Time) -> Result<Option<Verdict>> {
    let callback = &kept.callback;
    let Some(lock) = lock_of(tx, &callback.order, true).await? else {
        let cause = Cause::of_order("unknown_order", callback);
        return Ok(Some(match callback.told {
            // A lock made later is for another payment.
            Told::Canceled => Verdict::Void(cause),
            Told::Paid | Told::Refunded { .. } => Verdict::Waits(Some(cause)),
        }));
    };
    match &callback.told {
        Told::Paid => pay(engine, tx, lock, &callback.payment, now).await,
        Told::Canceled => {
            if lock.state == LockState::Active {
                try_to_release(engine, tx, &Till::System(System), lock.id).await?;
            }
            Ok(Some(Verdict::Settled))
        }
        Told::Refunded { refund, request } => {
            refunded(engine, tx, &lock, kept, refund, request, now).await.map(Some)
        }
    }
}

async fn pay(
    engine: &Engine,
    tx: &Tx,
    lock: Lock,
    payment: &PaymentRef,
    now: Time,
) -> Result<Option<Verdict>> {
    if let Some(paid) = redemption_of(tx, &lock, false).await?
        && paid.payment != *payment
    {
        if refunds_of_second_payment(tx, &lock.order, payment, now).await? {
            return Ok(Some(Verdict::Settled));
        }
        let more = json!({ "paid_by": paid.payment });
        return Ok(Some(Verdict::Refused(Cause::of("paid_twice", &paid, more))));
    }
    Ok(try_to_redeem(engine, tx, lock, payment).await?.map(|_| Verdict::Settled))
}

async fn refunded(
    engine: &Engine,
    tx: &Tx,
    lock: &Lock,
    kept: &Kept,
    refund: &RefundRef,
    request: &Request,
    now: Time,
) -> Result<Verdict> {
    let callback = &kept.callback;
    let Some(paid) = redemption_of(tx, lock, true).await? else {
        let is_long_ahead = kept.received_at + AHEAD <= now;
        let cause = is_long_ahead.then(|| Cause::of_order("refund_without_payment", callback));
        return Ok(Verdict::Waits(cause));
    };
    if paid.payment != callback.payment {
        if second_payment(tx, callback, now).await? {
            return Ok(Verdict::Settled);
        }
        let more = json!({ "paid_by": paid.payment });
        return Ok(Verdict::Refused(Cause::of("refund_unmatched", &paid, more)));
    }
    // What it refuses it has not begun to write.
    match try_to_give_back(engine, tx, &Till::System(System), lock.id, refund, request).await {
        Ok(_) => Ok(Verdict::Settled),
        Err(Error::Refused(refusal)) => {
            let more = json!({ "refusal": refusal, "requested": request });
            Ok(Verdict::Refused(Cause::of("refund_refused", &paid, more)))
        }
        Err(error) => Err(error),
    }
}

/// Whether refunds of a second payment of an order were told before it: together they come to
/// nothing, and ops need not look at either.
async fn refunds_of_second_payment(
    tx: &Tx,
    order: &OrderRef,
    payment: &PaymentRef,
    now: Time,
) -> Result<bool> {
    const MATCH: &str = "UPDATE callbacks SET state = 'settled'
        WHERE bucket = $1 AND order_ref = $2 AND kind = 'refund.succeeded' AND payment = $3
        AND state = 'refused' RETURNING exception";
    let values = [bucket(order), order.as_str().into(), payment.as_str().into()];
    let matched = tx.query_all_raw(sql(tx, MATCH, values)).await?;
    for row in &matched {
        if let Some(exception) = row.try_get("", "exception")? {
            exceptions::resolve(tx, exception, now).await?;
        }
    }
    Ok(!matched.is_empty())
}

/// Whether a refund is of a second payment of its order, which ops then need not look at.
async fn second_payment(tx: &Tx, refund: &Callback, now: Time) -> Result<bool> {
    const MATCH: &str = "UPDATE callbacks SET state = 'settled'
        WHERE bucket = $1 AND order_ref = $2 AND kind = 'payment.succeeded' AND reference = $3
        RETURNING exception";
    let order = &refund.order;
    let values = [bucket(order), order.as_str().into(), refund.payment.as_str().into()];
    let Some(row) = tx.query_one_raw(sql(tx, MATCH, values)).await? else { return Ok(false) };
    if let Some(exception) = row.try_get("", "exception")? {
        exceptions::resolve(tx, exception, now).await?;
    }
    Ok(true)
}

/// Writes down where a callback is left, and keeps ops' list in step with it.
async fn note(tx: &Tx, kept: &Kept, verdict: Verdict, now: Time) -> Result<()> {
    let (state, cause) = match verdict {
        Verdict::Settled => ("settled", None),
        Verdict::Void(cause) => ("settled", Some(cause)),
        Verdict::Refused(cause) => ("refused", Some(cause)),
        // It is left as it was, and ops knows what there is to know.
        Verdict::Waits(None) => return Ok(()),
        Verdict::Waits(_) if kept.exception.is_some() => return Ok(()),
        Verdict::Waits(cause) => ("waiting", cause),
    };
    if let Some(shown) = kept.exception {
        exceptions::resolve(tx, shown, now).await?;
    }
    let mut exception = kept.exception;
    if let Some(cause) = cause {
        exception = Some(raise(tx, &kept.callback, cause, now).await?);
    }
    const NOTE: &str = "UPDATE callbacks SET state = $5, exception = $6
        WHERE bucket = $1 AND order_ref = $2 AND kind = $3 AND reference = $4
        AND state = 'waiting'";
    let [bucket, order, kind, reference] = key(&kept.callback);
    let values = [bucket, order, kind, reference, state.into(), exception.into()];
    if tx.execute_raw(sql(tx, NOTE, values)).await?.rows_affected() != 1 {
        return Err(Fault::passing("a callback was settled while it was being settled").into());
    }
    Ok(())
}

async fn raise(tx: &Tx, callback: &Callback, cause: Cause, now: Time) -> Result<Uuid> {
    let mut data = json!({
        "type": callback.told.as_str(),
        "order": callback.order,
        "payment": callback.payment,
    });
    if let Told::Refunded { refund, .. } = &callback.told {
        data["refund"] = json!(refund);
    }
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), cause.more) {
        data.extend(more);
    }
    exceptions::raise(tx, cause.kind, &cause.subject, &data, now).await
}

/// What waits of an order: payments first, then in the order in which it came.
async fn waiting(tx: &Tx, order: &OrderRef) -> Result<Vec<Kept>> {
    const READ: &str = "SELECT * FROM callbacks
        WHERE bucket = $1 AND order_ref = $2 AND state = 'waiting' ORDER BY kind, received_at";
    let read = sql(tx, READ, [bucket(order), order.as_str().into()]);
    let rows = callback::Entity::find().from_raw_sql(read).all(tx).await?;
    rows.into_iter().map(|row| fill(row, order)).collect()
}

fn fill(row: callback::Model, order: &OrderRef) -> Result<Kept> {
    let told = match row.kind.as_str() {
        "payment.succeeded" => Told::Paid,
        "payment.canceled" => Told::Canceled,
        "refund.succeeded" => Told::Refunded {
            refund: RefundRef::new(row.reference).map_err(|_| oddly())?,
            request: serde_json::from_str(&row.requested.ok_or_else(oddly)?)?,
        },
        _ => return Err(oddly().into()),
    };
    let payment = PaymentRef::new(row.payment).map_err(|_| oddly())?;
    let callback = Callback { order: order.clone(), payment, told };
    Ok(Kept { callback, received_at: time(row.received_at), exception: row.exception })
}

fn key(callback: &Callback) -> [sea_orm::Value; 4] {
    let kind = callback.told.as_str();
    let order = &callback.order;
    [bucket(order), order.as_str().into(), kind.into(), callback.reference().into()]
}

fn bucket(order: &OrderRef) -> sea_orm::Value {
    i64::from(order.bucket().number()).into()
}

fn oddly() -> Fault {
    Fault::new("a callback reads oddly")
}
