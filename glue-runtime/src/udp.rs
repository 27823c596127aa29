//! One SNMP probe: a fresh socket, one datagram, and whatever comes back (behaviour B60, B65).

use crate::event::{Event, Events};
use crate::net::{self, Fault};
use bytes::Bytes;
use glue_proto::daemon::ProbeId;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// No datagram is larger.
const LARGEST_DATAGRAM: usize = 65_535;

/// A probe under way. Dropping it closes its socket.
#[derive(Debug)]
pub struct Probe {
    task: JoinHandle<()>,
}

impl Probe {
    /// Resolves the host and sends the datagram to the first address that a way is known to.
    ///
    /// Every datagram that this address sends back becomes an event, a failure ends the probe with one. Must be called
    /// inside a Tokio runtime.
    #[must_use]
    pub fn send(probe: ProbeId, host: String, port: u16, datagram: Vec<u8>, events: Events) -> Self {
        let task = tokio::spawn(async move {
            if let Err(fault) = run(probe, &host, port, &datagram, &events).await {
                let _ = events.send(Event::DatagramFailed { probe, reason: fault.into() }).await;
            }
        });
        Self { task }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(probe: ProbeId, host: &str, port: u16, datagram: &[u8], events: &Events) -> Result<(), Fault> {
    let mut sent = Err(Fault::Unresolved);
    for address in net::resolve(host, port).await? {
        sent = send_to(address, datagram).await.map_err(|error| Fault::from(&error));
        if sent.is_ok() {
            break;
        }
    }
    let socket = sent?;
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(|error| Fault::from(&error))?;
        let bytes = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
        if events.send(Event::Datagram { probe, bytes }).await.is_err() {
            return Ok(());
        }
    }
}

/// Sends from a socket that is connected to `address`, so that the system drops what others send to it.
async fn send_to(address: SocketAddr, datagram: &[u8]) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    socket.send(datagram).await?;
    Ok(socket)
}
