//! Filling the basket.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    basket::Basket,
    context::engine,
    form::{Done, Form, done, form},
    session,
    shop::reckoning::Reckoning,
};
#[cfg(feature = "ssr")]
use domain::{FieldError, Problem, ProductId, Refusal, cart::Cart};

/// Puts one more of a product in. `place` is where on the page that was pressed.
#[server(endpoint = "basket/add", prefix = "/api/fn")]
pub async fn add_to_basket(
    #[server(default)] product: String,
    #[server(default)] place: String,
) -> Result<(), AppError> {
    let answered_at = place_of(&product, &place);
    let add = async {
        let product = on_the_shelf(&product).await?;
        change(|basket| {
            let more = basket.quantity(&product).saturating_add(1);
            basket.put(&product, more.min(Cart::MAX_QUANTITY));
        })
        .await
    };
    form("basket", "/basket").at(answered_at).answer(add).await
}

/// Takes one of a product out.
#[server(endpoint = "basket/take", prefix = "/api/fn")]
pub async fn take_from_basket(
    #[server(default)] product: String,
    #[server(default)] place: String,
) -> Result<(), AppError> {
    let answered_at = place_of(&product, &place);
    let take = async {
        let product = on_the_shelf(&product).await?;
        change(|basket| {
            let fewer = basket.quantity(&product).saturating_sub(1);
            basket.put(&product, fewer);
        })
        .await
    };
    form("basket", "/basket").at(answered_at).answer(take).await
}

/// Sets how many of each product are in; none takes it out. `products` and `quantities` belong together
/// by their place, and `had` is what the fields held before anybody typed: what is still so is left
/// alone, for it may have changed elsewhere.
#[server(endpoint = "basket/set", prefix = "/api/fn")]
pub async fn set_quantities(
    #[server(default)] products: Vec<String>,
    #[server(default)] quantities: Vec<String>,
    #[server(default)] had: Vec<String>,
) -> Result<(), AppError> {
    let answered = with_typed(form("basket", "/basket").at("lines"), &products, &quantities);
    let set = async {
        let read = read_quantities(&products, &quantities, &had).await?;
        change(|basket| read.iter().for_each(|(product, n)| basket.put(product, *n))).await
    };
    answered.answer(set).await
}

/// The field of a product's quantity on the page.
#[cfg(feature = "ssr")]
pub fn quantity_of(product: &str) -> String {
    format!("{QUANTITY}{}", product.chars().take(64).collect::<String>())
}

/// How the fields for quantities begin.
#[cfg(feature = "ssr")]
pub const QUANTITY: &str = "quantity-";

/// Where a quantity is none, the form comes back to it with all that was typed, as far as that could be
/// meant.
#[cfg(feature = "ssr")]
pub(crate) fn with_typed(form: Form, products: &[String], quantities: &[String]) -> Form {
    let typed = || products.iter().zip(quantities);
    let wrong = typed().find(|(_, typed)| read_quantity(typed).is_err());
    let Some((wrong, _)) = wrong else { return form };
    typed().fold(form.at(quantity_of(wrong)), |form, (product, typed)| {
        form.keep(quantity_of(product), typed.chars().take(40).collect::<String>())
    })
}

/// What was typed anew, of that which is still sold: the page tells of the rest.
#[cfg(feature = "ssr")]
pub(crate) async fn read_quantities(
    products: &[String],
    quantities: &[String],
    had: &[String],
) -> Result<Vec<(ProductId, u32)>, AppError> {
    let catalogue = engine::catalogue::current(&engine()).await?;
    let is_sold = |id: &ProductId| catalogue.product(id).is_some_and(|it| it.price.is_some());
    let (mut read, mut fields) = (Vec::new(), Vec::new());
    for (i, (product, typed)) in products.iter().zip(quantities).enumerate() {
        if had.get(i) == Some(typed) {
            continue;
        }
        let sold = ProductId::new(product.as_str()).ok().filter(is_sold);
        match (sold, read_quantity(typed)) {
            (Some(id), Ok(quantity)) => read.push((id, quantity)),
            (Some(_), Err(problem)) => fields.push(FieldError::new(quantity_of(product), problem)),
            (None, _) => {}
        }
    }
    if fields.is_empty() { Ok(read) } else { Err(Refusal::Invalid { fields }.into()) }
}

/// Empties it.
#[server(endpoint = "basket/empty", prefix = "/api/fn")]
pub async fn empty_basket() -> Result<(), AppError> {
    let empty = change(|basket| *basket = Basket::default());
    form("basket", "/basket").answer(empty).await
}

/// Chooses the coupons ticked, or what `choice` says: `best` leaves it to us, `none` takes none.
#[server(endpoint = "basket/choose", prefix = "/api/fn")]
pub async fn choose_coupons(
    #[server(default)] coupons: Vec<String>,
    #[server(default)] choice: String,
) -> Result<(), AppError> {
    let choose = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let (mut basket, mut left_out) = (session::basket().await?, None);
        match choice.as_str() {
            "best" => basket.coupons = None,
            "none" => basket.coupons = Some(Vec::new()),
            _ => left_out = Reckoning::choose(&engine, &shopper, &mut basket, &coupons).await?,
        }
        session::keep_basket(&basket).await?;
        Ok(match left_out {
            Some(which) => done(()).saying("coupons-left-out").with("which", which),
            None => done(()),
        })
    };
    form("basket", "/basket").at("coupons").answer(choose).await
}

/// The element of the page to return to, as far as it could be one: where `place` ends in a dash,
/// the product's own.
#[cfg(feature = "ssr")]
fn place_of(product: &str, place: &str) -> String {
    let own = if place.ends_with('-') { product } else { "" };
    place.chars().take(16).chain(own.chars().take(64)).collect()
}

#[cfg(feature = "ssr")]
async fn change(change: impl FnOnce(&mut Basket)) -> Result<Done<()>, AppError> {
    let mut basket = session::basket().await?;
    change(&mut basket);
    let catalogue = engine::catalogue::current(&engine()).await?;
    let mut sold = basket.clone();
    sold.keep_sold(&catalogue);
    if !sold.is_empty() {
        // One that is no cart could be neither shown nor ordered.
        sold.cart(&catalogue)?;
    }
    session::keep_basket(&basket).await?;
    Ok(done(()))
}

/// A product that can be bought.
#[cfg(feature = "ssr")]
async fn on_the_shelf(product: &str) -> Result<ProductId, AppError> {
    let catalogue = engine::catalogue::current(&engine()).await?;
    let product = ProductId::new(product).map_err(|_| AppError::NotFound)?;
    let is_sold = catalogue.product(&product).is_some_and(|known| known.price.is_some());
    if is_sold { Ok(product) } else { Err(AppError::NotFound) }
}

#[cfg(feature = "ssr")]
fn read_quantity(text: &str) -> Result<u32, Problem> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return Err(Problem::NotANumber);
    }
    let max = Cart::MAX_QUANTITY;
    let quantity = text.parse().ok().filter(|quantity| *quantity <= max);
    quantity.ok_or(Problem::OutOfRange { min: 0, max: u64::from(max) })
}
