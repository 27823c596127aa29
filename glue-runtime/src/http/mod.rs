//! HTTP to Argus: pools of connections, and one task per request; and to the daemon of the primary.

mod dial;
mod fault;
mod peer;
mod pools;
#[cfg(test)]
mod tests;
mod trust;
mod tunnel;

pub use dial::SetupError;
pub use peer::{Asked, Peer};

use crate::event::{Event, Events};
use crate::url::BaseUrl;
use ::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, PROXY_AUTHORIZATION, RETRY_AFTER,
};
use ::http::header::{InvalidHeaderValue, USER_AGENT};
use ::http::{Method as HttpMethod, Request, StatusCode};
use bytes::Bytes;
use core::pin::pin;
use fault::Failed;
use glue_proto::{CallId, HttpCause, HttpFailure, HttpRequest, Method, OwnedResponse, Reuse, Secret};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::proxy::matcher::Matcher;
use pools::Pools;
use std::env;
use std::path::{Path, PathBuf};
use tokio::sync::oneshot;

/// How we introduce ourselves.
const AGENT: &str = concat!("zinoargus/", env!("CARGO_PKG_VERSION"));
/// The most that is set aside for a body because its head says so.
const MOST_EXPECTED: usize = 1024 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What the environment of the process says about HTTP (behaviour B51).
#[derive(Debug)]
pub struct Environment {
    /// `SSL_CERT_FILE`: its certificates are trusted besides the system's.
    pub cert_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: the certificates of the files in these folders are trusted besides the system's.
    pub cert_dirs: Vec<PathBuf>,
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not.
    pub proxies: Matcher,
}

/// Talks to one Argus server.
#[derive(Clone, Debug)]
pub struct Http {
    pools: Pools,
    base: BaseUrl,
    headers: HeaderMap,
}

/// A request under way. Dropping it gives up on the request: the answer is then `HttpFailed`, unless it was there
/// already.
#[derive(Debug)]
pub struct Call {
    _cancel: oneshot::Sender<()>,
}

impl Environment {
    /// Reads the environment.
    #[must_use]
    pub fn of_the_process() -> Self {
        let cert_file = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()).map(PathBuf::from);
        let dirs = env::var_os("SSL_CERT_DIR").unwrap_or_default();
        let cert_dirs = env::split_paths(&dirs).filter(|dir| !dir.as_os_str().is_empty()).collect();
        Self { cert_file, cert_dirs, proxies: Matcher::from_env() }
    }
}

impl Http {
    /// Prepares to talk to the server at `base`. Nothing is sent yet. With a `ca_file` only its certificates are
    /// trusted.
    ///
    /// # Errors
    ///
    /// If the token cannot stand in a header, or TLS or the proxy cannot be set up.
    pub fn new(
        base: BaseUrl,
        token: &Secret,
        ca_file: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, SetupError> {
        let route = dial::route(&base, ca_file, environment)?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization(token).map_err(|_| SetupError::Token)?);
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(credentials) = route.forward_credentials {
            headers.insert(PROXY_AUTHORIZATION, credentials);
        }
        Ok(Self { pools: Pools::new(&route.connector), base, headers })
    }

    /// Sends another token from now on.
    ///
    /// # Errors
    ///
    /// If it cannot stand in a header. Then the one from before is kept.
    pub fn set_token(&mut self, token: &Secret) -> Result<(), SetupError> {
        self.headers.insert(AUTHORIZATION, authorization(token).map_err(|_| SetupError::Token)?);
        Ok(())
    }

    /// Sends a request. `HttpConnected` comes at most once, then exactly one of `HttpDone` and `HttpFailed`.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn start(&self, call: CallId, request: HttpRequest, events: Events) -> Call {
        let (cancel, cancelled) = oneshot::channel();
        let http = self.clone();
        // In a box: Tokio aligns what it is given to 128 bytes, and glibc before 2.38 cannot use such memory a second time.
        // Three kilobytes for each request would stay behind as holes.
        tokio::spawn(Box::pin(async move {
            let event = match http.exchange(call, request, cancelled, &events).await {
                Ok(response) => Event::HttpDone { call, response },
                Err(Failed { failure, cause }) => Event::HttpFailed { call, failure, cause },
            };
            let _ = events.send(event).await;
        }));
        Call { _cancel: cancel }
    }

    async fn exchange(
        &self,
        call: CallId,
        request: HttpRequest,
        cancelled: oneshot::Receiver<()>,
        events: &Events,
    ) -> Result<OwnedResponse, Failed> {
        let HttpRequest { max_body, reuse, .. } = request;
        let mut request = self.request(request)?;
        let connection = capture_connection(&mut request);
        let announce = async {
            connected(connection.clone()).await;
            let _ = events.send(Event::HttpConnected { call }).await;
        };
        let answer = async {
            let mut answer = pin!(self.answer(request, reuse, max_body, &connection));
            let early = tokio::select! {
                biased;
                early = &mut answer => Some(early),
                () = announce => None,
            };
            match early {
                Some(early) => {
                    if has_connection(&connection) {
                        let _ = events.send(Event::HttpConnected { call }).await;
                    }
                    early
                }
                None => answer.await,
            }
        };
        tokio::select! {
            biased;
            _ = cancelled => {
                retire(&connection);
                Err(Failed::new(has_connection(&connection), HttpCause::Cancelled))
            }
            answer = answer => answer,
        }
    }

    fn request(&self, request: HttpRequest) -> Result<Request<Full<Bytes>>, Failed> {
        // Nothing has been sent if there is not even a request.
        let unsent = Failed { failure: HttpFailure::NotSent, cause: HttpCause::Other };
        let uri = self.base.join(&request.target).map_err(|_| unsent)?;
        let method = match request.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
            Method::Patch => HttpMethod::PATCH,
            Method::Options => HttpMethod::OPTIONS,
        };
        let body = Full::new(Bytes::from(request.body));
        let mut request = Request::builder().method(method).uri(uri).body(body).map_err(|_| unsent)?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    async fn answer(
        &self,
        request: Request<Full<Bytes>>,
        reuse: Reuse,
        max_body: usize,
        connection: &CaptureConnection,
    ) -> Result<OwnedResponse, Failed> {
        let sent = self.pools.of(reuse).request(request).await;
        let response = sent.map_err(|error| fault::of_request(&error, has_connection(connection)))?;
        let (head, body) = response.into_parts();
        if head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            // A forwarding proxy keeps the request to itself.
            let cause = HttpCause::Proxy(head.status.as_u16());
            return Err(Failed { failure: HttpFailure::NotSent, cause });
        }
        let body = whole(Limited::new(body, max_body)).await?;
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(String::from);
        let (retry_after, date) = (header(RETRY_AFTER), header(DATE));
        Ok(OwnedResponse { status: head.status.as_u16(), retry_after, date, body })
    }
}

/// Reads a body to its end. A listing can be megabytes: what has come in is not kept beside the whole.
async fn whole(mut body: Limited<Incoming>) -> Result<Vec<u8>, Failed> {
    let room = usize::try_from(body.size_hint().lower()).unwrap_or_default().min(MOST_EXPECTED);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|error| fault::of_body(&*error))?.into_data() else { continue };
        whole.reserve(room.saturating_sub(whole.len()).max(bytes.len()));
        whole.extend_from_slice(&bytes);
    }
    Ok(whole)
}

fn authorization(token: &Secret) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Token {}", token.expose()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn has_connection(connection: &CaptureConnection) -> bool {
    connection.connection_metadata().is_some()
}

/// Keeps later requests off a connection that has kept silent. One of HTTP/1.1 is closed when its request is dropped,
/// but one of HTTP/2 would go on to take requests, even if nobody were left at its other end.
fn retire(connection: &CaptureConnection) {
    if let Some(connection) = connection.connection_metadata().as_ref() {
        connection.poison();
    }
}

/// Waits for the connection of a request, for ever if it never gets one.
async fn connected(mut connection: CaptureConnection) {
    if connection.wait_for_connection_metadata().await.is_none() {
        core::future::pending().await
    }
}
