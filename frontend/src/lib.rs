//! Starts the program that a page with islands loads; `wake.js` then wakes each island.

/// Makes a panic readable in the browser's console and readies the islands' runtime.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
