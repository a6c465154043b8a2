//! What the environment decides. A name that starts like ours and is none of ours is refused:
//! a misspelt setting must not silently mean its default.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use domain::{Currency, calendar::Zone};
use engine::{Secret, Settings};
use figment::{Figment, providers::Serialized, value::Value};
use serde::{Deserialize, Serialize};

use crate::client::Proxies;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Where to listen.
    pub(crate) address: SocketAddr,
    pub(crate) database_url: String,
    /// What nodes share beside the store; empty: nothing.
    pub(crate) redis_url: String,
    /// The built site: `manifest.json` and `assets/`.
    pub(crate) site: PathBuf,
    /// One JSON object per line instead of text.
    pub(crate) log_json: bool,
    /// ISO 4217.
    pub(crate) currency: String,
    /// IANA.
    pub(crate) time_zone: String,
    /// How many coupons one order takes.
    pub(crate) max_coupons: u8,
    /// How long a lock lasts when the order system does not say.
    pub(crate) lock_minutes: u32,
    /// Claims per shopper and day over all templates.
    pub(crate) daily_claims: u32,
    /// A template that puts more at risk needs a second person; empty: never.
    pub(crate) approval_above: String,
    /// Coupons an operator may replace on a local day.
    pub(crate) replacements_daily: u32,
    /// Whether browsers reach us by TLS: cookies then say `Secure`.
    pub(crate) tls: bool,
    /// What sessions are kept under; empty: made and kept beside an SQLite store.
    pub(crate) secret: String,
    /// What the host shop signs its hand-offs with; empty: it hands nobody over.
    pub(crate) shop_secret: String,
    /// Whether webhooks may go into private networks, and by plain HTTP.
    pub(crate) webhooks_private: bool,
    /// What the payment center signs its callbacks with; empty: it is not listened to.
    pub(crate) payment_secret: String,
    /// The networks of the proxies before us, a comma between: what they say of addresses holds.
    pub(crate) trusted_proxies: Proxies,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            database_url: "sqlite://data/quan.db?mode=rwc".to_owned(),
            redis_url: String::new(),
            site: PathBuf::from("target/site"),
            log_json: false,
            currency: "CNY".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            max_coupons: 3,
            lock_minutes: 30,
            daily_claims: 50,
            approval_above: String::new(),
            replacements_daily: 20,
            tls: false,
            secret: String::new(),
            shop_secret: String::new(),
            webhooks_private: false,
            payment_secret: String::new(),
            trusted_proxies: Proxies::default(),
        }
    }
}

/// Every variable we read, and the field it sets.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("LEPTOS_SITE_ADDR", "address"),
    ("DATABASE_URL", "database_url"),
    ("REDIS_URL", "redis_url"),
    ("QUAN_APPROVAL_ABOVE", "approval_above"),
    ("QUAN_CURRENCY", "currency"),
    ("QUAN_DAILY_CLAIMS", "daily_claims"),
    ("QUAN_LOCK_MINUTES", "lock_minutes"),
    ("QUAN_LOG_JSON", "log_json"),
    ("QUAN_MAX_COUPONS", "max_coupons"),
    ("QUAN_PAYMENT_SECRET", "payment_secret"),
    ("QUAN_REPLACEMENTS_DAILY", "replacements_daily"),
    ("QUAN_SECRET", "secret"),
    ("QUAN_SHOP_SECRET", "shop_secret"),
    ("QUAN_SITE", "site"),
    ("QUAN_TIME_ZONE", "time_zone"),
    ("QUAN_TLS", "tls"),
    ("QUAN_TRUSTED_PROXIES", "trusted_proxies"),
    ("QUAN_WEBHOOKS_PRIVATE", "webhooks_private"),
];

const PREFIX: &str = "QUAN_";

impl Config {
    /// Reads the environment over the defaults.
    ///
    /// # Errors
    /// A name we do not know, or a value that does not fit its name.
    pub(crate) fn load() -> Result<Self, Problem> {
        let readable = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::read(readable)
    }

    /// What the engine wants to know.
    ///
    /// # Errors
    /// A currency, a zone or an amount that is none.
    pub(crate) fn settings(&self) -> Result<Settings, Problem> {
        let unfit = |name: &str, value: &str| {
            Problem::Unfit(Box::new(figment::Error::from(format!("{name} cannot be {value}"))))
        };
        let currency: Currency =
            self.currency.parse().map_err(|_| unfit("QUAN_CURRENCY", &self.currency))?;
        let time_zone: Zone =
            self.time_zone.parse().map_err(|_| unfit("QUAN_TIME_ZONE", &self.time_zone))?;
        let approval_above = match self.approval_above.as_str() {
            "" => None,
            amount => {
                Some(currency.parse(amount).map_err(|_| unfit("QUAN_APPROVAL_ABOVE", amount))?)
            }
        };
        if !(1..=8).contains(&self.max_coupons) {
            return Err(unfit("QUAN_MAX_COUPONS", &self.max_coupons.to_string()));
        }
        if !(1..=24 * 60).contains(&self.lock_minutes) {
            return Err(unfit("QUAN_LOCK_MINUTES", &self.lock_minutes.to_string()));
        }
        let secret = match self.secret.as_str() {
            "" if self.database_url.starts_with("postgres") => return Err(Problem::NoSecret),
            "" => None,
            secret => Some(Secret::new(secret).ok_or(Problem::ShortSecret("QUAN_SECRET"))?),
        };
        let shop_secret = match self.shop_secret.as_str() {
            "" => None,
            // What it is stays out of the sentence.
            secret => Some(Secret::new(secret).ok_or(Problem::ShortSecret("QUAN_SHOP_SECRET"))?),
        };
        let payment_secret = match self.payment_secret.as_str() {
            "" => None,
            secret => Some(Secret::of_webhooks(secret).ok_or(Problem::NoWebhookSecret)?),
        };
        Ok(Settings {
            database_url: self.database_url.clone(),
            redis_url: Some(self.redis_url.clone()).filter(|url| !url.is_empty()),
            currency,
            time_zone,
            max_coupons_per_order: self.max_coupons,
            lock_minutes: self.lock_minutes,
            shop_daily_limit: self.daily_claims,
            approval_above,
            replacements_daily: self.replacements_daily,
            secret,
            shop_secret,
            private_webhooks: self.webhooks_private,
            payment_secret,
            ..Settings::default()
        })
    }

    fn read(variables: impl Iterator<Item = (String, String)>) -> Result<Self, Problem> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        for (name, value) in variables {
            match NAMES.iter().find(|(known, _)| *known == name) {
                Some((_, field)) => figment = figment.merge((*field, parsed(field, &value))),
                None if name.starts_with(PREFIX) => return Err(Problem::Unknown(name)),
                None => {}
            }
        }
        figment.extract().map_err(|error| Problem::Unfit(Box::new(error)))
    }
}

/// Settings that are text, also where it looks like a number.
const TEXTS: &[&str] = &[
    "approval_above",
    "currency",
    "database_url",
    "payment_secret",
    "redis_url",
    "secret",
    "shop_secret",
    "site",
    "time_zone",
    "trusted_proxies",
];

/// A number or `true` where one is wanted, else the text as it is.
fn parsed(field: &str, value: &str) -> Value {
    if TEXTS.contains(&field) {
        return Value::from(value);
    }
    value.parse().unwrap_or_else(|_| Value::from(value))
}

#[derive(Debug)]
pub(crate) enum Problem {
    Unknown(String),
    Unfit(Box<figment::Error>),
    ShortSecret(&'static str),
    NoSecret,
    NoWebhookSecret,
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "nobody knows the setting {name}")?;
                match nearest(name) {
                    Some(known) => write!(f, "; did you mean {known}?"),
                    None => Ok(()),
                }
            }
            Self::Unfit(error) => write!(f, "a setting does not fit: {error}"),
            Self::ShortSecret(name) => {
                write!(f, "{name} is too short: it takes at least {} bytes", Secret::MIN)
            }
            Self::NoSecret => write!(
                f,
                "PostgreSQL takes QUAN_SECRET, at least {} bytes and the same for every node",
                Secret::MIN
            ),
            Self::NoWebhookSecret => f.write_str(
                "QUAN_PAYMENT_SECRET is no secret of Standard Webhooks: \
                 whsec_ and 24 to 64 bytes in base64",
            ),
        }
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .map(|(known, _)| *known)
        .filter(|known| known.starts_with(PREFIX))
        .min_by_key(|known| strsim::damerau_levenshtein(name, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(variables).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_environment_overrides_the_defaults() {
        let config = load(&[("LEPTOS_SITE_ADDR", "0.0.0.0:80"), ("QUAN_LOG_JSON", "true")]);
        let config = config.expect("known names, fitting values");
        assert_eq!(config.address.port(), 80);
        assert!(config.log_json);
        assert_eq!(config.site, Config::default().site);
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_known_one() {
        let problem = load(&[("QUAN_STIE", "x")]).expect_err("misspelt");
        assert_eq!(problem, "nobody knows the setting QUAN_STIE; did you mean QUAN_SITE?");
    }

    #[test]
    fn a_setting_the_engine_cannot_use_is_refused() {
        for (name, value) in [
            ("QUAN_CURRENCY", "XXX"),
            ("QUAN_TIME_ZONE", "Mars/Base"),
            ("QUAN_APPROVAL_ABOVE", "1e3"),
            ("QUAN_MAX_COUPONS", "9"),
            ("QUAN_LOCK_MINUTES", "0"),
        ] {
            let config = load(&[(name, value)]).expect("of the right type");
            let problem = config.settings().expect_err("unusable").to_string();
            assert!(problem.contains(name), "{problem}");
        }
        assert!(Config::default().settings().is_ok());
        let above = load(&[("QUAN_APPROVAL_ABOVE", "15000")]).expect("an amount is text");
        assert!(above.settings().is_ok_and(|settings| settings.approval_above.is_some()));
    }

    #[test]
    fn redis_is_there_where_it_is_named() {
        let url = "redis://redis.example:6379/1";
        let named = load(&[("REDIS_URL", url)]).expect("a text").settings();
        assert_eq!(named.expect("fitting").redis_url.as_deref(), Some(url));
        for none in [Config::default(), load(&[("REDIS_URL", "")]).expect("a text")] {
            assert_eq!(none.settings().expect("fitting").redis_url, None);
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_not_told() {
        let secret = "0123456789abcdef0123456789abcde";
        let config = load(&[("QUAN_SHOP_SECRET", secret)]).expect("a text");
        let problem = config.settings().expect_err("31 bytes").to_string();
        assert!(problem.contains("QUAN_SHOP_SECRET") && !problem.contains(secret), "{problem}");
        let digits = "1".repeat(32);
        let config = load(&[("QUAN_SHOP_SECRET", &digits)]).expect("digits are text");
        let settings = config.settings().expect("32 bytes");
        assert!(settings.shop_secret.is_some());
        assert!(!format!("{settings:?}").contains(&digits));
    }

    #[test]
    fn postgresql_takes_a_secret() {
        let on = |secret: &str| {
            let url = ("DATABASE_URL", "postgres://localhost/quan");
            load(&[url, ("QUAN_SECRET", secret)]).expect("text").settings()
        };
        assert!(on(&"7".repeat(32)).expect("long enough").secret.is_some());
        for wrong in ["", "short"] {
            let problem = on(wrong).expect_err("no secret").to_string();
            assert!(problem.contains("QUAN_SECRET"), "{problem}");
        }
        assert!(Config::default().settings().expect("SQLite").secret.is_none());
    }

    #[test]
    fn the_payment_centers_secret_is_written_as_its_standard_has_it() {
        let settings =
            |secret| load(&[("QUAN_PAYMENT_SECRET", secret)]).expect("a text").settings();
        let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert!(settings(good).expect("24 bytes").payment_secret.is_some());
        for wrong in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ", "whsec_!"] {
            let problem = settings(wrong).expect_err("no such secret").to_string();
            assert!(
                problem.contains("QUAN_PAYMENT_SECRET") && !problem.contains(wrong),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        assert!(load(&[("LEPTOS_SITE_ADDR", "nowhere")]).is_err());
        assert!(load(&[("QUAN_TRUSTED_PROXIES", "10.0.0.0/8, proxy")]).is_err());
        assert!(load(&[("QUAN_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).is_ok());
    }
}
