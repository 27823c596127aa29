//! A TCP port that can be opened and closed again.

use super::lock;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

type OnConnect = Arc<dyn Fn(TcpStream) + Send + Sync>;

/// The port. While it is closed, connecting to it is refused.
pub(super) struct Listener {
    addr: SocketAddr,
    on_connect: OnConnect,
    open: Mutex<Option<Open>>,
}

struct Open {
    running: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Listener {
    /// Opens a port of the loopback; `on_connect` gets each connection, on the listener's thread.
    pub(super) fn start(
        port: u16,
        on_connect: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_at(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), on_connect)
    }

    /// Opens a port of any address.
    pub(super) fn start_at(
        addr: SocketAddrV4,
        on_connect: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        let on_connect: OnConnect = Arc::new(on_connect);
        let open = Mutex::new(Some(accept(listener, Arc::clone(&on_connect))));
        Ok(Self { addr, on_connect, open })
    }

    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Closes the port. Connections that exist are left alone.
    pub(super) fn close(&self) {
        let Some(open) = lock(&self.open).take() else { return };
        open.running.store(false, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.addr);
        let _ = open.thread.join();
    }

    /// Opens the port again.
    pub(super) fn reopen(&self) -> io::Result<()> {
        let mut open = lock(&self.open);
        if open.is_none() {
            *open = Some(accept(TcpListener::bind(self.addr)?, Arc::clone(&self.on_connect)));
        }
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}

fn accept(listener: TcpListener, on_connect: OnConnect) -> Open {
    let running = Arc::new(AtomicBool::new(true));
    let is_running = Arc::clone(&running);
    let thread = thread::spawn(move || {
        for stream in listener.incoming() {
            if !is_running.load(Ordering::SeqCst) {
                break;
            }
            if let Ok(stream) = stream {
                on_connect(stream);
            }
        }
    });
    Open { running, thread }
}
