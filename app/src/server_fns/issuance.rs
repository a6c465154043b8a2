//! Claiming coupons.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{Done, accepts_html, done, form},
    locale::{self, t, t_with},
    session,
    session::Pending,
    shop::center::ways_on::{Reader, ways_on},
};
#[cfg(feature = "ssr")]
use domain::{Refusal, TemplateId, actor::Shopper};
#[cfg(feature = "ssr")]
use engine::{
    issuance::{
        Taken, Via,
        tickets::{self, Standing, Ticket},
    },
    offers,
    wallet::Coupon,
};

/// As many are claimed at one press, and no more.
#[cfg(feature = "ssr")]
pub const ALL_AT_MOST: usize = 50;

/// The longest token of a link; what is longer is none, and must not fill a session.
#[cfg(feature = "ssr")]
const TOKEN_MAX: usize = 64;

/// How a card stands now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// How the press went: whether well, and the sentence.
    pub said: Option<(bool, String)>,
    /// What can be done with the card, drawn as on its page.
    pub ways: String,
}

/// A shopper takes a coupon. Pressed by somebody who is not signed in, it is done right after that.
/// A program is told how the card stands now, a refusal included. `had` is how many the shopper
/// knew of: whoever presses again because the answer was lost means the same coupon.
#[server(endpoint = "issuance/claim", prefix = "/api/fn")]
pub async fn claim(
    #[server(default)] template: String,
    #[server(default)] link: Option<String>,
    #[server(default)] had: Option<u32>,
) -> Result<Told, AppError> {
    let template: Result<TemplateId, _> = template.parse().map_err(|_| AppError::NotFound);
    let place = template.as_ref().map_or_else(|_| "coupon".to_owned(), |id| self::place(*id));
    let claim = async {
        let (template, via) = (template?, via(link).await?);
        let shopper = or_postpone(Pending { claims: vec![template], ..from(&via) }).await?;
        let taken = take(&shopper, template, &via, had).await;
        if accepts_html() {
            return Ok(told_of(&taken?));
        }
        let said = match taken {
            Ok(taken) => (true, sentence(&taken)),
            Err(AppError::Refused { refusal, .. }) if refusal != Refusal::NotFound => {
                (false, locale::refusal(&refusal))
            }
            Err(error) => return Err(error),
        };
        // However the card stands now, what became of the press is told.
        let ways = look_at(Some(&shopper), template, &via, true).await.unwrap_or_default();
        Ok(done(Told { said: Some(said), ways }))
    };
    form(&place, "/").at(&place).answer(claim).await
}

/// A shopper takes one coupon of each template of which they have none that is not used up, as far as
/// that goes; each is answered at its card.
#[server(endpoint = "issuance/claim-all", prefix = "/api/fn")]
pub async fn claim_all(
    #[server(default)] templates: Vec<String>,
    #[server(default)] link: Option<String>,
) -> Result<(), AppError> {
    let claim_all = async {
        let mut ids: Vec<TemplateId> = Vec::new();
        for id in templates.iter().filter_map(|id| id.parse().ok()) {
            if ids.len() < ALL_AT_MOST && !ids.contains(&id) {
                ids.push(id);
            }
        }
        let via = via(link).await?;
        let shopper = or_postpone(Pending { claims: ids.clone(), ..from(&via) }).await?;
        take_all(&shopper, &ids, &via).await
    };
    form("claim-all", "/").answer(claim_all).await
}

/// A shopper wants to be told when a coupon opens, or no longer. Pressed by somebody who is not signed
/// in, it is done right after that.
#[server(endpoint = "issuance/remind", prefix = "/api/fn")]
pub async fn remind(
    #[server(default)] template: String,
    #[server(default)] link: Option<String>,
    #[server(default)] off: bool,
) -> Result<(), AppError> {
    let template: Result<TemplateId, _> = template.parse().map_err(|_| AppError::NotFound);
    let place = template.as_ref().map_or_else(|_| "coupon".to_owned(), |id| self::place(*id));
    let remind = async {
        let (template, via) = (template?, via(link).await?);
        let reminder = Some((template, !off));
        let shopper = or_postpone(Pending { reminder, ..from(&via) }).await?;
        offers::remind(&engine(), &shopper, template, &via, !off).await?;
        Ok(done(()))
    };
    form("remind", "/").at(&place).answer(remind).await
}

/// How a card stands now, and what has become of the claim that waited in line for it. It is no view:
/// whoever asks has its page before them.
#[server(endpoint = "issuance/look", prefix = "/api/fn")]
pub async fn look(
    #[server(default)] template: String,
    #[server(default)] link: Option<String>,
    #[server(default)] ticket: Option<String>,
) -> Result<Told, AppError> {
    let look = async {
        let template: TemplateId = template.parse().map_err(|_| AppError::NotFound)?;
        let (shopper, via) = (session::maybe_shopper().await?, via(link).await?);
        let own = own_ticket(shopper.as_ref(), template, ticket).await;
        // Whoever waits in line for a template knows of it, whatever has become of it meanwhile.
        if let Some(shopper) = shopper.as_ref().filter(|_| own.is_none()) {
            engine::issuance::look_for(&engine(), shopper, template, &via).await?;
        }
        let said = own.and_then(|(ticket, coupon)| answer(ticket, coupon));
        let ways = look_at(shopper.as_ref(), template, &via, said.is_some()).await;
        // The claim has its answer, also where the card is there no more.
        let ways = if said.is_some() { ways.unwrap_or_default() } else { ways? };
        Ok(done(Told { said, ways }))
    };
    form("look", "/").answer(look).await
}

/// A ticket of the shopper's for a template, settled now if need be, and the coupon it became.
#[cfg(feature = "ssr")]
async fn own_ticket(
    shopper: Option<&Shopper>,
    template: TemplateId,
    ticket: Option<String>,
) -> Option<(Ticket, Option<Coupon>)> {
    let (shopper, id) = (shopper?, ticket?.parse().ok()?);
    let own = tickets::own(&engine(), shopper, id).await.ok();
    own.filter(|(ticket, _)| ticket.template == template)
}

/// What has become of a claim that waited, if it has its answer: whether well, and the sentence.
#[cfg(feature = "ssr")]
fn answer(ticket: Ticket, coupon: Option<Coupon>) -> Option<(bool, String)> {
    match (ticket.standing, coupon) {
        (Standing::Refused(refusal), _) => Some((false, locale::refusal(&refusal))),
        (_, Some(coupon)) => Some((true, sentence(&Taken::Coupon(coupon)))),
        (_, None) => None,
    }
}

#[cfg(feature = "ssr")]
async fn look_at(
    shopper: Option<&Shopper>,
    template: TemplateId,
    via: &Via,
    is_told: bool,
) -> Result<String, AppError> {
    let engine = engine();
    let card = offers::card(&engine, shopper, template, via).await?;
    let reader = Reader { is_signed_in: shopper.is_some(), is_told, now: engine.now() };
    Ok(ways_on(&card, reader).to_html())
}

/// How whoever asks came by.
#[cfg(feature = "ssr")]
pub(crate) async fn via(link: Option<String>) -> Result<Via, AppError> {
    let link = link.filter(|link| link.len() <= TOKEN_MAX);
    Ok(Via { link, ..session::via().await? })
}

/// What somebody who came this way is about to do: nothing yet.
#[cfg(feature = "ssr")]
fn from(via: &Via) -> Pending {
    Pending { link: via.link.clone(), ..Pending::default() }
}

/// The shopper; or else what they pressed is kept for when they have signed in.
#[cfg(feature = "ssr")]
async fn or_postpone(pending: Pending) -> Result<Shopper, AppError> {
    if let Some(shopper) = session::maybe_shopper().await? {
        return Ok(shopper);
    }
    session::postpone(&pending).await?;
    Err(AppError::SignIn)
}

#[cfg(feature = "ssr")]
pub(crate) async fn take(
    shopper: &Shopper,
    template: TemplateId,
    via: &Via,
    had: Option<u32>,
) -> Result<Taken, AppError> {
    let engine = engine();
    if let Some(had) = had
        && let Some(coupon) = offers::taken_since(&engine, shopper, template, had).await?
    {
        return Ok(Taken::Coupon(coupon));
    }
    let taken = engine::issuance::take(&engine, shopper, template, via.clone()).await?;
    if accepts_html() {
        // A page is read next: it is to tell the answer, and can do without the line.
        return Ok(tickets::hasten(&engine, shopper, taken).await?);
    }
    Ok(taken)
}

/// Tells of a claim on the next page.
#[cfg(feature = "ssr")]
pub(crate) fn told_of<T: Default>(taken: &Taken) -> Done<T> {
    match taken {
        Taken::Coupon(coupon) => self::taken(coupon),
        Taken::Ticket(_) => done(T::default()).saying("claim-in-line"),
    }
}

/// Tells of a coupon on the next page.
#[cfg(feature = "ssr")]
pub(crate) fn taken<T: Default>(coupon: &Coupon) -> Done<T> {
    let done = done(T::default());
    match coupon.valid_until {
        Some(until) => done.saying("claim-done-until").with("until", locale::last_minute(until)),
        None => done.saying("claim-done"),
    }
}

#[cfg(feature = "ssr")]
fn sentence(taken: &Taken) -> String {
    let Taken::Coupon(coupon) = taken else { return t("claim-in-line") };
    match coupon.valid_until {
        Some(until) => t_with("claim-done-until", [("until", locale::last_minute(until).into())]),
        None => t("claim-done"),
    }
}

/// Claims all of which the shopper has none, and tells of each.
#[cfg(feature = "ssr")]
pub(crate) async fn take_all(
    shopper: &Shopper,
    templates: &[TemplateId],
    via: &Via,
) -> Result<Done<()>, AppError> {
    let engine = engine();
    let kept = offers::kept(&engine, shopper, templates).await?;
    let missing = templates.iter().filter(|template| !kept.contains_key(*template));
    let missing: Vec<TemplateId> = missing.copied().collect();
    let answers = engine::issuance::take_each(&engine, shopper, &missing, via).await;
    let kept = kept.into_iter().map(|(template, coupon)| (template, Ok(Taken::Coupon(coupon))));
    let (all, mut taken, mut waiting) = (templates.len(), 0, 0);
    let mut told = done(());
    for (template, answer) in kept.chain(answers) {
        let answer = match answer {
            Ok(answer) => tickets::hasten(&engine, shopper, answer).await,
            refused => refused,
        };
        match answer {
            Ok(Taken::Coupon(_)) => taken += 1,
            Ok(Taken::Ticket(_)) => waiting += 1,
            Err(_) => {}
        }
        let said = match answer {
            Ok(taken) => (true, sentence(&taken)),
            Err(error) => (false, locale::error(&error.into())),
        };
        told = told.at_each(place(template), said);
    }
    let others = all - taken - waiting;
    let message = match (taken, waiting, others) {
        (0, 0, _) => "claim-all-none",
        (_, 0, 0) => "claim-all-done",
        (_, 0, _) => "claim-all-some",
        (_, _, 0) => "claim-all-in-line",
        _ => "claim-all-some-in-line",
    };
    let numbers = [("n", taken), ("waiting", waiting), ("others", others)];
    let told = told.saying(message);
    Ok(numbers.into_iter().fold(told, |told, (name, n)| told.with(name, n.to_string())))
}

/// The id of a template's card on a page, and the name of the form on it.
#[cfg(feature = "ssr")]
pub fn place(template: TemplateId) -> String {
    format!("coupon-{template}")
}

/// The template whose card has this id.
#[cfg(feature = "ssr")]
pub fn placed(place: &str) -> Option<TemplateId> {
    place.strip_prefix("coupon-")?.parse().ok()
}
