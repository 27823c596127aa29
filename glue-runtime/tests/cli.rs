//! The built program, as people meet it.

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
const TOKEN: &str = "hush-token-4711";
const SECRET: &str = "hush-secret-4711";

/// A directory of its own, gone at the end of the test.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("zinoargus-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).expect("the system plays along");
        Self(dir)
    }

    fn with_config(text: &str) -> Self {
        let dir = Self::new();
        fs::write(dir.0.join("zinoargus.toml"), text).expect("the system plays along");
        dir
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zinoargus"));
        command
            .args(args)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the system plays along")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn config(zino: u16, argus: u16) -> String {
    format!(
        "[argus]\nurl = \"http://127.0.0.1:{argus}/api/v2/\"\ntoken = \"{TOKEN}\"\n\
         [zino]\nserver = \"127.0.0.1\"\nport = {zino}\nnotify_port = {zino}\nuser = \"glue\"\nsecret = \"{SECRET}\"\n"
    )
}

/// A port that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .expect("the system plays along")
        .local_addr()
        .expect("the system plays along")
        .port()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the system plays along")
}

#[test]
fn b1_help_and_version_go_to_standard_output() {
    let dir = Dir::new();
    for flag in ["-h", "--help"] {
        let output = dir.run(&[flag]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        for word in ["--verbose", "-c, --config-file <CONFIG_FILE>", "--accept-state-loss", "check"] {
            assert!(text.contains(word), "{text}");
        }
    }
    let output = dir.run(&["-V"]);
    assert_eq!(output.status.code(), Some(0));
    let version = concat!("zinoargus ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}

#[test]
fn b2_a_wrong_command_line_is_2() {
    let dir = Dir::new();
    for args in [&["--no-such-flag"][..], &["no-such-command"], &["-c"]] {
        let output = dir.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn b2_a_configuration_that_is_missing_or_unreadable_is_78() {
    let dir = Dir::new();
    for args in [&[][..], &["-c", "elsewhere.toml"], &["-c", "."]] {
        let output = dir.run(args);
        assert_eq!(output.status.code(), Some(78), "{args:?}");
        let file = args.get(1).unwrap_or(&"zinoargus.toml");
        assert!(stderr(&output).starts_with(&format!("{file}: ")), "{}", stderr(&output));
    }
    fs::write(dir.0.join("zinoargus.toml"), b"\xff").unwrap();
    let output = dir.run(&[]);
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).starts_with("zinoargus.toml:1: not UTF-8"), "{}", stderr(&output));
}

#[test]
fn b3_every_error_of_the_configuration_is_a_line_of_its_own() {
    let text = format!(
        "[argus]\nurll = \"http://a\"\ntoken = \"{TOKEN}\"\n[zino]\nport = 0\nuser = \"\"\nsecret = 5\n"
    );
    let dir = Dir::with_config(&text);
    let output = dir.run(&["-vvv"]);
    assert_eq!(output.status.code(), Some(78));
    let text = stderr(&output);
    let expected = [
        "zinoargus.toml:1: argus.url: missing; ",
        "zinoargus.toml:2: argus.urll: unknown key; did you mean url?",
        "zinoargus.toml:4: zino.server: missing; ",
        "zinoargus.toml:5: zino.port: 0 is out of range; ",
        "zinoargus.toml:6: zino.user: empty; ",
        "zinoargus.toml:7: zino.secret: a whole number stands here; a text in quotes",
    ];
    assert_eq!(text.lines().count(), expected.len(), "{text}");
    for (line, expected) in text.lines().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

/// The daemon, running; killed at the end of the test if it is still there.
struct Daemon(Child);

impl Daemon {
    fn start(dir: &Dir, args: &[&str]) -> Self {
        Self(dir.command(args).spawn().expect("the system plays along"))
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.0.id().to_string()])
            .status()
            .expect("the system plays along");
        assert!(status.success());
    }

    /// Waits for the end; returns the status, how long that took, and what was logged.
    fn end(mut self) -> (Option<i32>, Duration, String) {
        let start = Instant::now();
        let status = until(|| self.0.try_wait().expect("the system plays along"));
        let took = start.elapsed();
        let mut log = String::new();
        self.0
            .stderr
            .take()
            .expect("the system plays along")
            .read_to_string(&mut log)
            .expect("the system plays along");
        (status.code(), took, log)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the daemon connects: from then on it certainly listens to signals.
fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("the system plays along");
    until(|| match listener.accept() {
        Ok((stream, _)) => Some(stream),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        Err(error) => panic!("{error}"),
    })
}

#[test]
fn b2_sigterm_and_sigint_end_within_two_seconds_while_a_server_keeps_silent() {
    for signal in ["TERM", "INT"] {
        let zino = TcpListener::bind("127.0.0.1:0").unwrap();
        let dir = Dir::with_config(&config(zino.local_addr().unwrap().port(), closed_port()));
        let daemon = Daemon::start(&dir, &[]);
        let _silent = accept(&zino);
        daemon.signal(signal);
        let (status, took, _) = daemon.end();
        assert_eq!(status, Some(0), "{signal}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn b2_sigterm_ends_within_two_seconds_while_zino_is_away_and_argus_keeps_silent() {
    let argus = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = Dir::with_config(&config(closed_port(), argus.local_addr().unwrap().port()));
    let daemon = Daemon::start(&dir, &["-v"]);
    let _silent = accept(&argus);
    daemon.signal("HUP");
    daemon.signal("TERM");
    let (status, took, log) = daemon.end();
    assert_eq!(status, Some(0), "{log}");
    assert!(took < Duration::from_secs(2), "{took:?}\n{log}");
    assert!(log.lines().count() > 1, "{log}");
}

#[test]
fn b52_credentials_that_are_refused_twice_end_the_daemon_with_77() {
    let refused = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"detail\":\"Invalid token.\"}";
    let argus = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = Dir::with_config(&config(closed_port(), argus.local_addr().unwrap().port()));
    // Every connection brings one request, because the server says nothing of keeping it.
    let answer = refused.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    serve(argus, vec![vec![String::new(), answer]; 100]);
    let daemon = Daemon::start(&dir, &["-v"]);
    let (status, took, log) = daemon.end();
    assert_eq!(status, Some(77), "{log}");
    assert!(took > Duration::from_secs(9), "{took:?}");
    assert!(log.contains("Invalid token."), "{log}");
}

#[test]
fn b4_not_even_the_fullest_log_shows_a_secret() {
    let zino = TcpListener::bind("127.0.0.1:0").unwrap();
    let argus = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [&zino, &argus].map(|listener| listener.local_addr().unwrap().port());
    let dir = Dir::with_config(&config(ports[0], ports[1]));
    let daemon = Daemon::start(&dir, &["-vvv"]);
    let _zino = accept(&zino);
    daemon.signal("TERM");
    let (_, _, log) = daemon.end();
    assert!(!log.is_empty());
    assert!(!log.contains(TOKEN) && !log.contains(SECRET), "{log}");
}

/// Answers each connection in turn with what its script says: bytes to send at first, then one answer per line that
/// comes in, the last of them for good.
fn serve(listener: TcpListener, scripts: Vec<Vec<String>>) {
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

/// The two ports of a Zino server that answers the login and the tie as told; the rest is what the real one says.
fn serve_zino(login: &str, tie: &str) -> (u16, u16) {
    let [api, notify] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there is a port"));
    let ports = [&api, &notify].map(|listener| listener.local_addr().expect("it has an address").port());
    let nonce = "0123456789abcdef0123456789abcdef01234567";
    let script = [format!("200 {nonce} Hello, there\r\n"), format!("{login}\r\n"), format!("{tie}\r\n")];
    serve(api, vec![script.to_vec()]);
    serve(notify, vec![vec![format!("{nonce}\r\n")]]);
    (ports[0], ports[1])
}

fn serve_argus(status: &str, body: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has an address").port();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    serve(listener, vec![vec![String::new(), answer]]);
    port
}

fn check(zino: (u16, u16), argus: u16) -> (Option<i32>, String) {
    let config = config(zino.0, argus)
        .replace(&format!("notify_port = {}", zino.0), &format!("notify_port = {}", zino.1));
    let dir = Dir::with_config(&config);
    let output = dir.run(&["check", "-vvv"]);
    let (text, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for shown in [&text, &log] {
        assert!(!shown.contains(TOKEN) && !shown.contains(SECRET), "{shown}");
    }
    (output.status.code(), text.into_owned())
}

const COUNT: &str = "{\"count\":3,\"params\":{\"open\":[\"true\"]}}";

#[test]
fn b2_check_is_0_when_both_servers_take_us() {
    let (status, text) = check(serve_zino("200 ok", "200 ok"), serve_argus("200 OK", COUNT));
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("ok: logged in as glue, notifications are tied"), "{text}");
    assert!(text.contains("ok: the token is accepted, 3 incidents are open"), "{text}");
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn b2_check_is_77_when_a_server_refuses_us() {
    let refused = "{\"detail\":\"Invalid token.\"}";
    let (status, text) = check(serve_zino("200 ok", "200 ok"), serve_argus("401 Unauthorized", refused));
    assert_eq!(status, Some(77), "{text}");
    assert!(text.contains("REFUSED: 401") && text.contains("Invalid token."), "{text}");
    let zino = serve_zino("500 User unknown", "200 ok");
    let (status, text) = check(zino, closed_port());
    assert_eq!(status, Some(77), "{text}");
    assert!(text.contains("REFUSED: the login of glue was refused"), "{text}");
}

#[test]
fn b2_check_is_75_when_a_server_is_away_or_is_another_one() {
    let (status, text) = check((closed_port(), closed_port()), serve_argus("200 OK", COUNT));
    assert_eq!(status, Some(75), "{text}");
    assert!(text.contains("FAILED: API port: connection refused"), "{text}");
    let (status, text) = check(serve_zino("200 ok", "500 no"), serve_argus("404 Not Found", "<html>"));
    assert_eq!(status, Some(75), "{text}");
    assert!(
        text.contains("FAILED: notifications could not be tied") && text.contains("FAILED: 404"),
        "{text}"
    );
}

#[test]
fn b2_check_gives_up_on_a_server_that_keeps_silent() {
    let argus = TcpListener::bind("127.0.0.1:0").unwrap();
    let config =
        config(closed_port(), argus.local_addr().unwrap().port()).replace("[zino]", "timeout = 0.1\n[zino]");
    let config =
        config + "[failover]\nprimary_server = \"127.0.0.1\"\nping_timeout = 0.1\nprimary_snmp_port = ";
    let agent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let dir = Dir::with_config(&format!("{config}{}\n", agent.local_addr().unwrap().port()));
    let output = dir.run(&["check"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(75), "{text}");
    assert_eq!(text.matches("FAILED: no answer within 0.100 s").count(), 2, "{text}");
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn b51_the_proxy_of_the_environment_is_used_in_capitals_or_not_but_for_no_proxy() {
    let config = config(closed_port(), 80).replace("127.0.0.1:80", "argus.invalid");
    let dir = Dir::with_config(&config);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let proxy = format!("http://127.0.0.1:{}", serve_argus("200 OK", COUNT));
        let output = dir.command(&["check"]).env(name, proxy).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("the token is accepted, 3 incidents are open"), "{name}: {text}");
    }
    let output =
        dir.command(&["check"]).env("HTTP_PROXY", "http://127.0.0.1:9").env("NO_PROXY", ".invalid").output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(text.contains("FAILED: the name does not resolve"), "{text}");
    let output = dir.command(&["check"]).env("ALL_PROXY", "socks5://127.0.0.1:9").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).contains("neither an http nor an https proxy"), "{}", stderr(&output));
}

/// An Argus behind TLS, with a certificate that nobody has signed; returns its port and the certificate.
fn serve_tls(answer: &'static str) -> (u16, String) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([String::from("localhost")]).expect("it can be made");
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
            let mut lines = io::BufReader::new(StreamOwned::new(connection, stream));
            if lines.read_line(&mut String::new()).is_ok() {
                let _ = lines.get_mut().write_all(answer.as_bytes());
                let _ = lines.read_line(&mut String::new());
            }
        }
    });
    (port, cert.pem())
}

#[test]
fn b51_ssl_cert_file_makes_a_server_trusted_that_the_system_does_not_know() {
    let (port, certificate) = serve_tls("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"count\":3}");
    let config = config(closed_port(), port).replace("http://127.0.0.1", "https://localhost");
    let dir = Dir::with_config(&config);
    fs::write(dir.0.join("root.pem"), certificate).unwrap();
    let text = |output: Output| String::from_utf8(output.stdout).unwrap();
    let without = text(dir.run(&["check"]));
    assert!(without.contains("FAILED: the TLS handshake failed"), "{without}");
    let with = text(dir.command(&["check"]).env("SSL_CERT_FILE", "root.pem").output().unwrap());
    assert!(with.contains("the token is accepted"), "{with}");
}
