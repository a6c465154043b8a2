//! What must be undone however this ends: processes stopped, temporary folders removed.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, exit},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Result;

type Deed = Box<dyn FnOnce() + Send>;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static PENDING: Mutex<(u64, Vec<(u64, Deed)>)> = Mutex::new((0, Vec::new()));

/// Runs its deed when dropped, or when a signal ends the program first.
#[must_use]
pub(crate) struct Undo(u64);

pub(crate) fn later(deed: impl FnOnce() + Send + 'static) -> Undo {
    let mut pending = PENDING.lock().unwrap_or_else(|error| error.into_inner());
    pending.0 += 1;
    let number = pending.0;
    pending.1.push((number, Box::new(deed)));
    Undo(number)
}

/// A temporary folder for this, to be created by whoever uses it, and what removes it with all in it.
pub(crate) fn folder(purpose: &str) -> (PathBuf, Undo) {
    let folder = env::temp_dir().join(format!("quan-{purpose}-{}", process::id()));
    let removed = folder.clone();
    (folder, later(move || drop(fs::remove_dir_all(removed))))
}

impl Undo {
    /// What was done stays.
    pub(crate) fn keep(self) {
        drop(self.take());
    }

    fn take(&self) -> Option<Deed> {
        let mut pending = PENDING.lock().unwrap_or_else(|error| error.into_inner());
        let at = pending.1.iter().position(|(number, _)| *number == self.0);
        at.map(|at| pending.1.remove(at).1)
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if let Some(deed) = self.take() {
            deed();
        }
    }
}

/// Undoes everything, latest first, when ctrl-c or a request to stop arrives.
pub(crate) fn on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::Relaxed);
        loop {
            let deed = PENDING.lock().unwrap_or_else(|error| error.into_inner()).1.pop();
            match deed {
                Some((_, deed)) => deed(),
                None => exit(130),
            }
        }
    })?;
    Ok(())
}

/// Whether a signal is ending the program: then what a child comes to means nothing any more.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
