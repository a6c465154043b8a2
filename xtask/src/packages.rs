//! What the tests need from outside: PostgreSQL, Redis, Chromium and promtool from the system's packages,
//! Playwright from npm, Schemathesis from PyPI. Only what is missing is installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    postgres,
    project::{Project, on_path},
    steps::{Report, Step, Steps},
};

pub(crate) fn system(steps: &mut Steps) -> Option<()> {
    steps.step("system packages", |step| {
        let mut missing: Vec<&str> = [
            ("chromium", chromium().is_none()),
            ("postgresql", postgres::folder().is_none()),
            ("nodejs", on_path("node").is_none()),
            ("redis-server", on_path("redis-server").is_none()),
            ("sqlite3", on_path("sqlite3").is_none()),
            ("prometheus", on_path("promtool").is_none()),
        ]
        .into_iter()
        .filter_map(|(package, missing)| missing.then_some(package))
        .collect();
        if !missing.is_empty() {
            install(step, &missing)?;
        }
        // Only now: some packages of Node bring npm with them and refuse to stand beside Debian's.
        if on_path("npm").is_none() {
            install(step, &["npm"])?;
            missing.push("npm");
        }
        Ok(((), Report { note: missing.join(" "), ..Report::default() }))
    })
}

/// What benches and storms need: the stores' own programs, and Redis.
pub(crate) fn stores(steps: &mut Steps) -> Option<()> {
    steps.step("system packages", |step| {
        let wanted = [
            ("postgresql", postgres::folder().is_none()),
            ("redis-server", on_path("redis-server").is_none()),
            ("sqlite3", on_path("sqlite3").is_none()),
        ];
        let missing: Vec<&str> =
            wanted.into_iter().filter_map(|(package, is)| is.then_some(package)).collect();
        if !missing.is_empty() {
            install(step, &missing)?;
        }
        Ok(((), Report { note: missing.join(" "), ..Report::default() }))
    })
}

/// Pictures of Chinese pages need its letters, and emoji theirs; without them they show boxes.
pub(crate) fn fonts(step: &Step) -> Result<()> {
    let lacks = |pattern: &str| {
        let found = Command::new("fc-list").arg(pattern).output();
        found.is_ok_and(|found| found.stdout.is_empty())
    };
    let fonts = [(":lang=zh", "fonts-noto-cjk"), (":lang=und-zsye", "fonts-noto-color-emoji")];
    let missing: Vec<&str> =
        fonts.into_iter().filter_map(|(pattern, font)| lacks(pattern).then_some(font)).collect();
    if missing.is_empty() || on_path("apt-get").is_none() {
        return Ok(());
    }
    install(step, &missing)
}

fn install(step: &Step, packages: &[&str]) -> Result<()> {
    let advice = || format!("install {} and try again", packages.join(", "));
    if on_path("apt-get").is_none() {
        bail!("{}", advice());
    }
    let asks_no_password =
        |sudo: &PathBuf| Command::new(sudo).args(["-n", "true"]).stderr(Stdio::null()).status();
    let sudo = match on_path("sudo") {
        _ if is_root() => None,
        Some(sudo) if asks_no_password(&sudo).is_ok_and(|status| status.success()) => Some(sudo),
        _ => bail!("this may not install packages here: {}", advice()),
    };
    let apt = |words: &[&str]| {
        let mut apt = match &sudo {
            Some(sudo) => Command::new(sudo),
            None => Command::new("env"),
        };
        apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-y"]).args(words);
        apt
    };
    step.run(&mut apt(&["update"])).with_context(advice)?;
    step.run(apt(&["install", "--no-install-recommends"]).args(packages)).with_context(advice)?;
    Ok(())
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

pub(crate) fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM_PATH")
        .map(PathBuf::from)
        .or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path))
        .filter(|file| file.is_file())
}

/// `npm ci`, unless what is there came from this very lock file.
pub(crate) fn npm(project: &Project, steps: &mut Steps) -> Option<()> {
    let folder = project.end2end();
    steps.step("npm packages", |step| {
        let changed = |file: &Path| fs::metadata(file).and_then(|file| file.modified()).ok();
        let installed = changed(&folder.join("node_modules/.package-lock.json"));
        if installed.is_none() || installed < changed(&folder.join("package-lock.json")) {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
            step.run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
        }
        Ok(((), Report::default()))
    })
}

/// The programs of a Python environment of our own with what `xtask/contract/requirements.txt` pins.
pub(crate) fn python(project: &Project, step: &Step) -> Result<PathBuf> {
    let wanted = project.root.join("xtask/contract/requirements.txt");
    let venv = project.notes().join("python");
    let (programs, installed) = (venv.join("bin"), venv.join("requirements.txt"));
    let wants = fs::read(&wanted)?;
    if fs::read(&installed).is_ok_and(|has| has == wants) {
        return Ok(programs);
    }
    let make = || Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv).output();
    // Debian's Python makes no environments before it has its package for that.
    if !make().is_ok_and(|made| made.status.success()) {
        install(step, &["python3", "python3-venv"])?;
        step.run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    }
    let mut pip = Command::new(programs.join("pip"));
    step.run(pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&wanted))?;
    fs::write(installed, wants)?;
    Ok(programs)
}
