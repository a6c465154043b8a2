#![doc = include_str!("../README.md")]

mod complaint;
mod palette;
mod scan;
mod sheet;

pub use complaint::Complaint;

use std::{fs, path::Path};

use walkdir::WalkDir;

/// Compiles every class named below `sources` into one stylesheet.
///
/// # Errors
/// Every class nobody knows, with the file and line it stands in.
pub fn compile(sources: &Path) -> Result<String, Vec<Complaint>> {
    let mut words = Vec::new();
    let mut complaints = Vec::new();
    for entry in WalkDir::new(sources).sort_by_file_name() {
        let entry = entry.map_err(|error| vec![Complaint::unread(sources, &error)])?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        match fs::read_to_string(path) {
            Ok(source) => match scan::words(path, &source) {
                Ok(found) => words.extend(found),
                Err(complaint) => complaints.push(complaint),
            },
            Err(error) => complaints.push(Complaint::unread(path, &error)),
        }
    }
    complaints.extend(sheet::unknown(&words));
    if complaints.is_empty() { Ok(sheet::stylesheet(&words)) } else { Err(complaints) }
}
