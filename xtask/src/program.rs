//! The server, `quan`: building it, starting it, knowing when it answers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};

use crate::{
    assets,
    process::{Running, start},
    project::Project,
    steps::{Report, Step, Steps},
};

pub(crate) fn build_all(project: &Project, steps: &mut Steps, profile: &str) -> Option<PathBuf> {
    assets::step(project, steps)?;
    steps.step("server", |step| {
        step.run(&mut project.cargo(["build", "--package=server", "--profile", profile]))?;
        Ok((project.server(profile), Report::default()))
    })
}

/// Compiles every test, and the server as browser tests want it: they may set its clock. All in one
/// go and with the same features as the tests run with, so that nothing compiles twice.
pub(crate) fn build_for_tests(project: &Project, steps: &mut Steps) -> Option<PathBuf> {
    steps.step("compile", |step| {
        step.run(project.cargo(["build", "--tests", "--bin=quan"]).arg(TEST_FEATURES))?;
        Ok((project.server("dev"), Report::default()))
    })
}

/// The server alone, as browsers are shown it.
pub(crate) fn build_to_show(project: &Project, steps: &mut Steps) -> Option<PathBuf> {
    steps.step("server", |step| {
        step.run(project.cargo(["build", "--package=server"]).arg(TEST_FEATURES))?;
        Ok((project.server("dev"), Report::default()))
    })
}

pub(crate) const TEST_FEATURES: &str = "--features=server/test-clock";

/// Above this a second person approves: the demo has one, and shows how.
pub(crate) const APPROVAL: (&str, &str) = ("QUAN_APPROVAL_ABOVE", "100000");

/// `quan` with some words, told where its store and its site are.
pub(crate) fn quan(project: &Project, program: &Path, words: &[&str], store: &str) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(&project.root);
    command.env("DATABASE_URL", store).env("QUAN_SITE", project.site());
    command
}

/// The same on a store that is soon thrown away, and needs no secret of its own.
pub(crate) fn on_trial(project: &Project, program: &Path, words: &[&str], store: &str) -> Command {
    let mut command = quan(project, program, words, store);
    command.env("QUAN_SECRET", "of a store that is soon thrown away");
    command
}

/// A key of an order system; the log of making it is not of interest.
pub(crate) fn key(project: &Project, program: &Path, store: &str, scopes: &str) -> Result<String> {
    let words = ["key", "add", "--name=Trial", "--scope", scopes];
    let made = on_trial(project, program, &words, store).output()?;
    ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
    Ok(String::from_utf8(made.stdout)?.trim().to_owned())
}

/// Adds an operator who may do everything.
pub(crate) fn operator(
    project: &Project,
    program: &Path,
    store: &str,
    email: &str,
    password: &str,
) -> Result<()> {
    let words = ["operator", "add", "--name=Trial", "--role=admin", "--email", email];
    let mut add = on_trial(project, program, &words, store);
    add.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut adding = add.spawn()?;
    if let Some(mut input) = adding.stdin.take() {
        writeln!(input, "{password}")?;
    }
    let added = adding.wait_with_output()?;
    ensure!(added.status.success(), "no operator: {}", String::from_utf8_lossy(&added.stderr));
    Ok(())
}

/// Starts the server for tests and waits until it answers.
pub(crate) fn serve(step: &Step, mut quan: Command, address: SocketAddr) -> Result<Running> {
    quan.env("LEPTOS_SITE_ADDR", address.to_string());
    // Whoever is told something in a test is on this machine.
    quan.env("QUAN_WEBHOOKS_PRIVATE", "true");
    let running = launch(step, quan)?;
    let asked = Instant::now();
    while !is_healthy(address) {
        if running.ended()?.is_some() {
            bail!("the server ended at once");
        }
        if asked.elapsed() > Duration::from_secs(60) {
            bail!("the server did not answer within a minute");
        }
        // Often: how long it takes is measured, too.
        sleep(Duration::from_millis(5));
    }
    Ok(running)
}

/// Starts whatever of it goes on by itself; what it says is in the log.
pub(crate) fn launch(step: &Step, mut quan: Command) -> Result<Running> {
    quan.stdout(Stdio::from(step.log()?)).stderr(Stdio::from(step.log()?));
    start(&mut quan, "TERM")
}

fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
