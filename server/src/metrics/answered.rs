//! How this node has answered since it started, read from what it tells Prometheus.

use std::collections::BTreeMap;

use app::context::Answered;

/// Most pages of a day; what is hardly asked for says little.
const ROUTES: usize = 20;

/// The routes asked for most, with how they were answered.
pub(crate) fn answered() -> Vec<Answered> {
    let Some(recorder) = super::recorder() else { return Vec::new() };
    recorder.run_upkeep();
    let mut routes = read(&recorder.render());
    routes.sort_by_key(|route| std::cmp::Reverse(route.requests));
    routes.truncate(ROUTES);
    routes
}

/// One route's numbers, as they stand in the text.
#[derive(Default)]
struct Numbers {
    requests: u64,
    failed: u64,
    /// How many took no longer than so many seconds.
    within: Vec<(f64, u64)>,
}

fn read(text: &str) -> Vec<Answered> {
    let mut routes: BTreeMap<&str, Numbers> = BTreeMap::new();
    for line in text.lines() {
        let read = line.rsplit_once(' ').and_then(|(head, n)| Some((head, n.parse().ok()?)));
        let Some((head, n)) = read else { continue };
        let Some(route) = label(head, "route") else { continue };
        let numbers = routes.entry(route).or_default();
        if head.starts_with("quan_http_requests_total{") {
            numbers.requests += n;
            if label(head, "status").is_some_and(|status| status.starts_with('5')) {
                numbers.failed += n;
            }
        } else if head.starts_with("quan_http_request_seconds_bucket{")
            && let Some(bound) = label(head, "le").and_then(|bound| bound.parse().ok())
        {
            numbers.within.push((bound, n));
        }
    }
    let asked = routes.into_iter().filter(|(_, numbers)| numbers.requests > 0);
    asked.map(|(route, numbers)| numbers.told(route)).collect()
}

impl Numbers {
    fn told(&self, route: &str) -> Answered {
        Answered {
            route: route.to_owned(),
            requests: self.requests,
            failed: self.failed,
            half_within: self.part_within(50),
            most_within: self.part_within(95),
            nearly_all_within: self.part_within(99),
        }
    }

    /// The least bound within which so many of a hundred were answered.
    fn part_within(&self, percent: u64) -> Option<f64> {
        let all = self.within.iter().map(|(_, n)| *n).max().unwrap_or_default();
        let enough = self.within.iter().filter(|(_, n)| n * 100 >= all * percent);
        let least = enough.map(|(bound, _)| *bound).fold(f64::INFINITY, f64::min);
        least.is_finite().then_some(least)
    }
}

/// What a line says under a name. Routes are ours, and have no quotation mark.
fn label<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_told_with_what_failed_and_how_long_it_took() {
        let text = "\
# TYPE quan_http_requests_total counter
quan_http_requests_total{route=\"/ops/templates/{id}\",method=\"GET\",status=\"200\"} 98
quan_http_requests_total{route=\"/ops/templates/{id}\",method=\"GET\",status=\"503\"} 2
quan_http_request_seconds_bucket{route=\"/ops/templates/{id}\",le=\"0.005\"} 60
quan_http_request_seconds_bucket{route=\"/ops/templates/{id}\",le=\"0.01\"} 96
quan_http_request_seconds_bucket{route=\"/ops/templates/{id}\",le=\"+Inf\"} 100
quan_http_request_seconds_sum{route=\"/ops/templates/{id}\"} 0.5
quan_claims_waiting 0
";
        let told = read(text).remove(0);
        assert_eq!(
            (told.route.as_str(), told.requests, told.failed),
            ("/ops/templates/{id}", 100, 2)
        );
        assert_eq!((told.half_within, told.most_within), (Some(0.005), Some(0.01)));
        assert_eq!(told.nearly_all_within, None, "longer than any bound");
        assert!(read("quan_jobs_total{job=\"x\",outcome=\"done\"} 1\n").is_empty());
    }
}
