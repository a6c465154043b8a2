//! What Prometheus reads at `/metrics`: requests by route with their times, what waits, and what the
//! rules of alarm find. `alerts.prometheus.yml` has those rules for Prometheus itself.

mod answered;

use std::sync::OnceLock;
use std::time::Instant;

use app::context::NO_ROUTE;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::actor::System;
use domain::alert::Rule;
use engine::{Engine, alerts, issuance::tickets};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub(crate) use answered::answered;

use crate::state::AppState;

/// Upper bounds in seconds: a page within a few milliseconds, a claim within fifty.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What is counted is counted once a process, whoever asks first.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let times = Matcher::Suffix("_seconds".to_owned());
        PrometheusBuilder::new()
            .set_buckets_for_metric(times, SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|error| tracing::error!(%error, "nothing is measured"))
            .ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

/// Counts requests by the route they took, never by the path they named: a script that walks paths
/// must not fill the memory.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    recorder();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = method_name(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    histogram!("quan_http_request_seconds", "route" => route.clone())
        .record(begun.elapsed().as_secs_f64());
    counter!("quan_http_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// One of few: whoever sends a request may call its method anything.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// A job came to its end, well or not.
pub(crate) fn job_ended(job: &'static str, well: bool) {
    let outcome = if well { "done" } else { "failed" };
    counter!("quan_jobs_total", "job" => job, "outcome" => outcome).increment(1);
}

/// How many claims wait in line, and how long the first of them has. A job: whoever scrapes must not
/// set the pace at which the store is asked.
pub(crate) async fn measure_line(engine: &Engine) -> engine::Result<()> {
    recorder();
    let line = tickets::line(engine).await?;
    gauge!("quan_tickets_waiting").set(line.waiting as f64);
    gauge!("quan_tickets_oldest_seconds").set(line.oldest.num_milliseconds() as f64 / 1000.0);
    Ok(())
}

/// What each rule finds, and how much operators say is too much. What is off, or not known while the
/// store is away, is no number, and no rule of Prometheus holds for it.
async fn tell_alerts(engine: &Engine) {
    let standings = alerts::standings(engine, &System).await;
    let standings = standings.inspect_err(|error| tracing::warn!(%error, "no rule is measured"));
    let standings = standings.unwrap_or_default();
    for rule in Rule::ALL {
        let standing = standings.iter().find(|standing| standing.rule == rule);
        let standing = standing.filter(|standing| standing.bound.is_on);
        let value = standing.and_then(|standing| standing.value);
        let threshold = standing.map(|standing| f64::from(standing.bound.threshold));
        gauge!("quan_alert_value", "rule" => rule.as_str())
            .set(value.map_or(f64::NAN, |value| value as f64));
        gauge!("quan_alert_threshold", "rule" => rule.as_str()).set(threshold.unwrap_or(f64::NAN));
    }
}

pub(crate) async fn page(State(state): State<AppState>) -> Response {
    let Some(recorder) = recorder() else {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    gauge!("quan_claims_waiting").set(state.engine.claims_waiting() as f64);
    counter!("quan_counts_dropped_total").absolute(state.engine.counts_dropped());
    tell_alerts(&state.engine).await;
    recorder.run_upkeep();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], recorder.render()).into_response()
}

#[cfg(test)]
mod tests {
    use app::locale::t_in;
    use app::preferences::Language;
    use chrono::TimeDelta;
    use domain::ShopperId;
    use domain::actor::Shopper;
    use domain::alert::{Rule, Rules};
    use engine::issuance::Via;

    use super::{Method, measure_line, tickets};
    use crate::testing::TestApp;
    use crate::walks::queued;

    #[tokio::test]
    async fn requests_are_counted_by_the_route_they_took() {
        let app = TestApp::empty().await;
        app.nobody().get("/healthz").await;
        app.nobody().get("/some/path/nobody/knows").await;
        let odd = Method::from_bytes(b"WALK").expect("a method");
        app.nobody().request(odd, "/healthz", &[], String::new()).await;
        let told = app.nobody().get("/metrics").await;
        assert_eq!(told.status, 200);
        let counted = |labels: &str| told.body.lines().any(|line| line.contains(labels));
        assert!(counted(r#"route="/healthz",method="GET",status="200""#), "{}", told.body);
        assert!(counted("quan_claims_waiting 0"), "{}", told.body);
        assert!(counted("quan_counts_dropped_total 0"), "{}", told.body);
        assert!(counted(r#"route="/healthz",method="other""#), "{}", told.body);
        assert!(!told.body.contains("nobody/knows") && !told.body.contains("WALK"));
        for rule in Rule::ALL {
            let threshold = Rules::default().get(rule).threshold;
            let told = format!("quan_alert_threshold{{rule=\"{}\"}} {threshold}", rule.as_str());
            assert!(counted(&told), "{told}");
        }
        app.close().await;
    }

    #[tokio::test]
    async fn the_line_is_told_as_it_was_measured_last() {
        let app = TestApp::open().await;
        let told = async |what: &str| {
            measure_line(&app.engine).await.expect("measured");
            let told = app.nobody().get("/metrics").await.body;
            assert!(told.lines().any(|line| line == what), "{told}");
        };
        told("quan_tickets_waiting 0").await;
        told("quan_tickets_oldest_seconds 0").await;
        let template = queued(&app, 10).await;
        let mei = Shopper { id: ShopperId::new("mei").expect("an id") };
        let via = Via::default();
        tickets::accept(&app.engine, &mei, template, via).await.expect("a ticket");
        app.engine.clock().advance(TimeDelta::minutes(2));
        told("quan_tickets_waiting 1").await;
        let measured = app.nobody().get("/metrics").await.body;
        let oldest = measured.lines().find_map(|line| {
            line.strip_prefix("quan_tickets_oldest_seconds ")?.parse::<f64>().ok()
        });
        assert!(oldest.is_some_and(|seconds| (120.0..180.0).contains(&seconds)), "{measured}");
        app.close().await;
    }

    /// The file that Prometheus is given: a rule for each of ours, which goes by what operators say is
    /// too much. How long it has to last is written there, as Prometheus wants it.
    fn prometheus() -> String {
        const HEAD: &str = "\
# The console's rules of alarm (/ops/health) for Prometheus. Every node tells at /metrics what each
# rule finds and from where on operators say it is too much, so that an edit there counts here too;
# only how long a state has to last stands here, as the rules begin.
groups:
  - name: quan
    rules:
";
        let rule = |rule: Rule| {
            let word = rule.as_str();
            let capital = |part: &str| format!("{}{}", part[..1].to_uppercase(), &part[1..]);
            let name: String = word.split('_').map(capital).collect();
            let minutes = Rules::default().get(rule).window_minutes;
            let lasts = if rule.lasts() { minutes } else { 0 };
            let summary = t_in(Language::En, &format!("alert-rule-{}", word.replace('_', "-")));
            format!(
                "      - alert: Quan{name}
        expr: >-
          max by (rule) (quan_alert_value{{rule=\"{word}\"}})
          >= max by (rule) (quan_alert_threshold{{rule=\"{word}\"}})
        for: {lasts}m
        labels:
          severity: warning
        annotations:
          summary: {summary}
"
            )
        };
        let rules: String = Rule::ALL.map(rule).concat();
        format!("{HEAD}{rules}")
    }

    #[test]
    fn prometheus_is_given_the_rules_of_the_console() {
        assert_eq!(include_str!("../alerts.prometheus.yml"), prometheus());
    }
}
