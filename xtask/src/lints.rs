//! Formatting, lints and documentation.

use anyhow::Result;

use crate::{
    bundle,
    project::Project,
    steps::{Report, Step, Steps},
};

pub(crate) fn format(project: &Project, steps: &mut Steps) {
    steps.step("format", |step| {
        step.run(&mut project.cargo(["fmt", "--all", "--check", "--", "--color=never"]))?;
        done()
    });
}

pub(crate) fn clippy(project: &Project, steps: &mut Steps) {
    steps.step("clippy", |step| {
        step.run(&mut project.cargo(["clippy", "--all-targets", "--", "--deny=warnings"]))?;
        done()
    });
    for half in ["shop", "console"] {
        steps.step(&format!("clippy of the {half}"), |step| clippy_wasm(project, step, half));
    }
}

fn clippy_wasm(project: &Project, step: &Step, half: &str) -> Result<((), Report)> {
    bundle::ready_target(step, project)?;
    step.run(&mut project.cargo([
        "clippy",
        "--package=frontend",
        "--features",
        half,
        "--target",
        bundle::TARGET,
        "--",
        "--deny=warnings",
    ]))?;
    done()
}

pub(crate) fn docs(project: &Project, steps: &mut Steps) {
    steps.step("docs", |step| {
        let mut docs = project.cargo(["doc", "--no-deps"]);
        step.run(docs.env("RUSTDOCFLAGS", "--deny=warnings"))?;
        done()
    });
}

fn done() -> Result<((), Report)> {
    Ok(((), Report::default()))
}
