//! The control socket beside the store: commands reach a running server through it.
//!
//! Whoever may open the store's file may use it, so it asks for no key: the system says who is at the other end.

use super::api;
use super::app::{self, App};
use super::serve::{Listen, PeerAddress};
use axum::{Extension, Router};
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// Longest path that fits the address of a socket, which ends in a zero byte.
const ADDRESS_BYTES_MAX: usize = 107;

/// The JSON API with the routes that only an operator has. Whoever sends a request here is the operator.
pub fn control_router(app: App) -> Router {
    Router::new()
        .nest("/api", api::routes().merge(api::operator_routes()))
        .with_state(app)
        .layer(Extension(api::caller::Operator))
        .layer(axum::middleware::from_fn(app::log_failures))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(app::panicked))
}

/// Listens on the control socket, and removes it when dropped.
pub struct ControlListener {
    listener: UnixListener,
    path: PathBuf,
}

impl ControlListener {
    /// Takes the path, also from a socket that a process before us left there. To be called only by the holder of the
    /// store's lock: nobody else can be listening then.
    ///
    /// # Errors
    /// Where something other than a socket is in the way, or the folder cannot be written.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(left) if left.file_type().is_socket() => std::fs::remove_file(path)?,
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else has this name")),
            Err(_) => {}
        }
        let listener = with_address(path, |address| UnixListener::bind(address))?;
        let bound = Self { listener, path: path.to_owned() };
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(bound)
    }
}

impl Drop for ControlListener {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

impl Listen for ControlListener {
    type Stream = UnixStream;

    async fn accept(&mut self) -> io::Result<(UnixStream, PeerAddress)> {
        loop {
            let (stream, _) = UnixListener::accept(&self.listener).await?;
            // The mode of the file keeps others out already; this holds on systems that ignore it, and while it is set.
            match stream.peer_cred() {
                Ok(peer) if is_operator(peer.uid()) => return Ok((stream, PeerAddress(None))),
                Ok(peer) => tracing::warn!(uid = peer.uid(), "somebody else's command was turned away"),
                Err(error) => tracing::warn!(%error, "a command was turned away: nobody can say whose it is"),
            }
        }
    }
}

fn is_operator(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// Connects to the control socket of a running server.
pub async fn connect(path: &Path) -> io::Result<UnixStream> {
    // The folder must stay open until the connection stands, so connecting happens inside; it never waits for long.
    let stream = with_address(path, |address| std::os::unix::net::UnixStream::connect(address))?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Gives a path of any length as one that fits an address: the folder is opened, and named by its descriptor.
fn with_address<T>(path: &Path, call: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= ADDRESS_BYTES_MAX {
        return call(path);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    let name = path.file_name().unwrap_or(OsStr::new(""));
    call(&PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn is_heard(path: &Path) {
        let mut listener = ControlListener::bind(path).unwrap();
        let mut client = connect(path).await.unwrap();
        let (mut stream, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, PeerAddress(None));
        client.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        assert!(!path.exists(), "the socket goes with its listener");
    }

    #[tokio::test]
    async fn a_path_too_long_for_an_address_is_listened_on_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        is_heard(&folder.path().join("i.db.sock")).await;
        is_heard(&long.join("i.db.sock")).await;
    }

    #[tokio::test]
    async fn a_socket_that_was_left_is_replaced_and_anything_else_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i.db.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        is_heard(&path).await;
        std::fs::write(&path, "precious").unwrap();
        assert!(ControlListener::bind(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }
}
