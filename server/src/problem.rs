//! Why a call was not answered as it was meant, as `application/problem+json` (RFC 9457).

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Code, FieldError, Problem as Wrong, Refusal, actor::KeyScope};
use engine::{Error, idempotency::Answer};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::speech::Speech;

/// How long whoever meets a store that is away should wait, in seconds.
pub(crate) const UNAVAILABLE_FOR: u64 = 2;

/// A problem that is not told yet: [`speak`] does that, who knows the caller's language.
#[derive(Debug, Clone)]
pub(crate) enum Problem {
    /// The rules say no, perhaps about one of several coupons.
    Refused(Refusal, Option<Code>),
    NotFound,
    Unauthorized,
    /// No signature of the payment center's, or none that is right.
    Unsigned,
    Forbidden(KeyScope),
    /// Not JSON of the right types; where, and in which way.
    Unreadable {
        path: String,
        cause: String,
    },
    /// Rows of a table are wrong: in which line, and what.
    Lines(Vec<(u64, FieldError)>),
    TooLarge {
        limit: usize,
    },
    UnsupportedMediaType,
    KeyRequired,
    /// The key was used for another request.
    KeyMismatch,
    MethodNotAllowed,
    /// Asking again later may succeed.
    Unavailable,
    /// Ours; the log has the cause under this reference.
    Fault {
        reference: String,
    },
}

/// The shape of a problem in an answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Told {
    /// `/problems/` and the code.
    r#type: String,
    title: String,
    status: u16,
    /// One sentence in the caller's language.
    detail: String,
    /// Stable, in snake_case.
    code: &'static str,
    /// The numbers that belong to the code.
    data: Value,
    /// The coupon that was refused, where an order names several.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<String>,
    /// Of a fault, for asking us about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

impl Problem {
    /// What an error of the engine is to a caller; a fault is written to the log.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal.clone(), None),
            Error::CouponRefused(refused) => {
                Self::Refused(refused.refusal.clone(), Some(refused.code))
            }
            Error::Missing => Self::NotFound,
            Error::OtherRequest => Self::KeyMismatch,
            Error::Fault(fault) => {
                let reference = app::AppError::log(&**fault);
                if fault.is_passing() { Self::Unavailable } else { Self::Fault { reference } }
            }
            // Whoever asks under a key passes the answer on itself.
            Error::Answered(_) => Self::Fault { reference: app::AppError::log(error) },
        }
    }

    pub(crate) fn unreadable(path: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Unreadable { path: path.into(), cause: cause.into() }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal, _) => refusal.code(),
            Self::Lines(_) => "invalid",
            Self::NotFound => "not_found",
            Self::Unauthorized | Self::Unsigned => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::KeyRequired => "idempotency_key_required",
            Self::KeyMismatch => "idempotency_mismatch",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unavailable => "unavailable",
            Self::Fault { .. } => "fault",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal, _) => status(refusal),
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized | Self::Unsigned => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unreadable { .. } | Self::KeyRequired => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Lines(_) | Self::KeyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer in the caller's language.
    pub(crate) fn answer(&self, speech: &Speech) -> Answer {
        let status = self.status().as_u16();
        let body = serde_json::to_string(&self.told(speech)).unwrap_or_default();
        Answer { status, body }
    }

    fn told(&self, speech: &Speech) -> Told {
        let code = self.code();
        let (coupon, reference) = match self {
            Self::Refused(_, coupon) => (coupon.map(|coupon| coupon.to_string()), None),
            Self::Fault { reference } => (None, Some(reference.clone())),
            _ => (None, None),
        };
        Told {
            r#type: format!("/problems/{code}"),
            title: title(code),
            status: self.status().as_u16(),
            detail: match self {
                Self::Refused(refusal, _) => speech.refusal(refusal),
                Self::Lines(lines) => {
                    let fields = lines.iter().map(|(_, field)| field.clone()).collect();
                    speech.refusal(&Refusal::Invalid { fields })
                }
                Self::NotFound => speech.refusal(&Refusal::NotFound),
                Self::Unsigned => speech.message("api-unsigned"),
                _ => speech.message(&format!("api-{}", code.replace('_', "-"))),
            },
            code,
            data: match self {
                Self::Refused(refusal, _) => data(refusal, speech),
                Self::Lines(lines) => {
                    let told = lines.iter().take(TOLD_MAX).map(|line| wrong_line(line, speech));
                    json!({ "lines": told.collect::<Vec<_>>() })
                }
                Self::Forbidden(scope) => json!({ "scope": scope }),
                Self::Unreadable { path, cause } => json!({ "path": path, "cause": cause }),
                Self::TooLarge { limit } => json!({ "limit": limit }),
                _ => json!({}),
            },
            coupon,
            reference,
        }
    }

    /// What is said beside the body.
    fn header(&self, speech: &Speech) -> Option<(HeaderName, HeaderValue)> {
        let wait = match self {
            Self::Unauthorized => {
                return Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Self::Unsigned => {
                let scheme = HeaderValue::from_static("Webhook-Signature");
                return Some((header::WWW_AUTHENTICATE, scheme));
            }
            Self::Refused(Refusal::TooManyAttempts { retry_after }, _) => *retry_after,
            Self::Refused(Refusal::DailyLimitReached { resets_at }, _) => {
                let wait = *resets_at - speech.now();
                wait.num_seconds().max(1).unsigned_abs()
            }
            Self::Unavailable => UNAVAILABLE_FOR,
            _ => return None,
        };
        Some((header::RETRY_AFTER, HeaderValue::from(wait)))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal, None)
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(fields: Vec<FieldError>) -> Self {
        Refusal::Invalid { fields }.into()
    }
}

/// Without a sentence yet.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts the problem that an answer brings, if any, into words.
pub(crate) fn speak(response: Response, speech: &Speech) -> Response {
    let (mut parts, body) = response.into_parts();
    let Some(problem) = parts.extensions.remove::<Problem>() else {
        return Response::from_parts(parts, body);
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut told = (parts.status, Json(problem.told(speech))).into_response();
    told.headers_mut().extend(parts.headers);
    told.headers_mut().extend(problem.header(speech));
    told.headers_mut().insert(header::CONTENT_TYPE, KIND);
    told
}

/// Whether the answer is a problem, told or still to be told.
pub(crate) fn is_told(response: &Response) -> bool {
    let is_problem = response.headers().get(header::CONTENT_TYPE) == Some(&KIND);
    is_problem || response.extensions().get::<Problem>().is_some()
}

/// What a problem's body is.
pub(crate) const KIND: HeaderValue = HeaderValue::from_static("application/problem+json");

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::RiskRejected | Refusal::ChallengeRequired => StatusCode::FORBIDDEN,
        Refusal::StateConflict { .. }
        | Refusal::IdempotencyConflict
        | Refusal::StaleRevision { .. }
        | Refusal::AlreadyRedeemed
        | Refusal::LockedByOtherOrder { .. }
        | Refusal::ClaimLimitReached { .. } => StatusCode::CONFLICT,
        Refusal::ClaimClosed | Refusal::SoldOut | Refusal::Expired { .. } | Refusal::Revoked => {
            StatusCode::GONE
        }
        Refusal::TooManyAttempts { .. } | Refusal::DailyLimitReached { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The numbers of a refusal, amounts as decimal strings.
pub(crate) fn data(refusal: &Refusal, speech: &Speech) -> Value {
    match refusal {
        Refusal::BelowThreshold { required, current, missing } => json!({
            "required": speech.amount(*required),
            "current": speech.amount(*current),
            "missing": speech.amount(*missing),
        }),
        Refusal::AmountMismatch { expected } => json!({ "expected": speech.amount(*expected) }),
        Refusal::Invalid { fields } => {
            json!({ "fields": fields.iter().map(|field| wrong(field, speech)).collect::<Vec<_>>() })
        }
        other => {
            let mut told = serde_json::to_value(other).unwrap_or_default();
            let data = told.get_mut("data").map(Value::take);
            data.unwrap_or_else(|| Value::Object(Map::new()))
        }
    }
}

/// One field, with a sentence of its own.
fn wrong(error: &FieldError, speech: &Speech) -> Value {
    let mut told = serde_json::to_value(error).unwrap_or_default();
    told["message"] = speech.problem(&error.problem).into();
    if let Wrong::BelowSpent { spent } = &error.problem {
        told["spent"] = speech.amount(*spent).into();
    }
    told
}

/// The most fields or lines that one answer tells of.
pub(crate) const TOLD_MAX: usize = 1_000;

fn wrong_line((line, error): &(u64, FieldError), speech: &Speech) -> Value {
    json!({ "line": line, "field": error.field, "message": speech.problem(&error.problem) })
}

/// `Below threshold`
fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
