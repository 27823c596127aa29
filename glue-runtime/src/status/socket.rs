//! Where the status is served: a TCP port or a socket in the file system.

use crate::config::ListenAddress;
use socket2::{Domain, SockAddr, Socket as Socket2, Type};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::{fs, os::unix};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A bound socket.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Socket {
    /// Binds an address, and tells which one it became. A socket in the file system that nobody listens on any more is
    /// replaced: whoever made it was killed.
    pub(super) async fn bind(address: &ListenAddress) -> io::Result<(Self, ListenAddress)> {
        match address {
            ListenAddress::Tcp(address) => {
                let listener = TcpListener::bind(address).await?;
                let bound = ListenAddress::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), bound))
            }
            ListenAddress::Unix(path) => {
                let listener = match UnixListener::bind(path) {
                    Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path) => {
                        fs::remove_file(path)?;
                        UnixListener::bind(path)?
                    }
                    bound => bound?,
                };
                Ok((Self::Unix(listener), address.clone()))
            }
        }
    }

    /// Takes the next connection.
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

/// Makes a socket that its user and its group may open, and nobody else, from its making on (behaviour B77). One that nobody
/// listens on any more is replaced.
pub(super) fn bind_for_group(path: &Path) -> io::Result<UnixListener> {
    let bound = match bind_with_mode(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path) => {
            fs::remove_file(path)?;
            bind_with_mode(path)
        }
        bound => bound,
    };
    UnixListener::from_std(bound?)
}

fn bind_with_mode(path: &Path) -> io::Result<unix::net::UnixListener> {
    const BACKLOG: i32 = 16;
    let mode = || fs::Permissions::from_mode(0o660);
    let socket = Socket2::new(Domain::UNIX, Type::STREAM, None)?;
    // Linux makes the file with the mode of the socket that is bound, less what the umask takes.
    let file = fs::File::from(OwnedFd::from(socket));
    file.set_permissions(mode())?;
    let socket = Socket2::from(OwnedFd::from(file));
    socket.bind(&SockAddr::unix(path)?)?;
    // What the umask has taken from the group, it gets back.
    fs::set_permissions(path, mode())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(OwnedFd::from(socket).into())
}

/// Tells whether a path is a socket that nobody listens on.
fn is_left_over(path: &Path) -> bool {
    let refused =
        unix::net::UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    let is_socket = |file: fs::Metadata| unix::fs::FileTypeExt::is_socket(&file.file_type());
    refused && fs::symlink_metadata(path).is_ok_and(is_socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn b77_a_control_socket_is_for_its_user_and_group_and_replaces_one_that_was_left() {
        let folder = std::env::temp_dir().join(format!("zinoargus-control-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("control");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let first = bind_for_group(&path).unwrap();
        assert_eq!(mode(), 0o660);
        assert_eq!(bind_for_group(&path).unwrap_err().kind(), ErrorKind::AddrInUse, "somebody listens there");
        drop(first);
        let second = bind_for_group(&path).unwrap();
        assert_eq!(mode(), 0o660);
        drop(second);
        fs::remove_dir_all(&folder).unwrap();
    }
}
