//! Who works in the console, and as what: an admin says so, and every word of it is recorded.

use domain::actor::{Actor, Admin, Operator, Role};
use domain::{OperatorId, Problem, Refusal, Time};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::login::Login;
use super::{Tried, check_name, keep, passwords};
use crate::changes::{self, Change};
use crate::clock::time;
use crate::entity::operator;
use crate::sessions::end_all_of_operator;
use crate::store::{fresh_id, sql};
use crate::tx::Tx;
use crate::{Engine, Error, Fault, Result};

/// An operator as their colleagues know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub id: OperatorId,
    /// What they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They may sign in.
    pub is_active: bool,
    /// Since when they are in the list.
    pub created_at: Time,
    /// When they last signed in.
    pub signed_in_at: Option<Time>,
}

/// What has to be said of a new operator.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// What they will sign in with.
    pub email: &'a str,
    /// What they are called.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
    /// Their first password.
    pub password: &'a str,
}

/// All operators, those who may sign in first, by name.
pub async fn list(engine: &Engine, _: &Operator) -> Result<Vec<Colleague>> {
    let rows = operator::Entity::find()
        .order_by_desc(operator::Column::Active)
        .order_by_asc(operator::Column::Name)
        .order_by_asc(operator::Column::Id)
        .all(engine.reader())
        .await?;
    rows.into_iter().map(colleague).collect()
}

/// One operator.
pub async fn read(engine: &Engine, _: &Operator, id: OperatorId) -> Result<Colleague> {
    let row = operator::Entity::find_by_id(id.0).one(engine.reader()).await?;
    colleague(row.ok_or(Error::Missing)?)
}

/// Adds an operator. Refuses `invalid` with the fields `email`, `name` and `password`.
pub async fn add(engine: &Engine, admin: &Admin, newcomer: Newcomer<'_>) -> Result<OperatorId> {
    insert(engine, admin.actor(), newcomer).await
}

/// Gives an operator another role. Nobody changes their own: `state_conflict`.
pub async fn set_role(engine: &Engine, admin: &Admin, id: OperatorId, role: Role) -> Result<()> {
    refuse_own(admin, id)?;
    let tx = engine.begin().await?;
    let known = load(&tx, admin, id).await?;
    if known.role == role.as_str() {
        return Ok(());
    }
    const SET: &str = "UPDATE operators SET role = $2 WHERE id = $1";
    tx.execute_raw(sql(&tx, SET, [id.0.into(), role.as_str().into()])).await?;
    let (old, new) = (json!({"role": known.role}), json!({"role": role}));
    record(engine, &tx, admin.actor(), id, "role_changed", Some(old), Some(new)).await?;
    tx.commit().await
}

/// Lets an operator sign in no more, which ends their sessions at once, or again. Nobody switches
/// themselves off: `state_conflict`.
pub async fn switch(engine: &Engine, admin: &Admin, id: OperatorId, on: bool) -> Result<()> {
    refuse_own(admin, id)?;
    let tx = engine.begin().await?;
    let known = load(&tx, admin, id).await?;
    if known.active == on {
        return Ok(());
    }
    const SET: &str = "UPDATE operators SET active = $2 WHERE id = $1";
    tx.execute_raw(sql(&tx, SET, [id.0.into(), on.into()])).await?;
    end_all_of_operator(&tx, id).await?;
    let action = if on { "switched_on" } else { "switched_off" };
    let (old, new) = (json!({"active": known.active}), json!({"active": on}));
    record(engine, &tx, admin.actor(), id, action, Some(old), Some(new)).await?;
    tx.commit().await
}

/// Gives an operator a new password, which ends their sessions at once. Refuses `invalid` with the
/// field `password`.
pub async fn set_password(
    engine: &Engine,
    admin: &Admin,
    id: OperatorId,
    password: &str,
) -> Result<()> {
    passwords::check(password).map_err(|problem| Refusal::invalid("password", problem))?;
    let password = engine.passwords().hash(password).await?;
    let tx = engine.begin().await?;
    load(&tx, admin, id).await?;
    const SET: &str = "UPDATE operators SET password = $2 WHERE id = $1";
    tx.execute_raw(sql(&tx, SET, [id.0.into(), password.into()])).await?;
    end_all_of_operator(&tx, id).await?;
    record(engine, &tx, admin.actor(), id, "password_set", None, None).await?;
    tx.commit().await
}

/// Changes one's own password, which ends one's sessions at once, the one in use among them. Refuses
/// `invalid` with the fields `password` and `current` (`unknown` where it is another), and
/// `too_many_attempts` as signing in does.
pub async fn change_password(
    engine: &Engine,
    operator: &Operator,
    current: &str,
    password: &str,
) -> Result<()> {
    let wrong = || Refusal::invalid("current", Problem::Unknown);
    passwords::check(password).map_err(|problem| Refusal::invalid("password", problem))?;
    let known = operator::Entity::find_by_id(operator.id.0).one(engine.reader()).await?;
    let known = known.ok_or(Error::Missing)?;
    let odd = |_| Fault::new("an operator signs in with something odd");
    let login = Login::parse_email(&known.email).map_err(odd)?;
    let tried = Tried::new("operator", &login, operator.address);
    tried.charge(engine).await?;
    match tried.check_password(engine, current, Some(known.password.clone())).await {
        Err(Error::Refused(Refusal::NotFound)) => return Err(wrong().into()),
        checked => checked?,
    }
    let password = engine.passwords().hash(password).await?;
    let tx = engine.begin().await?;
    const SET: &str = "UPDATE operators SET password = $2 WHERE id = $1 AND password = $3";
    let values = [operator.id.0.into(), password.into(), known.password.into()];
    if tx.execute_raw(sql(&tx, SET, values)).await?.rows_affected() == 0 {
        return Err(wrong().into());
    }
    end_all_of_operator(&tx, operator.id).await?;
    record(engine, &tx, operator.actor(), operator.id, "password_set", None, None).await?;
    tx.commit().await
}

/// Corrects what an operator is called and signs in with. Refuses `invalid` with the fields `email`
/// and `name`.
pub async fn correct(
    engine: &Engine,
    admin: &Admin,
    id: OperatorId,
    email: &str,
    name: &str,
) -> Result<()> {
    let mut fields = Vec::new();
    let email = keep(&mut fields, "email", Login::parse_email(email));
    let name = keep(&mut fields, "name", check_name(name).and_then(required));
    let (Some(email), Some(name)) = (email, name) else {
        return Err(Refusal::Invalid { fields }.into());
    };
    let tx = engine.begin().await?;
    let known = load(&tx, admin, id).await?;
    let told = |email: &str, name: &str| json!({"email": email, "name": name});
    let (old, new) = (told(&known.email, &known.name), told(email.as_str(), &name));
    if old == new {
        return Ok(());
    }
    const SET: &str = "UPDATE operators SET email = $2, name = $3 WHERE id = $1
        AND NOT EXISTS (SELECT 1 FROM operators AS others WHERE others.email = $2 AND others.id <> $1)";
    let values = [id.0.into(), email.as_str().into(), name.into()];
    if tx.execute_raw(sql(&tx, SET, values)).await?.rows_affected() == 0 {
        return Err(Refusal::invalid("email", Problem::Taken).into());
    }
    record(engine, &tx, admin.actor(), id, "corrected", Some(old), Some(new)).await?;
    tx.commit().await
}

/// Ends every session of an operator, on every device.
pub async fn sign_out(engine: &Engine, admin: &Admin, id: OperatorId) -> Result<()> {
    let tx = engine.begin().await?;
    load(&tx, admin, id).await?;
    end_all_of_operator(&tx, id).await?;
    record(engine, &tx, admin.actor(), id, "signed_out", None, None).await?;
    tx.commit().await
}

/// Ends every session of one's own, on every device.
pub async fn sign_out_everywhere(engine: &Engine, operator: &Operator) -> Result<()> {
    let tx = engine.begin().await?;
    end_all_of_operator(&tx, operator.id).await?;
    record(engine, &tx, operator.actor(), operator.id, "signed_out", None, None).await?;
    tx.commit().await
}

/// Adds an operator on behalf of `actor`.
pub(super) async fn insert(
    engine: &Engine,
    actor: Actor,
    newcomer: Newcomer<'_>,
) -> Result<OperatorId> {
    let Newcomer { email, name, role, password } = newcomer;
    let mut fields = Vec::new();
    let email = keep(&mut fields, "email", Login::parse_email(email));
    let name = keep(&mut fields, "name", check_name(name).and_then(required));
    keep(&mut fields, "password", passwords::check(password));
    let (Some(email), Some(name), true) = (email, name, fields.is_empty()) else {
        return Err(Refusal::Invalid { fields }.into());
    };
    let password = engine.passwords().hash(password).await?;
    let now = engine.now();
    let id = OperatorId(fresh_id(now));

    let tx = engine.begin().await?;
    let new = json!({"email": email.as_str(), "name": name, "role": role});
    let row = operator::ActiveModel {
        id: Set(id.0),
        email: Set(email.as_str().to_owned()),
        name: Set(name),
        role: Set(role.as_str().to_owned()),
        password: Set(password),
        active: Set(true),
        created_at: Set(now.timestamp_micros()),
        signed_in_at: Set(None),
    };
    let added = operator::Entity::insert(row)
        .on_conflict(OnConflict::column(operator::Column::Email).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    if added == 0 {
        return Err(Refusal::invalid("email", Problem::Taken).into());
    }
    record(engine, &tx, actor, id, "added", None, Some(new)).await?;
    tx.commit().await?;
    Ok(id)
}

fn required(name: String) -> Result<String, Problem> {
    if name.is_empty() { Err(Problem::Required) } else { Ok(name) }
}

/// Notes that an operator signs in, unless they were switched off or given another password since
/// theirs was looked at.
pub(super) async fn note_sign_in(engine: &Engine, known: &operator::Model) -> Result<bool> {
    const NOTE: &str = "UPDATE operators SET signed_in_at = $3
        WHERE id = $1 AND password = $2 AND active";
    let tx = engine.begin().await?;
    let values =
        [known.id.into(), known.password.as_str().into(), engine.now().timestamp_micros().into()];
    let noted = tx.execute_raw(sql(&tx, NOTE, values)).await?.rows_affected();
    tx.commit().await?;
    Ok(noted == 1)
}

pub(super) fn role(known: &operator::Model) -> Result<Role> {
    let unknown = || Fault::new(format!("an operator has the unknown role {}", known.role));
    Ok(Role::parse(&known.role).ok_or_else(unknown)?)
}

fn colleague(row: operator::Model) -> Result<Colleague> {
    Ok(Colleague {
        id: OperatorId(row.id),
        role: role(&row)?,
        email: row.email,
        name: row.name,
        is_active: row.active,
        created_at: time(row.created_at),
        signed_in_at: row.signed_in_at.map(time),
    })
}

/// Locks the rows of both, in one order whoever acts on whom, and looks again whether the admin
/// still is one: of two who demote each other at once one is refused, so one admin always remains.
async fn load(tx: &Tx, admin: &Admin, id: OperatorId) -> Result<operator::Model> {
    let rows = operator::Entity::find()
        .filter(operator::Column::Id.is_in([admin.id.0, id.0]))
        .order_by_asc(operator::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let is_admin = |row: &operator::Model| {
        row.id == admin.id.0 && row.active && role(row).is_ok_and(Role::can_administer)
    };
    if !rows.iter().any(is_admin) {
        return Err(Refusal::StateConflict { state: "no_admin".to_owned() }.into());
    }
    rows.into_iter().find(|row| row.id == id.0).ok_or(Error::Missing)
}

/// Whoever could lower or switch off themselves might leave nobody who can undo it.
fn refuse_own(admin: &Admin, id: OperatorId) -> Result<()> {
    if admin.id == id {
        return Err(Refusal::StateConflict { state: OWN.to_owned() }.into());
    }
    Ok(())
}

/// The state that a refusal names where somebody acts on themselves.
pub const OWN: &str = "own_account";

async fn record(
    engine: &Engine,
    tx: &Tx,
    actor: Actor,
    id: OperatorId,
    action: &'static str,
    old: Option<Value>,
    new: Option<Value>,
) -> Result<()> {
    let subject = id.to_string();
    let change = Change { actor, subject_kind: "operator", subject, action, old, new };
    changes::record(tx, change, engine.now()).await
}
