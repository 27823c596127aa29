//! A tunnel through a proxy, by `CONNECT` (RFC 9110, section 9.3.6).

use super::dial::{BoxError, ToProxy};
use ::http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use ::http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::upgrade::{self, Parts};
use thiserror::Error;

/// The port of `https` where the URL names none.
const HTTPS_PORT: u16 = 443;

/// The proxy makes no tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the proxy answered CONNECT with {status}")]
pub(super) struct TunnelRefused {
    /// What it answered.
    pub(super) status: StatusCode,
}

/// Something came through the tunnel before anything was sent: in TLS the client speaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the server speaks out of turn")]
pub(super) struct OutOfTurn;

/// Asks a proxy to connect to a server, and returns the connection, which from then on is one to the server.
pub(super) async fn open(
    proxy: ToProxy,
    server: &Uri,
    credentials: Option<HeaderValue>,
) -> Result<ToProxy, BoxError> {
    let (mut sender, connection) = http1::handshake(proxy).await?;
    // It ends with the tunnel's making, or when nobody waits for that any more.
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request(server, credentials)?).await?;
    if !response.status().is_success() {
        return Err(TunnelRefused { status: response.status() }.into());
    }
    let tunnel = upgrade::on(response).await?;
    match tunnel.downcast::<ToProxy>() {
        Ok(Parts { io, read_buf, .. }) if read_buf.is_empty() => Ok(io),
        Ok(_) | Err(_) => Err(OutOfTurn.into()),
    }
}

fn request(server: &Uri, credentials: Option<HeaderValue>) -> Result<Request<Empty<Bytes>>, ::http::Error> {
    let host = server.host().unwrap_or_default();
    let authority = format!("{host}:{}", server.port_u16().unwrap_or(HTTPS_PORT));
    let mut request = Request::connect(&authority).header(HOST, &authority);
    if let Some(mut credentials) = credentials {
        credentials.set_sensitive(true);
        request = request.header(PROXY_AUTHORIZATION, credentials);
    }
    request.body(Empty::new())
}
