//! Where things are: the checkout, Cargo's target directory, the built site.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Project {
    pub(crate) fn find() -> Result<Self> {
        let here = env::var("CARGO_MANIFEST_DIR").context("start this with `cargo xtask`")?;
        let root = Path::new(&here).parent().context("xtask lies in the workspace")?.to_owned();
        // Cargo knows best: the variable, its configuration or the default may name it.
        let asked = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(&root)
            .output()?;
        ensure!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&asked.stdout)?;
        let target = metadata["target_directory"].as_str().context("Cargo names its target")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    pub(crate) fn cargo<const N: usize>(&self, words: [&str; N]) -> Command {
        let mut command = Command::new(cargo());
        command.args(words).current_dir(&self.root);
        // What Cargo told this program about itself would make build scripts that look at it
        // (ring's) run anew, and all that depends on them compile again.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// What the server serves: `manifest.json`, and `assets/` with the files it names.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Logs of steps, and notes on what was built from what.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The server as built with a profile.
    pub(crate) fn server(&self, profile: &str) -> PathBuf {
        let folder = if profile == "dev" { "debug" } else { profile };
        self.target.join(folder).join(format!("quan{}", env::consts::EXE_SUFFIX))
    }
}

fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A program's place on the PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
