//! Servers that say what a test tells them to say.

use crate::PATIENCE;
use rcgen::{BasicConstraints, IsCa};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

/// Answers each connection in turn with what its script says: bytes to send at first, then one answer per line that
/// comes in, the last of them for good.
pub(crate) fn serve(listener: TcpListener, scripts: Vec<Vec<String>>) {
    std::thread::spawn(move || {
        // Connections stay open until all scripts have been played.
        let mut played = Vec::new();
        for script in scripts {
            let Ok((stream, _)) = listener.accept() else { return };
            let mut lines = io::BufReader::new(stream);
            for (index, answer) in script.iter().enumerate() {
                if index > 0 && lines.read_line(&mut String::new()).unwrap_or(0) == 0 {
                    return;
                }
                if lines.get_mut().write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            played.push(lines);
        }
        std::thread::sleep(PATIENCE);
    });
}

const NO_CASES: &str = "304 list of active cases follows, terminated with '.'\r\n.\r\n";

/// The two ports of a Zino server that answers the login and the tie as told; the rest is what the real one says.
pub(crate) fn serve_zino(login: &str, tie: &str) -> (u16, u16) {
    let [api, notify] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there is a port"));
    let ports = [&api, &notify].map(|listener| listener.local_addr().expect("it has an address").port());
    let nonce = "0123456789abcdef0123456789abcdef01234567";
    let [greeting, login, tie] =
        [format!("200 {nonce} Hello, there\r\n"), format!("{login}\r\n"), format!("{tie}\r\n")];
    std::thread::spawn(move || {
        let Ok((stream, _)) = api.accept() else { return };
        let mut lines = io::BufReader::new(stream);
        let mut line = String::new();
        let mut answer = greeting.as_str();
        while lines.get_mut().write_all(answer.as_bytes()).is_ok() {
            line.clear();
            if lines.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            answer = match line.split_whitespace().next() {
                Some("user") => login.as_str(),
                Some("ntie") => tie.as_str(),
                _ => NO_CASES,
            };
        }
    });
    serve(notify, vec![vec![format!("{nonce}\r\n")]]);
    (ports[0], ports[1])
}

pub(crate) fn serve_argus(status: &str, body: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has an address").port();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    serve_http(listener, answer);
    port
}

/// Answers each request about incidents with the same, and a GET of the heartbeat as Argus does.
fn serve_http(listener: TcpListener, answer: String) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let answer = answer.clone();
            std::thread::spawn(move || answer_all(io::BufReader::new(stream), &answer));
        }
    });
}

/// Answers the requests on one connection, until it ends.
fn answer_all<S: io::Read + io::Write>(mut lines: io::BufReader<S>, answer: &str) {
    let mut is_heartbeat = false;
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap_or(0) > 0 {
        is_heartbeat |= line.contains("/heartbeat/");
        if line == "\r\n" {
            let answer = if is_heartbeat {
                "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
            } else {
                answer
            };
            if lines.get_mut().write_all(answer.as_bytes()).is_err() {
                return;
            }
            is_heartbeat = false;
        }
        line.clear();
    }
}

/// An Argus behind TLS, with a certificate of `localhost` that has signed itself, as a CA and with the dates in years;
/// returns its port and the certificate.
pub(crate) fn serve_tls(answer: &'static str, is_ca: bool, years: [i32; 2]) -> (u16, String) {
    let mut params = rcgen::CertificateParams::new([String::from("localhost")]).expect("it is a name");
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
    let [begin, end] = years.map(|year| rcgen::date_time_ymd(year, 1, 1));
    (params.not_before, params.not_after) = (begin, end);
    let signing_key = rcgen::KeyPair::generate().expect("it can be made");
    let cert = params.self_signed(&signing_key).expect("it can be made");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("it is a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("there are versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("they fit");
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has an address").port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let Ok(stream) = stream else { return };
            let stream = io::BufReader::new(StreamOwned::new(connection, stream));
            std::thread::spawn(move || answer_all(stream, answer));
        }
    });
    (port, cert.pem())
}
