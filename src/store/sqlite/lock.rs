//! One process per file: an OS lock that the kernel releases when its holder is gone, however it went.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Holds the file beside the database that says "mine".
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the store.
    #[error("the store {path} is in use by process {pid}; one process holds it at a time")]
    Held {
        /// The database file.
        path: String,
        /// Who holds it, as far as the file says.
        pid: String,
    },
    /// The lock file cannot be opened.
    #[error("the store's lock file {path} cannot be opened: does its folder exist, and may this user write there?")]
    Unusable {
        /// The lock file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl StoreLock {
    /// Takes the lock of the database at `path`, without waiting.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        // One file has one lock, by whichever link it is named. A file that is yet to be created has no link.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = Self::path_beside(&real, "lock");
        let unusable = |source| LockError::Unusable { path: beside.display().to_string(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&beside).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).ok();
                let pid = if pid.trim().is_empty() { "unknown".into() } else { pid.trim().to_owned() };
                return Err(LockError::Held { path: path.display().to_string(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        // The number only serves the message above, so failing to write it (a full disk) is no reason to stop.
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id())).ok();
        Ok(Self { _file: file })
    }

    /// The path of a file that belongs to the database at `path`, such as `innkeeper.db.lock`.
    pub fn path_beside(path: &Path, suffix: &str) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        PathBuf::from(name)
    }
}
