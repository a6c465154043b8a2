//! A coupon's own page: its ticket, its code to copy and to scan, its terms, and its life so far.

use domain::{Code, Time, claim::Facts};
use engine::{
    catalogue::{self, Catalogue},
    wallet::{self, Coupon, Step},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    held::{LARGE, action, code, is_over, place, standing, validity},
    timeline::timeline,
};
use crate::{
    AppError,
    context::engine,
    failure,
    flash::flash,
    locale::{name, sentence, t, t_with},
    server_fns::wallet::RemindOfEnd,
    session,
    shop::{
        coupon_live::PrintButton,
        scope::scope_line,
        terms::terms,
        ticket::{Face, Ticket},
    },
    ui::{Button, Card, Hidden, LINK, Look, Qr, Said, ShopFrame},
};

/// `/wallet/{code}`. Somebody else's is as unknown as one that nobody holds.
#[component]
pub fn CouponPage() -> impl IntoView {
    let asked = use_params_map().with_untracked(|params| params.get("code"));
    failure::page(async move {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let code = asked.and_then(|code| Code::parse(&code)).ok_or(AppError::NotFound)?;
        let (coupon, steps) = wallet::coupon(&engine, &shopper, code).await?;
        let (catalogue, flash, now) =
            (catalogue::current(&engine).await?, flash().await, engine.now());
        let used = wallet::uses(&engine, std::slice::from_ref(&coupon)).await?;
        let last_use = used.get(&coupon.code);
        let title = name(coupon.revision.draft.title());
        let is_reminded = wallet::is_reminded(&engine, &coupon).await?;
        let facts = wallet::facts(&engine, &shopper).await?;
        let ticket = ticket(&coupon, last_use, &catalogue, &facts, now);
        let remind = remind(&coupon, is_reminded, now);
        let (terms, timeline) = (all_terms(&coupon, &catalogue), timeline(&steps));
        Ok(view! {
            <ShopFrame title=title.clone() here="/wallet">
                <a class=WAY_BACK href="/wallet">
                    {t("coupon-back")}
                </a>
                <h1 dir="auto" class="mb-4 text-2xl font-semibold break-words">
                    {title}
                </h1>
                <div class="grid gap-4">
                    <Said flash=flash />
                    <h2 class="sr-only">{t("coupon-ticket")}</h2>
                    {ticket}
                    {remind}
                    {terms}
                    {timeline}
                </div>
            </ShopFrame>
        })
    })
}

/// Leads back to where one probably came from.
pub(in crate::shop) const WAY_BACK: &str = class!(
    "inline-flex min-h-11 items-center text-accent underline underline-offset-4 print:hidden"
);

fn ticket(
    coupon: &Coupon,
    last_use: Option<&Step>,
    catalogue: &Catalogue,
    facts: &Facts,
    now: Time,
) -> impl IntoView + use<> {
    let is_over = is_over(coupon, now);
    let (face, id) = (Face::of(&coupon.revision.draft, catalogue), place(coupon));
    let standing = standing(coupon, last_use, facts, now);
    let about = (validity(coupon, now), standing, code(coupon, now, LARGE));
    let text = coupon.code.to_string();
    let scan = (!is_over).then(|| {
        view! {
            <div class="mt-3">
                <div class="h-40 w-40 shrink-0 overflow-hidden rounded-lg border border-line">
                    <Qr text=text label=t("coupon-qr") />
                </div>
            </div>
        }
    });
    view! {
        <Ticket face=face id=id faded=is_over untitled=true>
            {about}
            {scan}
        </Ticket>
        <div class="flex flex-wrap gap-3 print:hidden">
            {action(coupon, facts, now)}
            {(!is_over).then(|| view! { <PrintButton text=t("coupon-print") /> })}
        </div>
    }
}

/// Asks to be told before it ends, or no longer; where there is still time for that.
fn remind(coupon: &Coupon, is_reminded: bool, now: Time) -> Option<impl IntoView + use<>> {
    wallet::reminder_at(coupon, now)?;
    let (key, label) = match is_reminded {
        true => ("card-remind-off", "card-remind-off-label"),
        false => ("coupon-remind", "coupon-remind-label"),
    };
    let label = t_with(label, [("title", name(coupon.revision.draft.title()).into())]);
    let off = is_reminded.then(|| view! { <Hidden name="off" value="true" /> });
    let kept =
        is_reminded.then(|| view! { <p class="w-full text-sm text-ok">{t("card-reminded")}</p> });
    Some(view! {
        <form
            method="post"
            action=RemindOfEnd::url()
            class="flex flex-wrap items-center gap-2 print:hidden"
        >
            <Hidden name="code" value=coupon.code.to_string() />
            {off}
            {kept}
            <Button look=Look::Secondary label=label>
                {t(key)}
            </Button>
        </form>
    })
}

/// Everything it says, in sentences.
fn all_terms(coupon: &Coupon, catalogue: &Catalogue) -> impl IntoView + use<> {
    let draft = &coupon.revision.draft;
    let scope = scope_line(&draft.scope, catalogue);
    let own = |text: &Option<String>| {
        text.as_deref().map(name).map(|text| {
            view! {
                <p dir="auto" class="mt-2 break-words whitespace-pre-line">
                    {text}
                </p>
            }
        })
    };
    let said = (sentence(&draft.benefit, &scope), own(&draft.description), own(&draft.terms));
    let each: Vec<_> = terms(draft).into_iter().map(|term| view! { <li>{term}</li> }).collect();
    let covers = format!("/wallet/{}/covers", coupon.code);
    view! {
        <Card id="terms" title=t("card-terms")>
            <p>{said.0}</p>
            {said.1}
            {said.2}
            <ul class="mt-3 grid list-disc gap-1 pl-5 text-sm text-muted">
                {each}
            </ul>
            <p class="mt-1 -mb-2 print:hidden">
                <a
                    class=LINK
                    href=covers
                >
                    {t_with("coupon-see-covered", [("scope", scope.into())])}
                </a>
            </p>
        </Card>
    }
}
