//! The browser tests: the server on a fresh store and a free port, Playwright against it.

use std::{fs, net::SocketAddr, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    packages,
    postgres::free_port,
    program::{quan, serve},
    project::Project,
    steps::{Report, Step, Steps},
    suites::{count, report},
    undo,
};

pub(crate) fn step(project: &Project, steps: &mut Steps, server: &Path) {
    steps.step("browser tests", |step| test(project, step, server));
}

fn test(project: &Project, step: &Step, server: &Path) -> Result<((), Report)> {
    let chromium = packages::chromium().context("there is no Chromium")?;
    let folder = std::env::temp_dir().join(format!("quan-browsers-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let removed = folder.clone();
    let _folder = undo::later(move || drop(fs::remove_dir_all(removed)));
    let store = format!("sqlite://{}?mode=rwc", folder.join("quan.db").display());

    step.show("seeding");
    step.run(&mut quan(project, server, &["seed", "--bare"], &store))?;
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let _server = serve(step, quan(project, server, &["serve"], &store), address)?;

    let end2end = project.end2end();
    let mut playwright = Command::new(end2end.join("node_modules/.bin/playwright"));
    playwright.arg("test").current_dir(&end2end);
    playwright.env("BASE_URL", format!("http://{address}")).env("CHROMIUM_PATH", chromium);
    let (succeeded, output) = step.attempt(&mut playwright)?;
    let summary: Vec<&str> = output.lines().rev().take(200).collect();
    let summary = summary.into_iter().rfind(|_| true).map_or(output.as_str(), |_| output.as_str());
    report(succeeded, count(&last_paragraphs(summary)))
}

/// The numbers stand at the end, after the list of what failed.
fn last_paragraphs(output: &str) -> String {
    let lines = output.lines().filter(|line| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|word| word.parse::<usize>().is_ok()) && words.count() <= 3
    });
    lines.collect::<Vec<_>>().join("\n")
}
