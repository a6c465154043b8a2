//! A PostgreSQL of our own for as long as tests or a bench run: empty, in a temporary folder, on a
//! free port.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    packages::is_root,
    process::{Running, start},
    project::on_path,
    steps::{Report, Step, Steps},
    undo::{self, Undo},
};

/// Answers at `url` until it is dropped.
pub(crate) struct Postgres {
    pub(crate) url: String,
    // In this order: the server stops before its folder goes.
    _server: Option<Running>,
    _folder: Option<Undo>,
}

/// Where PostgreSQL's server programs are; Debian keeps them off the PATH.
pub(crate) fn folder() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .max();
    newest.or_else(|| on_path("initdb").and_then(|file| file.parent().map(Path::to_owned)))
}

/// For tests: nothing here must outlive a crash of the machine, so nothing waits for the disk.
pub(crate) fn step(steps: &mut Steps) -> Option<Postgres> {
    if let Ok(url) = env::var("TEST_POSTGRES_URL") {
        return Some(Postgres { url, _server: None, _folder: None });
    }
    started(steps, &["fsync=off", "full_page_writes=off", "log_min_messages=fatal"])
}

/// For measuring: as durable as PostgreSQL is where nobody says otherwise.
pub(crate) fn durable(steps: &mut Steps) -> Option<Postgres> {
    started(steps, &[])
}

fn started(steps: &mut Steps, settings: &[&str]) -> Option<Postgres> {
    let Some(programs) = folder() else {
        steps.skip("PostgreSQL", "its server programs are not installed");
        return None;
    };
    steps.step("PostgreSQL", |step| Ok((begin(step, &programs, settings)?, Report::default())))
}

fn begin(step: &Step, programs: &Path, settings: &[&str]) -> Result<Postgres> {
    let home = env::temp_dir().join(format!("quan-postgres-{}", process::id()));
    fs::create_dir(&home)?;
    let removed = home.clone();
    let folder = undo::later(move || drop(fs::remove_dir_all(removed)));
    // The server refuses to run as root, which is who runs CI in a container.
    let owner = is_root().then_some("postgres");
    if let Some(owner) = owner {
        step.run(Command::new("chown").arg(owner).arg(&home))?;
    }
    let data = home.join("data");
    step.run(
        program(owner, &programs.join("initdb"))
            .args(["--username=quan", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg("--pgdata")
            .arg(&data)
            .current_dir(&home),
    )?;
    let port = free_port()?;
    let mut server = program(owner, &programs.join("postgres"));
    server.arg("-D").arg(&data).arg("-k").arg(&home).args(["-p", &port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "max_connections=300"].iter().chain(settings) {
        server.args(["-c", setting]);
    }
    server.current_dir(&home).stdout(Stdio::null()).stderr(step.log()?);
    let running = start(&mut server, "INT")?;
    await_ready(programs, port, &running)?;
    Ok(Postgres {
        url: format!("postgres://quan@127.0.0.1:{port}/postgres"),
        _server: Some(running),
        _folder: Some(folder),
    })
}

/// A program under another user, and, where the system can, one that ends when we are killed.
fn program(user: Option<&str>, program: &Path) -> Command {
    let Some(setpriv) = on_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}

fn await_ready(programs: &Path, port: u16, running: &Running) -> Result<()> {
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(30) {
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        if ready.status()?.success() {
            return Ok(());
        }
        if running.ended()?.is_some() {
            bail!("the server ended at once");
        }
        sleep(Duration::from_millis(50));
    }
    bail!("the server did not answer within 30 seconds");
}

/// A port nobody listens on just now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
