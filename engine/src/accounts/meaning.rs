//! Whom an operator means who types what somebody signs in with where the id of a shopper goes.

use std::collections::{HashMap, HashSet};

use domain::{Problem, ShopperId};
use sea_orm::ConnectionTrait;

use super::Login;
use crate::store::rows::{self, rows};
use crate::store::shoppers::ShopperKey;
use crate::{Fault, Result};

rows! {
    struct Typed { typed: String, login: String }
}

/// What operators typed, each either the id of a shopper as it stands or what one signs in with.
#[derive(Debug, Default)]
pub(crate) struct Meanings(HashMap<String, ShopperId>);

impl Meanings {
    /// Looks up what could be a login. Ids of host shops are opaque: one that is known as it was typed
    /// means that shopper, whoever signs in with it.
    pub(crate) async fn of<'a>(
        db: &impl ConnectionTrait,
        typed: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        let candidate = |text: &'a str| Some((text, Login::parse(text).ok()?));
        let candidates: HashMap<&str, Login> = typed.filter_map(candidate).collect();
        let ids = candidates.keys().filter_map(|text| ShopperId::new(*text).ok()).collect();
        let known = known(db, ids).await?;
        let mut meanings: HashMap<String, ShopperId> =
            known.into_iter().map(|id| (id.to_string(), id)).collect();
        let others: Vec<Typed> = candidates
            .into_iter()
            .filter(|(text, _)| !meanings.contains_key(*text))
            .map(|(text, login)| Typed { typed: text.to_owned(), login: login.as_str().to_owned() })
            .collect();
        meanings.extend(signing_in_with(db, &others).await?);
        Ok(Self(meanings))
    }

    /// The shopper meant. What nobody signs in with, and no shop would call a shopper, is `unknown`.
    pub(crate) fn read(&self, text: &str) -> Result<ShopperId, Problem> {
        match self.0.get(text) {
            Some(meant) => Ok(meant.clone()),
            None if is_no_id(text) => Err(Problem::Unknown),
            None => ShopperId::new(text),
        }
    }
}

/// An address, a name, or several things at once.
fn is_no_id(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || "@<>,;|\"，；、＠".contains(c))
}

/// Those of some shoppers whom we have heard of.
pub(crate) async fn known(
    db: &impl ConnectionTrait,
    ids: Vec<ShopperId>,
) -> Result<HashSet<ShopperId>> {
    const READ: &str = "SELECT shoppers.id FROM {rows}
        {shoppers: shoppers.bucket = rows.bucket AND shoppers.id = rows.shopper}";
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let keys: Vec<ShopperKey> = ids.iter().map(ShopperKey::from).collect();
    let rows = db.query_all_raw(rows::statement(db, READ, &keys, [])?).await?;
    rows.iter().map(|row| shopper(row.try_get("", "id")?)).collect()
}

async fn signing_in_with(
    db: &impl ConnectionTrait,
    typed: &[Typed],
) -> Result<HashMap<String, ShopperId>> {
    const READ: &str = "SELECT rows.typed AS typed, shopper_logins.shopper AS shopper FROM {rows}
        {shopper_logins: shopper_logins.login = rows.login}";
    if typed.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = db.query_all_raw(rows::statement(db, READ, typed, [])?).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "typed")?, shopper(row.try_get("", "shopper")?)?)))
        .collect()
}

fn shopper(id: String) -> Result<ShopperId> {
    Ok(ShopperId::new(id).map_err(|_| Fault::new("a shopper has an odd id"))?)
}
