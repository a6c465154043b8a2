//! The integration API held against its own document: the document is valid OpenAPI, a client that is
//! generated from it works, and whatever is sent, nothing breaks and nothing is answered that the
//! document does not name.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::{
    browsers::Stage,
    packages,
    program::key,
    project::Project,
    steps::{Report, Step, Steps},
};

const SCOPES: [&str; 6] = ["quote", "redeem", "claim", "grant", "manage", "read"];

/// How much is tried with the key that opens everything, and with each that opens one thing. The latter
/// try what they open: the rest is refused before anything is read, which `server` holds call by call.
const WIDE: [&str; 2] = ["--max-examples=12", "--phases=examples,coverage,fuzzing,stateful"];
const NARROW: [&str; 2] = ["--max-examples=16", "--phases=examples,fuzzing"];

pub(crate) fn step(project: &Project, steps: &mut Steps, server: &Path) {
    steps.step("contract", |step| {
        step.show("installing from PyPI");
        let tools = packages::python(project, step)?;
        let (mut all, mut each) = (String::new(), Vec::new());
        let stage = Stage::prepared(project, step, server, &["seed", "--bare"], |store| {
            all = key(project, server, store, &SCOPES.join(","))?;
            for scope in SCOPES {
                each.push(key(project, server, store, scope)?);
            }
            Ok(())
        })?;
        let document = project.notes().join("openapi.json");
        step.show("validating the document");
        step.run(Command::new(tools.join("python")).args(["-c", FETCH]).args([
            &format!("http://{}/api/openapi.json", stage.address()),
            &document.display().to_string(),
        ]))?;
        step.run(Command::new(tools.join("openapi-spec-validator")).arg(&document))?;
        let address = format!("http://{}", stage.address());
        let contract = Contract { project, step, tools, document, address };
        step.show("walking with a generated client");
        contract.walk(&all)?;
        contract.attack(&all, &[], WIDE).context("every scope")?;
        for (scope, key) in SCOPES.into_iter().zip(&each) {
            contract.attack(key, &contract.opened(scope)?, NARROW).context(scope)?;
        }
        let note = format!("{} keys", each.len() + 1);
        Ok(((), Report { note, ..Report::default() }))
    });
}

const FETCH: &str = "import sys, urllib.request as ask; ask.urlretrieve(sys.argv[1], sys.argv[2])";

/// The document, where it is served, and what it is held against it with.
struct Contract<'a> {
    project: &'a Project,
    step: &'a Step,
    tools: PathBuf,
    document: PathBuf,
    address: String,
}

impl Contract<'_> {
    /// A checkout with the client that a shop would generate from the document.
    fn walk(&self, key: &str) -> Result<()> {
        let Self { project, step, tools, document, address } = self;
        let folder = project.notes().join("client");
        // The generator formats what it writes with a tool that it looks for on the path.
        let known = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([tools.clone()].into_iter().chain(env::split_paths(&known)))?;
        let mut generate = Command::new(tools.join("openapi-python-client"));
        generate.args(["generate", "--meta=none", "--overwrite", "--path"]).arg(document);
        generate.arg("--output-path").arg(folder.join("quan_client")).env("PATH", path);
        step.run(&mut generate)?;
        let mut walk = Command::new(tools.join("python"));
        walk.arg(project.root.join("xtask/contract/client.py")).env("PYTHONPATH", folder);
        step.run(walk.args([address, key]))?;
        Ok(())
    }

    /// The calls that a key of one scope opens, as the document says.
    fn opened(&self, scope: &str) -> Result<Vec<String>> {
        let document: Value = serde_json::from_slice(&fs::read(&self.document)?)?;
        let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
        let calls = paths.filter_map(Value::as_object).flat_map(Map::values);
        let opened = calls.filter(|call| needs(call, scope));
        let names = opened.filter_map(|call| call["operationId"].as_str());
        let names: Vec<String> = names.map(str::to_owned).collect();
        ensure!(!names.is_empty(), "the document names no call that needs {scope}");
        Ok(names)
    }

    /// Schemathesis with one key, on these calls or, where none is named, on all.
    fn attack(&self, key: &str, calls: &[String], effort: [&str; 2]) -> Result<()> {
        let Self { project, step, tools, document, address } = self;
        let mut schemathesis = Command::new(tools.join("schemathesis"));
        // The same each time, so that a red run can be looked into.
        schemathesis
            .current_dir(project.notes())
            .arg("--config-file")
            .arg(project.root.join("xtask/contract/schemathesis.toml"))
            .args(["--no-color", "run"])
            .arg(document)
            .args(["--url", address])
            .args(calls.iter().map(|call| format!("--include-operation-id={call}")))
            .args(["--header", &format!("Authorization: Bearer {key}")])
            .args(effort)
            .args(["--workers=2", "--continue-on-failure", "--suppress-health-check=all"])
            .args(["--generation-deterministic"]);
        step.run(&mut schemathesis)?;
        Ok(())
    }
}

/// What is said of a call ends with the scopes of which it needs one.
fn needs(call: &Value, scope: &str) -> bool {
    let said = call["description"].as_str().unwrap_or_default();
    said.rsplit_once("Needs").is_some_and(|(_, scopes)| scopes.contains(&format!("`{scope}`")))
}
