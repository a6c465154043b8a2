//! What a shopper holds, and what it is worth on a cart.

use domain::actor::Shopper;
use domain::cart::Cart;
use domain::claim::Facts;
use domain::coupon::Kind;
use domain::quote::{Asking, Held, Quote, best, named};
use domain::{Code, Money, OrderRef, TemplateId, Time};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

use crate::catalogue::{self, Catalogue};
use crate::clock::time;
use crate::store::coupons::{coupons_by_code, coupons_of};
use crate::store::shoppers::facts_of;
use crate::store::sql;
use crate::store::templates::load_templates;
use crate::{Engine, Error, Fault, Result};

pub use crate::store::coupons::Coupon;

/// One step in a coupon's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub kind: Kind,
    /// When.
    pub at: Time,
    /// For which order.
    pub order: Option<OrderRef>,
    /// What it took off, or what came back.
    pub amount: Money,
}

/// Who asks for a quote, as the store knows them at this moment.
pub(crate) struct Asker<'a> {
    pub(crate) facts: Facts,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) order: Option<&'a OrderRef>,
    pub(crate) now: Time,
}

/// All coupons of a shopper, newest first.
pub async fn wallet(engine: &Engine, shopper: &Shopper) -> Result<Vec<Coupon>> {
    coupons_of(engine, engine.reader(), &shopper.id).await
}

/// One coupon of a shopper and its life so far; somebody else's is missing.
pub async fn coupon(engine: &Engine, shopper: &Shopper, code: Code) -> Result<(Coupon, Vec<Step>)> {
    let mut found = coupons_by_code(engine, engine.reader(), &[code]).await?;
    let own = found.pop().filter(|coupon| coupon.shopper == shopper.id);
    let coupon = own.ok_or(Error::Missing)?;
    let timeline = timeline(engine, code).await?;
    Ok((coupon, timeline))
}

async fn timeline(engine: &Engine, code: Code) -> Result<Vec<Step>> {
    const READ: &str = "SELECT kind, at, order_ref, amount FROM events
        WHERE bucket = $1 AND coupon = $2 ORDER BY n";
    let db = engine.reader();
    let values = [i64::from(code.bucket().number()).into(), code.as_str().into()];
    let mut steps = Vec::new();
    for row in db.query_all_raw(sql(db, READ, values)).await? {
        let kind: String = row.try_get("", "kind")?;
        let order: Option<String> = row.try_get("", "order_ref")?;
        steps.push(Step {
            kind: Kind::parse(&kind).ok_or_else(|| Fault::new("an event of no known kind"))?,
            at: time(row.try_get("", "at")?),
            order: order.and_then(|order| OrderRef::new(order).ok()),
            amount: Money::minor(row.try_get("", "amount")?),
        });
    }
    Ok(steps)
}

/// What a cart comes to with the coupons named, or with the best choice from the wallet.
pub async fn quote(
    engine: &Engine,
    shopper: &Shopper,
    cart: &Cart,
    coupons: Option<&[Code]>,
) -> Result<Quote> {
    let catalogue = catalogue::current(engine).await?;
    let asker = Asker {
        facts: facts_of(engine.reader(), &shopper.id).await?,
        catalogue: &catalogue,
        order: None,
        now: engine.now(),
    };
    let cart = cart.clone().categorised(|product| catalogue.category_of(product).cloned());
    quote_in(engine, engine.reader(), &asker, &cart, coupons, &HashMap::new()).await
}

/// Quotes within whatever `db` sees; `own` is what the order's present lock holds of budgets.
pub(crate) async fn quote_in(
    engine: &Engine,
    db: &impl ConnectionTrait,
    asker: &Asker<'_>,
    cart: &Cart,
    coupons: Option<&[Code]>,
    own: &HashMap<TemplateId, Money>,
) -> Result<Quote> {
    let found = match coupons {
        Some(codes) => coupons_by_code(engine, db, codes).await?,
        None => coupons_of(engine, db, &asker.facts.id).await?,
    };
    let wallet = with_budgets(engine, db, &found, own).await?;
    let asking = Asking {
        shopper: &asker.facts,
        order: asker.order,
        now: asker.now,
        tree: &asker.catalogue.tree,
        max_coupons: usize::from(engine.settings().max_coupons_per_order),
    };
    let Some(codes) = coupons else {
        return Ok(best(cart, &wallet, &asking));
    };
    let find = |code: &Code| (*code, wallet.iter().find(|held| held.code == *code));
    let codes: Vec<(Code, Option<&Held>)> = codes.iter().map(find).collect();
    Ok(named(cart, &codes, &asking)?)
}

async fn with_budgets(
    engine: &Engine,
    db: &impl ConnectionTrait,
    coupons: &[Coupon],
    own: &HashMap<TemplateId, Money>,
) -> Result<Vec<Held>> {
    let template = |coupon: &Coupon| coupon.revision.template;
    let templates = load_templates(engine, db, coupons.iter().map(template), false).await?;
    let budget_left = |id: &TemplateId| {
        let left = templates.get(id)?.budget_left()?;
        Some(left + own.get(id).copied().unwrap_or_default())
    };
    Ok(coupons.iter().map(|coupon| coupon.held(budget_left(&template(coupon)))).collect())
}
