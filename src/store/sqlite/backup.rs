//! A consistent copy of the file, beside a running server too.

use super::{StoreLock, connect, of};
use crate::store::StoreError;
use std::path::Path;

/// Writes a consistent copy beside its target, makes it durable, and only then gives it its name.
pub(super) fn write(from: &Path, to: &Path) -> Result<(), StoreError> {
    let unavailable = |error: std::io::Error| StoreError::Unavailable(Box::new(error));
    if to.exists() {
        return Err(StoreError::Conflict(format!("{} exists already", to.display()).into()));
    }
    let partial = StoreLock::path_beside(to, "partial");
    let copied = copy_to(from, &partial).and_then(|()| {
        std::fs::File::open(&partial).and_then(|file| file.sync_all()).map_err(unavailable)?;
        std::fs::rename(&partial, to).map_err(unavailable)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unavailable)
    });
    if copied.is_err() {
        std::fs::remove_file(&partial).ok();
    }
    copied
}

fn copy_to(from: &Path, partial: &Path) -> Result<(), StoreError> {
    std::fs::remove_file(partial).ok();
    let target = partial.to_str().ok_or_else(|| StoreError::Unavailable("the path of the copy is not UTF-8".into()))?;
    let connection = connect(from)?;
    connection.execute("VACUUM INTO $1", [target]).map(|_| ()).map_err(of)
}
