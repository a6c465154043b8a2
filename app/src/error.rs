//! What a server function may answer instead of a value. It carries codes and numbers, never the
//! text of an error: sentences are made at the edge, causes stay in the log.

#[cfg(feature = "ssr")]
use domain::{Code, Refusal};
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AppError {
    /// The rules say no; `coupon` names the one it is about where an order names several. The
    /// browser learns only that it was refused: reading every refusal would cost it 25 KB.
    Refused {
        #[cfg(feature = "ssr")]
        refusal: Refusal,
        #[cfg(feature = "ssr")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coupon: Option<Code>,
    },
    /// No such thing, or none that this person may know of.
    NotFound,
    SignIn,
    Forbidden,
    /// The request made no sense: a field missing, a number that is none.
    Unreadable,
    /// The browser could not reach the server.
    Offline,
    /// The store is away, or too many ask at once: that passes, and the log has the cause.
    Unavailable,
    /// Our fault; the log has the cause under this reference.
    Fault {
        reference: String,
    },
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let error = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Unreadable,
            // A body that broke off, or was larger than it said.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(_) => Self::Unreadable,
            ServerFnErrorErr::Request(_) => Self::Offline,
            error => Self::fault(&error),
        };
        // No form of ours was reached that would say so, and Leptos would call it our fault.
        #[cfg(feature = "ssr")]
        crate::form::set_status(error.status());
        error
    }
}

#[cfg(feature = "ssr")]
impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal, coupon: None }
    }
}

#[cfg(feature = "ssr")]
impl From<engine::Error> for AppError {
    fn from(error: engine::Error) -> Self {
        match error {
            // Another shopper's coupon does not exist for this one.
            engine::Error::Refused(Refusal::NotOwner) => Self::NotFound,
            engine::Error::Refused(refusal) => refusal.into(),
            engine::Error::CouponRefused(refused) => {
                Self::Refused { refusal: refused.refusal, coupon: Some(refused.code) }
            }
            engine::Error::Missing => Self::NotFound,
            engine::Error::Fault(fault) if fault.is_passing() => Self::passing(&*fault),
            engine::Error::Fault(fault) => Self::fault(&*fault),
            // Pages ask under no key.
            error @ (engine::Error::Answered(_) | engine::Error::OtherRequest) => {
                Self::fault(&error)
            }
        }
    }
}

impl AppError {
    /// Writes the cause to the log and keeps only a reference to it.
    #[cfg(feature = "ssr")]
    pub fn fault(cause: &dyn std::error::Error) -> Self {
        Self::Fault { reference: Self::log(cause) }
    }

    /// The same of what passes by itself, for which nobody needs to ask us.
    #[cfg(feature = "ssr")]
    pub fn passing(cause: &dyn std::error::Error) -> Self {
        Self::log(cause);
        Self::Unavailable
    }

    /// Writes a cause to the log and answers under which reference.
    #[cfg(feature = "ssr")]
    pub fn log(cause: &dyn std::error::Error) -> String {
        let reference = format!("{:08x}", rand::random::<u32>());
        let chain = std::iter::successors(Some(cause), |error| error.source());
        let chain: Vec<String> = chain.map(ToString::to_string).collect();
        tracing::error!(reference, cause = chain.join(": "), "a request failed");
        reference
    }

    #[cfg(not(feature = "ssr"))]
    fn fault(_: &dyn std::error::Error) -> Self {
        Self::Fault { reference: String::new() }
    }

    /// The status for callers that read the answer; a plain form is redirected instead.
    #[cfg(feature = "ssr")]
    pub fn status(&self) -> axum::http::StatusCode {
        use axum::http::StatusCode;
        match self {
            Self::Refused { refusal, .. } => match refusal {
                Refusal::NotFound => StatusCode::NOT_FOUND,
                Refusal::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
                Refusal::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::CONFLICT,
            },
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Offline | Self::Fault { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn sent(error: ServerFnErrorErr) -> String {
        String::from_utf8(AppError::from_server_fn_error(error).ser().to_vec()).expect("JSON")
    }

    #[test]
    fn the_text_of_an_error_never_reaches_the_browser() {
        let secret = || "password=hunter2".to_owned();
        for error in [
            ServerFnErrorErr::ServerError(secret()),
            ServerFnErrorErr::MiddlewareError(secret()),
            ServerFnErrorErr::Args(secret()),
            ServerFnErrorErr::MissingArg(secret()),
            ServerFnErrorErr::Serialization(secret()),
            ServerFnErrorErr::Response(secret()),
        ] {
            assert!(!sent(error).contains("hunter2"));
        }
    }
}
