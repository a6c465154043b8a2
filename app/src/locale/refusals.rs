//! Every "no" as a sentence that says what to do next.

use domain::{Code, FieldError, Problem, Refusal};

use super::{code, last_minute, minute, money, t, t_with};
use crate::AppError;
use crate::ops::sentence::count;

/// What became of a request, as a sentence.
pub fn error(error: &AppError) -> String {
    match error {
        AppError::Refused { refusal: told, coupon: None } => refusal(told),
        AppError::Refused { refusal: told, coupon: Some(coupon) } => {
            let filled = [("coupon", code(*coupon).into()), ("reason", refusal(told).into())];
            t_with("error-coupon", filled)
        }
        AppError::NotFound => t("error-not-found"),
        AppError::SignIn => t("error-sign-in"),
        AppError::Forbidden => t("error-forbidden"),
        AppError::Unreadable => t("error-unreadable"),
        AppError::Offline => t("error-offline"),
        AppError::Unavailable => t("error-unavailable"),
        AppError::Fault { reference } => {
            t_with("error-fault", [("reference", reference.clone().into())])
        }
    }
}

/// Why somebody got nothing, told to whoever gave: it speaks of them and not to them.
pub fn failure(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ClaimLimitReached { .. } => t("failure-claim-limit-reached"),
        Refusal::DailyLimitReached { .. } => t("failure-daily-limit-reached"),
        Refusal::RiskRejected => t("failure-risk-rejected"),
        Refusal::NewShoppersOnly => t("failure-new-shoppers-only"),
        Refusal::NotInAudience => t("failure-not-in-audience"),
        Refusal::SoldOut => t("failure-sold-out"),
        Refusal::Invalid { fields } => {
            let is = |problem: Problem| fields.iter().any(|wrong| wrong.problem == problem);
            if is(Problem::Duplicate) {
                t("failure-duplicate")
            } else if is(Problem::Unknown) {
                t("failure-unknown")
            } else {
                t("failure-malformed")
            }
        }
        other => self::refusal(other),
    }
}

/// Why the rules say no.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotFound => t("refusal-not-found"),
        Refusal::NotStarted { opens_at } => {
            t_with("refusal-not-started", [("at", minute(*opens_at).into())])
        }
        Refusal::ClaimClosed => t("refusal-claim-closed"),
        Refusal::Paused => t("refusal-paused"),
        Refusal::SoldOut => t("refusal-sold-out"),
        Refusal::ClaimLimitReached { limit, .. } => {
            t_with("refusal-claim-limit-reached", [("limit", (*limit).into())])
        }
        Refusal::DailyLimitReached { resets_at } => {
            t_with("refusal-daily-limit-reached", [("at", minute(*resets_at).into())])
        }
        Refusal::TooManyAttempts { retry_after } => {
            let minutes = retry_after.div_ceil(60);
            t_with("refusal-too-many-attempts", [("minutes", minutes.into())])
        }
        Refusal::RiskRejected => t("refusal-risk-rejected"),
        Refusal::ChallengeRequired => t("refusal-challenge-required"),
        Refusal::NewShoppersOnly => t("refusal-new-shoppers-only"),
        Refusal::NotInAudience => t("refusal-not-in-audience"),
        Refusal::ChannelMismatch => t("refusal-channel-mismatch"),
        Refusal::ChannelQuotaReached => t("refusal-channel-quota-reached"),
        Refusal::BudgetExhausted => t("refusal-budget-exhausted"),
        Refusal::NotValidYet { valid_from } => {
            t_with("refusal-not-valid-yet", [("at", minute(*valid_from).into())])
        }
        Refusal::Expired { at } => t_with("refusal-expired", [("at", last_minute(*at).into())]),
        Refusal::Revoked => t("refusal-revoked"),
        Refusal::Held => t("refusal-held"),
        Refusal::NotOwner => t("refusal-not-owner"),
        Refusal::AlreadyRedeemed => t("refusal-already-redeemed"),
        Refusal::LockedByOtherOrder { until } => {
            t_with("refusal-locked-by-other-order", [("at", minute(*until).into())])
        }
        Refusal::LockLapsed => t("refusal-lock-lapsed"),
        Refusal::BelowThreshold { required, current, missing } => {
            let filled = [
                ("required", money(*required).into()),
                ("current", money(*current).into()),
                ("missing", money(*missing).into()),
            ];
            t_with("refusal-below-threshold", filled)
        }
        Refusal::NoCoveredLines => t("refusal-no-covered-lines"),
        Refusal::LineOutOfScope { lines } => {
            t_with("refusal-line-out-of-scope", [("n", lines.len().into())])
        }
        Refusal::NoValue => t("refusal-no-value"),
        Refusal::NotCombinable { with } => {
            t_with("refusal-not-combinable", [("with", codes(with).into())])
        }
        Refusal::BetterApplied { .. } => t("refusal-better-applied"),
        Refusal::AmountMismatch { expected } => {
            t_with("refusal-amount-mismatch", [("expected", money(*expected).into())])
        }
        Refusal::IdempotencyConflict => t("refusal-idempotency-conflict"),
        Refusal::StateConflict { .. } => t("refusal-state-conflict"),
        Refusal::StaleRevision { current } => {
            t_with("refusal-stale-revision", [("current", (*current).into())])
        }
        Refusal::Invalid { fields } => t_with("refusal-invalid", [("n", fields.len().into())]),
    }
}

/// What is wrong with a field of a form, where its name says more than the problem does.
pub fn problem_of(wrong: &FieldError) -> String {
    match (wrong.field.as_str(), &wrong.problem) {
        ("thing", Problem::Unknown) => t("problem-no-shopper"),
        ("current", Problem::Unknown) => t("problem-wrong-password"),
        ("url", Problem::Unknown) => t("problem-no-host"),
        ("file", Problem::ControlCharacter) => t("upload-no-text"),
        ("wide", Problem::NeedsConfirmation) => t("problem-wide-network"),
        (_, other) => problem(other),
    }
}

/// What is wrong with a field.
pub fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Required => t("problem-required"),
        Problem::TooLong { max } => t_with("problem-too-long", [("max", (*max).into())]),
        Problem::TooShort { min } => t_with("problem-too-short", [("min", (*min).into())]),
        Problem::TooMany { max } => t_with("problem-too-many", [("max", count(*max).into())]),
        Problem::TooFew { min } => t_with("problem-too-few", [("min", (*min).into())]),
        Problem::ControlCharacter => t("problem-control-character"),
        Problem::NotMoney => t("problem-not-money"),
        Problem::MoreDecimals { decimals } => {
            t_with("problem-more-decimals", [("decimals", (*decimals).into())])
        }
        Problem::TooLarge => t("problem-too-large"),
        Problem::NotANumber => t("problem-not-a-number"),
        Problem::OutOfRange { min, max } => t_with(
            "problem-out-of-range",
            [("min", count(*min).into()), ("max", count(*max).into())],
        ),
        Problem::NotAboveZero => t("problem-not-above-zero"),
        Problem::NotRising => t("problem-not-rising"),
        Problem::EndsBeforeItBegins => t("problem-ends-before-it-begins"),
        Problem::NotATime => t("problem-not-a-time"),
        Problem::Past => t("problem-past"),
        Problem::Unknown => t("problem-unknown"),
        Problem::Duplicate => t("problem-duplicate"),
        Problem::NotACode => t("problem-not-a-code"),
        Problem::BelowIssued { issued } => {
            t_with("problem-below-issued", [("issued", (*issued).into())])
        }
        Problem::BelowSpent { spent } => {
            t_with("problem-below-spent", [("spent", money(*spent).into())])
        }
        Problem::NeedsConfirmation => t("problem-needs-confirmation"),
        Problem::NotALogin => t("problem-not-a-login"),
        Problem::Taken => t("problem-taken"),
        Problem::Circle => t("problem-circle"),
        Problem::MoreThanBought => t("problem-more-than-bought"),
        Problem::NotAUrl => t("problem-not-a-url"),
        Problem::NotHttps => t("problem-not-https"),
        Problem::PrivateAddress => t("problem-private-address"),
        Problem::NotAnAddress => t("problem-not-an-address"),
        Problem::NotTogether { other } => {
            t_with("problem-not-together", [("other", other.clone().into())])
        }
    }
}

fn codes(codes: &[Code]) -> String {
    codes.iter().map(|one| code(*one)).collect::<Vec<_>>().join(&t("separator"))
}
