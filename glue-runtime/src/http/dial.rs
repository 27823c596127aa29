//! The way to the Argus server: straight, through a forwarding proxy (http) or through a tunnelling one (https).

use super::{Environment, trust, tunnel};
use crate::net::{self, Fault};
use crate::url::BaseUrl;
use ::http::{HeaderValue, Uri};
use core::error::Error;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::vec;
use thiserror::Error;
use tokio::net::TcpStream;
use tower_service::Service;

/// Silence after which the system asks whether the server is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

pub(super) type BoxError = Box<dyn Error + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
type Tcp = HttpConnector<Resolver>;
/// A connection to a proxy, or to the server where there is none.
pub(super) type ToProxy = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why no request can be made at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The token cannot stand in an HTTP header.
    #[error("the Argus token contains a character that no token has")]
    Token,
    /// The TLS library refuses its settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The file of `argus.ca_file` cannot be used.
    #[error("argus.ca_file: {}: {why}; a file with certificates in PEM form is needed", file.display())]
    CaFile {
        /// Its path.
        file: PathBuf,
        /// What the system says, or what is wrong with it.
        why: String,
    },
    /// There is no certificate that TLS servers could be trusted by.
    #[error("no root certificates were found; install those of the system, or name some with argus.ca_file")]
    NoRoots,
    /// The environment asks for a proxy that speaks no HTTP.
    #[error("the proxy of the environment is neither an http nor an https proxy")]
    Proxy,
    /// The primary's daemon cannot be asked at its URL.
    #[error("failover.primary_health_url: not a URL")]
    Peer,
}

/// How requests get to the server.
pub(super) struct Route {
    /// Makes connections.
    pub(super) connector: HttpsConnector<Dial>,
    /// What a forwarding proxy wants to see in every request.
    pub(super) forward_credentials: Option<HeaderValue>,
}

/// Chooses the way to the server.
pub(super) fn route(
    base: &BaseUrl,
    ca_file: Option<&Path>,
    environment: &Environment,
) -> Result<Route, SetupError> {
    let proxy = base.join("").ok().and_then(|uri| environment.proxies.intercept(&uri));
    let is_encrypted =
        base.is_https() || proxy.as_ref().is_some_and(|p| p.uri().scheme_str() == Some("https"));
    // Without TLS nobody wants to hear that there are no certificates.
    let tls = if is_encrypted { trust::client(ca_file, environment)? } else { trust::nobody()? };
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
    let mut forward_credentials = None;
    let dial = match proxy {
        None => Dial::Straight(tcp()),
        Some(proxy) if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) => {
            return Err(SetupError::Proxy);
        }
        Some(proxy) => {
            let to_proxy = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
            let to_proxy = to_proxy.wrap_connector(tcp());
            if base.is_https() {
                Dial::Tunnelled(to_proxy, proxy.uri().clone(), proxy.basic_auth().cloned())
            } else {
                forward_credentials = proxy.basic_auth().cloned();
                Dial::Forwarded(to_proxy, proxy.uri().clone())
            }
        }
    };
    Ok(Route { connector: builder.enable_all_versions().wrap_connector(dial), forward_credentials })
}

/// Makes the way to a server that no proxy stands before, whatever the environment says.
pub(super) fn straight(
    is_https: bool,
    ca_file: Option<&Path>,
    environment: &Environment,
) -> Result<HttpsConnector<Dial>, SetupError> {
    let tls = if is_https { trust::client(ca_file, environment)? } else { trust::nobody()? };
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    Ok(builder.enable_all_versions().wrap_connector(Dial::Straight(tcp())))
}

fn tcp() -> Tcp {
    let mut tcp = HttpConnector::new_with_resolver(Resolver);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp
}

/// Makes the connection that TLS to the server, if any, goes on top of.
#[derive(Clone, Debug)]
pub(super) enum Dial {
    Straight(Tcp),
    Forwarded(HttpsConnector<Tcp>, Uri),
    Tunnelled(HttpsConnector<Tcp>, Uri, Option<HeaderValue>),
}

/// There is no way to the server: what else fails before a request is sent is the handshake with the server.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct DialError(#[from] BoxError);

impl Service<Uri> for Dial {
    type Response = Socket;
    type Error = DialError;
    type Future = BoxFuture<Socket, DialError>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        match self {
            Self::Straight(tcp) => tcp.poll_ready(cx).map_err(|error| DialError(error.into())),
            Self::Forwarded(proxy, _) | Self::Tunnelled(proxy, ..) => proxy.poll_ready(cx).map_err(DialError),
        }
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        match self {
            Self::Straight(tcp) => {
                let dialling = tcp.call(server);
                Box::pin(async {
                    let stream = dialling.await.map_err(|error| DialError(error.into()))?;
                    Ok(Socket { stream: stream.into(), forwarded: false })
                })
            }
            Self::Forwarded(to_proxy, proxy) => {
                let dialling = to_proxy.call(proxy.clone());
                Box::pin(async { Ok(Socket { stream: dialling.await?, forwarded: true }) })
            }
            Self::Tunnelled(to_proxy, proxy, credentials) => {
                let (dialling, credentials) = (to_proxy.call(proxy.clone()), credentials.clone());
                Box::pin(async move {
                    let stream = tunnel::open(dialling.await?, &server, credentials).await?;
                    Ok(Socket { stream, forwarded: false })
                })
            }
        }
    }
}

/// A connection to the server, or to the proxy on the way to it.
pub(super) struct Socket {
    stream: ToProxy,
    forwarded: bool,
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        // A forwarding proxy wants the whole URL in the request line.
        self.stream.connected().proxy(self.forwarded)
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}

/// Resolves names like the rest of the shell, so that its fault is found again in the error.
#[derive(Clone, Debug)]
pub(super) struct Resolver;

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Fault;
    type Future = BoxFuture<Self::Response, Fault>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move { Ok(net::resolve(name.as_str(), 0).await?.into_iter()) })
    }
}
