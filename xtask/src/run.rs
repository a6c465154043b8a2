//! `cargo xtask run`: everything a newcomer needs to see the first page.

use std::{env, fs, process::ExitCode};

use anyhow::Result;

use crate::{
    process,
    program::{build_all, quan},
    project::Project,
    steps::{Report, Steps},
};

/// The store of a first start; `data/` is not part of the checkout.
const STORE: &str = "data/quan.db";

pub(crate) fn run(project: &Project, steps: &mut Steps) -> Result<ExitCode> {
    eprintln!("The first build takes some minutes; later ones take seconds.");
    let Some(program) = build_all(project, steps, "dev") else {
        return Ok(steps.verdict());
    };
    let file = project.root.join(STORE);
    let is_new = env::var_os("DATABASE_URL").is_none() && !file.exists();
    let store = env::var("DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite://{}?mode=rwc", file.display()));
    if is_new {
        fs::create_dir_all(project.root.join("data"))?;
        steps.step("demo store", |step| {
            step.run(&mut quan(project, &program, "seed", &store))?;
            Ok(((), Report { note: STORE.to_owned(), ..Report::default() }))
        });
    }
    if steps.has_failed() {
        return Ok(steps.verdict());
    }
    // From here on the server speaks for itself: where to go, and how to sign in.
    let running = process::start(&mut quan(project, &program, "serve", &store), "TERM")?;
    let status = running.wait(|| {})?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
