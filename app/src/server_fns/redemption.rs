//! Checking out, paying with the stand-in payment, giving up and giving back.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    basket::Basket,
    context::{PaymentCenter, engine, payment_center},
    form::{done, escaped, form},
    locale,
    server_fns::basket::{read_quantities, with_typed},
    session,
    shop::{giving_back::why_less, reckoning::Reckoning},
};
#[cfg(feature = "ssr")]
use domain::{
    FieldError, LineId, Money, OrderRef, PaymentRef, Problem, RefundRef, Refusal,
    actor::{Shopper, Till},
    coupon::State,
    lock::LockState,
    returns::{Part, Request, RequestLine},
};
#[cfg(feature = "ssr")]
use engine::{
    Engine,
    redemption::{
        Ask, Order, Outcome, Returned,
        callbacks::{Callback, Told},
    },
};

/// Makes an order of the basket and reserves its coupons; answers the page to go on with. `discount` and
/// `total` are what the shopper was shown, in minor units; pressed twice it leads to the order that is
/// there. Quantities that were typed meanwhile and coupons that cannot all be had change the basket, and
/// the shopper looks once more.
#[server(endpoint = "redemption/check-out", prefix = "/api/fn")]
pub async fn check_out(
    #[server(default)] order: String,
    #[server(default)] discount: String,
    #[server(default)] total: String,
    #[server(default)] coupons: Vec<String>,
    #[server(default)] products: Vec<String>,
    #[server(default)] quantities: Vec<String>,
    #[server(default)] had: Vec<String>,
) -> Result<String, AppError> {
    let answered = with_typed(form("check-out", "/basket"), &products, &quantities);
    let answered = answered.keep("discount", &discount).keep("total", &total);
    let check_out = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::Unreadable)?;
        let shown = discount.parse().map(Money::minor).map_err(|_| AppError::Unreadable)?;
        let page = page_of(&order);
        let mut basket = session::basket().await?;
        if basket.is_empty() && engine::redemption::order(&engine, &shopper, &order).await.is_ok() {
            return Ok(done(page.clone()).then(page));
        }
        let catalogue = engine::catalogue::current(&engine).await?;
        for (product, quantity) in read_quantities(&products, &quantities, &had).await? {
            basket.put(&product, quantity);
        }
        if basket.is_empty() || !basket.clone().keep_sold(&catalogue).is_empty() {
            session::keep_basket(&basket).await?;
            // The basket's page says which.
            return Err(Refusal::StateConflict { state: "changed".to_owned() }.into());
        }
        let left_out = Reckoning::choose(&engine, &shopper, &mut basket, &coupons).await?;
        session::keep_basket(&basket).await?;
        if let Some(which) = left_out {
            let page = "/basket".to_owned();
            let told = done(page.clone()).saying("order-left-out").with("which", which);
            return Ok(told.then(page));
        }
        let cart = basket.cart(&catalogue)?;
        let is_as_shown = |total: i64| cart.subtotal() - shown == Money::minor(total);
        if !total.parse().map_or(total.is_empty(), is_as_shown) {
            return Err(Refusal::AmountMismatch { expected: shown }.into());
        }
        let coupons = basket.coupons;
        let ask = Ask { order, cart, coupons, length: None, expected_discount: Some(shown) };
        engine::redemption::lock(&engine, &shopper, &ask).await?;
        session::keep_basket(&Basket::default()).await?;
        Ok(done(page.clone()).then(page))
    };
    answered.answer(check_out).await
}

/// Pays an order. `payment` is the page's own reference: pressing twice pays once.
#[server(endpoint = "redemption/pay", prefix = "/api/fn")]
pub async fn pay(
    #[server(default)] order: String,
    #[server(default)] payment: String,
) -> Result<(), AppError> {
    let pay = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let payment = PaymentRef::new(payment).map_err(|_| AppError::Unreadable)?;
        let placed = engine::redemption::order(&engine, &shopper, &order).await?;
        // A payment under way is never refused, but from here none is begun for what was cancelled
        // or paid before.
        let is_paid = placed.redemption.is_some_and(|paid| paid.payment != payment);
        if is_paid || placed.lock.state == LockState::Released {
            return Err(conflict(placed.lock.state.as_str()));
        }
        tell(&order, &payment, Told::Paid).await?;
        let paid = engine::redemption::order(&engine, &shopper, &order).await?.redemption;
        match paid.filter(|paid| paid.payment == payment).map(|paid| paid.outcome) {
            Some(Outcome::Redeemed) => Ok(done(()).saying("pay-done")),
            Some(Outcome::Exception) => Ok(done(()).saying("pay-done-without-coupon")),
            // Another tab was faster with another payment.
            None => Err(conflict(LockState::Redeemed.as_str())),
        }
    };
    form("order", "/wallet").answer(pay).await
}

/// Gives an order up before it is paid; its goods go back into the basket.
#[server(endpoint = "redemption/cancel", prefix = "/api/fn")]
pub async fn cancel(#[server(default)] order: String) -> Result<(), AppError> {
    let cancel = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let lock = engine::redemption::order(&engine, &shopper, &order).await?.lock;
        engine::redemption::release(&engine, &Till::Shopper(shopper.clone()), lock.id).await?;
        let order = engine::redemption::order(&engine, &shopper, &order).await?;
        refill(&engine, &shopper, &order).await?;
        let message = match back(&engine, &order) {
            0 => "cancel-done",
            1 => "cancel-done-back",
            _ => "cancel-done-all-back",
        };
        Ok(done(()).saying(message))
    };
    form("order", "/wallet").answer(cancel).await
}

/// What the stand-in for a payment center does where a payment fails: the order lets go of its
/// coupons, and its goods go back into the basket.
#[server(endpoint = "redemption/fail-payment", prefix = "/api/fn")]
pub async fn fail_payment(#[server(default)] order: String) -> Result<(), AppError> {
    let fail = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        engine::redemption::order(&engine, &shopper, &order).await?;
        // Each attempt to pay is a payment of its own.
        let payment = PaymentRef::new(format!("failed-{:016x}", rand::random::<u64>()));
        let payment = payment.map_err(|_| AppError::Unreadable)?;
        tell(&order, &payment, Told::Canceled).await?;
        let order = engine::redemption::order(&engine, &shopper, &order).await?;
        if order.redemption.is_some() {
            return Err(conflict(order.lock.state.as_str()));
        }
        refill(&engine, &shopper, &order).await?;
        let message = match back(&engine, &order) {
            0 => "payment-failed",
            1 => "payment-failed-back",
            _ => "payment-failed-all-back",
        };
        Ok(done(()).saying(message))
    };
    form("order", "/wallet").answer(fail).await
}

/// How many coupons an order that was not paid gave back; none where not all can be used again.
#[cfg(feature = "ssr")]
fn back(engine: &Engine, order: &Order) -> usize {
    let now = engine.now();
    let are_back = order.coupons.iter().all(|it| it.state_at(now) == State::Available);
    if are_back { order.coupons.len() } else { 0 }
}

/// Puts what an order holds into the basket once more.
#[server(endpoint = "redemption/again", prefix = "/api/fn")]
pub async fn again(#[server(default)] order: String) -> Result<(), AppError> {
    let again = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let order = engine::redemption::order(&engine, &shopper, &order).await?;
        refill(&engine, &shopper, &order).await?;
        Ok(done(()).then("/basket"))
    };
    form("order", "/wallet").answer(again).await
}

/// The stand-in payment center tells what has become of a payment.
#[cfg(feature = "ssr")]
async fn tell(order: &OrderRef, payment: &PaymentRef, told: Told) -> Result<(), AppError> {
    let PaymentCenter(tell) = payment_center().ok_or(AppError::NotFound)?;
    tell(engine(), Callback { order: order.clone(), payment: payment.clone(), told }).await
}

#[cfg(feature = "ssr")]
fn conflict(state: &str) -> AppError {
    Refusal::StateConflict { state: state.to_owned() }.into()
}

/// Puts an order's goods into the basket, and ticks the coupons it had where the basket holds
/// nothing else and they can all be used again.
#[cfg(feature = "ssr")]
async fn refill(engine: &Engine, shopper: &Shopper, order: &Order) -> Result<(), AppError> {
    let mut basket = session::basket().await?;
    let was_empty = basket.is_empty();
    for quoted in &order.lock.quote.lines {
        let quantity = basket.quantity(&quoted.line.product).max(quoted.line.quantity);
        basket.put(&quoted.line.product, quantity);
    }
    session::keep_basket(&basket).await?;
    if was_empty && order.redemption.is_none() {
        let codes: Vec<String> =
            order.lock.quote.applied.iter().map(|it| it.code.to_string()).collect();
        // Goods that left the shelf meanwhile are told by the basket's page.
        let chosen = Reckoning::choose(engine, shopper, &mut basket, &codes).await;
        let all = |chosen: &Vec<domain::Code>| chosen.len() == codes.len();
        if chosen.is_ok() && basket.coupons.as_ref().is_some_and(all) {
            session::keep_basket(&basket).await?;
        }
    }
    Ok(())
}

#[cfg(feature = "ssr")]
fn page_of(order: &OrderRef) -> String {
    format!("/orders/{}", escaped(order.as_str()))
}

/// Gives back part of a paid order: `lines` and `quantities` belong together by their place, and
/// `all` stands for everything that is left.
/// `refund` is the page's own reference, like `payment` above.
#[server(endpoint = "redemption/give-back", prefix = "/api/fn")]
pub async fn give_back(
    #[server(default)] order: String,
    #[server(default)] refund: String,
    #[server(default)] all: String,
    #[server(default)] lines: Vec<String>,
    #[server(default)] quantities: Vec<String>,
) -> Result<(), AppError> {
    let typed = lines.iter().zip(&quantities);
    let answered = typed
        .clone()
        .fold(form("give-back", "/wallet"), |form, (line, quantity)| form.keep(line, quantity));
    let give_back = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let refund = RefundRef::new(refund).map_err(|_| AppError::Unreadable)?;
        let lines = if all == "true" { None } else { Some(read_lines(typed)?) };
        let request = Request { lines };
        let returned = refunded(&engine, &shopper, &order, &refund, &request).await;
        let returned = returned.map_err(|error| beside_lines(error, &request))?;
        let placed = engine::redemption::order(&engine, &shopper, &order).await?;
        let notes = notes(&engine, &placed, &returned).await?;
        let message = if notes.is_empty() { "give-back-done" } else { "give-back-done-with-notes" };
        let told = done(()).saying(message).with("amount", locale::money(returned.amount));
        let told = told.with("notes", notes.join(&locale::t("sentence-gap")));
        // Not to the look ahead it was sent from, which would fill the form in again.
        Ok(told.then(page_of(&order)))
    };
    answered.answer(give_back).await
}

/// What there is to say of a refund beside its amount: why it is less than was paid, and what became
/// of the coupons.
#[cfg(feature = "ssr")]
async fn notes(
    engine: &Engine,
    order: &Order,
    returned: &Returned,
) -> Result<Vec<String>, AppError> {
    let Some(paid) = &order.redemption else { return Ok(Vec::new()) };
    let told = engine::redemption::discounts(engine, paid).await?;
    let mut each = paid.returns.iter().zip(&told.clawed);
    let clawed = each.find(|(it, _)| it.refund == returned.refund).map(|(_, clawed)| clawed);
    let mut notes = clawed.map(|clawed| why_less(order, clawed)).unwrap_or_default();
    if !returned.coupons.is_empty() {
        let n = returned.coupons.len();
        notes.push(locale::t_with("give-back-came-back", [("n", n.into())]));
    } else if order.coupons.iter().any(|coupon| order.uses(coupon)) {
        notes.push(locale::t("give-back-stays-used"));
    }
    Ok(notes)
}

/// Has the payment center refund what the rules allow; the same refund again is answered as before.
#[cfg(feature = "ssr")]
async fn refunded(
    engine: &Engine,
    shopper: &Shopper,
    order: &OrderRef,
    refund: &RefundRef,
    request: &Request,
) -> Result<Returned, AppError> {
    let known = async || {
        let order = engine::redemption::order(engine, shopper, order).await?;
        let mut returns = order.redemption.iter().flat_map(|paid| &paid.returns);
        let known = returns.find(|returned| returned.refund == *refund).cloned();
        Ok::<_, AppError>((order, known))
    };
    let (placed, known_before) = known().await?;
    if let Some(returned) = known_before {
        return Ok(returned);
    }
    let foreseen = engine::redemption::foresee(engine, &placed, request).await?;
    let paid = match (&placed.redemption, foreseen) {
        (Some(paid), Some(_)) => paid,
        (Some(_), None) => return Err(conflict("returned")),
        (None, _) => return Err(conflict(placed.lock.state_at(engine.now()).as_str())),
    };
    let told = Told::Refunded { refund: refund.clone(), request: request.clone() };
    tell(order, &paid.payment, told).await?;
    // Another tab may have been faster with another refund.
    known().await?.1.ok_or_else(|| conflict("returned"))
}

/// Names what is wrong with a line by the line itself, as its field is.
#[cfg(feature = "ssr")]
pub(crate) fn beside_lines(error: AppError, request: &Request) -> AppError {
    let AppError::Refused { refusal: Refusal::Invalid { fields }, coupon } = error else {
        return error;
    };
    let asked = request.lines.as_deref().unwrap_or_default();
    let renamed = |FieldError { field, problem }| {
        let number = field.split('.').nth(1).and_then(|number| number.parse::<usize>().ok());
        let line = number.and_then(|number| asked.get(number));
        FieldError::new(line.map_or(field, |line| line.id.to_string()), problem)
    };
    let fields = fields.into_iter().map(renamed).collect();
    AppError::Refused { refusal: Refusal::Invalid { fields }, coupon }
}

/// The lines of which something goes back. A field is named after its line.
#[cfg(feature = "ssr")]
pub(crate) fn read_lines<'a>(
    typed: impl Iterator<Item = (&'a String, &'a String)>,
) -> Result<Vec<RequestLine>, Refusal> {
    let (mut asked, mut fields) = (Vec::new(), Vec::new());
    for (line, quantity) in typed {
        let quantity = quantity.trim();
        match (LineId::new(line), quantity.parse::<u32>()) {
            (_, Ok(0)) => {}
            (Ok(id), Ok(quantity)) => {
                asked.push(RequestLine { id, part: Part::Quantity(quantity) })
            }
            (_, Err(_)) if quantity.is_empty() => {}
            (Err(problem), _) => fields.push(FieldError::new(line, problem)),
            (_, Err(_)) => fields.push(FieldError::new(line, Problem::NotANumber)),
        }
    }
    if fields.is_empty() { Ok(asked) } else { Err(Refusal::Invalid { fields }) }
}
