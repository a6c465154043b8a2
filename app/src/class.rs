//! Marks class names that stand outside a `class=` attribute, so that the stylesheet has them.

/// `const CARD: &str = class!("rounded-xl bg-surface");` — see `style/README.md`.
#[macro_export]
macro_rules! class {
    ($names:literal) => {
        $names
    };
}
