//! The client against servers that do what the test says, over real sockets on the loopback interface.

use super::*;
use core::time::Duration;
use glue_proto::TlsFailure;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use socket2::SockRef;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(10);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// The client side of a test.
struct Rig {
    http: Http,
    events: Events,
    receiver: mpsc::Receiver<Event>,
}

impl Rig {
    fn new(base: &str) -> Self {
        Self::within(base, None, Matcher::builder().build())
    }

    fn within(base: &str, cert_file: Option<PathBuf>, proxies: Matcher) -> Self {
        Self::with(base, None, &Environment { cert_file, cert_dirs: Vec::new(), proxies }).unwrap()
    }

    fn with(base: &str, ca_file: Option<&Path>, environment: &Environment) -> Result<Self, SetupError> {
        let base = BaseUrl::parse(base).unwrap();
        let token = Secret::new(String::from("0123456789"));
        let http = Http::new(base, &token, ca_file, environment)?;
        let (events, receiver) = mpsc::channel(16);
        Ok(Self { http, events, receiver })
    }

    fn start(&self, method: Method, target: &str, body: &str) -> Call {
        self.start_on(Reuse::Any, method, target, body)
    }

    fn start_on(&self, reuse: Reuse, method: Method, target: &str, body: &str) -> Call {
        let (target, body) = (target.to_owned(), body.as_bytes().to_vec());
        let request = HttpRequest { method, target, body, max_body: 1000, reuse };
        self.http.start(CallId(7), request, self.events.clone())
    }

    fn post_on(&self, reuse: Reuse) -> Call {
        self.start_on(reuse, Method::Post, "incidents/1/events/", "{}")
    }

    fn post(&self) -> Call {
        self.start(Method::Post, "incidents/", "{\"a\":1}")
    }

    async fn event(&mut self) -> Event {
        timeout(PATIENCE, self.receiver.recv()).await.expect("an event comes").unwrap()
    }

    /// Waits for the end of the call, and checks that it got a connection before or not, and that nothing follows.
    async fn end(&mut self, connected: bool) -> Event {
        if connected {
            assert_eq!(self.event().await, Event::HttpConnected { call: CallId(7) });
        }
        let end = self.event().await;
        assert!(self.receiver.try_recv().is_err(), "one event ends a call");
        end
    }
}

fn failed(failure: HttpFailure, cause: HttpCause) -> Event {
    Event::HttpFailed { call: CallId(7), failure, cause }
}

fn done(status: u16, body: &str) -> Event {
    answered(status, None, body)
}

fn answered(status: u16, retry_after: Option<String>, body: &str) -> Event {
    let response = OwnedResponse { status, retry_after, date: None, body: body.into() };
    Event::HttpDone { call: CallId(7), response }
}

/// A server that waits for its test to tell it what to do.
struct Server(TcpListener);

impl Server {
    async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}/api/v2", self.address().port())
    }

    async fn accept(&self) -> TcpStream {
        timeout(PATIENCE, self.0.accept()).await.expect("a connection comes").unwrap().0
    }
}

/// Reads one request: its head, and its body as far as its length says.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let whole = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        (body.len() >= length.parse::<usize>().unwrap()).then(|| text.to_string())
    };
    loop {
        if let Some(request) = whole(&bytes) {
            return request;
        }
        assert!(
            timeout(PATIENCE, stream.read_buf(&mut bytes)).await.unwrap().unwrap() > 0,
            "cut off: {bytes:?}"
        );
    }
}

async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), response: &str) -> String {
    let request = read_request(stream).await;
    stream.write_all(response.as_bytes()).await.unwrap();
    request
}

fn reset(stream: &TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[tokio::test]
async fn b51_a_request_carries_the_token_and_exactly_one_slash() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let _call = rig.post();
    let request = answer(&mut server.accept().await, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    lines[1..].sort_unstable();
    let host = format!("host: localhost:{}", server.address().port());
    let expected = [
        "POST /api/v2/incidents/ HTTP/1.1",
        "accept: application/json",
        "authorization: Token 0123456789",
        "content-length: 7",
        "content-type: application/json",
        &host,
        concat!("user-agent: zinoargus/", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!((lines.as_slice(), body), (&expected[..], "{\"a\":1}"));
}

#[tokio::test]
async fn b51_other_methods_and_answers_pass_through() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let _call = rig.start(Method::Get, "incidents/mine/?open=true&count=1", "");
    let mut stream = server.accept().await;
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n";
    let request = answer(&mut stream, busy).await;
    assert!(request.starts_with("GET /api/v2/incidents/mine/?open=true&count=1 HTTP/1.1\r\n"), "{request}");
    let retry_after = Some(String::from("17"));
    assert_eq!(rig.end(true).await, answered(503, retry_after, ""));
    let _call = rig.start(Method::Patch, "incidents/1/", "{}");
    let date = "Sun, 22 Nov 2026 12:00:00 GMT";
    let request = answer(&mut stream, &format!("HTTP/1.1 204 No Content\r\nDate: {date}\r\n\r\n")).await;
    assert!(request.starts_with("PATCH /api/v2/incidents/1/ HTTP/1.1\r\n"), "{request}");
    let response =
        OwnedResponse { status: 204, retry_after: None, date: Some(date.into()), body: Vec::new() };
    assert_eq!(rig.end(true).await, Event::HttpDone { call: CallId(7), response });
}

#[tokio::test]
async fn b13_a_refused_connection_means_not_sent() {
    let address = Server::start().await.address();
    let mut rig = Rig::new(&format!("http://{address}"));
    let _call = rig.post();
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Refused));
}

#[tokio::test]
async fn b13_a_name_without_address_means_not_sent() {
    let mut rig = Rig::new("http://no-such-host.invalid");
    let _call = rig.post();
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Unresolved));
}

#[tokio::test]
async fn b13_a_target_that_is_no_url_means_not_sent() {
    let mut rig = Rig::new("http://localhost");
    let _call = rig.start(Method::Get, "a b", "");
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Other));
}

#[tokio::test]
async fn b13_a_reset_after_the_request_is_ambiguous() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let _call = rig.post();
    let mut stream = server.accept().await;
    read_request(&mut stream).await;
    reset(&stream);
    drop(stream);
    assert_eq!(rig.end(true).await, failed(HttpFailure::Ambiguous, HttpCause::Reset));
}

#[tokio::test]
async fn b13_a_connection_closed_before_or_within_the_answer_is_ambiguous() {
    for start in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"] {
        let server = Server::start().await;
        let mut rig = Rig::new(&server.url("http"));
        let _call = rig.post();
        answer(&mut server.accept().await, start).await;
        assert_eq!(rig.end(true).await, failed(HttpFailure::Ambiguous, HttpCause::Reset), "{start}");
    }
}

#[tokio::test]
async fn b13_what_is_not_http_is_ambiguous() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let _call = rig.post();
    let mut stream = server.accept().await;
    answer(&mut stream, "200 user alice\r\n\r\n").await;
    assert_eq!(rig.end(true).await, failed(HttpFailure::Ambiguous, HttpCause::NotHttp));
}

#[tokio::test]
async fn b51_a_body_over_the_limit_is_not_read_to_its_end() {
    let server = Server::start().await;
    for (length, fits) in [(1000, true), (1001, false)] {
        let mut rig = Rig::new(&server.url("http"));
        let _call = rig.post();
        let body = "x".repeat(length);
        let mut stream = server.accept().await;
        answer(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")).await;
        let expected =
            if fits { done(200, &body) } else { failed(HttpFailure::Ambiguous, HttpCause::TooLarge) };
        assert_eq!(rig.end(true).await, expected);
    }
}

#[tokio::test]
async fn b51_a_body_that_comes_in_pieces_is_put_together() {
    let server = Server::start().await;
    let heads = ["Content-Length: 11", "Transfer-Encoding: chunked", "Connection: close"];
    for (head, pieces) in heads.into_iter().zip([
        &["{\"a\":", "[1,", "2]}"][..],
        &["5\r\n{\"a\":\r\n", "6\r\n[1,2]}\r\n", "0\r\nlast: words\r\n\r\n"],
        &["{", "\"a\":[1,2", "]}"],
    ]) {
        let mut rig = Rig::new(&server.url("http"));
        let _call = rig.post();
        let mut stream = server.accept().await;
        answer(&mut stream, &format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n")).await;
        for piece in pieces {
            // The runtime goes idle: what was sent before has been read.
            tokio::time::sleep(Duration::from_millis(1)).await;
            stream.write_all(piece.as_bytes()).await.unwrap();
        }
        drop(stream);
        assert_eq!(rig.end(true).await, done(200, "{\"a\":[1,2]}"), "{head}");
    }
}

#[tokio::test]
async fn b51_a_connection_is_kept_and_replaced_when_the_server_closes_it_between_requests() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let mut stream = server.accept_after(rig.post()).await;
    answer(&mut stream.1, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    stream.0 = rig.post();
    answer(&mut stream.1, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    drop(stream);
    // The runtime goes idle, and sees that the connection was closed.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let mut stream = server.accept_after(rig.post()).await;
    answer(&mut stream.1, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
}

impl Server {
    async fn accept_after(&self, call: Call) -> (Call, TcpStream) {
        (call, self.accept().await)
    }
}

#[tokio::test]
async fn b13_a_post_lost_on_a_kept_connection_is_never_sent_again_by_itself() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    answer(&mut stream, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    let _call = rig.post();
    read_request(&mut stream).await;
    drop(stream);
    assert_eq!(rig.end(true).await, failed(HttpFailure::Ambiguous, HttpCause::Reset));
    let again = timeout(Duration::from_millis(50), server.0.accept()).await;
    assert!(again.is_err(), "the request was sent a second time");
}

/// Makes a connection in the pool of requests of a kind, and lets it lie idle for some virtual time.
async fn lain_idle(rig: &mut Rig, server: &Server, reuse: Reuse, idle: Duration) -> TcpStream {
    let (_call, mut stream) = server.accept_after(rig.post_on(reuse)).await;
    answer(&mut stream, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    tokio::time::pause();
    tokio::time::advance(idle).await;
    tokio::time::resume();
    stream
}

/// What most servers do with idle connections: they cut them, and be it just when a request comes in.
#[tokio::test]
async fn b51_a_server_that_cuts_a_long_idle_connection_as_a_request_is_written_loses_no_event() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let long = Duration::from_millis(Reuse::MOST_IDLE.0 + 100);
    let mut idle = lain_idle(&mut rig, &server, Reuse::Any, long).await;
    let _call = rig.post_on(Reuse::Any);
    assert!(timeout(PATIENCE, idle.read_u8()).await.unwrap().is_ok());
    reset(&idle);
    drop(idle);
    assert_eq!(rig.end(true).await, failed(HttpFailure::Ambiguous, HttpCause::Reset));
    for reuse in [Reuse::Recent, Reuse::Never] {
        let mut idle = lain_idle(&mut rig, &server, reuse, long).await;
        let (_call, mut stream) = server.accept_after(rig.post_on(reuse)).await;
        answer(&mut stream, OK).await;
        assert_eq!(rig.end(true).await, done(200, "{}"), "{reuse:?}");
        let heard = timeout(PATIENCE, idle.read_u8()).await.unwrap();
        assert!(heard.is_err(), "{reuse:?} travels on the idle connection");
    }
}

#[tokio::test]
async fn b51_a_connection_that_has_just_been_used_takes_an_event_but_never_a_repeated_request() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let short = Duration::from_millis(Reuse::MOST_IDLE.0 - 100);
    let mut stream = lain_idle(&mut rig, &server, Reuse::Recent, short).await;
    let _call = rig.post_on(Reuse::Recent);
    answer(&mut stream, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    for _ in 0..2 {
        let (_call, mut new) = server.accept_after(rig.post_on(Reuse::Never)).await;
        answer(&mut new, OK).await;
        assert_eq!(rig.end(true).await, done(200, "{}"));
    }
}

#[tokio::test]
async fn b51_redirects_are_not_followed() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    answer(&mut stream, "HTTP/1.1 301 Moved\r\nLocation: /elsewhere/\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(rig.end(true).await, done(301, ""));
    let more = timeout(Duration::from_millis(50), stream.read_u8()).await;
    assert!(more.is_err(), "the redirect was followed");
}

#[tokio::test]
async fn b13_a_call_given_up_without_a_connection_was_not_sent() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("https"));
    // The server takes the connection, but never answers the TLS handshake.
    let (call, _stream) = server.accept_after(rig.post()).await;
    drop(call);
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Cancelled));
}

#[tokio::test]
async fn b13_a_call_given_up_with_a_connection_is_ambiguous_and_its_connection_is_dropped() {
    let server = Server::start().await;
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"] {
        let mut rig = Rig::new(&server.url("http"));
        let (call, mut stream) = server.accept_after(rig.post()).await;
        answer(&mut stream, start).await;
        assert_eq!(rig.event().await, Event::HttpConnected { call: CallId(7) });
        drop(call);
        assert_eq!(rig.end(false).await, failed(HttpFailure::Ambiguous, HttpCause::Cancelled));
        let ended = timeout(PATIENCE, stream.read_u8()).await.expect("the connection is closed");
        assert!(ended.is_err());
    }
}

#[tokio::test]
async fn a_call_given_up_after_its_end_stays_as_it_was() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("http"));
    let (call, mut stream) = server.accept_after(rig.post()).await;
    answer(&mut stream, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    drop(call);
    tokio::task::yield_now().await;
    assert!(rig.receiver.try_recv().is_err());
}

/// Makes a certificate of `localhost`; returns what accepts with it, and the file that makes clients trust it.
fn certificate(name: &str, protocols: &[&[u8]]) -> (TlsAcceptor, PathBuf) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([String::from("localhost")]).unwrap();
    let file = env::temp_dir().join(format!("zinoargus-{name}-{}.pem", std::process::id()));
    fs::write(&file, cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), file)
}

#[tokio::test]
async fn b51_certificates_of_ssl_cert_file_are_trusted() {
    let server = Server::start().await;
    let (acceptor, file) = certificate("trusted", &[]);
    let mut rig = Rig::within(&server.url("https"), Some(file.clone()), Matcher::builder().build());
    let (_call, stream) = server.accept_after(rig.post()).await;
    let mut stream = acceptor.accept(stream).await.unwrap();
    answer(&mut stream, OK).await;
    assert_eq!(rig.end(true).await, done(200, "{}"));
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn b51_http2_is_spoken_where_the_server_offers_it_but_not_on_a_connection_that_kept_silent() {
    let server = Server::start().await;
    let (acceptor, file) = certificate("http2", &[b"h2", b"http/1.1"]);
    let mut rig = Rig::within(&server.url("https"), Some(file.clone()), Matcher::builder().build());
    let mut silent = Vec::new();
    for answers in [false, true] {
        let (call, stream) = server.accept_after(rig.post()).await;
        let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
        let (request, mut reply) = timeout(PATIENCE, connection.accept()).await.unwrap().unwrap().unwrap();
        assert_eq!(request.version(), ::http::Version::HTTP_2);
        assert_eq!(request.headers()[AUTHORIZATION], "Token 0123456789");
        assert_eq!(rig.event().await, Event::HttpConnected { call: CallId(7) });
        if answers {
            reply.send_response(::http::Response::builder().status(204).body(()).unwrap(), true).unwrap();
            tokio::spawn(async move { while connection.accept().await.is_some() {} });
            assert_eq!(rig.end(false).await, done(204, ""));
        } else {
            drop(call);
            assert_eq!(rig.end(false).await, failed(HttpFailure::Ambiguous, HttpCause::Cancelled));
            silent.push(connection);
        }
    }
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn b13_a_server_that_is_not_trusted_gets_no_request() {
    let server = Server::start().await;
    let (acceptor, file) = certificate("untrusted", &[]);
    fs::remove_file(file).unwrap();
    let mut rig = Rig::new(&server.url("https"));
    let (_call, stream) = server.accept_after(rig.post()).await;
    assert!(acceptor.accept(stream).await.is_err());
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Tls(TlsFailure::UnknownIssuer)));
}

#[tokio::test]
async fn b6_a_peer_that_does_not_speak_tls_gets_no_request_and_is_named() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("https"));
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail\r\n"] {
        let (_call, mut stream) = server.accept_after(rig.post()).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Tls(TlsFailure::NotTls)));
    }
}

#[tokio::test]
async fn b6_a_handshake_that_is_cut_or_refused_is_named() {
    let server = Server::start().await;
    let mut rig = Rig::new(&server.url("https"));
    for is_reset in [false, true] {
        let (_call, mut stream) = server.accept_after(rig.post()).await;
        assert!(stream.read_u8().await.is_ok());
        if is_reset {
            reset(&stream);
        }
        drop(stream);
        assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Tls(TlsFailure::Cut)));
    }
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    // A fatal alert: handshake_failure.
    stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await.unwrap();
    assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, HttpCause::Tls(TlsFailure::Refused)));
}

fn proxy(server: &Server) -> Matcher {
    let url = format!("http://user:pass@{}", server.address());
    Matcher::builder().http(&url).https(&url).no("inside.example").build()
}

#[tokio::test]
async fn b51_plain_http_goes_through_a_forwarding_proxy() {
    let server = Server::start().await;
    let mut rig = Rig::within("http://argus.example/api", None, proxy(&server));
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    let request = answer(&mut stream, OK).await;
    assert!(request.starts_with("POST http://argus.example/api/incidents/ HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{request}");
    assert!(request.contains("\r\nhost: argus.example\r\n"), "{request}");
    assert_eq!(rig.end(true).await, done(200, "{}"));
}

#[tokio::test]
async fn b13_a_forwarding_proxy_that_wants_a_password_is_named_and_keeps_the_request_to_itself() {
    let server = Server::start().await;
    let mut rig = Rig::within("http://argus.example/api", None, proxy(&server));
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    answer(&mut stream, "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n").await;
    drop(stream);
    assert_eq!(rig.end(true).await, failed(HttpFailure::NotSent, HttpCause::Proxy(407)));
}

#[tokio::test]
async fn b51_https_goes_through_a_tunnel_that_does_not_see_the_token() {
    let server = Server::start().await;
    let (acceptor, file) = certificate("tunnel", &[]);
    let mut rig = Rig::within("https://localhost:4711/api", Some(file.clone()), proxy(&server));
    let (_call, mut stream) = server.accept_after(rig.post()).await;
    let connect = answer(&mut stream, "HTTP/1.1 200 Connected\r\n\r\n").await;
    assert!(connect.starts_with("CONNECT localhost:4711 HTTP/1.1\r\n"), "{connect}");
    assert!(connect.contains("Basic dXNlcjpwYXNz") && !connect.contains("0123456789"), "{connect}");
    let mut stream = acceptor.accept(stream).await.unwrap();
    let request = answer(&mut stream, OK).await;
    assert!(request.starts_with("POST /api/incidents/ HTTP/1.1\r\n"), "{request}");
    assert!(!request.to_lowercase().contains("proxy-"), "{request}");
    assert_eq!(rig.end(true).await, done(200, "{}"));
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn b13_a_tunnel_that_is_not_made_means_not_sent_and_the_answer_is_named() {
    let server = Server::start().await;
    let mut rig = Rig::within("https://argus.example/", None, proxy(&server));
    let table = [
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", HttpCause::Proxy(502)),
        ("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n", HttpCause::Proxy(407)),
        ("HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 400 No\r\n\r\n", HttpCause::Tls(TlsFailure::NotTls)),
        ("HTTP/1.1 200 Conn", HttpCause::Reset),
        ("", HttpCause::Reset),
        ("200 hello\r\n\r\n", HttpCause::NotHttp),
    ];
    for (answered, cause) in table {
        let (_call, mut stream) = server.accept_after(rig.post()).await;
        answer(&mut stream, answered).await;
        drop(stream);
        assert_eq!(rig.end(false).await, failed(HttpFailure::NotSent, cause), "{answered}");
    }
}

#[tokio::test]
async fn b51_no_proxy_is_honoured_and_a_proxy_of_another_kind_refused() {
    let server = Server::start().await;
    let environment = |proxies| Environment { cert_file: None, cert_dirs: Vec::new(), proxies };
    let inside = BaseUrl::parse("http://argus.inside.example").unwrap();
    let outside = BaseUrl::parse("http://argus.example").unwrap();
    let socks = || Matcher::builder().all("socks5://127.0.0.1:1080").no("inside.example").build();
    let (straight, forwarded) = (environment(socks()), environment(proxy(&server)));
    let route = dial::route(&inside, None, &forwarded).unwrap();
    assert!(route.forward_credentials.is_none());
    assert!(dial::route(&inside, None, &straight).is_ok());
    assert_eq!(dial::route(&outside, None, &straight).err(), Some(SetupError::Proxy));
}

#[test]
fn b4_debug_output_shows_no_token() {
    let rig = Rig::new("http://localhost");
    let shown = format!("{:?}", rig.http);
    assert!(!shown.contains("0123456789"), "{shown}");
}
