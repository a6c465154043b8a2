//! What host shops tell, and what they are told of it all: paid orders, views, the ledger, the
//! funnel.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use domain::actor::{Claiming, Reading, Redeeming};
use engine::{counts, events, funnel, orders, redemption::Answer, templates};

use super::{
    Problems,
    call::{Body, By, Call, status, told},
    paging::{Page, Params},
    reading::Reader,
    wire::event::{Event, EventsAsk},
    wire::funnel::{Funnel, FunnelAsk},
    wire::told::{OrderSaid, Views, ViewsSaid},
};
use crate::{problem::Problem, speech::Speech, state::AppState};

/// Tell of a paid order
///
/// Any order, with or without a coupon, so that turnover can be compared. It counts as a paid order
/// of its shopper, once, also where it is redeemed here. The same order with the same content again
/// is answered 200; with other content it is a `state_conflict`. Needs the scope `redeem`.
#[utoipa::path(post, path = "/orders", tag = "orders", request_body = OrderSaid,
    params(super::IdempotencyKey),
    responses(
        (status = 201, body = OrderSaid),
        (status = 200, description = "It was told before", body = OrderSaid),
        Problems,
    ))]
pub(crate) async fn order(call: Call<Redeeming, OrderSaid>) -> Result<Response, Problem> {
    let Call { by, body, engine, key } = call;
    let paid = body.read(Reader::new(key.speech.currency()))?;
    let say = |(paid, answer): &(orders::PaidOrder, Answer), speech: &Speech| {
        told(status(*answer), &OrderSaid::of(paid, speech))
    };
    key.once(say, async |once| orders::tell_keyed(&engine, &by, &paid, Some(&once)).await).await
}

/// Tell of views
///
/// Cards shown outside our pages, one or up to 1,000 of them. Each counts as an impression, and each
/// different visitor once; a template that does not exist counts nothing. Needs the scope `claim`.
#[utoipa::path(post, path = "/views", tag = "numbers", request_body = ViewsSaid,
    responses((status = 202, description = "They are counted within a second"), Problems))]
pub(crate) async fn views(
    State(state): State<AppState>,
    By(partner): By<Claiming>,
    speech: Speech,
    Body(views): Body<Views>,
) -> Result<StatusCode, Problem> {
    let views = views.read(Reader::new(speech.currency()))?;
    counts::tell(&state.engine, &partner, &views).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Read the ledger
///
/// What happened to coupons, in an order that never changes and never skips one that was written
/// late. Go on with `after` and the id of the last event known. A call looks at ten thousand places at
/// most, so a page may hold fewer events than were asked for, or none, before the end; only there is
/// `next_cursor` null. Needs the scope `read`.
#[utoipa::path(get, path = "/events", tag = "numbers", params(EventsAsk),
    responses((status = 200, body = Page<Event>), Problems))]
pub(crate) async fn ledger(
    State(state): State<AppState>,
    By(partner): By<Reading>,
    speech: Speech,
    Params(ask): Params<EventsAsk>,
) -> Result<Json<Page<Event>>, Problem> {
    let asked = ask.read(Reader::new(speech.currency()))?;
    let (engine, limit) = (&state.engine, asked.limit);
    let part = events::read(engine, &partner, asked.after, &asked.filter, limit).await?;
    let items = part.events.iter().map(|event| Event::of(event, &speech)).collect();
    Ok(Json(Page::after(items, part.next.map(|next| next.to_string()))))
}

/// Read the funnel
///
/// Of one template or of all, of one channel or of all, over a period. Needs the scope `read`.
#[utoipa::path(get, path = "/funnel", tag = "numbers", params(FunnelAsk),
    responses((status = 200, body = Funnel), Problems))]
pub(crate) async fn stages(
    State(state): State<AppState>,
    By(partner): By<Reading>,
    speech: Speech,
    Params(ask): Params<FunnelAsk>,
) -> Result<Json<Funnel>, Problem> {
    let (part, step) = ask.read(Reader::new(speech.currency()))?;
    if let Some(template) = part.template {
        templates::read(&state.engine, &partner, template).await?;
    }
    let funnel = funnel::read_with_viewers(&state.engine, &partner, &part, step).await?;
    let funnel = funnel::whole(funnel)?;
    Ok(Json(Funnel::of(&funnel, &speech)))
}
