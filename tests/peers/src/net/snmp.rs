//! An SNMP agent on a UDP port.

use super::{lock, unix_now};
use crate::snmp::SnmpAgent;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A running agent.
pub struct SnmpNet {
    agent: Arc<Mutex<SnmpAgent>>,
    addr: SocketAddr,
    running: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Serves an agent on the loopback. Port 0 lets the system choose.
///
/// # Errors
/// The port is taken.
pub fn serve_snmp(agent: SnmpAgent, port: u16) -> io::Result<SnmpNet> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
    let addr = socket.local_addr()?;
    let agent = Arc::new(Mutex::new(agent));
    let running = Arc::new(AtomicBool::new(true));
    let (shared, is_running) = (Arc::clone(&agent), Arc::clone(&running));
    let thread = thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while is_running.load(Ordering::SeqCst) {
            let Ok((count, from)) = socket.recv_from(&mut buffer) else { continue };
            let answer = lock(&shared).answer(&buffer[..count], unix_now());
            if let Some(answer) = answer {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    Ok(SnmpNet { agent, addr, running, thread: Some(thread) })
}

impl SnmpNet {
    /// Returns the address.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Does something with the agent, at the given Unix seconds.
    pub fn with<T>(&self, action: impl FnOnce(&mut SnmpAgent, i64) -> T) -> T {
        action(&mut lock(&self.agent), unix_now())
    }
}

impl Drop for SnmpNet {
    fn drop(&mut self) {
        self.running.store(false, Ordering::SeqCst);
        // Wakes the thread, which waits for a datagram.
        let woken =
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.send_to(b"", self.addr));
        if let Some(thread) = self.thread.take().filter(|_| woken.is_ok()) {
            let _ = thread.join();
        }
    }
}
