//! One TCP connection: a task that turns bytes into events, and a queue of bytes to send.

use crate::event::{Event, Events};
use crate::net::{self, Fault};
use bytes::Bytes;
use core::pin::pin;
use core::time::Duration;
use glue_proto::{ConnId, Disconnect};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// Silence after which the system asks whether the other side is still there (behaviour B50).
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Bytes read at once, at the most.
const READ_SIZE: usize = 16 * 1024;

/// A connection that exists, is being made, or has ended by itself. Dropping it closes it: what was queued before is
/// still sent as far as the system takes it without waiting, and no further event comes.
#[derive(Debug)]
pub struct Link {
    queue: mpsc::UnboundedSender<Bytes>,
    _alive: oneshot::Sender<()>,
}

impl Link {
    /// Starts to connect, trying every address of the host. The first event is `Connected` or `Disconnected`.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn open(conn: ConnId, host: String, port: u16, events: Events) -> Self {
        let (queue, to_send) = mpsc::unbounded_channel();
        let (alive, mut closed) = oneshot::channel();
        tokio::spawn(async move {
            let reason = tokio::select! {
                biased;
                reason = live(conn, &host, port, &events, to_send) => reason,
                _ = &mut closed => return,
            };
            // Whoever has closed the link does not want to hear of it any more.
            if let Some(reason) = reason
                && closed.try_recv() == Err(oneshot::error::TryRecvError::Empty)
            {
                let _ = events.send(Event::Disconnected { conn, reason }).await;
            }
        });
        Self { queue, _alive: alive }
    }

    /// Queues bytes. On a connection that has ended they are dropped.
    pub fn send(&self, bytes: Bytes) {
        let _ = self.queue.send(bytes);
    }
}

/// Runs a connection from its making to its end. `None` means that we closed it.
async fn live(
    conn: ConnId,
    host: &str,
    port: u16,
    events: &Events,
    to_send: mpsc::UnboundedReceiver<Bytes>,
) -> Option<Disconnect> {
    let stream = match net::connect(host, port).await {
        Ok(stream) => stream,
        Err(fault) => return Some(fault.into()),
    };
    if let Err(error) = set_up(&stream) {
        return Some(Fault::from(&error).into());
    }
    events.send(Event::Connected { conn }).await.ok()?;
    let (reader, writer) = stream.into_split();
    let mut reading = pin!(read_all(conn, reader, events));
    let ended = tokio::select! {
        biased;
        written = write_all(writer, to_send) => match written {
            Ok(()) => return None,
            // What the other side said before it hung up is still to be read, and says more than this error.
            Err(_) => reading.await,
        },
        ended = &mut reading => ended,
    };
    match ended {
        Ok(reason) => reason,
        Err(error) => Some(Fault::from(&error).into()),
    }
}

fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE))
}

async fn write_all(
    mut writer: OwnedWriteHalf,
    mut to_send: mpsc::UnboundedReceiver<Bytes>,
) -> io::Result<()> {
    while let Some(bytes) = to_send.recv().await {
        writer.write_all(&bytes).await?;
    }
    Ok(())
}

async fn read_all(
    conn: ConnId,
    mut reader: OwnedReadHalf,
    events: &Events,
) -> io::Result<Option<Disconnect>> {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let length = reader.read(&mut buffer).await?;
        if length == 0 {
            return Ok(Some(Disconnect::Closed));
        }
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if events.send(Event::Received { conn, bytes }).await.is_err() {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::Receiver;
    use tokio::time::timeout;

    const CONN: ConnId = ConnId(3);
    const PATIENCE: Duration = Duration::from_secs(10);

    async fn event(receiver: &mut Receiver<Event>) -> Event {
        timeout(PATIENCE, receiver.recv()).await.expect("an event comes").unwrap()
    }

    async fn connected() -> (Link, TcpStream, Receiver<Event>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (events, mut receiver) = mpsc::channel(16);
        let link = Link::open(CONN, String::from("localhost"), listener.local_addr().unwrap().port(), events);
        let (peer, _) = listener.accept().await.unwrap();
        assert_eq!(event(&mut receiver).await, Event::Connected { conn: CONN });
        (link, peer, receiver)
    }

    #[tokio::test]
    async fn bytes_go_both_ways_and_the_end_comes_once() {
        let (link, mut peer, mut receiver) = connected().await;
        link.send(Bytes::from_static(b"user "));
        link.send(Bytes::from_static(b"alice\r\n"));
        let mut heard = [0; 12];
        peer.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"user alice\r\n");
        peer.write_all(b"200 ok\r\n").await.unwrap();
        drop(peer);
        assert_eq!(event(&mut receiver).await, Event::Received { conn: CONN, bytes: b"200 ok\r\n".to_vec() });
        assert_eq!(
            event(&mut receiver).await,
            Event::Disconnected { conn: CONN, reason: Disconnect::Closed }
        );
        link.send(Bytes::from_static(b"too late"));
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn b50_the_system_asks_after_a_minute_whether_the_peer_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        set_up(&stream).unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap() && stream.nodelay().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(60));
    }

    #[tokio::test]
    async fn a_reset_is_told_from_an_orderly_end() {
        let (_link, peer, mut receiver) = connected().await;
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        assert_eq!(event(&mut receiver).await, Event::Disconnected { conn: CONN, reason: Disconnect::Reset });
    }

    #[tokio::test]
    async fn a_refused_connection_and_a_name_without_address_are_told_apart() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let table = [("localhost", Disconnect::Refused), ("no-such-host.invalid", Disconnect::Unresolved)];
        for (host, reason) in table {
            let (events, mut receiver) = mpsc::channel(16);
            let _link = Link::open(CONN, host.to_owned(), port, events);
            assert_eq!(event(&mut receiver).await, Event::Disconnected { conn: CONN, reason });
        }
    }

    #[tokio::test]
    async fn closing_sends_what_was_queued_and_reports_nothing() {
        let (link, mut peer, mut receiver) = connected().await;
        link.send(Bytes::from_static(b"quit\r\n"));
        drop(link);
        let mut heard = Vec::new();
        timeout(PATIENCE, peer.read_to_end(&mut heard)).await.unwrap().unwrap();
        assert_eq!(heard, b"quit\r\n");
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn closing_does_not_wait_for_a_peer_that_takes_nothing() {
        let (link, _peer, mut receiver) = connected().await;
        link.send(Bytes::from(vec![b'x'; 64 * 1024 * 1024]));
        tokio::task::yield_now().await;
        drop(link);
        assert!(timeout(PATIENCE, receiver.recv()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_peer_that_talks_without_end_has_to_wait_for_us() {
        let (_link, mut peer, receiver) = connected().await;
        let flood = vec![b'x'; 64 * 1024 * 1024];
        let written = timeout(Duration::from_millis(200), peer.write_all(&flood)).await;
        assert!(written.is_err(), "nobody reads, and still everything was taken");
        assert!(receiver.len() <= 16);
    }
}
