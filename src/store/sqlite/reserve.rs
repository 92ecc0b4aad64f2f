//! A file that takes up space so that there is some to let go of: with a full disk, sessions must still end.
//! It is larger than the write-ahead log may grow, or a checkpoint could not follow.

use super::StoreLock;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Size of the reserve: four times the bound of the write-ahead log (1,000 pages of 4 KiB).
const BYTES: u64 = 16 * 1024 * 1024;

pub(super) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    pub(super) fn beside(path: &Path) -> Self {
        Self { path: StoreLock::path_beside(path, "reserve") }
    }

    /// Takes the space, unless it is already held. False where there is not enough.
    pub(super) fn take(&self) -> bool {
        if std::fs::metadata(&self.path).is_ok_and(|held| held.len() == BYTES) {
            return true;
        }
        let taken = File::create(&self.path).and_then(|file| {
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, BYTES)?;
            file.sync_all()
        });
        if taken.is_err() {
            self.let_go();
        }
        taken.is_ok()
    }

    /// Lets the space go.
    pub(super) fn let_go(&self) {
        std::fs::remove_file(&self.path).ok();
    }
}
