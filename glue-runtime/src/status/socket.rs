//! Where the status is served: a TCP port or a socket in the file system.

use crate::config::ListenAddress;
use std::io::{self, ErrorKind};
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

/// Tells whether a path is a socket that nobody listens on.
fn is_left_over(path: &Path) -> bool {
    let refused =
        unix::net::UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    let is_socket = |file: fs::Metadata| unix::fs::FileTypeExt::is_socket(&file.file_type());
    refused && fs::symlink_metadata(path).is_ok_and(is_socket)
}
