//! What the service manager hears (behaviour B72): systemd's `sd_notify` protocol.
//!
//! The loop never waits for the service manager: a task of its own sends one datagram after the other. A failure to
//! notify is no error. Without `NOTIFY_SOCKET` there is nobody to tell, and nothing runs here.

use crate::driver::{Effects, Question};
use crate::event::Event;
use crate::log;
use core::time::Duration;
use glue_proto::{Action, Daemon, Exit, Now, Operator, Status};
use sd_notify::NotifyState;
use std::env;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

/// How often the line of the state is renewed without a watchdog.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// How long the last word may take on its way.
const LAST_WORD: Duration = Duration::from_millis(200);

/// What the service manager is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    /// The configuration is good, the sockets are bound and the loop turns; with the line of the state.
    Ready(String),
    /// The loop still turns.
    Alive(String),
    /// Everything is read again: that begins and ends at once.
    Reloaded,
    /// The process is about to end.
    Stopping,
}

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub struct Manager(Option<Wire>);

#[derive(Debug)]
struct Wire {
    messages: mpsc::UnboundedSender<Message>,
    sender: JoinHandle<()>,
    pings: JoinHandle<()>,
}

impl Manager {
    /// Begins to tell the service manager that the loop turns, once it does. Must be called inside a Tokio runtime.
    #[must_use]
    pub fn start(questions: &mpsc::Sender<Question<Daemon>>) -> Self {
        if env::var_os("NOTIFY_SOCKET").is_none() {
            return Self(None);
        }
        let (messages, receiver) = mpsc::unbounded_channel();
        let watchdog = sd_notify::watchdog_enabled();
        let sender = tokio::spawn(send(receiver, watchdog.is_some()));
        let interval = watchdog.map_or(STATUS_INTERVAL, |limit| limit / 2);
        let pings = tokio::spawn(ping(questions.clone(), messages.clone(), interval));
        Self(Some(Wire { messages, sender, pings }))
    }

    fn tell(&self, message: Message) {
        if let Some(wire) = &self.0 {
            // The task may have ended, and then nobody listens.
            let _ = wire.messages.send(message);
        }
    }

    /// Waits a moment for the last words to be sent.
    pub async fn stop(self) {
        if let Some(Wire { messages, sender, pings }) = self.0 {
            pings.abort();
            drop(messages);
            let _ = timeout(LAST_WORD, sender).await;
        }
    }
}

/// Asks the loop for a turn now and then, and tells of each.
async fn ping(
    questions: mpsc::Sender<Question<Daemon>>,
    messages: mpsc::UnboundedSender<Message>,
    interval: Duration,
) {
    let mut is_first = true;
    loop {
        let (answer, answered) = oneshot::channel();
        let question = move |daemon: &Daemon, _| {
            // At the end of the process nobody waits for it any more.
            let _ = answer.send(line(&daemon.status()));
        };
        if questions.send(Box::new(question)).await.is_err() {
            return;
        }
        let Ok(line) = answered.await else { return };
        let message = if is_first { Message::Ready(line) } else { Message::Alive(line) };
        is_first = false;
        if messages.send(message).is_err() {
            return;
        }
        sleep(interval).await;
    }
}

/// Sends every message, one after the other.
async fn send(mut messages: mpsc::UnboundedReceiver<Message>, has_watchdog: bool) {
    while let Some(message) = messages.recv().await {
        // A service manager that reads nothing makes the sender wait.
        let sent = spawn_blocking(move || datagram(&message, has_watchdog)).await;
        if let Ok(Err(error)) = sent {
            log::detail(&format!("the service manager could not be told: {error}"));
        }
    }
}

fn datagram(message: &Message, has_watchdog: bool) -> std::io::Result<()> {
    let ping = has_watchdog.then_some(NotifyState::Watchdog);
    match message {
        Message::Ready(line) => {
            let states = [NotifyState::Ready, NotifyState::Status(line)];
            sd_notify::notify(&states.into_iter().chain(ping).collect::<Vec<_>>())
        }
        Message::Alive(line) => {
            let states = [NotifyState::Status(line)];
            sd_notify::notify(&states.into_iter().chain(ping).collect::<Vec<_>>())
        }
        Message::Reloaded => {
            sd_notify::notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?])?;
            sd_notify::notify(&[NotifyState::Ready])
        }
        Message::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
    }
}

/// Says in one line what the state is.
fn line(status: &Status) -> String {
    let reasons: Vec<_> = status.not_ready.iter().map(ToString::to_string).collect();
    let mode = status.mode;
    if reasons.is_empty() { format!("{mode}, ready") } else { format!("{mode}, {}", reasons.join("; ")) }
}

/// Tells the service manager of what people command, and leaves the rest to the effects in it.
#[derive(Debug)]
pub struct Notifying<H> {
    /// What carries out.
    pub effects: H,
    /// The way to the service manager.
    pub manager: Manager,
}

impl<H: Effects> Effects for Notifying<H> {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        self.effects.perform(action)
    }

    fn observe(&mut self, now: Now, event: &Event) {
        if matches!(event, Event::Shutdown) {
            self.manager.tell(Message::Stopping);
        } else if matches!(event, Event::Command(Operator::Reconcile)) {
            self.manager.tell(Message::Reloaded);
        }
        self.effects.observe(now, event);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.effects.poll_event()
    }
}
