//! The keys of order systems, which an admin makes and revokes.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, form},
    ops::keys,
    session,
};
#[cfg(feature = "ssr")]
use domain::{Problem, Refusal, actor::KeyScope};
#[cfg(feature = "ssr")]
use engine::partners;
#[cfg(feature = "ssr")]
use std::collections::BTreeSet;

/// Makes a key. The next page shows it, once.
#[server(endpoint = "partners/add-key", prefix = "/api/fn")]
pub async fn add_key(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
) -> Result<(), AppError> {
    let add = async {
        let admin = session::admin().await?;
        let (made, key) = partners::add(&engine(), &admin, &name, &read_scopes(&scopes)?).await?;
        keys::hand_over(&key);
        Ok(done(()).saying("key-made").with("name", made.name).about(keys::MADE))
    };
    let mut form = form("key-add", "/ops/keys").keep("name", &name);
    for scope in KeyScope::ALL.map(KeyScope::as_str) {
        if scopes.iter().any(|word| word == scope) {
            form = form.keep(scope, "on");
        }
    }
    form.answer(add).await
}

/// Makes a key good no longer.
#[server(endpoint = "partners/revoke-key", prefix = "/api/fn")]
pub async fn revoke_key(#[server(default)] id: String) -> Result<(), AppError> {
    let revoke = async {
        let admin = session::admin().await?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        partners::revoke(&engine(), &admin, id).await?;
        Ok(done(()).saying("key-revoked"))
    };
    form("keys", "/ops/keys").answer(revoke).await
}

#[cfg(feature = "ssr")]
fn read_scopes(words: &[String]) -> Result<BTreeSet<KeyScope>, AppError> {
    let read = |word: &String| {
        KeyScope::parse(word).ok_or_else(|| Refusal::invalid("scopes", Problem::Unknown).into())
    };
    words.iter().map(read).collect()
}
