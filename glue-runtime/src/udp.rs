//! One SNMP probe: a fresh socket, one datagram, and whatever comes back (behaviour B60, B65).

use crate::event::{Event, Events};
use crate::net::{self, Fault};
use glue_proto::ProbeId;
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
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use glue_proto::ProbeFailure;
    use tokio::sync::mpsc::{self, Receiver};
    use tokio::time::timeout;

    const PROBE: ProbeId = ProbeId(9);
    const PATIENCE: Duration = Duration::from_secs(10);

    async fn event(receiver: &mut Receiver<Event>) -> Event {
        timeout(PATIENCE, receiver.recv()).await.expect("an event comes").unwrap()
    }

    fn probe(host: &str, port: u16) -> (Probe, Receiver<Event>) {
        let (events, receiver) = mpsc::channel(16);
        (Probe::send(PROBE, host.to_owned(), port, b"ask".to_vec(), events), receiver)
    }

    #[tokio::test]
    async fn b60_every_datagram_of_the_asked_address_is_reported_and_no_other() {
        for host in ["127.0.0.1", "::1"] {
            let Ok(agent) = UdpSocket::bind((host, 0)).await else { continue };
            let (_probe, mut receiver) = probe(host, agent.local_addr().unwrap().port());
            let mut heard = [0; 10];
            let (length, from) = timeout(PATIENCE, agent.recv_from(&mut heard)).await.unwrap().unwrap();
            assert_eq!(&heard[..length], b"ask");
            let stranger = UdpSocket::bind((host, 0)).await.unwrap();
            stranger.send_to(b"foreign", from).await.unwrap();
            for answer in [&b"one"[..], b""] {
                agent.send_to(answer, from).await.unwrap();
                let expected = Event::Datagram { probe: PROBE, bytes: answer.to_vec() };
                assert_eq!(event(&mut receiver).await, expected);
            }
        }
    }

    #[tokio::test]
    async fn b60_nobody_listening_fails_the_probe() {
        let port = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let (_probe, mut receiver) = probe("127.0.0.1", port);
        let expected = Event::DatagramFailed { probe: PROBE, reason: ProbeFailure::Refused };
        assert_eq!(event(&mut receiver).await, expected);
    }

    #[tokio::test]
    async fn b65_a_name_that_does_not_resolve_fails_the_probe() {
        let (_probe, mut receiver) = probe("no-such-host.invalid", 161);
        let expected = Event::DatagramFailed { probe: PROBE, reason: ProbeFailure::Unresolved };
        assert_eq!(event(&mut receiver).await, expected);
    }

    #[tokio::test]
    async fn a_dropped_probe_says_nothing_more() {
        let agent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (probe, mut receiver) = probe("127.0.0.1", agent.local_addr().unwrap().port());
        let (_, from) = timeout(PATIENCE, agent.recv_from(&mut [0; 10])).await.unwrap().unwrap();
        drop(probe);
        tokio::task::yield_now().await;
        agent.send_to(b"late", from).await.unwrap();
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }
}
