//! The site: every asset under a name that carries its hash, compressed beforehand, and the manifest
//! that tells the server their names.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    bundle,
    project::Project,
    steps::{Report, Step, Steps},
};

/// The most a phone may download for the shop, compressed: too much already where its islands and style
/// alone come to more. What pages weigh with them a browser says (`end2end/lighthouse.mjs`).
const SHOP_LIMIT: u64 = 120_000;

pub(crate) fn step(project: &Project, steps: &mut Steps) -> Option<()> {
    steps.step("stylesheet", |_| stylesheet(project))?;
    for half in ["shop", "console"] {
        steps.step(&format!("islands of the {half}"), |step| islands(project, step, half))?;
    }
    steps.step("site", |_| site(project))
}

/// Fails when the shop sends too much.
pub(crate) fn weigh(project: &Project) -> Result<((), Report)> {
    let (total, note) = weight(project)?;
    if total > SHOP_LIMIT {
        bail!("{note}; the shop may send {SHOP_LIMIT}");
    }
    Ok(((), Report { note, ..Report::default() }))
}

/// What the shop sends beside its pages, in bytes after compression.
fn weight(project: &Project) -> Result<(u64, String)> {
    let manifest: Value = serde_json::from_slice(&fs::read(project.site().join("manifest.json"))?)?;
    let weight = |name: &Value| -> Result<u64> {
        let file = format!("{}.br", name.as_str().unwrap_or_default());
        Ok(fs::metadata(project.site().join("assets").join(file))?.len())
    };
    let css = weight(&manifest["css"])?;
    let (js, wasm) = (weight(&manifest["shop"]["js"])?, weight(&manifest["shop"]["wasm"])?);
    let total = css + js + wasm;
    Ok((total, format!("the shop sends {total} bytes: wasm {wasm}, script {js}, style {css}")))
}

fn stylesheet(project: &Project) -> Result<((), Report)> {
    let css = style::compile(&project.root.join("app/src")).map_err(|complaints| {
        let complaints: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", complaints.join("\n"))
    })?;
    let name = store(project, "quan", "css", css.as_bytes())?;
    let icon = fs::read(project.root.join("app/icon.svg"))?;
    let icon = store(project, "icon", "svg", &icon)?;
    note(project, "style", &json!({ "css": name, "icon": icon }))?;
    Ok(((), Report::default()))
}

fn islands(project: &Project, step: &Step, half: &str) -> Result<((), Report)> {
    bundle::ready_target(step, project)?;
    let program = bundle::compile(step, project, half)?;
    let from = hash(&[
        &fs::read(&program)?,
        &fs::read(project.root.join("frontend/wake.js"))?,
        bundle::tools().as_bytes(),
    ]);
    let known = noted(project, half).unwrap_or_default();
    let exists = |key: &str| {
        known[key].as_str().is_some_and(|name| project.site().join("assets").join(name).is_file())
    };
    if known["from"] == from.as_str() && exists("js") && exists("wasm") {
        return Ok(((), Report { note: "unchanged".to_owned(), ..Report::default() }));
    }
    let bundle = bundle::bind(step, project, half, &program)?;
    step.show("compressing");
    let wasm = store(project, half, "wasm", &bundle.wasm)?;
    let js = store(
        project,
        half,
        "js",
        bundle.js.replace("\"WASM\"", &format!("\"{wasm}\"")).as_bytes(),
    )?;
    note(project, half, &json!({ "from": from, "js": js, "wasm": wasm }))?;
    Ok(((), Report::default()))
}

/// Writes the manifest and removes what it no longer names.
fn site(project: &Project) -> Result<((), Report)> {
    let style = noted(project, "style")?;
    let half = |name| -> Result<Value> {
        let noted = noted(project, name)?;
        Ok(json!({ "js": noted["js"], "wasm": noted["wasm"] }))
    };
    let manifest = json!({
        "css": style["css"],
        "icon": style["icon"],
        "shop": half("shop")?,
        "console": half("console")?,
    });
    let mut named = BTreeSet::new();
    names(&manifest, &mut named);
    for entry in fs::read_dir(project.site().join("assets"))? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".br").or(name.strip_suffix(".gz")).unwrap_or(&name);
        if !named.contains(name) {
            fs::remove_file(&file)?;
        }
    }
    fs::write(project.site().join("manifest.json"), serde_json::to_vec_pretty(&manifest)?)?;
    let (_, note) = weight(project)?;
    Ok(((), Report { note, ..Report::default() }))
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(name) => {
            found.insert(name.clone());
        }
        Value::Object(fields) => fields.values().for_each(|value| names(value, found)),
        _ => {}
    }
}

/// Stores content under `stem.HASH.extension`, with its compressed forms beside it.
fn store(project: &Project, stem: &str, extension: &str, content: &[u8]) -> Result<String> {
    let folder = project.site().join("assets");
    fs::create_dir_all(&folder)?;
    let name = format!("{stem}.{}.{extension}", &hash(&[content])[..12]);
    let file = folder.join(&name);
    if !file.is_file() {
        write_whole(&folder.join(format!("{name}.br")), &brotli(content)?)?;
        write_whole(&folder.join(format!("{name}.gz")), &gzip(content)?)?;
        // Last: when it is there, so are the others.
        write_whole(&file, content)?;
    }
    Ok(name)
}

fn write_whole(file: &Path, content: &[u8]) -> Result<()> {
    let part = PathBuf::from(format!("{}.part", file.display()));
    fs::write(&part, content)?;
    Ok(fs::rename(part, file)?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let settings =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut packed, &settings)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content)?;
    Ok(packed.finish()?)
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Remembers what was built, so that a second run need not.
fn note(project: &Project, name: &str, value: &Value) -> Result<()> {
    Ok(fs::write(project.notes().join(format!("{name}.json")), serde_json::to_vec_pretty(value)?)?)
}

fn noted(project: &Project, name: &str) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(project.notes().join(format!("{name}.json")))?)?)
}
