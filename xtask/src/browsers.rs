//! What is shown to a browser: the server on a fresh store and a free port, Playwright against it.

use std::{fs, net::SocketAddr, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{
    packages,
    postgres::free_port,
    process::Running,
    program::{APPROVAL, quan, serve},
    project::Project,
    steps::{Report, Step, Steps},
    suites::{count, report},
    undo,
};

/// A server on a store of its own; both are gone when this is.
pub(crate) struct Stage {
    address: SocketAddr,
    // Dropped in this order: the server lets go of its files first.
    _server: Running,
    _folder: undo::Undo,
}

/// Without one there is no page for whom it hands over.
const HOST_SHOP: (&str, &str) = ("QUAN_SHOP_SECRET", "of a host shop that hands nobody over");

impl Stage {
    /// As `cargo xtask run` serves it, with a host shop beside it; `seed` are the words that fill the store.
    pub(crate) fn set(
        project: &Project,
        step: &Step,
        server: &Path,
        seed: &[&str],
    ) -> Result<Self> {
        Self::served(project, step, server, seed, |_| Ok(()), &[APPROVAL, HOST_SHOP])
    }

    /// As it is served where nobody has set anything; `prepare` is done to the store, which is named to
    /// it, before that.
    pub(crate) fn prepared(
        project: &Project,
        step: &Step,
        server: &Path,
        seed: &[&str],
        prepare: impl FnOnce(&str) -> Result<()>,
    ) -> Result<Self> {
        Self::served(project, step, server, seed, prepare, &[])
    }

    fn served(
        project: &Project,
        step: &Step,
        server: &Path,
        seed: &[&str],
        prepare: impl FnOnce(&str) -> Result<()>,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let (folder, _folder) = undo::folder("browsers");
        fs::create_dir(&folder)?;
        let store = format!("sqlite://{}?mode=rwc", folder.join("quan.db").display());
        step.show("seeding");
        step.run(&mut quan(project, server, seed, &store))?;
        prepare(&store)?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut server = quan(project, server, &["serve"], &store);
        server.envs(settings.iter().copied());
        let _server = serve(step, server, address)?;
        Ok(Self { address, _server, _folder })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A program of `end2end`, told where the server and the browser are.
    pub(crate) fn show_to(&self, project: &Project, program: impl AsRef<Path>) -> Result<Command> {
        let chromium = packages::chromium().context("there is no Chromium")?;
        let mut command = Command::new(program.as_ref());
        command.current_dir(project.end2end()).env("CHROMIUM_PATH", chromium);
        command.env("BASE_URL", format!("http://{}", self.address));
        Ok(command)
    }

    /// `playwright test`.
    pub(crate) fn playwright(&self, project: &Project) -> Result<Command> {
        let program = project.end2end().join("node_modules/.bin/playwright");
        let mut playwright = self.show_to(project, program)?;
        playwright.arg("test");
        Ok(playwright)
    }
}

pub(crate) fn walks(project: &Project, steps: &mut Steps, server: &Path) {
    steps.step("browser tests", |step| {
        let stage = Stage::set(project, step, server, &["seed", "--bare"])?;
        let (succeeded, output) = step.attempt(&mut stage.playwright(project)?)?;
        report(succeeded, count(&numbers(&output)))
    });
}

/// Lighthouse on a phone: what it says of accessibility and best practices must hold, what it says
/// of speed is a figure of this machine. What the shop's pages weigh with all they load must hold too.
pub(crate) fn lighthouse(project: &Project, steps: &mut Steps, server: &Path) {
    steps.step("lighthouse", |step| {
        let stage = Stage::set(project, step, server, &["seed"])?;
        let (succeeded, output) =
            step.attempt(stage.show_to(project, "node")?.arg("lighthouse.mjs"))?;
        ensure!(succeeded, "a page is below what it must reach, or weighs too much");
        let figures = output.lines().filter_map(|line| line.strip_prefix("lighthouse: "));
        let note = figures.collect::<Vec<_>>().join(&format!("\n{:45}", ""));
        Ok(((), Report { note, ..Report::default() }))
    });
}

/// Every page on both screens, in both themes and languages, as PNG: the shop after a month, and the
/// console after a year. Axe goes through them all.
pub(crate) fn pictures(project: &Project, steps: &mut Steps, server: &Path) {
    let folder = project.target.join("pictures");
    let mut half = |half: &str, seed: &[&str]| {
        steps.step(&format!("pictures of the {half}"), |step| {
            packages::fonts(step)?;
            let stage = Stage::set(project, step, server, seed)?;
            let mut playwright = stage.playwright(project)?;
            playwright.arg("--config=pictures.config.ts");
            playwright.env("PICTURES", &folder).env("HALF", half);
            let (succeeded, _) = step.attempt(&mut playwright)?;
            ensure!(succeeded, "not every picture could be taken, or axe found something");
            Ok(((), Report { note: folder.display().to_string(), ..Report::default() }))
        });
    };
    half("shop", &["seed"]);
    half("console", &["seed", "--history"]);
}

/// The lines that count tests: `  5 passed (2.1s)`.
fn numbers(output: &str) -> String {
    let lines = output.lines().filter(|line| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|word| word.parse::<usize>().is_ok()) && words.count() <= 3
    });
    lines.collect::<Vec<_>>().join("\n")
}
