//! A line as it was, and as it is expected to go on, within a band.

use leptos::prelude::*;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 140.0;
/// Above the highest point, so that a thick line is not cut off.
const ROOM: f64 = 4.0;

/// A point to come: low, most likely, high.
pub type Ahead = [f64; 3];

/// Drawn on the server from zero up; `label` says in words what one sees. A table has to say the same.
#[component]
pub fn Band(past: Vec<f64>, ahead: Vec<Ahead>, #[prop(into)] label: String) -> impl IntoView {
    let sheet = Sheet::new(&past, &ahead);
    let today = sheet.x(past.len());
    view! {
        <svg
            class="block h-auto w-full"
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            role="img"
            aria-label=label
        >
            <path class="fill-accent-soft" d=sheet.band(past.len(), &ahead) />
            <path class="stroke-line" d=format!("M0 {HEIGHT}H{WIDTH}") stroke-width="2" />
            <path
                class="stroke-edge"
                d=format!("M{today:.1} 0V{HEIGHT}")
                stroke-width="1.5"
                stroke-dasharray="4 4"
            />
            <path
                class="stroke-edge"
                d=sheet.line(0, past.iter().copied())
                fill="none"
                stroke-width="2"
                stroke-linejoin="round"
            />
            <path
                class="stroke-accent"
                d=sheet.line(past.len(), ahead.iter().map(|[_, mid, _]| *mid))
                fill="none"
                stroke-width="3"
                stroke-linejoin="round"
                stroke-linecap="round"
            />
        </svg>
    }
}

/// Where points lie: each in the middle of its day, from left to right, the highest one just below the
/// upper edge.
struct Sheet {
    step: f64,
    scale: f64,
}

impl Sheet {
    fn new(past: &[f64], ahead: &[Ahead]) -> Self {
        let all = past.iter().copied().chain(ahead.iter().map(|[_, _, high]| *high));
        let highest = all.fold(0.0, f64::max);
        let steps = (past.len() + ahead.len()).max(1) as f64;
        let scale = if highest > 0.0 { (HEIGHT - ROOM) / highest } else { 0.0 };
        Self { step: WIDTH / steps, scale }
    }

    fn x(&self, at: usize) -> f64 {
        (at as f64 + 0.5) * self.step
    }

    fn point(&self, at: usize, value: f64) -> String {
        format!("{:.1} {:.1}", self.x(at), HEIGHT - value * self.scale)
    }

    fn line(&self, from: usize, values: impl Iterator<Item = f64>) -> String {
        let points = values.zip(from..).map(|(value, at)| self.point(at, value));
        let line = points.collect::<Vec<_>>().join("L");
        if line.is_empty() { line } else { format!("M{line}") }
    }

    /// Along the upper edge and back along the lower one.
    fn band(&self, from: usize, ahead: &[Ahead]) -> String {
        let upper = self.line(from, ahead.iter().map(|[_, _, high]| *high));
        let places = (from..from + ahead.len()).rev();
        let lower = ahead.iter().rev().zip(places).map(|([low, _, _], at)| self.point(at, *low));
        let lower: String = lower.map(|point| format!("L{point}")).collect();
        if upper.is_empty() { upper } else { format!("{upper}{lower}Z") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_point_lies_at_the_top_and_zero_at_the_bottom() {
        let sheet = Sheet::new(&[0.0, 5.0], &[[2.0, 4.0, 10.0]]);
        assert_eq!(sheet.line(0, [0.0, 5.0].into_iter()), "M100.0 140.0L300.0 72.0");
        assert_eq!(sheet.band(2, &[[2.0, 4.0, 10.0]]), "M500.0 4.0L500.0 112.8Z");
    }

    #[test]
    fn where_nothing_was_a_line_lies_flat_and_where_no_day_is_there_is_none() {
        let flat = Sheet::new(&[0.0; 3], &[]);
        assert_eq!(flat.line(0, [0.0; 3].into_iter()), "M100.0 140.0L300.0 140.0L500.0 140.0");
        let empty = Sheet::new(&[], &[]);
        assert_eq!(empty.line(0, std::iter::empty()), "");
        assert_eq!(empty.band(0, &[]), "");
    }
}
