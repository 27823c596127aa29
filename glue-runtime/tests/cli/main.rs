//! The built program, as people meet it.

mod check;
mod log;
mod secrets;
mod servers;
mod watch;

use servers::serve;
use std::fs;
use std::io::{self, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
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
        command.args(args);
        self.prepare(command)
    }

    /// The program with a limit of its open files.
    fn limited(&self, limit: u32, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_zinoargus")]).args(args);
        self.prepare(command)
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.current_dir(&self.0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        for name in ["ZINOARGUS_ARGUS_TOKEN", "ZINOARGUS_ZINO_SECRET", "CREDENTIALS_DIRECTORY"] {
            command.env_remove(name);
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
        "zinoargus.toml:2: argus.urll: unknown key; did you mean argus.url?",
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

#[test]
fn section9_check_config_judges_without_asking_anybody() {
    let dir = Dir::with_config(&config(closed_port(), closed_port()));
    let output = dir.run(&["check-config"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("zinoargus.toml: ok\n"), "{text}");

    let dir = Dir::with_config("[argus]\nurll = 1\ntoken = \"x\"\n[zino]\nserver = \"a\"\n");
    let output = dir.run(&["check-config"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), text.lines().count()), (Some(78), 4), "{text}");
    assert!(text.starts_with("zinoargus.toml:1: argus.url: missing; "), "{text}");
    let output = dir.run(&["check-config", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["schema"], &json["ok"]), (Some(78), &1.into(), &false.into()));
    assert_eq!((&json["errors"][1]["key"], &json["errors"][1]["line"]), (&"argus.urll".into(), &2.into()));

    let missing = config(closed_port(), closed_port())
        .replace("token =", "ca_file = \"no.pem\"\ntoken =")
        .replace("http:", "https:");
    let output = Dir::with_config(&missing).run(&["check-config"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stdout).contains("argus.ca_file: no.pem: "));
}

#[test]
fn section9_status_says_why_the_daemon_cannot_be_asked() {
    let plain = config(closed_port(), closed_port());
    let output = Dir::with_config(&plain).run(&["status"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).contains("status.listen: missing"), "{}", stderr(&output));
    let nobody = format!("{plain}[status]\nlisten = \"127.0.0.1:{}\"\n", closed_port());
    for args in [&["status"][..], &["status", "--health"]] {
        let output = Dir::with_config(&nobody).run(args);
        assert_eq!(output.status.code(), Some(75));
        assert!(stderr(&output).contains("Connection refused"), "{}", stderr(&output));
    }
}

#[test]
fn section9_status_shows_what_the_running_daemon_says() {
    let status = format!("[status]\nlisten = \"0.0.0.0:{}\"\n", closed_port());
    let dir = Dir::with_config(&(config(closed_port(), closed_port()) + &status));
    let _daemon = Daemon::start(&dir, &[]);
    until(|| (dir.run(&["status", "--health"]).status.code() == Some(0)).then_some(()));
    let output = dir.run(&["status"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("ACTIVE, NOT READY\n  there is no session with Zino\n"), "{text}");
    let output = dir.run(&["status", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["schema"], &json["status"]["mode"]), (&1.into(), &"active".into()));
}

#[test]
fn b70_a_socket_in_the_file_system_is_served_and_one_that_was_left_over_is_replaced() {
    let status = "[status]\nlisten = \"unix:status.sock\"\n";
    let dir = Dir::with_config(&(config(closed_port(), closed_port()) + status));
    for _ in 0..2 {
        // Killed at the end of the round: its socket stays.
        let _daemon = Daemon::start(&dir, &[]);
        until(|| (dir.run(&["status", "--health"]).status.code() == Some(0)).then_some(()));
        let second = dir.run(&[]);
        assert_eq!(second.status.code(), Some(71), "{}", stderr(&second));
        let expected = "status.listen: cannot listen on unix:status.sock: Address already in use";
        assert!(stderr(&second).contains(expected), "{}", stderr(&second));
    }
    assert_eq!(dir.run(&["status"]).status.code(), Some(75));
    fs::remove_file(dir.0.join("status.sock")).unwrap();
    fs::write(dir.0.join("status.sock"), "a file of somebody").unwrap();
    assert_eq!(dir.run(&[]).status.code(), Some(71));
    assert_eq!(fs::read(dir.0.join("status.sock")).unwrap(), b"a file of somebody");
}

#[test]
fn b6_too_few_descriptors_are_71_with_the_words_of_the_system() {
    let dir = Dir::with_config(&config(closed_port(), closed_port()));
    for limit in 4..=16 {
        for command in [&[][..], &["check"]] {
            let output = dir.limited(limit, command).output().unwrap();
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(71), "{limit}: {text}");
            assert!(text.ends_with("Too many open files (os error 24)\n"), "{limit}: {text}");
            assert!(!text.contains("panicked"), "{limit}: {text}");
        }
    }
    let output = dir.limited(32, &["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
}

#[test]
fn b70_a_port_that_is_taken_is_71_with_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for key in ["listen", "health_listen"] {
        let status = format!("[status]\n{key} = \"{address}\"\n");
        let dir = Dir::with_config(&(config(closed_port(), closed_port()) + &status));
        let output = dir.run(&[]);
        assert_eq!(output.status.code(), Some(71), "{}", stderr(&output));
        let expected = format!("status.{key}: cannot listen on {address}: Address already in use");
        assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
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
