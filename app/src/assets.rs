//! What the build wrote: the names of the files a page links to.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// `manifest.json` beside the assets. Every name carries a hash of the file's content.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    pub css: String,
    pub icon: String,
    pub shop: Bundle,
    pub console: Bundle,
}

/// The islands of one half: a module and the wasm it loads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub js: String,
    pub wasm: String,
}

impl Assets {
    /// Reads the manifest of a built site.
    ///
    /// # Errors
    /// When there is none, or it was written by another version.
    pub fn load(site: &Path) -> io::Result<Self> {
        let manifest = fs::read(site.join("manifest.json"))?;
        Ok(serde_json::from_slice(&manifest)?)
    }
}

/// Where an asset is served.
pub(crate) fn href(name: &str) -> String {
    format!("/assets/{name}")
}
