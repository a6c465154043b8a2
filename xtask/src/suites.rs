//! The lists: what `check` and `test` hold, in order.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    assets, browsers, contract, lints, packages,
    postgres::{self, Postgres},
    program,
    project::{Project, on_path},
    steps::{Report, Steps, Tests, TestsFailed},
    storms,
};

pub(crate) fn check(project: &Project, steps: &mut Steps) {
    lints::format(project, steps);
    lints::clippy(project, steps);
    if program::build_for_tests(project, steps).is_some() {
        let postgres = postgres::step(steps);
        rust_tests(project, steps, postgres.as_ref());
    }
}

pub(crate) fn test(project: &Project, steps: &mut Steps) {
    packages::system(steps);
    let npm = packages::npm(project, steps);
    lints::format(project, steps);
    lints::clippy(project, steps);
    lints::docs(project, steps);
    alert_rules(project, steps);
    let server = program::build_for_tests(project, steps);
    if server.is_some() {
        let postgres = postgres::step(steps);
        rust_tests(project, steps, postgres.as_ref());
        doc_tests(project, steps);
        forecast(project, steps);
    } else {
        steps.skip("tests", "they do not compile");
    }
    let site = assets::step(project, steps);
    if site.is_some() {
        steps.step("weight", |_| assets::weigh(project));
    }
    match (npm, server, site) {
        (Some(()), Some(server), Some(())) => {
            storms::step(project, steps, &server);
            contract::step(project, steps, &server);
            browsers::walks(project, steps, &server);
            browsers::lighthouse(project, steps, &server);
        }
        _ => steps.skip(
            "storms, contract and browser tests",
            "they need npm packages, a server and a site",
        ),
    }
}

/// What only a browser can show, without the tests before it.
pub(crate) fn shown(
    project: &Project,
    steps: &mut Steps,
    show: fn(&Project, &mut Steps, &Path),
) -> Option<()> {
    packages::system(steps)?;
    packages::npm(project, steps)?;
    assets::step(project, steps)?;
    let server = program::build_to_show(project, steps)?;
    show(project, steps, &server);
    Some(())
}

/// Every page, to be looked at.
pub(crate) fn pictures(project: &Project, steps: &mut Steps) -> Option<()> {
    packages::system(steps)?;
    packages::npm(project, steps)?;
    // Optimised: before it is looked at, it lives through a year.
    let server = program::build_all(project, steps, "release")?;
    browsers::pictures(project, steps, &server);
    Some(())
}

/// The storms without the tests before them.
pub(crate) fn storm(project: &Project, steps: &mut Steps) -> Option<()> {
    packages::stores(steps)?;
    assets::step(project, steps)?;
    let server = program::build_for_tests(project, steps)?;
    storms::step(project, steps, &server);
    Some(())
}

fn rust_tests(project: &Project, steps: &mut Steps, postgres: Option<&Postgres>) {
    steps.step("tests", |step| {
        let has_nextest = on_path("cargo-nextest").is_some();
        let mut tests = if has_nextest {
            project.cargo(["nextest", "run", "--no-fail-fast", "--no-tests=pass"])
        } else {
            project.cargo(["test", "--lib", "--bins", "--tests", "--no-fail-fast"])
        };
        tests.arg(program::TEST_FEATURES);
        if let Some(Postgres { url, .. }) = postgres {
            tests.env("TEST_POSTGRES_URL", url);
        }
        let (succeeded, output) = step.attempt(&mut tests)?;
        let counted = if has_nextest { count_nextest(&output) } else { count_libtest(&output) };
        report(succeeded, counted)
    });
}

/// Whether Prometheus reads the rules that it is given, and holds by them what they mean.
fn alert_rules(project: &Project, steps: &mut Steps) {
    steps.step("alert rules", |step| {
        let folder = project.root.join("server");
        let promtool = |words: &[&str]| {
            let mut promtool = Command::new("promtool");
            promtool.args(words).current_dir(&folder);
            promtool
        };
        step.run(&mut promtool(&["check", "rules", "alerts.prometheus.yml"]))?;
        step.run(&mut promtool(&["test", "rules", "alerts.prometheus.test.yml"]))?;
        Ok(((), Report::default()))
    });
}

fn doc_tests(project: &Project, steps: &mut Steps) {
    steps.step("doc tests", |step| {
        let mut tests = project.cargo(["test", "--doc"]);
        let (succeeded, output) = step.attempt(tests.arg(program::TEST_FEATURES))?;
        report(succeeded, count_libtest(&output))
    });
}

/// How far off forecasts of the made-up year are: a test that passes says nothing of its figures.
fn forecast(project: &Project, steps: &mut Steps) {
    steps.step("forecast", |step| {
        let mut test = project.cargo(["test", "--test", "it"]);
        let only = [program::TEST_FEATURES, "on_the_made_up_year", "--", "--nocapture"];
        let output = step.run(test.args(only))?;
        let row = output.lines().rfind(|line| line.starts_with("| all "));
        let row = row.context("it said no figure")?;
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, _, chosen, _, again, _] = cells[..] else { bail!("an odd row: {row}") };
        let note = format!("off by {chosen} (MASE), the last week again by {again}");
        Ok(((), Report { note, tests: None }))
    });
}

/// Success with the numbers, or the numbers as the failure.
pub(crate) fn report(succeeded: bool, tests: Tests) -> Result<((), Report)> {
    if !succeeded {
        ensure!(tests.failed > 0, "it did not come to its end");
        return Err(TestsFailed::new(tests).into());
    }
    let mut note = format!("{} passed", tests.passed);
    if tests.skipped > 0 {
        note.push_str(&format!(", {} skipped", tests.skipped));
    }
    Ok(((), Report { note, tests: Some(tests) }))
}

/// Reads `Summary [ 1.2s] 5 tests run: 3 passed, 2 failed, 1 skipped`.
fn count_nextest(output: &str) -> Tests {
    let summary =
        output.lines().rfind(|line| line.contains("tests run:") || line.contains("test run:"));
    summary.map(count).unwrap_or_default()
}

/// Adds up `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn count_libtest(output: &str) -> Tests {
    let mut total = Tests::default();
    for line in output.lines().filter(|line| line.starts_with("test result:")) {
        let tests = count(line);
        total.passed += tests.passed;
        total.failed += tests.failed;
        total.skipped += tests.skipped;
    }
    total
}

/// The number before each of the words that every test runner uses.
pub(crate) fn count(text: &str) -> Tests {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut tests = Tests::default();
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse::<usize>() else {
            continue;
        };
        match pair[1].trim_end_matches([',', ';', '.']) {
            "passed" => tests.passed += number,
            "failed" | "timed" | "flaky" | "interrupted" => tests.failed += number,
            "skipped" | "ignored" | "did" => tests.skipped += number,
            _ => {}
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tests: Tests, passed: usize, failed: usize, skipped: usize) {
        assert_eq!((tests.passed, tests.failed, tests.skipped), (passed, failed, skipped));
    }

    #[test]
    fn the_summaries_of_the_runners_are_understood() {
        check(
            count_nextest("     Summary [   1.2s] 5 tests run: 3 passed, 2 failed, 1 skipped\n"),
            3,
            2,
            1,
        );
        check(
            count_libtest(
                "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                 test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n",
            ),
            3,
            1,
            1,
        );
        check(
            count("  1 failed\n  2 flaky\n  3 skipped\n  4 did not run\n  5 passed (2.1s)"),
            5,
            3,
            7,
        );
    }
}
