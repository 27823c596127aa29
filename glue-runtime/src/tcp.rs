//! One TCP connection: a task that turns bytes into events, and a queue of bytes to send.

use crate::event::{Event, Events};
use crate::net::{self, Fault};
use bytes::{Bytes, BytesMut};
use core::pin::pin;
use core::time::Duration;
use glue_proto::daemon::{ConnId, Disconnect};
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
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ_SIZE);
        if reader.read_buf(&mut buffer).await? == 0 {
            return Ok(Some(Disconnect::Closed));
        }
        let bytes = buffer.split().freeze();
        if events.send(Event::Received { conn, bytes }).await.is_err() {
            return Ok(None);
        }
    }
}
