//! One SNMP probe: to each address of a host a datagram from a fresh socket, and whatever comes back (behaviour B60, B65).

use crate::event::{Event, Events};
use crate::net::{self, Fault};
use glue_proto::ProbeId;
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, JoinSet};

/// No datagram is larger.
const LARGEST_DATAGRAM: usize = 65_535;
/// Addresses of one name that are asked, at most. More than a few are a mistake in somebody's zone.
const MOST_ADDRESSES: usize = 16;

/// A probe under way. Dropping it closes its sockets.
#[derive(Debug)]
pub struct Probe {
    task: JoinHandle<()>,
}

impl Probe {
    /// Resolves the host and sends the datagram to all of its addresses at once.
    ///
    /// The first event is `ProbeSent`. Every datagram that one of the addresses sends back becomes an event; an address
    /// that fails is listened to no longer. Must be called inside a Tokio runtime.
    #[must_use]
    pub fn send(probe: ProbeId, host: String, port: u16, datagram: Vec<u8>, events: Events) -> Self {
        let task = tokio::spawn(async move {
            match net::resolve(&host, port).await {
                Ok(addresses) => ask_all(probe, addresses, datagram.into(), &events).await,
                Err(fault) => fail(probe, fault, &events).await,
            }
        });
        Self { task }
    }

    /// Sends the datagram to one address. What comes is as with [`Probe::send`].
    #[must_use]
    pub fn send_to(probe: ProbeId, address: SocketAddr, datagram: Vec<u8>, events: Events) -> Self {
        Self {
            task: tokio::spawn(async move { ask_all(probe, vec![address], datagram.into(), &events).await }),
        }
    }
}

/// Returns the addresses of a name that are asked, each once.
pub(crate) fn distinct(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let addresses: BTreeSet<_> = addresses.into_iter().take(MOST_ADDRESSES).collect();
    addresses.into_iter().collect()
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ask_all(probe: ProbeId, addresses: Vec<SocketAddr>, datagram: Arc<[u8]>, events: &Events) {
    let addresses = distinct(addresses);
    // There are at most sixteen.
    let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    if events.send(Event::ProbeSent { probe, addresses: count }).await.is_err() {
        return;
    }
    let mut asked = JoinSet::new();
    for address in addresses {
        let (datagram, events) = (Arc::clone(&datagram), events.clone());
        asked.spawn(async move {
            if let Err(error) = ask(probe, address, &datagram, &events).await {
                fail(probe, Fault::from(&error), &events).await;
            }
        });
    }
    while asked.join_next().await.is_some() {}
}

async fn fail(probe: ProbeId, fault: Fault, events: &Events) {
    // When the driver has ended, nobody wants to hear of it.
    let _ = events.send(Event::DatagramFailed { probe, reason: fault.into() }).await;
}

/// Asks one address, and reports what it sends until it fails.
async fn ask(probe: ProbeId, address: SocketAddr, datagram: &[u8], events: &Events) -> io::Result<()> {
    let socket = send_to(address, datagram).await?;
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
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
            assert_eq!(event(&mut receiver).await, Event::ProbeSent { probe: PROBE, addresses: 1 });
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
        let port = closed_port().await;
        let (_probe, mut receiver) = probe("127.0.0.1", port);
        assert_eq!(event(&mut receiver).await, Event::ProbeSent { probe: PROBE, addresses: 1 });
        let expected = Event::DatagramFailed { probe: PROBE, reason: ProbeFailure::Refused };
        assert_eq!(event(&mut receiver).await, expected);
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }

    async fn closed_port() -> u16 {
        UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
    }

    #[tokio::test]
    async fn b60_every_address_is_asked_at_once_and_one_that_fails_silences_no_other() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let agent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dead = SocketAddr::from((Ipv4Addr::LOCALHOST, closed_port().await));
        let there = [&silent, &agent].map(|agent| agent.local_addr().unwrap());
        let (events, mut receiver) = mpsc::channel(16);
        let addresses = vec![dead, there[0], there[1], dead];
        let asking =
            tokio::spawn(async move { ask_all(PROBE, addresses, Arc::from(*b"ask"), &events).await });
        assert_eq!(event(&mut receiver).await, Event::ProbeSent { probe: PROBE, addresses: 3 });
        let expected = Event::DatagramFailed { probe: PROBE, reason: ProbeFailure::Refused };
        assert_eq!(event(&mut receiver).await, expected);
        let mut heard = [0; 10];
        timeout(PATIENCE, silent.recv_from(&mut heard)).await.unwrap().unwrap();
        let (_, from) = timeout(PATIENCE, agent.recv_from(&mut heard)).await.unwrap().unwrap();
        agent.send_to(b"answer", from).await.unwrap();
        let expected = Event::Datagram { probe: PROBE, bytes: b"answer".to_vec() };
        assert_eq!(event(&mut receiver).await, expected);
        asking.abort();
    }

    #[tokio::test]
    async fn b60_a_name_with_addresses_without_end_costs_no_more_than_a_few() {
        let addresses = (1..=1000).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).collect();
        let (events, mut receiver) = mpsc::channel(16);
        tokio::spawn(async move { ask_all(PROBE, addresses, Arc::from(*b"ask"), &events).await });
        assert_eq!(event(&mut receiver).await, Event::ProbeSent { probe: PROBE, addresses: 16 });
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
        assert_eq!(event(&mut receiver).await, Event::ProbeSent { probe: PROBE, addresses: 1 });
        drop(probe);
        tokio::task::yield_now().await;
        agent.send_to(b"late", from).await.unwrap();
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }
}
