//! Child processes, each in a group of its own so that it can be stopped with all its children.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::undo::{self, Undo};

/// Runs until it ends by itself or this is dropped.
pub(crate) struct Running {
    child: Arc<Mutex<Child>>,
    _stop: Undo,
}

/// Starts `command`; `signal` is how it is asked to stop.
pub(crate) fn start(command: &mut Command, signal: &'static str) -> Result<Running> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.process_group(0).stdin(Stdio::null()).spawn();
    let child = Arc::new(Mutex::new(child.with_context(|| format!("cannot start {name}"))?));
    let stopped = Arc::clone(&child);
    let stop = undo::later(move || stop(&mut lock(&stopped), signal));
    Ok(Running { child, _stop: stop })
}

impl Running {
    /// Bytes of its memory, where the system tells: by `VmRSS` those that are resident now, by `VmHWM`
    /// the most that ever were.
    pub(crate) fn memory(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", lock(&self.child).id())).ok()?;
        let told = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kilobytes: u64 = told.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes * 1024)
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Result<Option<ExitStatus>> {
        Ok(lock(&self.child).try_wait()?)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(self) {
        send(lock(&self.child).id(), "KILL");
    }

    /// Asks it to stop, and waits until it has ended well.
    pub(crate) fn end(self, patience: Duration) -> Result<()> {
        let asked = Instant::now();
        send(lock(&self.child).id(), "TERM");
        loop {
            if let Some(status) = self.ended()? {
                ensure!(status.success(), "asked to stop, a process ended with {status}");
                return Ok(());
            }
            ensure!(asked.elapsed() < patience, "asked to stop, a process goes on");
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits for it, calling `meanwhile` several times a second.
    pub(crate) fn wait(&self, mut meanwhile: impl FnMut()) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended()?
                && !undo::is_interrupted()
            {
                return Ok(status);
            }
            meanwhile();
            sleep(Duration::from_millis(50));
        }
    }
}

fn stop(child: &mut Child, signal: &str) {
    let asked = Instant::now();
    if matches!(child.try_wait(), Ok(None)) {
        send(child.id(), signal);
    }
    while matches!(child.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(20));
    }
    // Whoever is left in the group has no one to wait for.
    send(child.id(), "KILL");
    let _ = child.wait();
}

fn send(group: u32, signal: &str) {
    let kill = format!("kill -s {signal} -- -{group}");
    let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(|error| error.into_inner())
}
