//! A year of made-up days. What happens is drawn up beforehand, by chance that always begins the same,
//! and then lived through, so that what the store counts can be held against what was drawn up.

mod drawing;
mod offers;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use domain::actor::{Editor, KeyScope, Partner, Redeeming, Scoped, Shopper, Till, Visitor};
use domain::cart::{Cart, Line};
use domain::returns::Request;
use domain::template::Action;
use domain::{
    Channel, Code, KeyId, LineId, LockId, OrderRef, PaymentRef, RefundRef, ShopperId, TemplateId,
    Time,
};
use uuid::Uuid;

use super::history::{Month, sweep, unless_refused};
use super::{catalogue, oddly, operator_called};
use crate::channels::{self, Spent};
use crate::issuance::{self, Claim, Via};
use crate::orders::{self, PaidOrder};
use crate::redemption::{self, Ask};
use crate::{Engine, Fault, Result, Settings, counts, templates};

use drawing::Slot;

pub use drawing::{DAYS, Drawn, Year};
pub use offers::Offer;

/// Claims that are settled in one go.
const TOGETHER: usize = 200;

/// So many days that end the day before `today`, a year or less, as [`play`] lives through them.
pub fn draw(settings: &Settings, today: NaiveDate, days: usize) -> Result<Year> {
    let shelf = catalogue::products(settings.currency)?;
    let first = today - Days::new(days as u64);
    Ok(drawing::draw(&shelf, settings.time_zone, first, days))
}

/// Lives through a year that was drawn up, and through the demo's month beside its last thirty days, up
/// to `now`, by a clock that stands still where it is put; the cast must be there already. Says each day
/// that is done, and answers what became of the year's templates, in the order of its offers.
pub async fn play(
    engine: &Engine,
    year: &Year,
    now: Time,
    mut done: impl FnMut(usize),
) -> Result<Vec<TemplateId>> {
    let editor = operator_called(engine, "editor@quan.example").await?;
    let editor = editor.editor().ok_or_else(|| Fault::new("the demo's editor may not edit"))?;
    let zone = engine.settings().time_zone;
    let mut month = Month::before(engine, now).await?;
    let mut play = Play {
        engine,
        editor,
        host: host()?,
        year,
        made: Vec::new(),
        codes: vec![None; year.coupons.len()],
        locks: vec![None; year.coupons.len()],
    };
    let mut day = 0;
    for ((of_day, hour), slot) in &year.slots {
        if *of_day != day {
            sweep(engine).await?;
            done(day + 1);
            day = *of_day;
        }
        let time = NaiveTime::from_hms_opt(*hour, 0, 0).unwrap_or_default();
        let moment = zone.moment(year.date(*of_day).and_time(time));
        month.on_to(moment, &mut |_| ()).await?;
        engine.clock().set(moment);
        play.live_through(slot, *of_day).await?;
    }
    done(day + 1);
    month.on_to(now, &mut |_| ()).await?;
    engine.clock().set(now);
    sweep(engine).await?;
    Ok(play.made)
}

/// What has come of the year so far.
struct Play<'a> {
    engine: &'a Engine,
    editor: Editor,
    /// Tells of orders without a coupon.
    host: Redeeming,
    year: &'a Year,
    /// By offer: they are published in their order.
    made: Vec<TemplateId>,
    /// By coupon, once it is claimed.
    codes: Vec<Option<Code>>,
    /// By coupon, once an order took it.
    locks: Vec<Option<LockId>>,
}

impl Play<'_> {
    async fn live_through(&mut self, slot: &Slot, day: usize) -> Result<()> {
        self.spend(&slot.spending).await?;
        for offer in &slot.published {
            let draft = &self.year.offers[*offer].draft;
            let made = templates::create(self.engine, &self.editor, draft).await?;
            templates::act(self.engine, &self.editor, made.id, Action::Publish).await?;
            self.made.push(made.id);
        }
        self.look(slot, day)?;
        for claims in slot.claims.chunks(TOGETHER) {
            self.claim(claims).await?;
        }
        self.engine.clock().advance(TimeDelta::minutes(2));
        self.lock(&slot.orders).await?;
        self.engine.clock().advance(TimeDelta::minutes(3));
        self.pay(&slot.orders).await?;
        self.buy(&slot.purchases).await?;
        for coupon in &slot.returns {
            self.give_back(*coupon).await?;
        }
        Ok(())
    }

    /// What channels cost is entered as their months begin.
    async fn spend(&self, spending: &[(&str, Spent)]) -> Result<()> {
        for (name, spent) in spending {
            channels::name(self.engine, &self.editor, &spent.channel, name).await?;
            channels::spend(self.engine, &self.editor, spent).await?;
        }
        Ok(())
    }

    /// Who comes by sees what hangs on the shelf.
    fn look(&self, slot: &Slot, day: usize) -> Result<()> {
        let shown = self.made.iter().zip(&self.year.offers).filter(|(_, offer)| offer.shows(day));
        let shown: Vec<TemplateId> = shown.map(|(template, _)| *template).collect();
        for visit in &slot.visits {
            let channel = self.channel(visit.channel)?;
            let visitor = Visitor { mark: format!("year-visitor-{:05}", visit.visitor) };
            counts::viewed(self.engine, &visitor, &shown, channel.as_ref());
        }
        for coupon in slot.claims.iter().map(|coupon| &self.year.coupons[*coupon]) {
            let channel = self.channel(coupon.channel)?;
            let visitor = Visitor { mark: shopper(coupon.shopper)?.id.to_string() };
            counts::viewed(self.engine, &visitor, &shown, channel.as_ref());
        }
        Ok(())
    }

    async fn claim(&mut self, coupons: &[usize]) -> Result<()> {
        let mut claims = Vec::with_capacity(coupons.len());
        for coupon in coupons.iter().map(|coupon| &self.year.coupons[*coupon]) {
            let via = Via { channel: self.channel(coupon.channel)?, ..Via::default() };
            let template = self.made[coupon.offer];
            let claim = Claim::new(self.engine, &shopper(coupon.shopper)?.id, template);
            claims.push(Claim { via, ..claim });
        }
        let settled = issuance::settle(self.engine, &claims).await;
        for (coupon, outcome) in coupons.iter().zip(settled) {
            self.codes[*coupon] = unless_refused(outcome)?.map(|coupon| coupon.code);
        }
        Ok(())
    }

    /// Orders queue up together, as those of an hour may.
    async fn lock(&mut self, orders: &[usize]) -> Result<()> {
        let mut asked = Vec::with_capacity(orders.len());
        for number in orders {
            let Some(code) = self.codes[*number] else { continue };
            let shopper = shopper(self.year.coupons[*number].shopper)?;
            let engine = self.engine.clone();
            let ask = self.ask(*number, code)?;
            let lock = async move { redemption::lock(&engine, &shopper, &ask).await };
            asked.push((*number, tokio::spawn(lock)));
        }
        for (number, lock) in asked {
            self.locks[number] = unless_refused(lock.await?)?.map(|(lock, _)| lock.id);
        }
        Ok(())
    }

    async fn pay(&self, orders: &[usize]) -> Result<()> {
        let mut told = Vec::with_capacity(orders.len());
        for number in orders {
            let coupon = &self.year.coupons[*number];
            let is_paid = coupon.order.as_ref().is_some_and(|order| order.is_paid);
            let (Some(lock), true) = (self.locks[*number], is_paid) else { continue };
            let (engine, till) = (self.engine.clone(), Till::Shopper(shopper(coupon.shopper)?));
            let payment = PaymentRef::new(format!("year-payment-{number:06}")).map_err(oddly)?;
            told.push(tokio::spawn(async move {
                redemption::redeem(&engine, &till, lock, &payment).await
            }));
        }
        for told in told {
            told.await??;
        }
        Ok(())
    }

    async fn buy(&self, purchases: &[usize]) -> Result<()> {
        for number in purchases {
            let purchase = &self.year.purchases[*number];
            let paid = PaidOrder {
                order: OrderRef::new(format!("year-purchase-{number:06}")).map_err(oddly)?,
                shopper: shopper(purchase.shopper)?.id,
                total: purchase.total,
                paid_at: self.engine.now(),
                channel: self.channel(purchase.channel)?,
            };
            orders::tell_keyed(self.engine, &self.host, &paid, None).await?;
        }
        Ok(())
    }

    async fn give_back(&self, number: usize) -> Result<()> {
        let Some(lock) = self.locks[number] else { return Ok(()) };
        let till = Till::Shopper(shopper(self.year.coupons[number].shopper)?);
        let refund = RefundRef::new(format!("year-refund-{number:06}")).map_err(oddly)?;
        let all = Request { lines: None };
        redemption::give_back(self.engine, &till, lock, &refund, &all).await?;
        Ok(())
    }

    fn ask(&self, number: usize, code: Code) -> Result<Ask> {
        let order = self.year.coupons[number].order.as_ref();
        let order = order.ok_or_else(|| Fault::new("an order was not drawn up"))?;
        let product = &self.year.shelf[order.product];
        let line = Line {
            id: LineId::new("1").map_err(oddly)?,
            product: product.id.clone(),
            category: product.category.clone(),
            unit_price: product.price.unwrap_or_default(),
            quantity: order.quantity,
        };
        Ok(Ask {
            order: OrderRef::new(format!("year-order-{number:06}")).map_err(oddly)?,
            cart: Cart::new(vec![line])?,
            coupons: Some(vec![code]),
            length: None,
            expected_discount: None,
        })
    }

    fn channel(&self, channel: usize) -> Result<Option<Channel>> {
        let name = self.year.channel(channel);
        Ok(name.map(Channel::new).transpose().map_err(oddly)?)
    }
}

fn shopper(number: u32) -> Result<Shopper> {
    let id = ShopperId::new(format!("year-shopper-{number:05}")).map_err(oddly)?;
    Ok(Shopper { id })
}

/// The host shop, which vouches for its orders.
fn host() -> Result<Redeeming> {
    let (id, name) = (KeyId(Uuid::nil()), "Demo".to_owned());
    let scopes = [KeyScope::Redeem].into();
    let host = Redeeming::of(Partner { id, name, scopes, address: None });
    Ok(host.ok_or_else(|| Fault::new("the demo's host shop may not tell of orders"))?)
}
