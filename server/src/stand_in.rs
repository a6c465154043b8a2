//! The demo shop's stand-in for a payment center. What it does to a payment it tells as any center
//! does: by a signed callback, at the same door.

use app::{AppError, context::Heard};
use axum::http::{HeaderMap, HeaderValue, header};
use engine::{
    Engine, Fault,
    redemption::callbacks::{self, Callback},
};

use crate::{
    problem::Problem,
    v1::{callbacks::take, wire},
};

/// Tells the shop; returns once it was heard.
pub(crate) fn tell(engine: Engine, callback: Callback) -> Heard {
    Box::pin(async move { send(&engine, &callback).await.map_err(failed) })
}

async fn send(engine: &Engine, callback: &Callback) -> Result<(), Problem> {
    let told = wire::callback::Callback::of(callback, engine.settings().currency);
    let body = serde_json::to_vec(&told).map_err(|error| Problem::of(&error.into()))?;
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
    take(engine, &callbacks::sign(engine, &body), &headers, &body).await
}

/// A center would try again; a shopper presses again.
fn failed(problem: Problem) -> AppError {
    match problem {
        Problem::Fault { reference } => AppError::Fault { reference },
        Problem::Unavailable => AppError::Unavailable,
        problem => {
            let cause = format!("the stand-in's callback was answered {}", problem.code());
            AppError::fault(&Fault::new(cause))
        }
    }
}
