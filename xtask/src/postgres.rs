//! A PostgreSQL of our own for as long as tests or a bench run: empty, in a temporary folder, on a
//! free port.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

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
    /// None where it is somebody else's.
    own: Option<Own>,
}

/// A server that was started here.
struct Own {
    programs: PathBuf,
    home: PathBuf,
    port: u16,
    settings: &'static [&'static str],
    // In this order: the server stops before its folder goes.
    server: Option<Running>,
    _folder: Undo,
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
        return Some(Postgres { url, own: None });
    }
    started(steps, &["fsync=off", "full_page_writes=off", "log_min_messages=fatal"])
}

/// For tests that kill it: what a process has written outlives it, whether or not it waited for the
/// disk.
pub(crate) fn own(steps: &mut Steps) -> Option<Postgres> {
    started(steps, &["fsync=off", "log_min_messages=fatal"])
}

/// For measuring: as durable as PostgreSQL is where nobody says otherwise.
pub(crate) fn durable(steps: &mut Steps) -> Option<Postgres> {
    started(steps, &[])
}

fn started(steps: &mut Steps, settings: &'static [&'static str]) -> Option<Postgres> {
    let Some(programs) = folder() else {
        steps.skip("PostgreSQL", "its server programs are not installed");
        return None;
    };
    steps.step("PostgreSQL", |step| Ok((begin(step, &programs, settings)?, Report::default())))
}

fn begin(step: &Step, programs: &Path, settings: &'static [&'static str]) -> Result<Postgres> {
    let (home, folder) = undo::folder("postgres");
    fs::create_dir(&home)?;
    if let Some(owner) = owner() {
        step.run(Command::new("chown").arg(owner).arg(&home))?;
    }
    step.run(
        program(&programs.join("initdb"))
            .args(["--username=quan", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg("--pgdata")
            .arg(home.join("data"))
            .current_dir(&home),
    )?;
    let port = free_port()?;
    let programs = programs.to_owned();
    let mut own = Own { programs, home, port, settings, server: None, _folder: folder };
    own.server = Some(own.start(step)?);
    Ok(Postgres { url: format!("postgres://quan@127.0.0.1:{port}/postgres"), own: Some(own) })
}

impl Postgres {
    /// Ends the server as a power cut would, and starts it again on what is left.
    pub(crate) fn crash(&mut self, step: &Step) -> Result<()> {
        let own = self.own.as_mut().context("only a PostgreSQL of our own is killed")?;
        if let Some(server) = own.server.take() {
            server.kill();
        }
        // Those who served its clients find out by themselves; until the last has gone, it refuses.
        let asked = Instant::now();
        own.server = loop {
            match own.start(step) {
                Ok(server) => break Some(server),
                Err(error) if asked.elapsed() > PATIENCE => return Err(error),
                Err(_) => sleep(Duration::from_millis(100)),
            }
        };
        Ok(())
    }
}

/// How long it may take to answer, after a crash too.
const PATIENCE: Duration = Duration::from_secs(30);

impl Own {
    fn start(&self, step: &Step) -> Result<Running> {
        let Self { programs, home, port, settings, .. } = self;
        let mut server = program(&programs.join("postgres"));
        server.arg("-D").arg(home.join("data")).arg("-k").arg(home);
        server.args(["-p", &port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "max_connections=300"].iter().chain(*settings)
        {
            server.args(["-c", setting]);
        }
        server.current_dir(home).stdout(Stdio::null()).stderr(step.log()?);
        let running = start(&mut server, "INT")?;
        await_ready(programs, *port, &running)?;
        Ok(running)
    }
}

/// The server refuses to run as root, which is who runs CI in a container.
fn owner() -> Option<&'static str> {
    is_root().then_some("postgres")
}

/// A program under the server's user, and, where the system can, one that ends when we are killed.
fn program(program: &Path) -> Command {
    let Some(setpriv) = on_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    if let Some(user) = owner() {
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}

fn await_ready(programs: &Path, port: u16, running: &Running) -> Result<()> {
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
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
