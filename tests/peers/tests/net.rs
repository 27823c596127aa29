//! The simulated peers on real sockets.

use glue_sim::argus::ArgusServer;
use glue_sim::net::{Conduct, serve_argus, serve_snmp, serve_zino, serve_zino_at};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::{NewCase, ZinoServer};
use sha1::{Digest, Sha1};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::time::Duration;

/// Longer than any of this takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(addr: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("somebody listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim_end_matches("\r\n").to_owned()
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("sent");
    }

    /// Reads one HTTP reply: its status, whether it was the last, and its body.
    fn reply(&mut self) -> (u16, bool, String) {
        let status = self.line().split(' ').nth(1).expect("a status").parse().expect("a number");
        let (mut length, mut is_last) = (0, false);
        loop {
            let line = self.line().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            is_last |= line == "connection: close";
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        (status, is_last, String::from_utf8(body).expect("UTF-8"))
    }
}

#[test]
fn a_zino_client_logs_in_ties_and_hears_of_a_case() {
    let zino = serve_zino(ZinoServer::new("glue", "secret"), 0, 0).expect("ports");
    let mut api = Client::connect(zino.api_addr());
    let greeting = api.line();
    let challenge = greeting.split(' ').nth(1).expect("a challenge");
    let digest: String =
        Sha1::digest(format!("{challenge} secret")).iter().map(|byte| format!("{byte:02x}")).collect();
    api.send(&format!("user glue {digest}\r\n"));
    assert_eq!(api.line(), "200 ok");
    let mut notify = Client::connect(zino.notify_addr());
    let nonce = notify.line();
    api.send(&format!("ntie {nonce}\r\n"));
    assert_eq!(api.line(), "200 ok");
    zino.with(|server, now| server.open_case(&NewCase::reachability("gw1"), now));
    assert_eq!(notify.line(), "1 state embryonic open");
    zino.down();
    assert_eq!(notify.line(), "Normal quit from client, closing down");
    assert_eq!((notify.line().as_str(), api.line().as_str()), ("", ""), "both are at their end");
    let refused = TcpStream::connect(zino.api_addr()).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(ErrorKind::ConnectionRefused));
    zino.up().expect("the same ports");
    assert!(Client::connect(zino.api_addr()).line().ends_with("Hello, there"));
}

#[test]
fn an_argus_client_sends_several_requests_on_one_connection() {
    let argus = serve_argus(ArgusServer::new("zino", "secret"), 0).expect("a port");
    let mut client = Client::connect(argus.addr());
    let body = r#"{"start_time":"2026-11-22T12:00:00Z","source_incident_id":"1","tags":[]}"#;
    let head = "HTTP/1.1\r\nHost: argus\r\nAuthorization: Token secret\r\n";
    let create = format!("POST /api/v2/incidents/ {head}Content-Length: {}\r\n\r\n{body}", body.len());
    client.send(&create);
    assert_eq!((client.reply().0, argus.with(|server, _| server.incidents().count())), (201, 1));
    client.send(&format!("GET /api/v2/incidents/mine/?count=1 {head}\r\n"));
    assert!(client.reply().2.starts_with(r#"{"count":1,"#));
    let mut conduct = Conduct::default();
    (conduct.keep_alive, conduct.delay) = (false, Duration::from_millis(20));
    argus.set_conduct(conduct);
    client.send(&create);
    let (status, is_last, _) = client.reply();
    assert_eq!((status, is_last, client.line().as_str()), (400, true, ""));
    assert_eq!(argus.requests(), 3);
}

#[test]
fn an_answer_that_is_cut_off_leaves_the_incident() {
    let argus = serve_argus(ArgusServer::new("zino", "secret"), 0).expect("a port");
    let mut conduct = Conduct::default();
    conduct.cut = true;
    argus.set_conduct(conduct);
    let mut client = Client::connect(argus.addr());
    let body = r#"{"start_time":"2026-11-22T12:00:00Z","tags":[]}"#;
    let length = body.len();
    client.send(&format!(
        "POST /api/v2/incidents/ HTTP/1.1\r\nAuthorization: Token secret\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    assert_eq!(client.line(), "");
    assert_eq!(argus.with(|server, _| server.incidents().count()), 1);
}

#[test]
fn an_snmp_client_gets_an_answer_until_the_agent_is_silent() {
    let agent = serve_snmp(SnmpAgent::new("public", 0), 0).expect("a port");
    let request =
        b"\x30\x2b\x02\x01\x01\x04\x06public\xa0\x1e\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x13\x30\x11\
        \x06\x0d\x2b\x06\x01\x04\x01\x92\x7c\x81\x02\x01\x01\x01\x00\x05\x00";
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.send_to(request, agent.addr()).expect("sent");
    let mut buffer = [0; 512];
    let (count, from) = socket.recv_from(&mut buffer).expect("an answer");
    assert_eq!((count, from, buffer[13]), (49, agent.addr(), 0xa2));
    agent.with(|agent, _| agent.set_answers(false));
    socket.send_to(request, agent.addr()).expect("sent");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    assert!(socket.recv_from(&mut buffer).is_err());
}

#[test]
fn a_recorder_notes_what_clients_ask_for_and_when() {
    let argus = serve_argus(ArgusServer::new("zino", "token"), 0).expect("a port");
    let ask = |path: &str| {
        let mut client = Client::connect(argus.addr());
        client.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}"));
        client.reply().0
    };
    ask("/before/");
    argus.record();
    let delay = Duration::from_millis(20);
    let mut conduct = Conduct::default();
    conduct.delay = delay;
    argus.set_conduct(conduct);
    assert_eq!((ask("/api/v2/incidents/mine/?count=1"), ask("/nowhere/")), (401, 404));
    let seen = argus.recorded(0);
    let brief: Vec<_> =
        seen.iter().map(|one| (one.method.as_str(), one.target.as_str(), one.status)).collect();
    assert_eq!(brief, [("GET", "/api/v2/incidents/mine/?count=1", 401), ("GET", "/nowhere/", 404)]);
    assert!(seen.iter().all(|one| one.body == b"{}" && one.answered >= one.arrived + delay));
    assert_eq!((argus.recorded(1).as_slice(), argus.recorded(3).len()), (&seen[1..], 0));
}

#[test]
fn a_recorder_notes_connections_and_commands_at_any_address() {
    let address = Ipv4Addr::new(127, 47, 11, 8);
    let zino = serve_zino_at(ZinoServer::new("glue", "secret"), address, 0, 0).expect("ports");
    zino.record();
    assert_eq!(zino.api_addr().ip(), address);
    let mut api = Client::connect(zino.api_addr());
    api.line();
    api.send("version\r\n");
    assert!(api.line().starts_with("200 "));
    let heard = zino.recorded(0);
    let bytes: Vec<_> = heard.iter().map(|one| one.bytes.as_slice()).collect();
    assert_eq!(bytes, [b"".as_slice(), b"version\r\n"]);
    assert!(heard[0].session == heard[1].session && heard[0].at <= heard[1].at);
    assert_eq!(zino.recorded(2), []);
}
