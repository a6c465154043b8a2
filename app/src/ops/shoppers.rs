//! Who stands behind a shopper's id: said beside it to whoever looks after coupons, and to nobody
//! else.

use std::collections::HashMap;

use domain::ShopperId;
use domain::actor::Operator;
use engine::accounts::{self, Account};
use leptos::prelude::*;

use crate::AppError;
use crate::context::engine;
use crate::locale::{name, t};

/// The accounts of some shoppers; none where the operator may not know them.
#[derive(Debug, Default)]
pub struct Shoppers(HashMap<ShopperId, Account>);

impl Shoppers {
    pub async fn behind(operator: &Operator, ids: Vec<&ShopperId>) -> Result<Self, AppError> {
        let Some(guardian) = operator.clone().guardian() else { return Ok(Self::default()) };
        Ok(Self(accounts::accounts_of(&engine(), &guardian, ids).await?))
    }

    /// `Lin · lin@quan.example`, to stand beside the id.
    pub fn beside(&self, id: &ShopperId) -> Option<impl IntoView + use<>> {
        let account = self.0.get(id)?;
        let called = account.name.as_deref().map(name);
        let known: Vec<String> = called.into_iter().chain(account.login.clone()).collect();
        (!known.is_empty()).then(|| {
            view! {
                <span class="break-words text-muted" dir="auto">
                    {known.join(&t("separator"))}
                </span>
            }
        })
    }
}
