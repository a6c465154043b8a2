//! When the rules say no: a stable code with its numbers. Sentences live at the edges.

use serde::{Deserialize, Serialize};

use crate::{Code, LineId, Money, Time};

/// The rules say no. Serialised as `{code, data}`; amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "data", rename_all = "snake_case")]
#[allow(missing_docs)] // The codes are the words of the rules; their data speak for themselves.
pub enum Refusal {
    NotFound,
    NotStarted {
        opens_at: Time,
    },
    ClaimClosed,
    Paused,
    SoldOut,
    ClaimLimitReached {
        limit: u32,
        coupons: Vec<Code>,
    },
    DailyLimitReached {
        resets_at: Time,
    },
    /// `retry_after` in seconds.
    TooManyAttempts {
        retry_after: u64,
    },
    RiskRejected,
    ChallengeRequired,
    NewShoppersOnly,
    NotInAudience,
    ChannelMismatch,
    ChannelQuotaReached,
    BudgetExhausted,
    NotValidYet {
        valid_from: Time,
    },
    Expired {
        at: Time,
    },
    Revoked,
    Held,
    NotOwner,
    AlreadyRedeemed,
    LockedByOtherOrder {
        until: Time,
    },
    LockLapsed,
    BelowThreshold {
        required: Money,
        current: Money,
        missing: Money,
    },
    NoCoveredLines,
    LineOutOfScope {
        lines: Vec<LineId>,
    },
    NoValue,
    NotCombinable {
        with: Vec<Code>,
    },
    BetterApplied {
        by: Vec<Code>,
    },
    AmountMismatch {
        expected: Money,
    },
    IdempotencyConflict,
    StateConflict {
        state: String,
    },
    StaleRevision {
        current: u32,
    },
    Invalid {
        fields: Vec<FieldError>,
    },
}

impl Refusal {
    /// A single field is wrong.
    pub fn invalid(field: impl Into<String>, problem: Problem) -> Self {
        Self::Invalid { fields: vec![FieldError::new(field, problem)] }
    }

    /// The stable snake_case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotStarted { .. } => "not_started",
            Self::ClaimClosed => "claim_closed",
            Self::Paused => "paused",
            Self::SoldOut => "sold_out",
            Self::ClaimLimitReached { .. } => "claim_limit_reached",
            Self::DailyLimitReached { .. } => "daily_limit_reached",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::RiskRejected => "risk_rejected",
            Self::ChallengeRequired => "challenge_required",
            Self::NewShoppersOnly => "new_shoppers_only",
            Self::NotInAudience => "not_in_audience",
            Self::ChannelMismatch => "channel_mismatch",
            Self::ChannelQuotaReached => "channel_quota_reached",
            Self::BudgetExhausted => "budget_exhausted",
            Self::NotValidYet { .. } => "not_valid_yet",
            Self::Expired { .. } => "expired",
            Self::Revoked => "revoked",
            Self::Held => "held",
            Self::NotOwner => "not_owner",
            Self::AlreadyRedeemed => "already_redeemed",
            Self::LockedByOtherOrder { .. } => "locked_by_other_order",
            Self::LockLapsed => "lock_lapsed",
            Self::BelowThreshold { .. } => "below_threshold",
            Self::NoCoveredLines => "no_covered_lines",
            Self::LineOutOfScope { .. } => "line_out_of_scope",
            Self::NoValue => "no_value",
            Self::NotCombinable { .. } => "not_combinable",
            Self::BetterApplied { .. } => "better_applied",
            Self::AmountMismatch { .. } => "amount_mismatch",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::StateConflict { .. } => "state_conflict",
            Self::StaleRevision { .. } => "stale_revision",
            Self::Invalid { .. } => "invalid",
        }
    }
}

/// One thing wrong with one field; `field` is a path such as `benefit.steps.1.amount`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The path of the field.
    pub field: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub problem: Problem,
}

impl FieldError {
    /// Joins a path and what is wrong there.
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self { field: field.into(), problem }
    }

    /// Which of these numbers are not within their bounds, both included.
    pub(crate) fn out_of_range<const N: usize>(
        fields: [(&'static str, u32, (u32, u32)); N],
    ) -> Result<(), Vec<Self>> {
        let wrong = |(field, n, (min, max)): (&'static str, u32, (u32, u32))| {
            let problem = Problem::OutOfRange { min: min.into(), max: max.into() };
            (!(min..=max).contains(&n)).then(|| Self::new(field, problem))
        };
        let wrong: Vec<Self> = fields.into_iter().filter_map(wrong).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[allow(missing_docs)] // Each says itself.
pub enum Problem {
    #[error("is required")]
    Required,
    #[error("is longer than {max} characters")]
    TooLong { max: u64 },
    #[error("is shorter than {min} characters")]
    TooShort { min: u64 },
    #[error("has more than {max} entries")]
    TooMany { max: u64 },
    #[error("has fewer than {min} entries")]
    TooFew { min: u64 },
    #[error("holds a control character")]
    ControlCharacter,
    #[error("is not an amount")]
    NotMoney,
    #[error("has more than {decimals} decimals")]
    MoreDecimals { decimals: u32 },
    #[error("is too large")]
    TooLarge,
    #[error("is not a whole number")]
    NotANumber,
    #[error("is not from {min} to {max}")]
    OutOfRange { min: u64, max: u64 },
    #[error("must be above zero")]
    NotAboveZero,
    #[error("must be above the step before")]
    NotRising,
    #[error("ends before it begins")]
    EndsBeforeItBegins,
    #[error("is not a date or time")]
    NotATime,
    #[error("is over already")]
    Past,
    #[error("is unknown")]
    Unknown,
    #[error("appears twice")]
    Duplicate,
    #[error("is not a coupon code")]
    NotACode,
    #[error("is below the {issued} already issued")]
    BelowIssued { issued: u64 },
    /// In minor units.
    #[error("is below what is reserved and spent")]
    BelowSpent { spent: Money },
    #[error("needs a confirmation")]
    NeedsConfirmation,
    #[error("is not an e-mail address or phone number")]
    NotALogin,
    #[error("is taken")]
    Taken,
    #[error("makes a circle")]
    Circle,
    #[error("is more than was bought")]
    MoreThanBought,
    #[error("is not an address on the web")]
    NotAUrl,
    #[error("does not begin with https")]
    NotHttps,
    #[error("leads into a private network")]
    PrivateAddress,
    #[error("is not an IP address")]
    NotAnAddress,
    #[error("does not go together with {other}")]
    NotTogether { other: String },
}
