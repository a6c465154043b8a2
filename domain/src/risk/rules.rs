//! The rules: what is counted by whom, how many are too many, and whether that only goes on record.

use chrono::TimeDelta;

use crate::FieldError;

/// What is counted, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Claims of one template by one shopper.
    ShopperTemplate,
    /// Claims of any template by one shopper.
    Shopper,
    /// Claims by one device.
    Device,
    /// Claims from one address.
    Address,
    /// Wrong codes and unknown templates of one shopper.
    WrongByShopper,
    /// Those of one device.
    WrongByDevice,
    /// Those from one address.
    WrongByAddress,
}

impl Rule {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::ShopperTemplate,
        Self::Shopper,
        Self::Device,
        Self::Address,
        Self::WrongByShopper,
        Self::WrongByDevice,
        Self::WrongByAddress,
    ];

    /// Those that count claims.
    pub const OF_CLAIMS: [Self; 4] =
        [Self::ShopperTemplate, Self::Shopper, Self::Device, Self::Address];

    /// Those that count what was wrong.
    pub const OF_WRONG: [Self; 3] =
        [Self::WrongByShopper, Self::WrongByDevice, Self::WrongByAddress];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShopperTemplate => "shopper_template",
            Self::Shopper => "shopper",
            Self::Device => "device",
            Self::Address => "address",
            Self::WrongByShopper => "wrong_by_shopper",
            Self::WrongByDevice => "wrong_by_device",
            Self::WrongByAddress => "wrong_by_address",
        }
    }

    /// Reads [`Rule::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == word)
    }
}

/// Whether a rule is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It counts nothing.
    Off,
    /// It counts, and what it would refuse goes on record.
    Shadow,
    /// It refuses.
    On,
}

impl Mode {
    /// All of them, mildest first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Shadow, Self::On];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::On => "on",
        }
    }

    /// Reads [`Mode::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

/// The largest limit.
pub const LIMIT_MAX: u32 = 1_000_000;

/// The longest window, in minutes: 30 days.
pub const WINDOW_MAX: u32 = 30 * 24 * 60;

/// How many a rule lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// So many pass within the window, 1 to [`LIMIT_MAX`].
    pub limit: u32,
    /// How long the window is that slides along, in minutes, 1 to [`WINDOW_MAX`].
    pub window_minutes: u32,
    /// Whether it is heard.
    pub mode: Mode,
}

impl Bound {
    /// The length of the window.
    pub fn window(&self) -> TimeDelta {
        TimeDelta::minutes(self.window_minutes.into())
    }

    /// What is wrong with it: the fields `limit` and `window_minutes`.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        FieldError::out_of_range([
            ("limit", self.limit, (1, LIMIT_MAX)),
            ("window_minutes", self.window_minutes, (1, WINDOW_MAX)),
        ])
    }
}

/// Every rule as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules([Bound; Rule::ALL.len()]);

impl Rules {
    /// One of them.
    pub fn get(&self, rule: Rule) -> Bound {
        self.0[rule as usize]
    }

    /// The same with one of them changed.
    pub fn with(mut self, rule: Rule, bound: Bound) -> Self {
        self.0[rule as usize] = bound;
        self
    }
}

/// Generous enough for whoever presses by hand. A household shares a device, and a whole town may
/// share the address of its phone network, so claims by address only go on record at first.
impl Default for Rules {
    fn default() -> Self {
        let on = |limit, window_minutes| Bound { limit, window_minutes, mode: Mode::On };
        let shadow =
            |limit, window_minutes| Bound { mode: Mode::Shadow, ..on(limit, window_minutes) };
        Self([
            on(60, 60),
            on(300, 24 * 60),
            on(200, 60),
            shadow(3_000, 60),
            on(10, 15),
            on(20, 15),
            on(300, 15),
        ])
    }
}
