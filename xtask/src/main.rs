//! `cargo xtask`: the one door for running, testing and building. Each module is one concern.

mod assets;
mod bench;
mod browsers;
mod bundle;
mod client;
mod contract;
mod lints;
mod packages;
mod postgres;
mod process;
mod program;
mod project;
mod redis;
mod run;
mod steps;
mod stores;
mod storms;
mod suites;
mod undo;

use std::{env, process::ExitCode};

use anyhow::Result;

use crate::{project::Project, steps::Steps};

const USAGE: &str = "\
cargo xtask run                 build everything, seed the demo on a first start, serve it
cargo xtask test                everything that must hold, on both stores and in a browser
cargo xtask check               formatting, lints and Rust tests: the quick part of `test`
cargo xtask build [--release]   the server and the assets it serves
cargo xtask assets              only the assets: stylesheet, wasm, icon
cargo xtask contract            the API against its document, with whatever may be sent
cargo xtask storm               servers and stores killed under load: nothing is lost, nothing twice
cargo xtask pictures            every page as PNG, the console after a year; to be looked at
cargo xtask lighthouse          what Lighthouse says of the pages most go by, on a phone
cargo xtask bench [options]     what calls cost over HTTP on a full store, on both stores
    --templates N --coupons N   how full (10000 and 10000000)
    --connections N             how many order systems at once (64)
    --seconds N --orders N      how long and how many, in each of three rounds (5 and 3000)
    --store postgres|sqlite     only one
cargo xtask bench claims        claims on one hot template beside one transaction per claim
cargo xtask bench lanes         claims settled at once beside claims that wait in line
cargo xtask bench grants        one grant to many, and the memory it takes
    --recipients N              how many (1000000)
cargo xtask bench views         views told by host shops, alone and beside pages
cargo xtask bench pages         the coupon center signed in, start to first page, memory
cargo xtask bench funnel        the console and its funnels over a year, on a store full of it
    --templates N --events N    how full (10000 and 10000000)
                                --connections, --seconds and --store say the same to all of them";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match obey(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(words: &[&str]) -> Result<ExitCode> {
    undo::on_signals()?;
    let project = Project::find()?;
    let mut steps = Steps::new(&project)?;
    match words {
        ["run"] => run::run(&project, &mut steps),
        ["test"] => {
            suites::test(&project, &mut steps);
            Ok(steps.verdict())
        }
        ["check"] => {
            suites::check(&project, &mut steps);
            Ok(steps.verdict())
        }
        ["build"] => {
            program::build_all(&project, &mut steps, "dev");
            Ok(steps.verdict())
        }
        ["build", "--release"] => {
            program::build_all(&project, &mut steps, "release");
            Ok(steps.verdict())
        }
        ["assets"] => {
            assets::step(&project, &mut steps);
            Ok(steps.verdict())
        }
        ["contract"] => {
            suites::shown(&project, &mut steps, contract::step);
            Ok(steps.verdict())
        }
        ["storm"] => {
            suites::storm(&project, &mut steps);
            Ok(steps.verdict())
        }
        ["pictures"] => {
            suites::pictures(&project, &mut steps);
            Ok(steps.verdict())
        }
        ["lighthouse"] => {
            suites::shown(&project, &mut steps, browsers::lighthouse);
            Ok(steps.verdict())
        }
        ["bench", options @ ..] => bench::bench(&project, &mut steps, options),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}
