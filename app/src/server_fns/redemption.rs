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
    actor::Till,
    lock::LockState,
    returns::{Part, Request, RequestLine},
};
#[cfg(feature = "ssr")]
use engine::redemption::{Ask, Outcome};

/// Makes an order of the basket and reserves its coupons. `discount` is what the shopper was shown,
/// in minor units; pressed twice it leads to the order that is there.
#[server(endpoint = "redemption/check-out", prefix = "/api/fn")]
pub async fn check_out(
    #[server(default)] order: String,
    #[server(default)] discount: String,
    #[server(default)] coupons: Vec<String>,
) -> Result<String, AppError> {
    let check_out = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::Unreadable)?;
        let shown = discount.parse().map(Money::minor).map_err(|_| AppError::Unreadable)?;
        let page = format!("/orders/{}", escaped(order.as_str()));
        let mut basket = session::basket().await?;
        if basket.is_empty() && engine::redemption::order(&engine, &shopper, &order).await.is_ok() {
            return Ok(done(page.clone()).then(page));
        }
        let catalogue = engine::catalogue::current(&engine).await?;
        Reckoning::choose(&engine, &shopper, &mut basket, &coupons).await?;
        session::keep_basket(&basket).await?;
        let ask = Ask {
            order,
            cart: basket.cart(&catalogue)?,
            coupons: basket.coupons,
            length: None,
            expected_discount: Some(shown),
        };
        engine::redemption::lock(&engine, &shopper, &ask).await?;
        session::keep_basket(&Basket::default()).await?;
        Ok(done(page.clone()).then(page))
    };
    form("check-out", "/basket").at("total").answer(check_out).await
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
        let (engine, shopper) = (engine(), session::shopper().await?);
        let order = OrderRef::new(order).map_err(|_| AppError::NotFound)?;
        let lock = engine::redemption::order(&engine, &shopper, &order).await?.lock;
        engine::redemption::release(&engine, &Till::Shopper(shopper), lock.id).await?;
        let mut basket = session::basket().await?;
        for quoted in &lock.quote.lines {
            let quantity = basket.quantity(&quoted.line.product).max(quoted.line.quantity);
            basket.put(&quoted.line.product, quantity);
        }
        session::keep_basket(&basket).await?;
        Ok(done(()).saying("cancel-done"))
    };
    form("order", "/wallet").answer(cancel).await
}

/// Gives back part of a paid order: `lines` and `quantities` belong together by their place.
/// `refund` is the page's own reference, like `payment` above.
#[server(endpoint = "redemption/give-back", prefix = "/api/fn")]
pub async fn give_back(
    #[server(default)] order: String,
    #[server(default)] refund: String,
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
        let request = Request { lines: Some(read_lines(typed)?) };
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
fn beside_lines(error: AppError, request: &Request) -> AppError {
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
fn read_lines<'a>(
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
