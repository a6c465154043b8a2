//! For browser tests alone: sets the clock, lets a crowd in, makes pool codes, and puts the demo's
//! cast back as it was. A released binary is built without it.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::TimeDelta;
use domain::{
    Code, TemplateId, Time,
    actor::{Operator, System},
};
use engine::{accounts, demo, pools};
use serde::{Deserialize, Serialize};

use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/test/clock", get(read).post(set))
        .route("/test/crowd", post(crowd))
        .route("/test/pool", post(pool))
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

#[derive(Deserialize)]
struct Pool {
    template: TemplateId,
    count: u32,
}

async fn pool(
    State(state): State<AppState>,
    Query(asked): Query<Pool>,
) -> Result<Json<Vec<Code>>, StatusCode> {
    let (email, password) = (demo::OPERATORS[0].0, demo::PASSWORD);
    let operator = accounts::operator_sign_in(&state.engine, email, password).await;
    let editor = operator.ok().and_then(Operator::editor).ok_or(StatusCode::CONFLICT)?;
    let codes = pools::make(&state.engine, &editor, asked.template, asked.count).await;
    codes.map(Json).map_err(|_| StatusCode::CONFLICT)
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
