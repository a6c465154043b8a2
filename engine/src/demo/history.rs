//! Thirty made-up days: templates go live, shoppers look, claim, order, pay, cancel and return,
//! more of them at weekends and in the evening.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{Datelike, TimeDelta};
use domain::actor::{Editor, Shopper, System, Till, Visitor};
use domain::cart::{Cart, Line};
use domain::category::Tree;
use domain::returns::{Part, Request, RequestLine};
use domain::template::{Action, Phase};
use domain::{Channel, LineId, OrderRef, PaymentRef, RefundRef, ShopperId, TemplateId, Time};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::offers::{Fate, Planned, plan};
use super::{SHOPPERS, oddly, operator_called, shopper_called};
use crate::catalogue::{self, Catalogue};
use crate::issuance::{self, Taken, Via, tickets};
use crate::redemption::{self, Ask};
use crate::{Engine, Error, Fault, Result, counts, offers, pools, sweeps, templates};

/// How long the history is.
const DAYS: i64 = 30;

/// Where made-up shoppers come from, and how much of a hundred each brings.
const CHANNELS: &[(&str, u32)] = &[("app", 45), ("wechat", 30), ("poster", 10), ("mail", 15)];

/// What is played: made-up people and the shop they use.
pub(super) struct Month<'a> {
    engine: &'a Engine,
    editor: Editor,
    people: Vec<Shopper>,
    shelf: Arc<Catalogue>,
    chance: StdRng,
    start: Time,
    planned: Vec<Planned>,
    made: Vec<(Planned, TemplateId, Time)>,
    orders: u32,
    /// Days that have begun.
    days: i64,
    /// When somebody comes by on the present one.
    visits: VecDeque<Time>,
}

/// Plays the history up to `now`, by a clock that stands still where it is put; the cast must be
/// there already. Says each day that is done.
pub async fn play(engine: &Engine, now: Time, mut done: impl FnMut(i64)) -> Result<()> {
    let mut month = Month::before(engine, now).await?;
    month.on_to(now, &mut done).await?;
    engine.clock().set(now);
    sweep(engine).await
}

pub(super) async fn sweep(engine: &Engine) -> Result<()> {
    while sweeps::lapse_due(engine, System, 500).await? > 0 {}
    while sweeps::expire_due(engine, System, 500).await? > 0 {}
    counts::flush(engine).await
}

impl<'a> Month<'a> {
    /// The month that leads up to `now`; nothing of it has happened yet.
    pub(super) async fn before(engine: &'a Engine, now: Time) -> Result<Self> {
        let start = now - TimeDelta::days(DAYS);
        let editor = operator_called(engine, "editor@quan.example").await?;
        let editor = editor.editor().ok_or_else(|| Fault::new("the demo's editor may not edit"))?;
        let mut people = Vec::new();
        for (email, _) in SHOPPERS {
            people.push(shopper_called(engine, email).await?);
        }
        for i in 1..=57 {
            people.push(Shopper { id: ShopperId::new(format!("demo-{i:02}")).map_err(oddly)? });
        }
        Ok(Self {
            engine,
            editor,
            people,
            shelf: catalogue::current(engine).await?,
            chance: StdRng::seed_from_u64(20_261_122),
            start,
            planned: plan(start, now),
            made: Vec::new(),
            orders: 0,
            days: 0,
            visits: VecDeque::new(),
        })
    }

    /// Plays on until a moment; says each day that is done.
    pub(super) async fn on_to(&mut self, until: Time, done: &mut impl FnMut(i64)) -> Result<()> {
        loop {
            let morning = self.start + TimeDelta::days(self.days);
            match self.visits.front().copied() {
                None if self.days == DAYS || morning >= until => return Ok(()),
                None => self.begin(morning).await?,
                Some(at) if at >= until => return Ok(()),
                Some(at) => {
                    self.visits.pop_front();
                    self.engine.clock().set(at);
                    self.visit().await?;
                    if self.visits.is_empty() {
                        sweep(self.engine).await?;
                        done(self.days);
                    }
                }
            }
        }
    }

    /// A day begins: what was planned for it is made, and its visits are drawn.
    async fn begin(&mut self, morning: Time) -> Result<()> {
        self.engine.clock().set(morning);
        let day = self.days;
        let planned = std::mem::take(&mut self.planned);
        let (today, later) = planned.into_iter().partition(|planned| planned.on == day);
        self.planned = later;
        self.make(morning, today).await?;
        self.end_what_ends(day).await?;
        let weekday = self.engine.settings().time_zone.day(morning).weekday().number_from_monday();
        let visits = if weekday >= 6 { 26 } else { 16 };
        let mut minutes: Vec<i64> =
            (0..visits).map(|_| self.chance.random_range(0..24 * 60)).collect();
        minutes.sort_unstable();
        let moments = minutes.into_iter().map(|minute| morning + TimeDelta::minutes(minute));
        self.visits = moments.collect();
        self.days += 1;
        Ok(())
    }

    async fn make(&mut self, morning: Time, today: Vec<Planned>) -> Result<()> {
        for planned in today {
            let made = templates::create(self.engine, &self.editor, &planned.draft).await?;
            if planned.fate != Fate::Draft {
                templates::act(self.engine, &self.editor, made.id, Action::Publish).await?;
            }
            if planned.pool > 0 {
                pools::make(self.engine, &self.editor, made.id, planned.pool).await?;
            }
            self.made.push((planned, made.id, morning));
        }
        Ok(())
    }

    async fn end_what_ends(&self, day: i64) -> Result<()> {
        for (planned, id, _) in &self.made {
            let action = match planned.fate {
                Fate::PausedAfter(days) if planned.on + days == day => Action::Pause,
                Fate::EndedAfter(days) if planned.on + days == day => Action::End,
                _ => continue,
            };
            templates::act(self.engine, &self.editor, *id, action).await?;
        }
        Ok(())
    }

    /// Somebody comes by: looks, perhaps claims, perhaps buys.
    async fn visit(&mut self) -> Result<()> {
        let Some(shopper) = self.people.choose(&mut self.chance).cloned() else { return Ok(()) };
        let via = Via { channel: self.channel(), ..Via::default() };
        let part = offers::Part::default();
        let cards = offers::center(self.engine, Some(&shopper), &via, &part).await?.cards;
        let seen: Vec<TemplateId> = cards.iter().map(|card| card.template.id).collect();
        let mark = shopper.id.to_string();
        counts::viewed(self.engine, &Visitor { mark }, &seen, via.channel.as_ref());
        for card in &cards {
            let appeal = self.made.iter().find(|(_, id, _)| *id == card.template.id);
            let appeal = appeal.map_or(0, |(planned, ..)| planned.appeal);
            let is_open =
                card.template.draft().claim_window.phase(self.engine.now()) == Phase::Open;
            if is_open && self.chance.random_range(0..100) < appeal {
                unless_refused(self.claim(&shopper, card.template.id, via.clone()).await)?;
            }
        }
        // The cast keep their coupons for whoever tries the demo.
        let is_cast = !shopper.id.as_str().starts_with("demo-");
        if self.chance.random_range(0..100) < if is_cast { 10 } else { 60 } {
            self.order(&shopper).await?;
        }
        Ok(())
    }

    /// In the lane of the template; whoever waits in line looks for the answer at once.
    async fn claim(&self, shopper: &Shopper, template: TemplateId, via: Via) -> Result<Taken> {
        let taken = issuance::take(self.engine, shopper, template, via).await?;
        tickets::hasten(self.engine, shopper, taken).await
    }

    fn channel(&mut self) -> Option<Channel> {
        let mut dice = self.chance.random_range(0..100);
        for (name, share) in CHANNELS {
            if dice < *share {
                return Channel::new(*name).ok();
            }
            dice -= share;
        }
        None
    }

    async fn order(&mut self, shopper: &Shopper) -> Result<()> {
        self.orders += 1;
        let number = self.orders;
        let order = OrderRef::new(format!("demo-order-{number:04}")).map_err(oddly)?;
        let cart = self.cart()?;
        let ask = Ask { order, cart, coupons: None, length: None, expected_discount: None };
        let Some((lock, _)) = unless_refused(redemption::lock(self.engine, shopper, &ask).await)?
        else {
            return Ok(());
        };
        let till = Till::Shopper(shopper.clone());
        self.engine.clock().advance(TimeDelta::minutes(2));
        let dice = self.chance.random_range(0..100);
        if dice < 6 {
            return redemption::release(self.engine, &till, lock.id).await;
        }
        if dice < 10 {
            return Ok(()); // Walks away: the lock lapses.
        }
        let payment = PaymentRef::new(format!("demo-payment-{number:04}")).map_err(oddly)?;
        redemption::redeem(self.engine, &till, lock.id, &payment).await?;
        if dice < 18 {
            self.engine.clock().advance(TimeDelta::minutes(3));
            let refund = RefundRef::new(format!("demo-refund-{number:04}")).map_err(oddly)?;
            let lines = self.some_lines(&ask.cart);
            let request = Request { lines };
            redemption::give_back(self.engine, &till, lock.id, &refund, &request).await?;
        }
        Ok(())
    }

    /// A basket that leans to two departments, as people's do.
    fn cart(&mut self) -> Result<Cart> {
        let roots: Vec<_> =
            self.shelf.categories.iter().filter(|category| category.parent.is_none()).collect();
        let favourites: Vec<_> = roots.sample(&mut self.chance, 2).map(|c| c.id.clone()).collect();
        let tree: &Tree = &self.shelf.tree;
        let liked: Vec<_> = self
            .shelf
            .products
            .iter()
            .filter(|product| {
                let lineage = product.category.iter().flat_map(|category| tree.lineage(category));
                lineage.into_iter().any(|category| favourites.contains(category))
            })
            .collect();
        let size = self.chance.random_range(2..=7).min(liked.len());
        let chosen: Vec<_> = liked.sample(&mut self.chance, size).copied().collect();
        let mut lines = Vec::new();
        for (i, product) in chosen.into_iter().enumerate() {
            lines.push(Line {
                id: LineId::new(format!("{}", i + 1)).map_err(oddly)?,
                product: product.id.clone(),
                category: product.category.clone(),
                unit_price: product.price.unwrap_or_default(),
                quantity: self.chance.random_range(1..=3),
            });
        }
        Ok(Cart::new(lines)?)
    }

    /// One line, or all of them.
    fn some_lines(&mut self, cart: &Cart) -> Option<Vec<RequestLine>> {
        let line = cart.lines().choose(&mut self.chance)?;
        let one = RequestLine { id: line.id.clone(), part: Part::Quantity(1) };
        self.chance.random_bool(0.6).then(|| vec![one])
    }
}

/// People run into the rules now and then; only a fault ends the play.
pub(super) fn unless_refused<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::Refused(_) | Error::CouponRefused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
