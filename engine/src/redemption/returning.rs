//! An order, or part of it, is refunded.

use std::collections::HashSet;

use domain::actor::Till;
use domain::coupon::{Kind, State};
use domain::lock::LockState;
use domain::returns::{Purchase, Redeemed, Request, Return};
use domain::{Code, LockId, Money, OrderRef, RefundRef, Refusal, TemplateId, Time};
use sea_orm::ConnectionTrait;

use super::{Answer, BudgetMoves, Order, Outcome, Redemption, Returned, lock_by_id, redemption_of};
use crate::idempotency::Once;
use crate::store::coupons::coupons_for_update;
use crate::store::events::{self, NewEvent};
use crate::store::shoppers::bucket;
use crate::store::sql;
use crate::store::templates::revisions;
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Fault, Result};

/// Refunds lines of a paid order, or all that is left of it. The same refund reference again
/// gets the same answer. A coupon comes back with the last unit it covered, where it is still
/// valid.
pub async fn give_back(
    engine: &Engine,
    till: &Till,
    lock: LockId,
    refund: &RefundRef,
    request: &Request,
) -> Result<(Returned, Answer)> {
    give_back_keyed(engine, till, lock, refund, request, None).await
}

/// The same under the caller's idempotency key.
pub async fn give_back_keyed(
    engine: &Engine,
    till: &Till,
    lock: LockId,
    refund: &RefundRef,
    request: &Request,
    once: Option<&Once<(Returned, Answer)>>,
) -> Result<(Returned, Answer)> {
    engine
        .transact(once, |tx| async move {
            Ok(Some(try_to_give_back(engine, &tx, till, lock, refund, request).await?))
        })
        .await
}

pub(super) async fn try_to_give_back(
    engine: &Engine,
    tx: &Tx,
    till: &Till,
    lock: LockId,
    refund: &RefundRef,
    request: &Request,
) -> Result<(Returned, Answer)> {
    let now = engine.now();
    let lock = lock_by_id(tx, lock, true).await?;
    let lock = lock.filter(|lock| till.serves(&lock.shopper)).ok_or(Error::Missing)?;
    if lock.state != LockState::Redeemed {
        let state = lock.state_at(now).as_str().to_owned();
        return Err(Refusal::StateConflict { state }.into());
    }
    let redemption = redemption_of(tx, &lock, true).await?.ok_or(Error::Missing)?;
    if let Some(known) = redemption.returns.iter().find(|known| known.refund == *refund) {
        return Ok((known.clone(), Answer::Known));
    }
    let mut purchase = purchase_left(engine, tx, &redemption).await?;
    let kept_before = purchase.kept_shares();
    let paid = purchase.give_back(request)?;
    if paid.lines.is_empty() {
        return Err(Refusal::StateConflict { state: "returned".into() }.into());
    }
    let mut coupons = Vec::new();
    if redemption.outcome == Outcome::Redeemed {
        coupons = bring_back(engine, tx, &redemption, &paid, now).await?;
    }
    let returned = Returned {
        refund: refund.clone(),
        amount: paid.amount,
        lines: paid.lines,
        coupons,
        at: now,
        request: request.clone(),
    };
    write(tx, &redemption, &returned).await?;
    if redemption.outcome == Outcome::Redeemed {
        let mut budgets = BudgetMoves::default();
        let kept = kept_before.iter().zip(purchase.kept_shares());
        let applied = redemption.quote.applied.iter().enumerate();
        for ((position, applied), (before, after)) in applied.zip(kept) {
            keep(tx, &redemption, position, after).await?;
            budgets.give_back(applied.template, *before - after);
        }
        budgets.write(tx).await?;
    }
    Ok((returned, Answer::Made))
}

/// What a refund would do if it were asked for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// What it would pay.
    pub amount: Money,
    /// The coupons of which nothing would be kept any more, and where each would then stand.
    pub coupons: Vec<(Code, State)>,
    /// By how much each coupon would lower it, in order of application: see [`Return::clawed`].
    pub clawed: Vec<Money>,
}

/// What the refunds of an order so far did to its discounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discounts {
    /// Of each refund in order: by how much each coupon lowered it, in order of application.
    pub clawed: Vec<Vec<Money>>,
    /// What of each coupon is still on goods the shopper keeps, in order of application.
    pub kept: Vec<Money>,
}

/// What became of the discounts of a paid order.
pub async fn discounts(engine: &Engine, redemption: &Redemption) -> Result<Discounts> {
    let mut purchase = purchase(engine, engine.reader(), redemption).await?;
    let mut clawed = Vec::new();
    for returned in &redemption.returns {
        clawed.push(purchase.give_back(&returned.request)?.clawed);
    }
    Ok(Discounts { clawed, kept: purchase.kept_shares() })
}

/// Says what [`give_back`] would pay for a request, and does nothing. `None` for an order that is
/// not paid, or of which nothing is left.
pub async fn foresee(
    engine: &Engine,
    order: &Order,
    request: &Request,
) -> Result<Option<Foreseen>> {
    let Some(redemption) = &order.redemption else { return Ok(None) };
    let mut purchase = purchase_left(engine, engine.reader(), redemption).await?;
    let paid = purchase.give_back(request)?;
    if paid.lines.is_empty() {
        return Ok(None);
    }
    let now = engine.now();
    let completed = |coupon: &&Coupon| {
        redemption.outcome == Outcome::Redeemed && paid.completed.contains(&coupon.code)
    };
    let after = |coupon: &Coupon| (coupon.code, coupon.standing().once_unlocked(now));
    let coupons = order.coupons.iter().filter(completed).map(after).collect();
    Ok(Some(Foreseen { amount: paid.amount, coupons, clawed: paid.clawed }))
}

/// The purchase as every refund so far has left it.
async fn purchase_left(
    engine: &Engine,
    db: &impl ConnectionTrait,
    redemption: &Redemption,
) -> Result<Purchase> {
    let mut purchase = purchase(engine, db, redemption).await?;
    for earlier in &redemption.returns {
        purchase.give_back(&earlier.request)?;
    }
    Ok(purchase)
}

/// The purchase as it was paid.
async fn purchase(
    engine: &Engine,
    db: &impl ConnectionTrait,
    redemption: &Redemption,
) -> Result<Purchase> {
    let applied = &redemption.quote.applied;
    let keys = applied.iter().map(|applied| (applied.template, applied.revision));
    let revisions = revisions(engine, db, keys).await?;
    let redeemed = |code: Code, template: TemplateId, number: u32| {
        let revision = revisions.get(&(template, number));
        let draft = &revision.ok_or_else(|| Fault::new("a redeemed revision is gone"))?.draft;
        let (benefit, part_return) = (draft.benefit.clone(), draft.part_return);
        Ok(Redeemed { code, benefit, part_return })
    };
    let coupons: Result<Vec<Redeemed>> =
        applied.iter().map(|a| redeemed(a.code, a.template, a.revision)).collect();
    Ok(Purchase::new(&redemption.quote, coupons?))
}

/// Records each coupon's first refund, and gives those back of which all came back. Answers
/// the codes that may be used again.
async fn bring_back(
    engine: &Engine,
    tx: &Tx,
    redemption: &Redemption,
    paid: &Return,
    now: Time,
) -> Result<Vec<Code>> {
    let codes: Vec<Code> = redemption.quote.applied.iter().map(|a| a.code).collect();
    let coupons = coupons_for_update(engine, tx, &codes).await?;
    let (mut happened, mut restored) = (Vec::new(), Vec::new());
    let mut told = HashSet::new();
    for (coupon, applied) in coupons.iter().zip(&redemption.quote.applied) {
        let covers = |line: &domain::LineId| {
            applied.covered.iter().any(|&at| redemption.quote.lines[at].line.id == *line)
        };
        let touched = paid.lines.iter().any(|line| covers(&line.id));
        let touched_before = redemption
            .returns
            .iter()
            .any(|earlier| earlier.lines.iter().any(|line| covers(&line.id)));
        if touched && !touched_before {
            let event = NewEvent::new(Kind::Returned, coupon, State::Redeemed, now);
            // Two coupons of one template are one refund in its funnel.
            let is_first = told.insert(applied.template);
            let amount = if is_first { paid.amount } else { Money::ZERO };
            happened.push(event.of(&redemption.order, amount));
        }
        if paid.completed.contains(&coupon.code) {
            let after = coupon.standing().once_unlocked(now);
            leave_redeemed(tx, coupon, after).await?;
            happened.extend(came_back(coupon, &redemption.order, after, now));
            if after == State::Available {
                restored.push(coupon.code);
            }
        }
    }
    events::append(tx, &happened).await?;
    Ok(restored)
}

/// What the ledger says of a coupon that came back. One that ops revoked before its order was
/// paid is nobody's to use again.
fn came_back(
    coupon: &Coupon,
    order: &OrderRef,
    after: State,
    now: Time,
) -> impl Iterator<Item = NewEvent> {
    let (kind, state) = match after {
        State::Expired => (Kind::Expired, State::Expired),
        _ => (Kind::Restored, State::Available),
    };
    let back = NewEvent::new(kind, coupon, state, now).of(order, Money::ZERO);
    let is_revoked = after == State::Revoked;
    let revoked = is_revoked.then(|| NewEvent::new(Kind::Revoked, coupon, after, now));
    std::iter::once(back).chain(revoked)
}

async fn leave_redeemed(tx: &Tx, coupon: &Coupon, after: State) -> Result<()> {
    const BACK: &str = "UPDATE coupons SET state = $3, revoked_at = NULL, is_over = FALSE
        WHERE bucket = $1 AND code = $2 AND state = 'redeemed'";
    let home = bucket(&coupon.shopper);
    let values = [home.into(), coupon.code.as_str().into(), after.as_str().into()];
    if tx.execute_raw(sql(tx, BACK, values)).await?.rows_affected() != 1 {
        return Err(Fault::new("a redeemed coupon is in another state").into());
    }
    Ok(())
}

/// Writes what of a coupon's discount is still on goods the shopper keeps.
async fn keep(tx: &Tx, redemption: &Redemption, position: usize, kept: Money) -> Result<()> {
    const KEEP: &str = "UPDATE redemption_coupons SET kept = $4
        WHERE bucket = $1 AND redemption = $2 AND position = $3";
    let home = i64::from(redemption.id.bucket().number());
    let values =
        [home.into(), redemption.id.0.into(), (position as i64).into(), kept.units().into()];
    tx.execute_raw(sql(tx, KEEP, values)).await?;
    Ok(())
}

async fn write(tx: &Tx, redemption: &Redemption, returned: &Returned) -> Result<()> {
    const INSERT: &str = "INSERT INTO returns (bucket, redemption, seq, refund, amount, requested,
            lines, coupons, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const ADD: &str = "UPDATE redemptions SET returned = returned + $3
        WHERE bucket = $1 AND id = $2";
    let home = i64::from(redemption.id.bucket().number());
    let id = redemption.id.0;
    let values = [
        home.into(),
        id.into(),
        (redemption.returns.len() as i64 + 1).into(),
        returned.refund.as_str().into(),
        returned.amount.units().into(),
        serde_json::to_string(&returned.request)?.into(),
        serde_json::to_string(&returned.lines)?.into(),
        serde_json::to_string(&returned.coupons)?.into(),
        returned.at.timestamp_micros().into(),
    ];
    tx.execute_raw(sql(tx, INSERT, values)).await?;
    let values = [home.into(), id.into(), returned.amount.units().into()];
    tx.execute_raw(sql(tx, ADD, values)).await?;
    Ok(())
}
