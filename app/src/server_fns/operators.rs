//! What an admin says of those who work in the console.

use leptos::prelude::*;

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::{
    context::engine,
    form::{done, escaped, form},
    session,
};
#[cfg(feature = "ssr")]
use domain::{OperatorId, Problem, Refusal, actor::Role};
#[cfg(feature = "ssr")]
use engine::accounts::operators;

/// Adds an operator.
#[server(endpoint = "operators/add", prefix = "/api/fn")]
pub async fn add_operator(
    #[server(default)] email: String,
    #[server(default)] name: String,
    #[server(default)] role: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let add = async {
        let admin = session::admin().await?;
        let newcomer = operators::Newcomer {
            email: &email,
            name: &name,
            role: read_role(&role)?,
            password: &password,
        };
        operators::add(&engine(), &admin, newcomer).await?;
        let told = done(()).saying("operator-added").with("name", name.trim());
        Ok(told.about("operator").then("/ops/operators"))
    };
    let form = form("operator-add", "/ops/operators/new");
    form.keep("email", &email).keep("name", &name).keep("role", &role).answer(add).await
}

/// Gives an operator another role.
#[server(endpoint = "operators/set-role", prefix = "/api/fn")]
pub async fn set_operator_role(
    #[server(default)] id: String,
    #[server(default)] role: String,
) -> Result<(), AppError> {
    let set = async {
        let admin = session::admin().await?;
        operators::set_role(&engine(), &admin, read_id(&id)?, read_role(&role)?).await?;
        Ok(done(()).saying("operator-role-set"))
    };
    form("operator", &page_of(&id)).answer(set).await
}

/// Gives an operator a new password. An admin who gives themselves one signs in with it at once.
#[server(endpoint = "operators/set-password", prefix = "/api/fn")]
pub async fn set_operator_password(
    #[server(default)] id: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let set = async {
        let admin = session::admin().await?;
        let id = read_id(&id)?;
        operators::set_password(&engine(), &admin, id, &password).await?;
        if id == admin.id {
            session::operator_sign_out().await?;
            let told = done(()).saying("operator-own-password-set").about("operator-sign-in");
            return Ok(told.then("/ops/sign-in"));
        }
        Ok(done(()).saying("operator-password-set"))
    };
    form("operator", &page_of(&id)).answer(set).await
}

/// Changes one's own password; one signs in with it at once.
#[server(endpoint = "operators/change-password", prefix = "/api/fn")]
pub async fn change_own_password(
    #[server(default)] current: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let operator = session::operator().await;
    let page = operator.as_ref().map_or("/ops".to_owned(), |one| page_of(&one.id.to_string()));
    let change = async {
        operators::change_password(&engine(), &operator?, &current, &password).await?;
        session::operator_sign_out().await?;
        let told = done(()).saying("operator-own-password-set").about("operator-sign-in");
        Ok(told.then("/ops/sign-in"))
    };
    form("operator", &page).answer(change).await
}

/// Corrects what an operator is called and signs in with.
#[server(endpoint = "operators/correct", prefix = "/api/fn")]
pub async fn correct_operator(
    #[server(default)] id: String,
    #[server(default)] email: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    let kept = form("operator", &page_of(&id)).keep("email", &email).keep("name", &name);
    let correct = async {
        let admin = session::admin().await?;
        operators::correct(&engine(), &admin, read_id(&id)?, &email, &name).await?;
        Ok(done(()).saying("operator-corrected"))
    };
    kept.answer(correct).await
}

/// Lets an operator sign in no more (`off`), or again (`on`).
#[server(endpoint = "operators/switch", prefix = "/api/fn")]
pub async fn switch_operator(
    #[server(default)] id: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let switch = async {
        let admin = session::admin().await?;
        let (on, told) = match to.as_str() {
            "on" => (true, "operator-switched-on"),
            "off" => (false, "operator-switched-off"),
            _ => return Err(AppError::Unreadable),
        };
        operators::switch(&engine(), &admin, read_id(&id)?, on).await?;
        Ok(done(()).saying(told))
    };
    form("operator", &page_of(&id)).answer(switch).await
}

/// Signs another operator out on every device.
#[server(endpoint = "operators/sign-out", prefix = "/api/fn")]
pub async fn sign_operator_out(#[server(default)] id: String) -> Result<(), AppError> {
    let sign_out = async {
        let admin = session::admin().await?;
        operators::sign_out(&engine(), &admin, read_id(&id)?).await?;
        Ok(done(()).saying("operator-signed-out"))
    };
    form("operator", &page_of(&id)).answer(sign_out).await
}

#[cfg(feature = "ssr")]
fn read_id(id: &str) -> Result<OperatorId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

#[cfg(feature = "ssr")]
fn read_role(word: &str) -> Result<Role, AppError> {
    Role::parse(word).ok_or_else(|| Refusal::invalid("role", Problem::Unknown).into())
}

#[cfg(feature = "ssr")]
fn page_of(id: &str) -> String {
    format!("/ops/operators/{}", escaped(id))
}
