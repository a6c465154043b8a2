//! What the basket comes to with the coupons ticked.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// What a basket comes to, written for the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub subtotal: String,
    pub discount: String,
    pub total: String,
    /// The discount in minor units, which the order must still be worth.
    pub expected: i64,
    /// The choice is left to us.
    pub is_best: bool,
    pub choices: Vec<Choice>,
}

/// One coupon of the wallet as it stands with this basket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub code: String,
    pub title: String,
    pub worth: String,
    pub is_applied: bool,
    /// Whether ticking it could change anything.
    pub could_apply: bool,
    /// Whether a little more in the basket could: such a one is shown with the others.
    pub is_near: bool,
    /// What it takes off, or why it does not.
    pub note: String,
}

impl Totals {
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.code == code)
    }

    /// The codes that are ticked once this one is ticked or not.
    pub fn ticked(&self, code: &str, on: bool) -> Vec<String> {
        let applied = self.choices.iter().filter(|choice| choice.is_applied);
        let others = applied.map(|choice| choice.code.clone()).filter(|other| other != code);
        on.then(|| code.to_owned()).into_iter().chain(others).collect()
    }
}

/// Quotes the basket of the session with the coupons ticked, and keeps the choice.
#[server(endpoint = "wallet/quote", prefix = "/api/fn")]
pub async fn quote(#[server(default)] coupons: Vec<String>) -> Result<Totals, AppError> {
    use crate::{
        context::engine,
        form::{done, form},
        session,
        shop::reckoning::Reckoning,
    };
    let quote = async {
        let (engine, shopper) = (engine(), session::shopper().await?);
        let mut basket = session::basket().await?;
        Reckoning::choose(&engine, &shopper, &mut basket, &coupons).await?;
        session::keep_basket(&basket).await?;
        Ok(done(Reckoning::read(&engine, &shopper, &basket).await?.totals()))
    };
    form("basket", "/basket").answer(quote).await
}
