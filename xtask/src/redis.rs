//! A Redis of our own for as long as a trial takes: it keeps nothing, and listens on a free port.

use std::{
    net::TcpStream,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    postgres::free_port,
    process::{Running, start},
    project::on_path,
    steps::{Report, Step, Steps},
};

/// Answers at `url` until it is killed or dropped.
pub(crate) struct Redis {
    pub(crate) url: String,
    port: u16,
    server: Option<Running>,
}

pub(crate) fn own(steps: &mut Steps) -> Option<Redis> {
    if on_path("redis-server").is_none() {
        steps.skip("Redis", "redis-server is not installed");
        return None;
    }
    steps.step("Redis", |step| {
        let port = free_port()?;
        let url = format!("redis://127.0.0.1:{port}/0");
        let mut redis = Redis { url, port, server: None };
        redis.begin(step)?;
        Ok((redis, Report::default()))
    })
}

impl Redis {
    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }

    /// Starts it, with nothing in it.
    pub(crate) fn begin(&mut self, step: &Step) -> Result<()> {
        let mut server = program();
        server.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        server.args(["--save", "", "--appendonly", "no"]);
        server.stdout(Stdio::null()).stderr(step.log()?);
        let running = start(&mut server, "TERM")?;
        let asked = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            ensure!(running.ended()?.is_none(), "Redis ended at once");
            ensure!(asked.elapsed() < PATIENCE, "Redis did not answer within 30 seconds");
            sleep(Duration::from_millis(20));
        }
        self.server = Some(running);
        Ok(())
    }
}

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the system can, one that ends when we are killed.
fn program() -> Command {
    match on_path("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--", "redis-server"]);
            command
        }
        None => Command::new("redis-server"),
    }
}
