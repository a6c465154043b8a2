//! How a form is answered. A plain one gets a redirect to a page that tells the outcome; a program
//! that does not accept HTML gets the value, or the error with its status.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
#[cfg(feature = "console")]
use domain::{Problem, Refusal};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::{
    AppError,
    flash::{Flash, Outcome},
    preferences::cookie,
    session,
};

/// Says which page answers a form: such a page is no view.
const ANSWERED_COOKIE: &str = "answered";

/// A cookie holds no more of an address than this.
const ANSWERING_MAX: usize = 200;

/// Longer ones are no addresses of ours: sessions and headers need not carry them.
const ADDRESS_MAX: usize = 2048;

/// A form that was sent, by its name and the page it stands on.
pub struct Form {
    name: String,
    values: BTreeMap<String, String>,
    page: String,
    place: String,
}

/// What came of it, and where to go on.
pub struct Done<T> {
    value: T,
    outcome: Outcome,
    each: BTreeMap<String, (bool, String)>,
    about: Option<String>,
    next: Option<String>,
}

/// The form `name`. It returns to the page it came from, or to `page` where the browser hides that.
pub fn form(name: impl Into<String>, page: &str) -> Form {
    let came_from = with_context::<Parts, _>(|parts| page_before(&parts.headers)).flatten();
    Form {
        name: name.into(),
        values: BTreeMap::new(),
        page: came_from.unwrap_or_else(|| page.to_owned()),
        place: String::new(),
    }
}

impl Form {
    /// Keeps what was typed into a field; never a password.
    pub fn keep(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(field.into(), value.into());
        self
    }

    /// Returns to the element of this id, so that a long page does not jump to its top.
    pub fn at(mut self, id: impl Into<String>) -> Self {
        self.place = format!("#{}", escaped(&id.into()));
        self
    }

    /// Does the work and answers. Whoever is not signed in is sent to do that first.
    pub async fn answer<T>(
        self,
        work: impl Future<Output = Result<Done<T>, AppError>>,
    ) -> Result<T, AppError> {
        let outcome = work.await;
        if !accepts_html() {
            return outcome.map(|done| done.value).inspect_err(|error| set_status(error.status()));
        }
        let back = format!("{}{}", self.page, self.place);
        let (value, flash, next) = match outcome {
            Ok(Done { value, outcome, each, about, next }) => {
                let form = about.unwrap_or(self.name);
                let flash = Flash { form, values: BTreeMap::new(), outcome, each };
                (Ok(value), flash, next.unwrap_or(back))
            }
            Err(AppError::SignIn) => {
                let outcome = Outcome::Failed(AppError::SignIn);
                let unsent =
                    Flash { form: self.name, values: self.values, outcome, ..Flash::default() };
                session::keep_unsent(&self.page, unsent).await?;
                (Err(AppError::SignIn), Flash::default(), sign_in_page(&self.page))
            }
            Err(error) => {
                let outcome = Outcome::Failed(error.clone());
                (
                    Err(error),
                    Flash { form: self.name, values: self.values, outcome, ..Flash::default() },
                    back,
                )
            }
        };
        if flash.outcome != Outcome::Fresh {
            let kept = session::keep_flash(&flash).await;
            kept.inspect_err(|error| set_status(error.status()))?;
        }
        session::set_cookie(&format!("{ANSWERED_COOKIE}={}; Max-Age=30", answering(&next)));
        see_other(&next);
        value
    }
}

/// It went well.
pub fn done<T>(value: T) -> Done<T> {
    let (outcome, each) = (Outcome::Fresh, BTreeMap::new());
    Done { value, outcome, each, about: None, next: None }
}

impl<T> Done<T> {
    /// Says so on the next page.
    pub fn saying(mut self, key: &str) -> Self {
        self.outcome = Outcome::Done { message: key.to_owned(), filled: BTreeMap::new() };
        self
    }

    /// Fills a placeholder of the message.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Outcome::Done { filled, .. } = &mut self.outcome {
            filled.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Says how one of several things went, at its place on the next page.
    pub fn at_each(mut self, place: impl Into<String>, said: (bool, String)) -> Self {
        self.each.insert(place.into(), said);
        self
    }

    /// It went well, but something that hung on it did not.
    pub fn failing(mut self, error: AppError) -> Self {
        self.outcome = Outcome::Failed(error);
        self
    }

    /// Tells the next page as if the form of another name had been sent.
    pub fn about(mut self, form: impl Into<String>) -> Self {
        self.about = Some(form.into());
        self
    }

    /// Goes on with another page.
    pub fn then(mut self, page: impl Into<String>) -> Self {
        self.next = Some(page.into());
        self
    }
}

/// The text of a file that came as a field; refused where it could not be read further as text
/// (`server/uploads` leaves a mark there), or holds what no text does.
#[cfg(feature = "console")]
pub fn text_of(file: &str) -> Result<&str, AppError> {
    match file.contains(['\u{fffd}', '\0']) {
        true => Err(Refusal::invalid("file", Problem::ControlCharacter).into()),
        false => Ok(file),
    }
}

/// A page as the cookie names it: without what was asked of it, which is no other page.
fn answering(page: &str) -> String {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    escaped(path).chars().take(ANSWERING_MAX).collect()
}

/// Whether the page being rendered answers a form of ours, asked once. One that somebody goes on to
/// from the answer does not.
pub fn is_answer() -> bool {
    let answers = with_context::<Parts, _>(|parts| {
        let page = answering(parts.uri.path());
        cookie(&parts.headers, ANSWERED_COOKIE) == Some(page.as_str())
    });
    if answers == Some(true) {
        session::set_cookie(&format!("{ANSWERED_COOKIE}=; Max-Age=0"));
    }
    answers == Some(true)
}

/// The address being answered.
pub(crate) fn here() -> String {
    with_context::<Parts, _>(|parts| parts.uri.path_and_query().map(ToString::to_string))
        .flatten()
        .unwrap_or_else(|| "/".to_owned())
}

/// The door before a page: each half of the site has its own.
pub fn door(page: &str) -> &'static str {
    let is_console =
        page.strip_prefix("/ops").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    if is_console { "/ops/sign-in" } else { "/sign-in" }
}

/// Where to sign in for a page, and to come back to it.
pub fn sign_in_page(page: &str) -> String {
    let door = door(page);
    if matches!(page, "/" | "/ops") || !is_own_page(page) {
        return door.to_owned();
    }
    leading_to(door, page)
}

/// A page before the door that knows where to go on.
pub fn leading_to(door: &str, page: &str) -> String {
    format!("{door}?to={}", escaped(page).replace("%2F", "/"))
}

/// Does to whoever reads a page what the answer of the form `name` would: tells, and leads on.
pub async fn lead_on(name: &str, done: Done<()>) -> Result<(), AppError> {
    let Done { outcome, about, next, each, .. } = done;
    let form = about.unwrap_or_else(|| name.to_owned());
    if outcome != Outcome::Fresh {
        session::keep_flash(&Flash { form, values: BTreeMap::new(), outcome, each }).await?;
    }
    see_other(next.as_deref().unwrap_or("/"));
    Ok(())
}

/// Sends the browser on to a page of ours.
pub fn see_other(page: &str) {
    let page = if is_own_page(page) { page } else { "/" };
    let page = HeaderValue::try_from(page).unwrap_or(HeaderValue::from_static("/"));
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, page);
    }
}

pub fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Whether a page of ours would be the answer to this path; everything else is a way to elsewhere.
pub fn is_own_page(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= ADDRESS_MAX
        && !path.starts_with("//")
        && !path.starts_with("/api/")
        // Browsers drop tabs and line breaks from an address, which may leave two slashes.
        && !path.contains(|c: char| c == '\\' || c.is_control())
}

/// A text as a part of an address.
pub fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'-' | b'.' | b'_' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

pub(crate) fn accepts_html() -> bool {
    with_context::<Parts, _>(|parts| wants_page(&parts.headers)) == Some(true)
}

/// Whether the answer is for somebody to read.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page a form was sent from, if it is ours.
pub fn page_before(headers: &HeaderMap) -> Option<String> {
    let uri: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let page = uri.path_and_query()?.as_str();
    (uri.authority()?.as_str() == host && is_own_page(page)).then(|| page.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_back_to() {
        for page in ["/", "/orders/1?x=1", "/ops/templates"] {
            assert!(is_own_page(page), "{page}");
        }
        for elsewhere in [
            "",
            "x",
            "//evil.test",
            "/\\evil.test",
            "/\t/evil.test",
            "https://evil.test",
            "/api/fn/x",
        ] {
            assert!(!is_own_page(elsewhere), "{elsewhere}");
        }
        assert!(!is_own_page(&format!("/{}", "x".repeat(ADDRESS_MAX))));
    }

    #[test]
    fn the_page_that_answers_is_known_by_its_path() {
        for page in ["/c/poster", "/c/poster?page=2", "/c/poster#coupon-1", "/c/poster?a=/#b?"] {
            assert_eq!(answering(page), "%2Fc%2Fposter", "{page}");
        }
        assert_ne!(answering("/basket"), answering("/"));
        assert_eq!(answering(&"/".repeat(500)).len(), ANSWERING_MAX);
    }

    #[test]
    fn each_half_has_its_own_door_which_knows_the_way_back() {
        for (page, address) in [
            ("/", "/sign-in"),
            ("/ops", "/ops/sign-in"),
            ("/wallet", "/sign-in?to=/wallet"),
            ("/opsy", "/sign-in?to=/opsy"),
            ("/ops/templates", "/ops/sign-in?to=/ops/templates"),
            ("/basket?a=1&b=%20", "/sign-in?to=/basket%3Fa%3D1%26b%3D%2520"),
            ("//evil.test", "/sign-in"),
        ] {
            assert_eq!(sign_in_page(page), address);
        }
    }
}
