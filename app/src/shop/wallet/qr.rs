//! A code as a square of dots that tills read.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// The light margin that readers need around it, in dots.
const QUIET: usize = 4;

/// Dark on light in both themes: not every reader knows the reverse.
pub(super) fn qr(text: &str, label: String) -> Option<impl IntoView + use<>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width() + 2 * QUIET;
    Some(view! {
        <svg
            class="block h-40 w-40 shrink-0 rounded-lg border border-line"
            viewBox=format!("0 0 {side} {side}")
            shape-rendering="crispEdges"
            role="img"
            aria-label=label
        >
            <rect width=side.to_string() height=side.to_string() fill="#fff" />
            <path d=dots(&code) fill="#000" />
        </svg>
    })
}

/// Each run of dark dots in a row as one flat rectangle.
fn dots(code: &QrCode) -> String {
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (x, y, length) = (x + QUIET, y + QUIET, run.len());
                path += &format!("M{x} {y}h{length}v1h-{length}z");
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
    fn a_code_is_drawn_with_its_three_corners_inside_the_margin() {
        let code = QrCode::with_error_correction_level("ABCD", EcLevel::M).expect("a code");
        let path = dots(&code);
        assert_eq!(code.width(), 21);
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(path.contains("M18 4h7v1h-7z") && path.contains("M4 24h7v1h-7z"));
        assert!(!path.contains("M3 ") && !path.contains("M25 "));
    }
}
