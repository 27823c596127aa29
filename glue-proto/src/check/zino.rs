//! The trial of Zino: connect and log in; then connect to the other port and tie, and read a case.

use super::finding::{Checked, Finding, Needed};
use super::item::Item;
use super::trial::Trial;
use crate::face::{Action, Channel, ConnId, Disconnect, Millis, Mono, ZinoSettings};
use crate::model::CaseId;
use crate::wire::zino::{ApiChannel, ApiEvent, Command, NotifyChannel, NotifyEvent, ProtocolError};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

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
    /// How many cases there are.
    count: usize,
    /// What is to be sent when the channel can take it.
    due: VecDeque<Command>,
    login: Trial,
    tie: Trial,
    case: Trial,
}

impl ZinoTrial {
    pub(super) fn new(settings: &ZinoSettings, now: Mono, out: &mut VecDeque<Action>) -> Self {
        out.push_back(Action::Connect { conn: API, channel: Channel::Api });
        let trial = Trial::new(now, PATIENCE);
        Self {
            user: settings.user().into(),
            api: ApiChannel::new(settings.user(), settings.secret(), 1),
            notify: NotifyChannel::new(),
            knows_notify: false,
            count: 0,
            due: VecDeque::new(),
            login: trial.clone(),
            tie: trial.clone(),
            case: trial,
        }
    }

    /// Returns when the time is up, if something is waited for.
    pub(super) fn deadline(&self) -> Option<Mono> {
        [&self.login, &self.tie, &self.case].into_iter().filter_map(Trial::deadline).min()
    }

    pub(super) fn report(&self) -> Vec<Checked> {
        let trials = [(Item::Login, &self.login), (Item::Notifications, &self.tie), (Item::Case, &self.case)];
        trials.into_iter().map(|(item, trial)| Checked::new(item, trial.finding())).collect()
    }

    pub(super) fn pass_time(&mut self, now: Mono) {
        self.login.pass_time(now);
        self.give_up_without_login();
        self.tie.pass_time(now);
        self.case.pass_time(now);
    }

    pub(super) fn received(&mut self, conn: ConnId, bytes: &[u8], out: &mut VecDeque<Action>) {
        if self.deadline().is_none() {
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
        while let Some(command) = self.due.front()
            && self.api.send(command.clone()).is_ok()
        {
            self.due.pop_front();
        }
        while let Some(bytes) = self.api.poll_transmit() {
            out.push_back(Action::Send { conn: API, bytes });
        }
        self.give_up_without_login();
    }

    pub(super) fn disconnected(&mut self, conn: ConnId, reason: Disconnect) {
        match self.channel(conn) {
            Some(channel @ Channel::Api) => self.lose_api(&Finding::Disconnected { channel, reason }),
            Some(channel @ Channel::Notify) => self.tie.end(Finding::Disconnected { channel, reason }),
            None => {}
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

    /// The channel over which everything goes says nothing more.
    fn lose_api(&mut self, finding: &Finding) {
        self.login.end(finding.clone());
        self.give_up_without_login();
        self.tie.end(finding.clone());
        self.case.end(finding.clone());
    }

    fn give_up_without_login(&mut self) {
        if self.login.is_over() && !self.login.is_well() {
            self.tie.end(Finding::NotTried(Needed::Login));
            self.case.end(Finding::NotTried(Needed::Login));
        }
    }

    fn api_event(&mut self, event: ApiEvent, out: &mut VecDeque<Action>) {
        match event {
            ApiEvent::LoggedIn => {
                self.login.end(Finding::LoggedIn { user: self.user.clone() });
                self.knows_notify = true;
                out.push_back(Action::Connect { conn: NOTIFY, channel: Channel::Notify });
                self.due.push_back(Command::CaseIds);
            }
            ApiEvent::LoginRefused { reply } => {
                self.login.end(Finding::LoginRefused { user: self.user.clone(), reply });
            }
            ApiEvent::Tied => self.tie.end(Finding::Tied),
            ApiEvent::TieRefused { reply } => self.tie.end(Finding::NotTied { reply }),
            ApiEvent::CaseIds(ids) => self.read_one(&ids),
            ApiEvent::CaseIdsFailed { reason } => self.case.end(Finding::NotListed { reason }),
            ApiEvent::Attributes(case, _) => self.case.end(Finding::CaseRead { case, of: self.count }),
            ApiEvent::NoSuchCase { id: case, .. } => self.case.end(Finding::CaseGone { case }),
            ApiEvent::Unreadable { id: case, error } => {
                self.case.end(Finding::CaseUnreadable { case, error });
            }
            ApiEvent::Failed(error) => self.not_zino(error),
            // No such command was sent.
            ApiEvent::History(..)
            | ApiEvent::Log { .. }
            | ApiEvent::NoteAdded(_)
            | ApiEvent::StateSet(_)
            | ApiEvent::WriteRefused { .. }
            | ApiEvent::Version(_) => {}
        }
    }

    fn not_zino(&mut self, error: ProtocolError) {
        self.lose_api(&Finding::NotZino(error));
    }

    /// Reads the newest case: the one that is the least likely to go away meanwhile.
    fn read_one(&mut self, ids: &[CaseId]) {
        self.count = ids.len();
        match ids.iter().max() {
            Some(newest) => self.due.push_back(Command::Attributes(*newest)),
            None => self.case.end(Finding::NoCase),
        }
    }

    fn notify_event(&mut self, event: NotifyEvent) {
        match event {
            NotifyEvent::Nonce(nonce) => self.due.push_back(Command::Tie { nonce }),
            NotifyEvent::Failed(error) => self.tie.end(Finding::NotZino(error)),
            NotifyEvent::Notification(_) | NotifyEvent::Goodbye | NotifyEvent::Unreadable { .. } => {}
        }
    }
}
