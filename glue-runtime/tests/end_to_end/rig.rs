//! The built program with its configuration, and patience.

use glue_sim::argus::ArgusServer;
use glue_sim::net::{ArgusNet, ZinoNet, serve_argus, serve_zino};
use glue_sim::zino::ZinoServer;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The daemon's user in Zino.
pub(crate) const USER: &str = "glue";
/// The daemon's source in Argus.
pub(crate) const SOURCE: &str = "zino";
/// What must never be seen.
pub(crate) const TOKEN: &str = "hush-token-4711";
/// What must never be seen, either.
pub(crate) const SECRET: &str = "hush-secret-4711";

/// Starts a Zino.
pub(crate) fn zino() -> ZinoNet {
    serve_zino(ZinoServer::new(USER, SECRET), 0, 0).expect("there are ports")
}

/// Starts an Argus.
pub(crate) fn argus() -> ArgusNet {
    serve_argus(ArgusServer::new(SOURCE, TOKEN), 0).expect("there is a port")
}

/// Asks until it holds.
///
/// # Panics
///
/// It takes too long.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it takes too long: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Everything that was written so far, to either output.
type Output = Arc<Mutex<Vec<u8>>>;

/// The daemon, running; killed at the end of the test if it is still there.
pub(crate) struct Daemon {
    child: Child,
    output: Output,
    readers: Vec<JoinHandle<()>>,
    dir: PathBuf,
}

/// How the daemon ended.
pub(crate) struct Ended {
    /// The exit status.
    pub(crate) status: Option<i32>,
    /// How long it took, from the moment at which it was waited for.
    pub(crate) took: Duration,
    /// Everything that it has written.
    pub(crate) output: String,
}

impl Daemon {
    /// Starts the program as it was built.
    pub(crate) fn start(zino: &ZinoNet, argus: &ArgusNet, args: &[&str]) -> Self {
        let (mut daemon, stderr) = Self::start_unread(zino, argus, args);
        daemon.read(stderr);
        daemon
    }

    /// Starts the program with something more in its configuration.
    pub(crate) fn start_with(extra: &str, zino: &ZinoNet, argus: &ArgusNet, args: &[&str]) -> Self {
        let (mut daemon, stderr) = Self::spawn(&(configuration(zino, argus) + extra), args);
        daemon.read(stderr);
        daemon
    }

    /// Starts the program with a standard error that nobody reads: what it writes there fills the pipe.
    pub(crate) fn start_unread(zino: &ZinoNet, argus: &ArgusNet, args: &[&str]) -> (Self, ChildStderr) {
        Self::spawn(&configuration(zino, argus), args)
    }

    /// Starts the program with variables in its environment.
    pub(crate) fn start_in(
        environment: &[(&str, &str)],
        zino: &ZinoNet,
        argus: &ArgusNet,
        args: &[&str],
    ) -> Self {
        let (mut daemon, stderr) = Self::spawn_in(environment, &configuration(zino, argus), args);
        daemon.read(stderr);
        daemon
    }

    /// Starts the program with a configuration and other files beside it.
    pub(crate) fn start_beside(files: &[(&str, &str)], configuration: &str, args: &[&str]) -> Self {
        let dir = folder();
        for (name, text) in files {
            write(&dir, name, text);
        }
        let (mut daemon, stderr) = Self::spawn_at(dir, &[], configuration, args);
        daemon.read(stderr);
        daemon
    }

    /// Replaces a file beside the configuration, or the configuration itself, as a whole.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        write(&self.dir, "new", text);
        fs::rename(self.dir.join("new"), self.dir.join(name)).expect("the system plays along");
    }

    fn spawn(configuration: &str, args: &[&str]) -> (Self, ChildStderr) {
        Self::spawn_in(&[], configuration, args)
    }

    fn spawn_in(environment: &[(&str, &str)], configuration: &str, args: &[&str]) -> (Self, ChildStderr) {
        Self::spawn_at(folder(), environment, configuration, args)
    }

    fn spawn_at(
        dir: PathBuf,
        environment: &[(&str, &str)],
        configuration: &str,
        args: &[&str],
    ) -> (Self, ChildStderr) {
        write(&dir, "zinoargus.toml", configuration);
        let mut command = Command::new(env!("CARGO_BIN_EXE_zinoargus"));
        command.args(args).current_dir(&dir).stdin(Stdio::null());
        for name in ["HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.envs(environment.iter().copied());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the system plays along");
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut daemon = Self { child, output: Output::default(), readers: Vec::new(), dir };
        daemon.read(stdout.expect("it is a pipe"));
        (daemon, stderr.expect("it is a pipe"))
    }

    /// Returns the folder that the program runs in, with its configuration.
    pub(crate) fn folder(&self) -> &Path {
        &self.dir
    }

    /// Reads a pipe of the program from now on.
    pub(crate) fn read(&mut self, pipe: impl Read + Send + 'static) {
        self.readers.push(collect(pipe, Arc::clone(&self.output)));
    }

    /// Returns everything that was written so far.
    pub(crate) fn output(&self) -> String {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Waits until this was written.
    pub(crate) fn until_written(&self, text: &str) {
        until(text, || self.output().contains(text));
    }

    /// Sets how many files it may have open from now on.
    pub(crate) fn limit_files(&self, limit: u32) {
        let (id, limit) = (self.child.id().to_string(), format!("--nofile={limit}:"));
        let status = Command::new("prlimit").args(["--pid", &id, &limit]).status();
        assert!(status.expect("util-linux is installed").success());
    }

    /// Returns the id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.expect("the system plays along").success());
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn terminate(self) -> Ended {
        self.signal("TERM");
        self.end()
    }

    /// Ends it without giving it a chance to say anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is still there");
        self.child.wait().expect("it is a child");
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        let start = Instant::now();
        let mut status = None;
        until("the end", || {
            status = self.child.try_wait().expect("the system plays along");
            status.is_some()
        });
        let took = start.elapsed();
        for reader in self.readers.drain(..) {
            reader.join().expect("it does not panic");
        }
        Ended { status: status.and_then(|status| status.code()), took, output: self.output() }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
        if thread::panicking() {
            eprint_output(&self.output());
        }
    }
}

/// Shows what the daemon said in a test that has failed.
#[expect(clippy::print_stderr, reason = "the harness collects what a test prints")]
fn eprint_output(output: &str) {
    eprintln!("--- the daemon said:\n{output}---");
}

fn collect(mut pipe: impl Read + Send + 'static, output: Output) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            output.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        }
    })
}

/// Makes a folder for a daemon.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("zinoargus-e2e-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(name);
    fs::create_dir(&dir).expect("the system plays along");
    dir
}

fn write(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).expect("the system plays along");
}

/// The configuration of a daemon between two servers.
pub(crate) fn configuration(zino: &ZinoNet, argus: &ArgusNet) -> String {
    format!(
        r#"[argus]
url = "http://{}/api/v2"
token = "{TOKEN}"
write_timeout = 2
[zino]
server = "127.0.0.1"
port = {}
notify_port = {}
user = "{USER}"
secret = "{SECRET}"
[sync]
acknowledge.setstate = "working"
ticket.enable = true
refresh_interval = 0.5
"#,
        argus.addr(),
        zino.api_addr().port(),
        zino.notify_addr().port(),
    )
}
