//! For browser tests alone: sets the clock, lets a crowd in, and puts the demo's cast back as it
//! was. A released binary is built without it.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::TimeDelta;
use domain::{Time, actor::System};
use engine::demo;
use serde::{Deserialize, Serialize};

use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/test/clock", get(read).post(set))
        .route("/test/crowd", post(crowd))
        .route("/test/reset", post(reset))
}

#[derive(Deserialize)]
struct Move {
    /// Seconds to go on, or back where negative.
    advance: Option<i64>,
    /// A moment to go to.
    to: Option<Time>,
}

#[derive(Serialize)]
struct Clock {
    now: Time,
}

async fn read(State(state): State<AppState>) -> Json<Clock> {
    Json(Clock { now: state.engine.now() })
}

async fn set(State(state): State<AppState>, Query(asked): Query<Move>) -> Json<Clock> {
    if let Some(to) = asked.to {
        state.engine.clock().set(to);
    }
    if let Some(seconds) = asked.advance {
        state.engine.clock().advance(TimeDelta::seconds(seconds));
    }
    Json(Clock { now: state.engine.now() })
}

async fn crowd(State(state): State<AppState>) -> Result<StatusCode, StatusCode> {
    answer(demo::crowd::come(&state.engine, System).await)
}

async fn reset(State(state): State<AppState>) -> Result<StatusCode, StatusCode> {
    answer(demo::reset(&state.engine, System).await)
}

fn answer(done: engine::Result<()>) -> Result<StatusCode, StatusCode> {
    done.map_err(|error| {
        tracing::error!(%error, "the store was not changed as asked");
        StatusCode::CONFLICT
    })?;
    Ok(StatusCode::NO_CONTENT)
}
