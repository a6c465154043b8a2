//! The islands of the console.
#![no_main]

// Named so that its islands are linked.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(start)]
fn start() {
    frontend::start();
}
