//! Checking out, paying with the stand-in payment, giving up and giving back.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    basket::Basket,
    context::engine,
    form::{done, escaped, form},
    locale, session,
    shop::reckoning::Reckoning,
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
    redemption::{Ask, Order, Outcome},
};

/// Makes an order of the basket and reserves its coupons. `discount` and `total` are what the
/// shopper was shown, in minor units; pressed twice it leads to the order that is there.
#[server(endpoint = "redemption/check-out", prefix = "/api/fn")]
pub async fn check_out(
    #[server(default)] order: String,
    #[server(default)] discount: String,
    #[server(default)] total: String,
    #[server(default)] coupons: Vec<String>,
) -> Result<String, AppError> {
    let answered = form("check-out", "/basket").at("total");
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
        if !basket.clone().keep_sold(&catalogue).is_empty() {
            // The basket's page says which.
            return Err(Refusal::StateConflict { state: "changed".to_owned() }.into());
        }
        Reckoning::choose(&engine, &shopper, &mut basket, &coupons).await?;
        session::keep_basket(&basket).await?;
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
        let lock = engine::redemption::order(&engine, &shopper, &order).await?.lock;
        // A payment under way is never refused, but from here none is begun for what was cancelled.
        if lock.state == LockState::Released {
            return Err(Refusal::StateConflict { state: lock.state.as_str().to_owned() }.into());
        }
        let till = Till::Shopper(shopper);
        let (redemption, _) = engine::redemption::redeem(&engine, &till, lock.id, &payment).await?;
        Ok(done(()).saying(match redemption.outcome {
            Outcome::Redeemed => "pay-done",
            Outcome::Exception => "pay-done-without-coupon",
        }))
    };
    form("order", "/wallet").answer(pay).await
}

/// Gives an order up before it is paid; its goods go back into the basket.
#[server(endpoint = "redemption/cancel", prefix = "/api/fn")]
pub async fn cancel(#[server(default)] order: String) -> Result<(), AppError> {
    let cancel = async {
        give_up(order).await?;
        Ok(done(()).saying("cancel-done"))
    };
    form("order", "/wallet").answer(cancel).await
}

/// What the stand-in for a payment center does where a payment fails: the order lets go of its
/// coupons, and its goods go back into the basket.
#[server(endpoint = "redemption/fail-payment", prefix = "/api/fn")]
pub async fn fail_payment(#[server(default)] order: String) -> Result<(), AppError> {
    let fail = async {
        let order = give_up(order).await?;
        let now = engine().now();
        let has_coupons = !order.coupons.is_empty();
        let are_back = order.coupons.iter().all(|it| it.state_at(now) == State::Available);
        let message =
            if has_coupons && are_back { "payment-failed-back" } else { "payment-failed" };
        Ok(done(()).saying(message))
    };
    form("order", "/wallet").answer(fail).await
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

/// Lets an order go before it is paid; answers it as it stands then.
#[cfg(feature = "ssr")]
async fn give_up(order: String) -> Result<Order, AppError> {
    let (engine, shopper) = (engine(), session::shopper().await?);
    let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
    let lock = engine::redemption::order(&engine, &shopper, &order).await?.lock;
    engine::redemption::release(&engine, &Till::Shopper(shopper.clone()), lock.id).await?;
    let order = engine::redemption::order(&engine, &shopper, &order).await?;
    refill(&engine, &shopper, &order).await?;
    Ok(order)
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
        .fold(form("give-back", "/wallet").at("give-back"), |form, (line, quantity)| {
            form.keep(line, quantity)
        });
    let give_back = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let refund = RefundRef::new(refund).map_err(|_| AppError::Unreadable)?;
        let lines = if all == "true" { None } else { Some(read_lines(typed)?) };
        let request = Request { lines };
        let lock = engine::redemption::order(&engine, &shopper, &order).await?.lock.id;
        let till = Till::Shopper(shopper);
        let returned = engine::redemption::give_back(&engine, &till, lock, &refund, &request).await;
        let (returned, _) = returned.map_err(|error| beside_lines(error.into(), &request))?;
        let message = if returned.coupons.is_empty() {
            "give-back-done"
        } else {
            "give-back-done-with-coupon"
        };
        Ok(done(()).saying(message).with("amount", locale::money(returned.amount)))
    };
    answered.answer(give_back).await
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
