//! `cargo xtask run`: everything a newcomer needs to see the first page.

use std::{env, fs, path::Path, process::ExitCode};

use anyhow::Result;

use crate::{
    process,
    program::{APPROVAL, build_all, quan},
    project::Project,
    steps::{Report, Steps},
    undo,
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
    if is_new && seed(project, steps, &program, &store, &file).is_none() {
        return Ok(steps.verdict());
    }
    // From here on the server speaks for itself: where to go, and how to sign in.
    let mut serve = quan(project, &program, &["serve"], &store);
    let (approval, above) = APPROVAL;
    if env::var_os(approval).is_none() {
        serve.env(approval, above);
    }
    let running = process::start(&mut serve, "TERM")?;
    let status = running.wait(|| {})?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// The demo, whole or not at all: half a history would look like the real one from then on.
fn seed(
    project: &Project,
    steps: &mut Steps,
    program: &Path,
    store: &str,
    file: &Path,
) -> Option<()> {
    let half_made = file.to_owned();
    let unmade = undo::later(move || {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", half_made.display()));
        }
    });
    steps.step("demo store", |step| {
        fs::create_dir_all(project.root.join("data"))?;
        step.run(&mut quan(project, program, &["seed"], store))?;
        Ok(((), Report { note: STORE.to_owned(), ..Report::default() }))
    })?;
    unmade.keep();
    Some(())
}
