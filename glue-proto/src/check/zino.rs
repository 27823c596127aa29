//! The trial of Zino: connect, log in, connect to the other port, tie.

use super::finding::Finding;
use super::trial::Trial;
use crate::face::{Action, Channel, ConnId, Disconnect, Millis, Mono, ZinoSettings};
use crate::wire::zino::{ApiChannel, ApiEvent, Command, NotifyChannel, NotifyEvent};
use alloc::collections::VecDeque;
use alloc::string::String;

/// How long the whole conversation may take: as long as one reply (behaviour B50).
const PATIENCE: Millis = Millis::from_secs(10);
const API: ConnId = ConnId(1);
const NOTIFY: ConnId = ConnId(2);

/// The conversation with Zino.
#[derive(Clone, Debug)]
pub(super) struct ZinoTrial {
    user: String,
    api: ApiChannel,
    notify: NotifyChannel,
    /// The second connection was asked for.
    knows_notify: bool,
    trial: Trial,
}

impl ZinoTrial {
    pub(super) fn new(settings: &ZinoSettings, now: Mono, out: &mut VecDeque<Action>) -> Self {
        out.push_back(Action::Connect { conn: API, channel: Channel::Api });
        Self {
            user: settings.user().into(),
            api: ApiChannel::new(settings.user(), settings.secret(), 1),
            notify: NotifyChannel::new(),
            knows_notify: false,
            trial: Trial::new(now, PATIENCE),
        }
    }

    pub(super) const fn trial(&self) -> &Trial {
        &self.trial
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        self.trial.pass_time(now);
    }

    pub(super) fn received(&mut self, conn: ConnId, bytes: &[u8], out: &mut VecDeque<Action>) {
        if self.trial.is_over() {
            return;
        }
        match self.channel(conn) {
            Some(Channel::Api) => self.api.receive(bytes),
            Some(Channel::Notify) => self.notify.receive(bytes),
            None => return,
        }
        while let Some(event) = self.api.poll_event() {
            self.api_event(event, out);
        }
        while let Some(event) = self.notify.poll_event() {
            self.notify_event(event);
        }
        while let Some(bytes) = self.api.poll_transmit() {
            out.push_back(Action::Send { conn: API, bytes });
        }
    }

    pub(super) fn disconnected(&mut self, conn: ConnId, reason: Disconnect) {
        if let Some(channel) = self.channel(conn) {
            self.trial.end(Finding::Disconnected { channel, reason });
        }
    }

    /// Returns which port a connection leads to; `None` for one that was not asked for.
    fn channel(&self, conn: ConnId) -> Option<Channel> {
        match conn {
            API => Some(Channel::Api),
            NOTIFY if self.knows_notify => Some(Channel::Notify),
            _ => None,
        }
    }

    fn api_event(&mut self, event: ApiEvent, out: &mut VecDeque<Action>) {
        match event {
            ApiEvent::LoggedIn => {
                self.knows_notify = true;
                out.push_back(Action::Connect { conn: NOTIFY, channel: Channel::Notify });
            }
            ApiEvent::LoginRefused { reply } => {
                self.trial.end(Finding::LoginRefused { user: self.user.clone(), reply });
            }
            ApiEvent::Tied => self.trial.end(Finding::LoggedIn { user: self.user.clone() }),
            ApiEvent::TieRefused { reply } => self.trial.end(Finding::NotTied { reply }),
            ApiEvent::Failed(error) => self.trial.end(Finding::NotZino(error)),
            // No such command was sent.
            ApiEvent::CaseIds(_)
            | ApiEvent::CaseIdsFailed { .. }
            | ApiEvent::Attributes(..)
            | ApiEvent::History(..)
            | ApiEvent::Log { .. }
            | ApiEvent::NoSuchCase { .. }
            | ApiEvent::Unreadable { .. }
            | ApiEvent::NoteAdded(_)
            | ApiEvent::StateSet(_)
            | ApiEvent::WriteRefused { .. }
            | ApiEvent::Version(_) => {}
        }
    }

    fn notify_event(&mut self, event: NotifyEvent) {
        match event {
            NotifyEvent::Nonce(nonce) => {
                // It takes the command: the login is over, and nothing else is ever sent.
                let _ = self.api.send(Command::Tie { nonce });
            }
            NotifyEvent::Failed(error) => self.trial.end(Finding::NotZino(error)),
            NotifyEvent::Notification(_) | NotifyEvent::Goodbye | NotifyEvent::Unreadable { .. } => {}
        }
    }
}
