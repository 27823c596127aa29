//! Ports of the loopback, and their connections.

use super::lock;
use super::stage::Stage;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long reading or writing waits before it is looked whether it is still wanted.
const TICK: Duration = Duration::from_millis(100);

/// A port. Dropping it closes it with all its connections.
pub(super) struct Listener {
    addr: SocketAddr,
    stage: Arc<Stage>,
    streams: Arc<Mutex<Vec<Weak<TcpStream>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Opens a port; `serve` gets each connection in a thread of its own, and it is closed when that returns.
    pub(super) fn start(
        stage: &Arc<Stage>,
        serve: impl Fn(&TcpStream) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let streams: Arc<Mutex<Vec<Weak<TcpStream>>>> = Arc::default();
        let (for_thread, is_closed, serve) = (Arc::clone(&streams), Arc::clone(stage), Arc::new(serve));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_closed.is_closed() {
                    return;
                }
                let _ = stream.set_read_timeout(Some(TICK));
                let _ = stream.set_write_timeout(Some(TICK));
                let _ = stream.set_nodelay(true);
                let stream = Arc::new(stream);
                let mut streams = lock(&for_thread);
                streams.retain(|stream| stream.strong_count() > 0);
                streams.push(Arc::downgrade(&stream));
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(&stream));
            }
        });
        Ok(Self { addr, stage: Arc::clone(stage), streams, thread: Some(thread) })
    }

    /// Returns the port.
    pub(super) const fn port(&self) -> u16 {
        self.addr.port()
    }

    /// Cuts all connections.
    pub(super) fn cut(&self) {
        for stream in lock(&self.streams).drain(..).filter_map(|stream| stream.upgrade()) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stage.close();
        self.cut();
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.addr);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
