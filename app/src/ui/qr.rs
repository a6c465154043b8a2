//! A text as a QR code, drawn on the server.

use leptos::prelude::*;
use qrcode::{Color, QrCode};

/// Light modules around the code, without which readers do not find it.
const QUIET: usize = 4;

/// `label` says what it leads to. Nothing for a text that no code can hold. Dark on light in either
/// theme: many readers know no other.
#[component]
pub fn Qr(#[prop(into)] text: String, #[prop(into)] label: String) -> impl IntoView {
    let code = QrCode::new(text).ok()?;
    let side = (code.width() + 2 * QUIET).to_string();
    let view_box = format!("0 0 {side} {side}");
    Some(view! {
        <svg
            class="block h-auto w-full"
            viewBox=view_box
            shape-rendering="crispEdges"
            role="img"
            aria-label=label
        >
            <rect width=side.clone() height=side fill="#fff" />
            <path d=path(&code) fill="#000" />
        </svg>
    })
}

/// The dark modules, each run of a row as one rectangle.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run[0] == Color::Dark {
                let (left, top, width) = (x + QUIET, y + QUIET, run.len());
                path.push_str(&format!("M{left} {top}h{width}v1h-{width}z"));
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dark_modules_are_drawn_and_no_others() {
        let code = QrCode::new("https://shop.test/t/0123").expect("a code");
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let runs: Vec<String> = path(&code).split('M').skip(1).map(str::to_owned).collect();
        let width = |run: &String| {
            let (_, width) = run.split_once('h').expect("a run");
            width.split('v').next().and_then(|width| width.parse::<usize>().ok()).expect("a width")
        };
        assert_eq!(runs.iter().map(width).sum::<usize>(), dark);
        // The finder in the upper left corner begins with a row of seven.
        assert!(runs[0].starts_with("4 4h7v1"), "{}", runs[0]);
    }
}
