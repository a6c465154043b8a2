//! Coupons, how they are claimed, and the wallets they lie in.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::coupon::State;
use domain::{Problem as Wrong, ShopperId, TemplateId};
use engine::issuance::{Via, tickets};
use engine::wallet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{CouponCode, Reference};
use crate::problem::{self, Problem};
use crate::speech::Speech;
use crate::v1::paging::{Page, cursor};
use crate::v1::reading::Reader;

/// One coupon of one shopper.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Coupon {
    id: String,
    code: CouponCode,
    template: String,
    /// What the template said when it was issued; that holds for it.
    revision: u32,
    shopper: Reference,
    state: CouponState,
    claimed_at: DateTime<Utc>,
    valid_from: DateTime<Utc>,
    /// The first moment after; null without an end.
    #[schema(required)]
    valid_until: Option<DateTime<Utc>>,
    #[schema(required)]
    channel: Option<Reference>,
}

/// Where a coupon stands at this moment.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CouponState {
    Available,
    Locked,
    Redeemed,
    Expired,
    Revoked,
    Held,
}

impl From<State> for CouponState {
    fn from(state: State) -> Self {
        match state {
            State::Available => Self::Available,
            State::Locked => Self::Locked,
            State::Redeemed => Self::Redeemed,
            State::Expired => Self::Expired,
            State::Revoked => Self::Revoked,
            State::Held => Self::Held,
        }
    }
}

impl Coupon {
    pub(crate) fn of(coupon: &wallet::Coupon, speech: &Speech) -> Self {
        Self {
            id: coupon.id.to_string(),
            code: CouponCode(coupon.code.to_string()),
            template: coupon.revision.template.to_string(),
            revision: coupon.revision.number,
            shopper: Reference(coupon.shopper.to_string()),
            state: coupon.state_at(speech.now()).into(),
            claimed_at: coupon.claimed_at,
            valid_from: coupon.valid_from,
            valid_until: coupon.valid_until,
            channel: coupon.channel.as_ref().map(|channel| Reference(channel.to_string())),
        }
    }
}

/// A claim: of a template, or of whatever a pool code stands for.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ClaimAsk {
    shopper: Reference,
    /// Either this or `pool_code`.
    template: Option<String>,
    /// As the shopper typed it.
    pool_code: Option<String>,
    channel: Option<Reference>,
    /// What tells the shopper's device from others.
    device: Option<Reference>,
    /// The shopper's own address, IPv4 or IPv6.
    ip: Option<String>,
}

/// What a [`ClaimAsk`] says.
pub(crate) struct ClaimAsked {
    pub(crate) shopper: ShopperId,
    pub(crate) what: Claimed,
    pub(crate) via: Via,
}

/// What is claimed.
pub(crate) enum Claimed {
    Template(TemplateId),
    PoolCode(String),
}

impl ClaimAsk {
    pub(crate) fn read(self, mut reader: Reader) -> Result<ClaimAsked, Problem> {
        let shopper = reader.text("shopper", &self.shopper);
        let channel = self.channel.as_ref().and_then(|channel| reader.text("channel", channel));
        let device = self.device.as_ref().and_then(|device| reader.text("device", device));
        let address = self.ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok());
        if self.ip.is_some() && address.is_none() {
            reader.wrong("ip", Wrong::NotAnAddress);
        }
        let via = Via { channel, link: None, device, address };
        match (&self.template, &self.pool_code) {
            (None, None) => reader.wrong("template", Wrong::Required),
            (Some(_), Some(_)) => {
                reader.wrong("pool_code", Wrong::NotTogether { other: "template".to_owned() });
            }
            _ => {}
        }
        let shopper = reader.done(shopper)?;
        let what = match self.pool_code {
            Some(code) => Claimed::PoolCode(code),
            // An id that is none of ours is an unknown one.
            None => {
                let template = self.template.and_then(|id| id.parse().ok());
                Claimed::Template(template.ok_or(Problem::NotFound)?)
            }
        };
        Ok(ClaimAsked { shopper, what, via })
    }
}

/// A claim that waits in line, or did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticket {
    ticket: String,
    state: TicketState,
    /// What it became, once it is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<Coupon>,
    /// Why it became none, once it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<TicketRefusal>,
}

/// Where a ticket stands; `settled` and `refused` are final.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketState {
    Waiting,
    Settled,
    Refused,
}

/// Why a claim was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TicketRefusal {
    code: &'static str,
    data: Value,
    message: String,
}

impl Ticket {
    pub(crate) fn of(
        ticket: &tickets::Ticket,
        coupon: Option<&wallet::Coupon>,
        speech: &Speech,
    ) -> Self {
        let (state, refusal) = match &ticket.standing {
            tickets::Standing::Waiting => (TicketState::Waiting, None),
            tickets::Standing::Settled(_) => (TicketState::Settled, None),
            tickets::Standing::Refused(refusal) => {
                let (code, data) = (refusal.code(), problem::data(refusal, speech));
                let message = speech.refusal(refusal);
                (TicketState::Refused, Some(TicketRefusal { code, data, message }))
            }
        };
        let coupon = coupon.map(|coupon| Coupon::of(coupon, speech));
        Self { ticket: ticket.id.to_string(), state, coupon, refusal }
    }
}

/// Which part of a wallet.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WalletAsk {
    /// Only coupons in this state: `available`, `locked`, `redeemed`, `expired`, `revoked` or
    /// `held`.
    state: Option<String>,
    /// 1 to 1000, 50 where it is not said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a [`WalletAsk`] says.
pub(crate) struct WalletAsked {
    pub(crate) state: Option<State>,
    pub(crate) after: Option<wallet::Place>,
    pub(crate) limit: u32,
}

impl WalletAsk {
    pub(crate) fn read(&self, mut reader: Reader) -> Result<WalletAsked, Problem> {
        let state = reader.word("state", self.state.as_deref(), State::parse);
        let after = reader.cursor(self.cursor.as_deref());
        let limit = reader.limit(self.limit.as_deref());
        reader.done(Some(WalletAsked { state, after, limit }))
    }
}

/// Whose wallets.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WalletsAsk {
    #[schema(min_items = 1, max_items = 100)]
    shoppers: Vec<Reference>,
    /// Only coupons in this state.
    state: Option<String>,
}

/// The most wallets one call asks for.
const WALLETS_MAX: usize = 100;

impl WalletsAsk {
    pub(crate) fn read(
        &self,
        mut reader: Reader,
    ) -> Result<(Vec<ShopperId>, Option<State>), Problem> {
        let state = reader.word("state", self.state.as_deref(), State::parse);
        match self.shoppers.len() {
            0 => reader.wrong("shoppers", Wrong::TooFew { min: 1 }),
            n if n > WALLETS_MAX => {
                reader.wrong("shoppers", Wrong::TooMany { max: WALLETS_MAX as u64 });
            }
            _ => {}
        }
        let shoppers: Vec<Option<ShopperId>> = (self.shoppers.iter().enumerate())
            .map(|(i, shopper)| reader.text(format!("shoppers.{i}"), shopper))
            .collect();
        let shoppers = shoppers.into_iter().collect::<Option<_>>();
        reader.done(shoppers.map(|shoppers| (shoppers, state)))
    }
}

/// Several wallets, in the order asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Wallets {
    wallets: Vec<Wallet>,
}

/// The newest coupons of one shopper, 200 at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Wallet {
    shopper: Reference,
    items: Vec<Coupon>,
    /// Where `GET /shoppers/{id}/coupons` goes on; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl Wallets {
    pub(crate) fn of(wallets: &[(ShopperId, wallet::Page)], speech: &Speech) -> Self {
        let wallet = |(shopper, page): &(ShopperId, wallet::Page)| Wallet {
            shopper: Reference(shopper.to_string()),
            items: coupons(page, speech),
            next_cursor: page.next.as_ref().map(cursor),
        };
        Self { wallets: wallets.iter().map(wallet).collect() }
    }
}

/// A page of one wallet.
pub(crate) fn page(page: &wallet::Page, speech: &Speech) -> Page<Coupon> {
    Page::new(coupons(page, speech), page.next.as_ref())
}

fn coupons(page: &wallet::Page, speech: &Speech) -> Vec<Coupon> {
    page.coupons.iter().map(|coupon| Coupon::of(coupon, speech)).collect()
}
