//! What is wrong with a class, and where it stands.

use std::{
    fmt,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub file: PathBuf,
    /// Counted from one; zero when the whole file is meant.
    pub line: usize,
    pub reason: String,
}

impl Complaint {
    pub(crate) fn new(file: &Path, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }

    pub(crate) fn unread(file: &Path, error: &impl fmt::Display) -> Self {
        Self::new(file, 0, error.to_string())
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.reason)
    }
}
