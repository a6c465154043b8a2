//! Who signs in: shoppers by e-mail or phone, operators by e-mail.

mod hand_off;
mod login;
mod meaning;
pub mod operators;
mod passwords;
mod token;

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::TimeDelta;
use domain::actor::{Guardian, Operator, Role, Shopper, System};
use domain::risk::Network;
use domain::{FieldError, OperatorId, Problem, Refusal, ShopperId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::attempts::{self, Patience};
use crate::entity::{operator, shopper, shopper_login};
use crate::store::fresh_id;
use crate::store::rows;
use crate::store::shoppers::ShopperKey;
use crate::{Engine, Error, Fault, Result};

use login::Login;
use operators::Newcomer;

pub use hand_off::{hand_off, sweep_hand_offs};
pub(crate) use meaning::{Meanings, known};
pub(crate) use passwords::Passwords;

/// Wrong passwords for one login before it has to wait.
const PATIENCE: Patience = Patience { failures: 5, within: TimeDelta::minutes(15) };

/// Wrong passwords from one address at one door, whatever the logins: a whole town may share the
/// address of its phone network, and must not keep operators out.
const PATIENCE_OF_ADDRESS: Patience = Patience { failures: 300, within: TimeDelta::minutes(15) };

/// The longest name of a person, in characters.
const NAME_MAX: usize = 64;

/// Opens a shopper's account. `login` is an e-mail address or a phone number; a blank `name` is
/// none. Refuses `invalid` with the fields `login`, `password` and `name`.
pub async fn sign_up(engine: &Engine, login: &str, password: &str, name: &str) -> Result<Shopper> {
    let mut fields = Vec::new();
    let login = keep(&mut fields, "login", Login::parse(login));
    let name = keep(&mut fields, "name", check_name(name));
    keep(&mut fields, "password", passwords::check(password));
    let (Some(login), Some(name), true) = (login, name, fields.is_empty()) else {
        return Err(Refusal::Invalid { fields }.into());
    };
    let password = engine.passwords().hash(password).await?;
    let now = engine.now();
    let id = fresh_id(now).simple().to_string();
    let id = ShopperId::new(id).map_err(|problem| Fault::because("an id was refused", problem))?;
    let bucket = i64::from(id.bucket().number());

    let tx = engine.begin().await?;
    let shopper = shopper::ActiveModel {
        bucket: Set(bucket),
        id: Set(id.to_string()),
        name: Set(Some(name).filter(|name| !name.is_empty())),
        created_at: Set(now.timestamp_micros()),
        ..Default::default()
    };
    shopper::Entity::insert(shopper).exec_without_returning(&tx).await?;
    let login = shopper_login::ActiveModel {
        login: Set(login.as_str().to_owned()),
        bucket: Set(bucket),
        shopper: Set(id.to_string()),
        password: Set(password),
        created_at: Set(now.timestamp_micros()),
    };
    let kept = shopper_login::Entity::insert(login)
        .on_conflict(OnConflict::column(shopper_login::Column::Login).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    if kept == 0 {
        return Err(Refusal::invalid("login", Problem::Taken).into());
    }
    tx.commit().await?;
    Ok(Shopper { id })
}

/// Signs a shopper in. An unknown login and a wrong password are the same `not_found`, at the same
/// cost; too many of them refuse `too_many_attempts`, whoever asks.
pub async fn sign_in(engine: &Engine, login: &str, password: &str) -> Result<Shopper> {
    sign_in_from(engine, None, login, password).await
}

/// The same from an address, whose wrong passwords are counted too, whatever the logins.
pub async fn sign_in_from(
    engine: &Engine,
    address: Option<IpAddr>,
    login: &str,
    password: &str,
) -> Result<Shopper> {
    let login = Login::parse(login).map_err(|_| Refusal::NotFound)?;
    let tried = Tried::new("shopper", &login, address);
    tried.charge(engine).await?;
    let known = shopper_login::Entity::find_by_id(login.as_str()).one(engine.reader()).await?;
    let (id, hash) = known.map(|known| (known.shopper, known.password)).unzip();
    tried.check_password(engine, password, hash).await?;
    let id = id.and_then(|id| ShopperId::new(id).ok()).ok_or(Error::Missing)?;
    Ok(Shopper { id })
}

/// Signs an operator in; answers as [`sign_in`] does. Who was switched off is unknown.
pub async fn operator_sign_in(engine: &Engine, email: &str, password: &str) -> Result<Operator> {
    operator_sign_in_from(engine, None, email, password).await
}

/// The same from an address, as [`sign_in_from`] does.
pub async fn operator_sign_in_from(
    engine: &Engine,
    address: Option<IpAddr>,
    email: &str,
    password: &str,
) -> Result<Operator> {
    let email = Login::parse_email(email).map_err(|_| Refusal::NotFound)?;
    let tried = Tried::new("operator", &email, address);
    tried.charge(engine).await?;
    let known = operator::Entity::find()
        .filter(operator::Column::Email.eq(email.as_str()))
        .filter(operator::Column::Active.eq(true))
        .one(engine.reader())
        .await?;
    let hash = known.as_ref().map(|known| known.password.clone());
    tried.check_password(engine, password, hash).await?;
    let known = known.ok_or(Error::Missing)?;
    if !operators::note_sign_in(engine, &known).await? {
        return Err(Refusal::NotFound.into());
    }
    actor(known)
}

/// The operator of a session, as they are now: switched off, they are missing.
pub async fn operator(engine: &Engine, id: OperatorId) -> Result<Operator> {
    let known = operator::Entity::find_by_id(id.0).one(engine.reader()).await?;
    actor(known.filter(|known| known.active).ok_or(Error::Missing)?)
}

/// What a shopper's account says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// How they want to be called, if they said so.
    pub name: Option<String>,
    /// What they sign in with; none for those whom only the host shop hands over.
    pub login: Option<String>,
}

/// The account of a shopper.
pub async fn account(engine: &Engine, shopper: &Shopper) -> Result<Account> {
    let bucket = i64::from(shopper.id.bucket().number());
    let known = shopper::Entity::find_by_id((bucket, shopper.id.to_string()));
    let known = known.one(engine.reader()).await?.ok_or(Error::Missing)?;
    let login = shopper_login::Entity::find()
        .filter(shopper_login::Column::Bucket.eq(bucket))
        .filter(shopper_login::Column::Shopper.eq(shopper.id.as_str()))
        .one(engine.reader())
        .await?;
    Ok(Account { name: known.name, login: login.map(|login| login.login) })
}

/// The accounts behind shoppers' ids, for whoever looks after their coupons, by one query for all;
/// of whom nothing is known is not there.
pub async fn accounts_of<'a>(
    engine: &Engine,
    _: &Guardian,
    ids: impl IntoIterator<Item = &'a ShopperId>,
) -> Result<HashMap<ShopperId, Account>> {
    const READ: &str = "SELECT shoppers.id, shoppers.name,
            (SELECT login FROM shopper_logins WHERE shopper_logins.bucket = shoppers.bucket
                AND shopper_logins.shopper = shoppers.id LIMIT 1) AS login
        FROM {rows} {shoppers: shoppers.bucket = rows.bucket AND shoppers.id = rows.shopper}";
    let keys: Vec<ShopperKey> = ids.into_iter().map(ShopperKey::from).collect();
    let db = engine.reader();
    let mut accounts = HashMap::new();
    if keys.is_empty() {
        return Ok(accounts);
    }
    for row in db.query_all_raw(rows::statement(db, READ, &keys, [])?).await? {
        let id: String = row.try_get("", "id")?;
        let id = ShopperId::new(id).map_err(|_| Fault::new("a shopper has an odd id"))?;
        let account = Account { name: row.try_get("", "name")?, login: row.try_get("", "login")? };
        accounts.insert(id, account);
    }
    Ok(accounts)
}

/// The shopper who signs in with this, typed in any dress.
pub(crate) async fn shopper_with_login(engine: &Engine, typed: &str) -> Result<Option<ShopperId>> {
    let Ok(login) = Login::parse(typed) else { return Ok(None) };
    let found = shopper_login::Entity::find_by_id(login.as_str()).one(engine.reader()).await?;
    let read = |found: shopper_login::Model| ShopperId::new(found.shopper);
    let found = found.map(read).transpose();
    Ok(found.map_err(|_| Fault::new("a login is of an odd shopper"))?)
}

/// Adds an operator from the command line, or to the cast; answers as [`operators::add`] does.
pub async fn operator_add(
    engine: &Engine,
    by: System,
    email: &str,
    name: &str,
    role: Role,
    password: &str,
) -> Result<OperatorId> {
    let newcomer = Newcomer { email, name, role, password };
    operators::insert(engine, by.actor(), newcomer).await
}

/// Against what an attempt to sign in is counted.
struct Tried {
    login: String,
    address: Option<String>,
}

impl Tried {
    fn new(door: &str, login: &Login, address: Option<IpAddr>) -> Self {
        let of_address = |address| format!("address:{door}:{}", Network::client(address));
        let login = format!("{door}:{}", login.as_str());
        Self { login, address: address.map(of_address) }
    }

    /// Counts the attempt, durably, before the password is looked at.
    async fn charge(&self, engine: &Engine) -> Result<()> {
        let now = engine.now();
        let tx = engine.begin().await?;
        // The address first: what it has too many of must not count against the login.
        if let Some(address) = &self.address {
            attempts::charge(&tx, address, PATIENCE_OF_ADDRESS, now).await?;
        }
        attempts::charge(&tx, &self.login, PATIENCE, now).await?;
        tx.commit().await
    }

    /// Refuses a wrong password, or any where there is no hash. A right one forgives the login its
    /// attempts; the address gets back this one alone, or an account of one's own would be a way to
    /// go on guessing at others.
    async fn check_password(
        &self,
        engine: &Engine,
        password: &str,
        hash: Option<String>,
    ) -> Result<()> {
        let is_right = match engine.passwords().verify(password, hash).await {
            Ok(is_right) => is_right,
            Err(fault) => {
                // Nobody has looked at the password, so nobody learnt anything of it.
                self.excuse(engine).await?;
                return Err(fault);
            }
        };
        if !is_right {
            return Err(Refusal::NotFound.into());
        }
        let tx = engine.begin().await?;
        // In the order in which they are charged, or two at once would wait for each other.
        if let Some(address) = &self.address {
            attempts::excuse(&tx, address).await?;
        }
        attempts::forgive(&tx, &self.login).await?;
        tx.commit().await
    }

    /// Takes the attempt back.
    async fn excuse(&self, engine: &Engine) -> Result<()> {
        let tx = engine.begin().await?;
        for subject in self.address.iter().chain([&self.login]) {
            attempts::excuse(&tx, subject).await?;
        }
        tx.commit().await
    }
}

fn actor(known: operator::Model) -> Result<Operator> {
    let (id, role) = (OperatorId(known.id), operators::role(&known)?);
    Ok(Operator { id, name: known.name, role, address: None })
}

pub(crate) fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.chars().count() > NAME_MAX {
        return Err(Problem::TooLong { max: NAME_MAX as u64 });
    }
    if name.chars().any(char::is_control) {
        return Err(Problem::ControlCharacter);
    }
    Ok(name.to_owned())
}

fn keep<T>(fields: &mut Vec<FieldError>, field: &str, read: Result<T, Problem>) -> Option<T> {
    read.map_err(|problem| fields.push(FieldError::new(field, problem))).ok()
}
