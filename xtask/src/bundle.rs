//! One half's islands: Rust to wasm, the JavaScript that loads it, and `frontend/wake.js`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    project::{Project, on_path},
    steps::Step,
};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What compilers of this target may emit and every browser of the last years runs.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// A module whose text still says `WASM` where the name of its wasm belongs.
pub(crate) struct Bundle {
    pub(crate) js: String,
    pub(crate) wasm: Vec<u8>,
}

/// Adds the target where rustup finds it missing.
pub(crate) fn ready_target(step: &Step, project: &Project) -> Result<()> {
    let found =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let folder = found.map(|found| String::from_utf8_lossy(&found.stdout).trim().to_owned());
    if folder.is_ok_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).current_dir(&project.root);
    step.run(&mut rustup).with_context(|| format!("add the target {TARGET} to your toolchain"))?;
    Ok(())
}

/// Compiles one half; quick when nothing changed. Returns the program's file.
pub(crate) fn compile(step: &Step, project: &Project, half: &str) -> Result<PathBuf> {
    step.run(&mut project.cargo([
        "build",
        "--package=frontend",
        "--bin",
        half,
        "--features",
        half,
        "--profile=wasm",
        "--target",
        TARGET,
    ]))?;
    Ok(project.target.join(TARGET).join("wasm").join(format!("{half}.wasm")))
}

/// Writes the JavaScript around a compiled program and makes the program small.
pub(crate) fn bind(step: &Step, project: &Project, half: &str, program: &Path) -> Result<Bundle> {
    step.show(&format!("{half}: binding"));
    let mut bindgen = Bindgen::new();
    bindgen.input_path(program).web(true)?.typescript(false).remove_name_section(true);
    let mut bound = bindgen.remove_producers_section(true).generate_output()?;
    ensure!(
        bound.snippets().values().all(Vec::is_empty) && bound.local_modules().is_empty(),
        "{half} brings JavaScript of its own, which the page's policy would refuse"
    );
    let wake = fs::read_to_string(project.root.join("frontend/wake.js"))?;
    let js = format!("{}\n{}", without_default_path(bound.js()), uncommented(&wake));
    let wasm = shrink(step, project, half, bound.wasm_mut().emit_wasm())?;
    Ok(Bundle { js, wasm })
}

/// What else than the program decides about the result.
pub(crate) fn tools() -> String {
    format!("{:?}", on_path("wasm-opt"))
}

fn shrink(step: &Step, project: &Project, half: &str, wasm: Vec<u8>) -> Result<Vec<u8>> {
    let Some(optimizer) = on_path("wasm-opt") else {
        return Ok(wasm);
    };
    let (before, after) = (
        project.notes().join(format!("{half}.bound.wasm")),
        project.notes().join(format!("{half}.small.wasm")),
    );
    fs::write(&before, wasm)?;
    step.run(Command::new(optimizer).arg(&before).arg("-Oz").args(FEATURES).arg("-o").arg(&after))?;
    Ok(fs::read(after)?)
}

/// The loader is always told where its program is; without this it names a file we do not serve.
fn without_default_path(js: &str) -> String {
    js.lines().filter(|line| !line.contains("_bg.wasm'")).map(|line| format!("{line}\n")).collect()
}

fn uncommented(js: &str) -> String {
    js.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}
