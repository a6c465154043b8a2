//! Who is asking, and what the server remembers of them between two requests.
//!
//! One session may hold a shopper and an operator: whoever tries both halves in two tabs stays
//! signed in to both.

use domain::actor::{Admin, Approver, Editor, Guardian, Operator, Shopper, Visitor};
use domain::{Channel, Device, OperatorId, ShopperId, TemplateId};
use engine::issuance::{Via, tickets};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tower_sessions::{Session, session::Error, session_store::Error as StoreError};

use axum::http::{HeaderValue, header, request::Parts};

use crate::{
    AppError,
    basket::Basket,
    context::{IsTls, client_address, engine},
    flash::Flash,
    form::door,
    preferences::cookie,
};

const SHOPPER: &str = "shopper";
const OPERATOR: &str = "operator";
const SEEN: &str = "seen";
const BASKET: &str = "basket";
const FLASH: &str = "flash";
const CHANNEL: &str = "channel";
const PENDING: &str = "pending";
const UNSENT: &str = "unsent-form";
const SAVED: &str = "saved";

/// Forms saved before these have been left long ago.
const SAVED_KEPT: usize = 16;

/// Bytes of a form that is kept in a session: a draft with hundreds of categories has fewer.
const UNSENT_MAX: usize = 16 * 1024;

/// A session's idle time is measured by its last save; saving at every request would be wasteful.
const TOUCH_SECONDS: i64 = 60;

const VISITOR_COOKIE: &str = "visitor";

/// Tells this device from others for as long as browsers keep a cookie, 400 days from its last use.
const DEVICE_COOKIE: &str = "device";
const DEVICE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// Tells who signed in to the console last, until the browser is closed.
const OPERATOR_COOKIE: &str = "operator";

/// What somebody was about to do when they were asked to sign in. The page they go on with is in the
/// address of the door (`form::sign_in_page`), so that nobody who only looks gets a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pending {
    /// Claims they pressed.
    pub claims: Vec<TemplateId>,
    /// Of whose opening they want to be told, or no longer.
    pub reminder: Option<(TemplateId, bool)>,
    /// The token of the link by which they came to them.
    pub link: Option<String>,
}

/// Whether the request came with a session. One that a guard of the server refused did not get so
/// far, and the page that tells so knows nobody.
pub fn is_there() -> bool {
    with_context::<Parts, _>(|parts| parts.extensions.get::<Session>().is_some()) == Some(true)
}

/// The shopper, or the answer that they should sign in.
pub async fn shopper() -> Result<Shopper, AppError> {
    maybe_shopper().await?.ok_or(AppError::SignIn)
}

/// The shopper, if somebody is signed in to the shop.
pub async fn maybe_shopper() -> Result<Option<Shopper>, AppError> {
    let id: Option<ShopperId> = read(SHOPPER).await?;
    if id.is_some() {
        touch().await?;
    }
    Ok(id.map(|id| Shopper { id }))
}

/// Settles what a shopper who is signed in has waiting in line, ahead of its turn.
pub async fn catch_up() {
    if is_there()
        && let Ok(Some(id)) = read::<ShopperId>(SHOPPER).await
    {
        tickets::catch_up(&engine(), &[id]).await;
    }
}

/// The operator as they are now, and from where they ask: whoever was switched off has to sign in, in
/// vain.
pub async fn operator() -> Result<Operator, AppError> {
    let id: OperatorId = read(OPERATOR).await?.ok_or(AppError::SignIn)?;
    let operator = match engine::accounts::operator(&engine(), id).await {
        Err(engine::Error::Missing) => return Err(AppError::SignIn),
        found => found?,
    };
    touch().await?;
    Ok(Operator { address: client_address(), ..operator })
}

/// The operator, if they may make and edit templates.
pub async fn editor() -> Result<Editor, AppError> {
    operator().await?.editor().ok_or(AppError::Forbidden)
}

/// The operator, if they may approve.
pub async fn approver() -> Result<Approver, AppError> {
    operator().await?.approver().ok_or(AppError::Forbidden)
}

/// The operator, if they look after single coupons.
pub async fn guardian() -> Result<Guardian, AppError> {
    operator().await?.guardian().ok_or(AppError::Forbidden)
}

/// The operator, if they may say who works in the console.
pub async fn admin() -> Result<Admin, AppError> {
    operator().await?.admin().ok_or(AppError::Forbidden)
}

/// Whoever looks: the shopper, or a random mark that a cookie keeps for a year.
pub async fn visitor() -> Result<Visitor, AppError> {
    if let Some(shopper) = maybe_shopper().await? {
        return Ok(Visitor { mark: shopper.id.to_string() });
    }
    let mark = known_mark(VISITOR_COOKIE).unwrap_or_else(|| {
        let mark = fresh_mark();
        set_cookie(&format!("{VISITOR_COOKIE}={mark}; Max-Age=31536000"));
        mark
    });
    Ok(Visitor { mark })
}

/// How whoever asks came by, and from where.
pub async fn via() -> Result<Via, AppError> {
    Ok(Via { channel: channel().await?, link: None, device: device(), address: client_address() })
}

/// The device that asks: a random mark that a cookie of its own keeps. Whoever throws it away is a
/// new device, and has to make do with what their address may.
fn device() -> Option<Device> {
    let mark = known_mark(DEVICE_COOKIE).unwrap_or_else(fresh_mark);
    set_cookie(&format!("{DEVICE_COOKIE}={mark}; Max-Age={DEVICE_SECONDS}"));
    Device::new(mark).ok()
}

/// Signs a shopper in, under a new session id: one planted beforehand is worth nothing. What another
/// shopper had here goes with them.
pub async fn sign_in(shopper: &Shopper) -> Result<(), AppError> {
    if maybe_shopper().await?.is_some_and(|other| other != *shopper) {
        sign_out().await?;
    }
    write(SHOPPER, &shopper.id).await?;
    renew().await
}

/// Signs an operator in, likewise.
pub async fn operator_sign_in(operator: &Operator) -> Result<(), AppError> {
    set_cookie(&format!("{OPERATOR_COOKIE}={}", mark_of(operator)));
    write(OPERATOR, operator.id).await?;
    renew().await
}

/// Signs the shopper out; their basket goes with them, and what the last form had to say.
pub async fn sign_out() -> Result<(), AppError> {
    for key in [SHOPPER, BASKET, PENDING, FLASH] {
        take::<serde_json::Value>(key).await?;
    }
    renew().await
}

/// Signs the operator out.
pub async fn operator_sign_out() -> Result<(), AppError> {
    for key in [OPERATOR, PENDING, UNSENT, FLASH] {
        take::<serde_json::Value>(key).await?;
    }
    renew().await
}

pub async fn basket() -> Result<Basket, AppError> {
    Ok(read(BASKET).await?.unwrap_or_default())
}

pub async fn keep_basket(basket: &Basket) -> Result<(), AppError> {
    write(BASKET, basket).await
}

/// The channel by which somebody came, if any.
pub async fn channel() -> Result<Option<Channel>, AppError> {
    read(CHANNEL).await
}

pub async fn arrive(channel: &Channel) -> Result<(), AppError> {
    write(CHANNEL, channel).await
}

/// Remembers what to do after signing in.
pub async fn postpone(pending: &Pending) -> Result<(), AppError> {
    write(PENDING, pending).await
}

pub async fn pending() -> Result<Pending, AppError> {
    Ok(read(PENDING).await?.unwrap_or_default())
}

/// What was postponed, once.
pub async fn resume() -> Result<Pending, AppError> {
    Ok(take(PENDING).await?.unwrap_or_default())
}

/// A form that was sent when nobody was signed in: whose it is, and the page it stands on.
type Unsent = (String, String, Flash);

/// Keeps a form of the console for whoever signed in there last: nobody else is to read what they typed.
pub(crate) async fn keep_unsent(page: &str, form: Flash) -> Result<(), AppError> {
    let bytes: usize = form.values.values().map(String::len).sum();
    match known_mark(OPERATOR_COOKIE) {
        Some(author) if door(page) == door("/ops") && bytes <= UNSENT_MAX => {
            write(UNSENT, (author, page, form)).await
        }
        _ => Ok(()),
    }
}

/// Whether a form of this page waits for its operator to sign in.
pub async fn has_unsent(page: &str) -> Result<bool, AppError> {
    let unsent: Option<Unsent> = read(UNSENT).await?;
    Ok(unsent.is_some_and(|(_, typed_on, _)| typed_on == page))
}

/// Lets the page that an operator goes on with come back filled in, once, where it is the one of a form
/// of theirs.
pub(crate) async fn refill(operator: &Operator, page: &str) -> Result<(), AppError> {
    match take::<Unsent>(UNSENT).await? {
        Some((author, typed_on, form)) if author == mark_of(operator) && typed_on == page => {
            keep_flash(&form).await
        }
        _ => Ok(()),
    }
}

/// The keys of the forms saved last: what a browser keeps of those is no longer needed.
pub async fn saved() -> Result<Vec<String>, AppError> {
    Ok(read(SAVED).await?.unwrap_or_default())
}

/// Notes that the form of this key was saved.
pub async fn remember_saved(key: &str) -> Result<(), AppError> {
    // A key of ours is an id; anything longer is not worth keeping.
    if key.is_empty() || key.len() > 64 {
        return Ok(());
    }
    let mut saved = saved().await?;
    saved.push(key.to_owned());
    let old = saved.len().saturating_sub(SAVED_KEPT);
    write(SAVED, &saved[old..]).await
}

pub(crate) async fn keep_flash(flash: &Flash) -> Result<(), AppError> {
    write(FLASH, flash).await
}

pub(crate) async fn take_flash() -> Result<Option<Flash>, AppError> {
    match read::<Flash>(FLASH).await? {
        // Taking changes a session, and what changes is written.
        Some(_) => take(FLASH).await,
        None => Ok(None),
    }
}

/// Sets a cookie for the whole site; `text` is its name, value and attributes beyond that.
pub(crate) fn set_cookie(text: &str) {
    let secure = if use_context() == Some(IsTls(true)) { "; Secure" } else { "" };
    let value = HeaderValue::try_from(format!("{text}; Path=/; HttpOnly; SameSite=Lax{secure}"));
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), value) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// A mark of ours that a cookie keeps, if it is one.
fn known_mark(name: &str) -> Option<String> {
    let is_ours = |mark: &&str| mark.len() == 32 && mark.bytes().all(|b| b.is_ascii_hexdigit());
    let known = |parts: &Parts| cookie(&parts.headers, name).filter(is_ours).map(str::to_owned);
    with_context(known).flatten()
}

/// An operator, as a cookie tells of them.
fn mark_of(operator: &Operator) -> String {
    operator.id.0.simple().to_string()
}

/// Sixteen random bytes in hexadecimal.
pub(crate) fn fresh_mark() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn session() -> Result<Session, AppError> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<Session>().cloned())
        .flatten()
        .ok_or_else(|| AppError::fault(&engine::Fault::new("a request came without a session")))
}

/// What a session could not do. What keeps it says no more than that it did not answer.
fn failed(error: Error) -> AppError {
    match error {
        Error::Store(StoreError::Backend(_)) => AppError::passing(&error),
        _ => AppError::fault(&error),
    }
}

async fn read<T: DeserializeOwned>(key: &str) -> Result<Option<T>, AppError> {
    session()?.get(key).await.map_err(failed)
}

async fn write(key: &str, value: impl Serialize) -> Result<(), AppError> {
    session()?.insert(key, value).await.map_err(failed)
}

async fn take<T: DeserializeOwned>(key: &str) -> Result<Option<T>, AppError> {
    session()?.remove(key).await.map_err(failed)
}

async fn renew() -> Result<(), AppError> {
    write(SEEN, engine().now().timestamp()).await?;
    session()?.cycle_id().await.map_err(failed)
}

async fn touch() -> Result<(), AppError> {
    let now = engine().now().timestamp();
    match read::<i64>(SEEN).await? {
        Some(seen) if (seen..seen + TOUCH_SECONDS).contains(&now) => Ok(()),
        _ => write(SEEN, now).await,
    }
}
