//! The integration API held against its own document: the document is valid OpenAPI, a client that is
//! generated from it works, and whatever is sent, nothing breaks and nothing is answered that the
//! document does not name.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    browsers::Stage,
    packages,
    program::key,
    project::Project,
    steps::{Report, Step, Steps},
};

const SCOPES: [&str; 6] = ["quote", "redeem", "claim", "grant", "manage", "read"];

/// How much is tried with the key that opens everything, and with each that opens one thing.
const WIDE: [&str; 2] = ["--max-examples=12", "--phases=examples,coverage,fuzzing,stateful"];
const NARROW: [&str; 2] = ["--max-examples=4", "--phases=examples,fuzzing"];

pub(crate) fn step(project: &Project, steps: &mut Steps, server: &Path) {
    steps.step("contract", |step| {
        step.show("installing from PyPI");
        let tools = packages::python(project, step)?;
        let mut keys = Vec::new();
        let stage = Stage::prepared(project, step, server, &["seed", "--bare"], |store| {
            keys.push(key(project, server, store, &SCOPES.join(","))?);
            for scope in SCOPES {
                keys.push(key(project, server, store, scope)?);
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
        contract.walk(&keys[0])?;
        for (i, key) in keys.iter().enumerate() {
            let effort = if i == 0 { WIDE } else { NARROW };
            contract
                .attack(key, effort)
                .with_context(|| if i == 0 { "every scope" } else { SCOPES[i - 1] })?;
        }
        let note = format!("{} keys", keys.len());
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

    /// Schemathesis with one key.
    fn attack(&self, key: &str, effort: [&str; 2]) -> Result<()> {
        let Self { project, step, tools, document, address } = self;
        let mut schemathesis = Command::new(tools.join("schemathesis"));
        // The same each time, so that a red run can be looked into.
        schemathesis
            .current_dir(project.notes())
            .arg("--config-file")
            .arg(project.root.join("xtask/contract/schemathesis.toml"))
            .args(["--no-color", "run"])
            .arg(document)
            .args(["--url", address, "--checks=all"])
            // A lock that is given up can still be read: what `DELETE` does is release it.
            .args(["--exclude-checks=use_after_free"])
            .args(["--header", &format!("Authorization: Bearer {key}")])
            .args(effort)
            .args(["--workers=2", "--continue-on-failure", "--suppress-health-check=all"])
            .args(["--generation-deterministic"]);
        step.run(&mut schemathesis)?;
        Ok(())
    }
}
