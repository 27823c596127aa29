//! The program under test: started, watched and ended.

use super::{lock, proc, until};
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long an answer to `/healthz` is waited for.
const HEALTH_PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two such questions.
const HEALTH_PAUSE: Duration = Duration::from_millis(100);

/// The running program; killed at the end if it is still there.
pub(super) struct Program {
    child: Child,
    log: Arc<Mutex<Vec<u8>>>,
    threads: Vec<JoinHandle<()>>,
    watch: Arc<Watch>,
    dir: PathBuf,
}

/// How promptly `/healthz` is answered.
#[derive(Default)]
struct Watch {
    ended: AtomicBool,
    /// How many answers there were, and the longest wait for one, in microseconds.
    answers: AtomicU64,
    longest: AtomicU64,
}

impl Program {
    /// Starts it in a folder of its own, with a configuration to which the status is added.
    pub(super) fn start(binary: &Path, configuration: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("adversary-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir)?;
        let socket = dir.join("status");
        let status = format!("\n[status]\nlisten = \"unix:{}\"\n", socket.display());
        let file = dir.join("zinoargus.toml");
        fs::write(&file, format!("{configuration}{status}"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let mut command = Command::new(binary);
        command.arg("-v").current_dir(&dir).stdin(Stdio::null());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env_remove("JOURNAL_STREAM").env_remove("NOTIFY_SOCKET");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let (log, watch) = (Arc::default(), Arc::default());
        let mut threads = Vec::new();
        if let Some(pipe) = child.stderr.take() {
            threads.push(collect(pipe, Arc::clone(&log)));
        }
        let for_thread = Arc::clone(&watch);
        threads.push(thread::spawn(move || keep_asking(&socket, &for_thread)));
        Ok(Self { child, log, threads, watch, dir })
    }

    /// Returns everything that was logged so far.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&lock(&self.log)).into_owned()
    }

    /// Tells whether this was logged.
    pub(super) fn has_logged(&self, text: &str) -> bool {
        self.log().contains(text)
    }

    /// Returns the processor time that it has had so far.
    pub(super) fn processor_time(&self) -> Duration {
        proc::processor_time(self.child.id()).unwrap_or_default()
    }

    /// Returns the most memory that it had at once so far, in KiB.
    pub(super) fn peak_kib(&self) -> u64 {
        proc::peak_kib(self.child.id()).unwrap_or_default()
    }

    /// Returns the longest wait for an answer to `/healthz`; `None` if there never was one.
    pub(super) fn longest_wait(&self) -> Option<Duration> {
        let answered = self.watch.answers.load(Ordering::SeqCst) > 0;
        answered.then(|| Duration::from_micros(self.watch.longest.load(Ordering::SeqCst)))
    }

    /// Returns its exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end; returns how long that took, `None` if it does not within this time.
    pub(super) fn terminate(&mut self, patience: Duration) -> Option<Duration> {
        self.watch.ended.store(true, Ordering::SeqCst);
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        until(patience, || self.ended().is_some())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.watch.ended.store(true, Ordering::SeqCst);
        let _ = self.child.kill();
        let _ = self.child.wait();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn collect(mut pipe: impl Read + Send + 'static, log: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            lock(&log).extend_from_slice(buffer.get(..count).unwrap_or_default());
        }
    })
}

/// Asks whether the loop turns, over and over, and notes how long the answers take.
fn keep_asking(socket: &Path, watch: &Watch) {
    while !watch.ended.load(Ordering::SeqCst) {
        let asked = Instant::now();
        let outcome = ask(socket);
        let waited = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        // At its start and after its end nobody listens; whoever listens must answer.
        let counts = match outcome {
            Ok(is_well) => is_well || waited > 1_000_000,
            Err(error) => {
                error.kind() == io::ErrorKind::TimedOut || error.kind() == io::ErrorKind::WouldBlock
            }
        };
        if counts && !watch.ended.load(Ordering::SeqCst) {
            watch.answers.fetch_add(1, Ordering::SeqCst);
            watch.longest.fetch_max(waited, Ordering::SeqCst);
        }
        thread::sleep(HEALTH_PAUSE);
    }
}

/// Asks once.
fn ask(socket: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(HEALTH_PATIENCE))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: status\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
