//! The secret of a deployment that was given none: made once and kept beside its SQLite file.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use engine::Secret;

/// The secret kept beside a store; made where there is none yet. None for a store in memory.
pub(crate) fn beside(database_url: &str) -> io::Result<Option<Secret>> {
    let Some(file) = file(database_url) else { return Ok(None) };
    match make(&file) {
        // It was there, or another process has just made it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made?,
    }
    let kept = fs::read(&file)?;
    let short = || io::Error::new(ErrorKind::InvalidData, format!("{} is cut", file.display()));
    Secret::new(kept.trim_ascii()).ok_or_else(short).map(Some)
}

fn file(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let is_memory = path.contains(":memory:") || path.contains("mode=memory");
    let path = path.split('?').next().filter(|_| !is_memory)?;
    Some(format!("{path}.secret").into())
}

/// Whole or not at all: a half-written one would lock everybody out.
fn make(file: &PathBuf) -> io::Result<()> {
    if file.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let begun = file.with_extension(format!("secret.{}", std::process::id()));
    let mut writing =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&begun)?;
    writeln!(writing, "{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())?;
    writing.sync_all()?;
    let done = fs::hard_link(&begun, file);
    fs::remove_file(&begun)?;
    done
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_by_nobody_else() {
        let folder = std::env::temp_dir().join(format!("quan-secret-{}", std::process::id()));
        let url = format!("sqlite://{}/quan.db?mode=rwc", folder.display());
        assert!(beside(&url).expect("a secret").is_some());
        let file = folder.join("quan.db.secret");
        let first = fs::read(&file).expect("a file");
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert!(beside(&url).expect("the same").is_some());
        assert_eq!(fs::read(&file).expect("a file"), first);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        fs::write(&file, "cut").expect("written");
        assert!(beside(&url).is_err());
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn a_store_in_memory_keeps_none() {
        assert!(beside("sqlite::memory:").expect("nothing").is_none());
    }
}
