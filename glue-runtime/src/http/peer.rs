//! Asks the primary's daemon whether it works (behaviour B78).

use super::{AGENT, Environment, SetupError, dial, fault, pools::Pools};
use crate::event::{Event, Events};
use crate::url::BaseUrl;
use ::http::header::{HeaderValue, USER_AGENT};
use ::http::{Request, Uri};
use bytes::Bytes;
use glue_proto::{HealthAnswer, ProbeId, Reuse};
use http_body_util::Full;
use std::path::Path;
use tokio::task::JoinHandle;

/// The way to the primary's daemon: straight, for a proxy would answer in its place. It is trusted by what Argus is trusted
/// by, and gets no token.
#[derive(Clone, Debug)]
pub struct Peer {
    pools: Pools,
    uri: Uri,
}

/// A question under way. Dropping it gives up on it.
#[derive(Debug)]
pub struct Asked(JoinHandle<()>);

impl Peer {
    /// Prepares to ask at a URL. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn new(url: &BaseUrl, ca_file: Option<&Path>, environment: &Environment) -> Result<Self, SetupError> {
        let connector = dial::straight(url.is_https(), ca_file, environment)?;
        let uri = url.itself().map_err(|_| SetupError::Peer)?;
        Ok(Self { pools: Pools::new(&connector), uri })
    }

    /// Sends one GET on a connection of its own. Its `HealthAnswered` comes as soon as the status is there: no body is read,
    /// and no redirect is followed.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn ask(&self, probe: ProbeId, events: Events) -> Asked {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let answer = self.pools.of(Reuse::Never).request(request);
        Asked(tokio::spawn(async move {
            let answer = match answer.await {
                Ok(response) => HealthAnswer::Status(response.status().as_u16()),
                Err(error) => HealthAnswer::Failed(fault::of_request(&error, false).cause),
            };
            // When the driver has ended, nobody wants to hear of it.
            let _ = events.send(Event::HealthAnswered { probe, answer }).await;
        }))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use glue_proto::{HttpCause, TlsFailure};
    use hyper_util::client::proxy::matcher::Matcher;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::{self, Receiver};
    use tokio::time::timeout;

    /// Longer than anything here takes; a test that waits for it has failed.
    const PATIENCE: Duration = Duration::from_secs(10);
    const PROBE: ProbeId = ProbeId(9);

    /// A process whose every request is to go to a proxy at which nobody listens.
    fn environment() -> Environment {
        let proxies = Matcher::builder().all("http://127.0.0.1:1").build();
        Environment { cert_file: None, cert_dirs: Vec::new(), proxies }
    }

    fn ask(url: &str) -> (Asked, Receiver<Event>) {
        let (events, receiver) = mpsc::channel(16);
        let peer = Peer::new(&BaseUrl::parse(url).unwrap(), None, &environment()).unwrap();
        (peer.ask(PROBE, events), receiver)
    }

    async fn answer(receiver: &mut Receiver<Event>) -> HealthAnswer {
        let event = timeout(PATIENCE, receiver.recv()).await.expect("an answer comes").unwrap();
        let Event::HealthAnswered { probe: PROBE, answer } = event else { panic!("{event:?}") };
        answer
    }

    /// Asks a server that answers with these bytes and then holds the connection. Returns what it was sent, too.
    async fn told(bytes: &'static [u8]) -> (HealthAnswer, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/active", listener.local_addr().unwrap());
        let (_asked, mut receiver) = ask(&url);
        let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let answer = answer(&mut receiver).await;
        (answer, String::from_utf8(heard[..length].to_vec()).unwrap())
    }

    #[tokio::test]
    async fn b78_the_status_is_the_answer_whatever_follows_and_the_token_is_not_sent() {
        let endless = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 99999999999\r\n\r\nnever";
        let moved = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n";
        for (bytes, status) in
            [(&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..], 200), (endless, 503), (moved, 302)]
        {
            let (answer, request) = told(bytes).await;
            assert_eq!(answer, HealthAnswer::Status(status));
            assert!(request.starts_with("GET /active HTTP/1.1\r\n"), "{request}");
            assert!(!request.to_lowercase().contains("authorization"), "{request}");
        }
        assert_eq!(told(b"SSH-2.0-x\r\n\r\n").await.0, HealthAnswer::Failed(HttpCause::NotHttp));
    }

    #[tokio::test]
    async fn b78_a_closed_port_refuses_and_what_speaks_no_tls_says_nothing_of_the_daemon() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_asked, mut receiver) = ask(&format!("https://{address}/active"));
        let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let expected = HealthAnswer::Failed(HttpCause::Tls(TlsFailure::NotTls));
        assert_eq!(answer(&mut receiver).await, expected);
        drop((stream, listener));
        let (_asked, mut receiver) = ask(&format!("http://{address}/active"));
        assert_eq!(answer(&mut receiver).await, HealthAnswer::Failed(HttpCause::Refused));
    }

    #[tokio::test]
    async fn a_question_that_is_given_up_says_nothing_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (asked, mut receiver) = ask(&format!("http://{}/active", listener.local_addr().unwrap()));
        let (_stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        drop(asked);
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }
}
