//! The session with Zino: two connections that live and die together (behaviour B50).

use super::fall::Fall;
use super::news::News;
use super::outbox::Outbox;
use super::reads::Reads;
use super::{Action, Channel, ConnId, Disconnect, Notice};
use crate::daemon::backoff::Backoff;
use crate::face::Timer;
use crate::face::{Millis, Mono, Secret, ZinoSettings};
use crate::model::CaseId;
use crate::wire::zino::{ApiChannel, Command, NotifyChannel};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How many reads are under way at once (behaviour B50).
const WINDOW: usize = 64;
/// How long a reply, and each step of setting up a session, may take (behaviour B50).
pub(super) const PATIENCE: Millis = Millis::from_secs(10);
/// After so much silence Zino is asked for its version (behaviour B50).
pub(super) const SILENCE: Millis = Millis::from_secs(60);
/// The first pause before a new connection, doubled up to the longest, forgotten after some health (behaviour B50).
const FIRST_PAUSE: Millis = Millis::from_secs(5);
const LONGEST_PAUSE: Millis = Millis::from_secs(300);
const HEALTH: Millis = Millis::from_secs(60);
/// The pause before credentials that were refused are tried a second and last time (behaviour B52).
const REFUSED_PAUSE: Millis = Millis::from_secs(10);

/// The connection to Zino, up or down.
#[derive(Clone, Debug, Hash)]
pub(super) struct ZinoLink {
    user: String,
    secret: Secret,
    pub(super) session: Option<Session>,
    backoff: Backoff,
    pub(super) refusals: u32,
    narrow: bool,
    pub(super) reads: Reads,
    writes: VecDeque<(CaseId, Command)>,
    pub(super) writing: Option<CaseId>,
    pub(super) dropped_lines: u64,
    pub(super) news: VecDeque<News>,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Session {
    pub(super) api_conn: ConnId,
    pub(super) api: ApiChannel,
    pub(super) notify: Option<(ConnId, NotifyChannel)>,
    pub(super) ready_since: Option<Mono>,
    replies: u64,
}

impl ZinoLink {
    pub(super) fn new(settings: &ZinoSettings) -> Self {
        Self {
            user: settings.user.clone(),
            secret: settings.secret.clone(),
            session: None,
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            refusals: 0,
            narrow: false,
            reads: Reads::new(),
            writes: VecDeque::new(),
            writing: None,
            dropped_lines: 0,
            news: VecDeque::new(),
        }
    }

    /// Takes the next piece of news.
    pub(super) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Tells since when the session has been up and tied.
    pub(super) fn ready_since(&self) -> Option<Mono> {
        self.session.as_ref().and_then(|session| session.ready_since)
    }

    /// Returns how many lines of the notification channel could not be understood.
    pub(super) const fn dropped_lines(&self) -> u64 {
        self.dropped_lines
    }

    /// Opens the API channel, if there is no session.
    pub(super) fn connect(&mut self, out: &mut Outbox) {
        if self.session.is_some() {
            return;
        }
        let window = if core::mem::take(&mut self.narrow) { 1 } else { WINDOW };
        let api_conn = out.new_conn();
        let api = ApiChannel::new(&self.user, &self.secret, window);
        self.session = Some(Session { api_conn, api, notify: None, ready_since: None, replies: 0 });
        out.act(Action::Connect { conn: api_conn, channel: Channel::Api });
        out.timers.stop(Timer::ZinoRetry);
        out.timers.set(Timer::ZinoSetup, out.now.mono + PATIENCE);
    }

    /// Tells which channel of the present session a connection is, if it is one.
    pub(super) fn channel(&self, conn: ConnId) -> Option<Channel> {
        let session = self.session.as_ref()?;
        if session.api_conn == conn {
            return Some(Channel::Api);
        }
        (session.notify.as_ref()?.0 == conn).then_some(Channel::Notify)
    }

    /// Takes in that a connection is up.
    pub(super) fn connected(&self, out: &mut Outbox) {
        // Both servers speak first: there is nothing to do but to wait for the next line, each step with its own patience.
        if self.ready_since().is_none() {
            out.timers.set(Timer::ZinoSetup, out.now.mono + PATIENCE);
        }
    }

    /// Takes in that a connection is gone, and with it the session.
    pub(super) fn disconnected(&mut self, channel: Channel, reason: Disconnect, out: &mut Outbox) {
        self.fall(&Fall::Disconnected(channel, reason), out);
    }

    /// Asks for a read of everything: `caseids`, then every case. Without a session it is asked for in vain: each new
    /// session begins with one.
    pub(super) fn read_all(&mut self) {
        if self.ready_since().is_some() {
            self.reads.want_full();
        }
    }

    /// Goes on with reading everything: the cases that were listed, and others that are asked for by number.
    pub(super) fn read_listed(&mut self, ids: Vec<CaseId>, others: impl IntoIterator<Item = CaseId>) {
        self.reads.listed(ids, others);
        self.finish_full();
    }

    /// Tells whether a case is being read.
    pub(super) fn is_reading(&self, id: CaseId) -> bool {
        self.reads.is_reading(id)
    }

    /// Queues a write. Tells whether there is a session to write on.
    pub(super) fn write(&mut self, id: CaseId, command: Command) -> bool {
        let ready = self.ready_since().is_some();
        if ready {
            self.writes.push_back((id, command));
        }
        ready
    }

    /// Drops every write that has not begun, and ends the session if one has: it could only be taken back by that
    /// (behaviour B62). Returns the cases whose writes were dropped.
    pub(super) fn drop_writes(&mut self, out: &mut Outbox) -> Vec<CaseId> {
        let mut dropped: Vec<CaseId> = self.writes.drain(..).map(|(id, _)| id).collect();
        if let Some(session) = &mut self.session {
            if session.api.withdraw_write().is_some() {
                dropped.extend(self.writing.take());
            } else if session.api.owes_text() {
                self.fall(&Fall::HandedOver, out);
            }
        }
        dropped
    }

    /// Sends whatever may be sent now.
    pub(super) fn pump(&mut self, out: &mut Outbox) {
        let Some(session) = &mut self.session else { return };
        if session.ready_since.is_some() {
            if self.writing.is_none()
                && let Some((id, command)) = self.writes.pop_front()
            {
                match session.api.send(command.clone()) {
                    Ok(()) => {
                        self.reads.outdate(id);
                        self.writing = Some(id);
                    }
                    Err(_) => self.writes.push_front((id, command)),
                }
            }
            if self.reads.is_full_wanted() && session.api.send(Command::CaseIds).is_ok() {
                self.reads.begin_full();
            }
            while let Some(command) = self.reads.next_command(out.now.mono) {
                if !session.api.can_send(command) {
                    break;
                }
                if let Some(command) = self.reads.take_command()
                    && session.api.send(command).is_err()
                {
                    break;
                }
            }
        }
        while let Some(bytes) = session.api.poll_transmit() {
            out.act(Action::Send { conn: session.api_conn, bytes });
        }
        let progress = session.api.replies() != session.replies;
        session.replies = session.api.replies();
        let patience = out.now.mono + PATIENCE;
        if session.ready_since.is_none() {
            // Connecting is a step too: no reply can be overdue before there is a connection.
            if progress {
                out.timers.set(Timer::ZinoSetup, patience);
            }
        } else if session.api.waiting() == 0 {
            out.timers.stop(Timer::ZinoReply);
        } else if progress || !out.timers.is_set(Timer::ZinoReply) {
            out.timers.set(Timer::ZinoReply, patience);
        }
    }

    /// The session was not set up in time.
    pub(super) fn setup_overdue(&mut self, out: &mut Outbox) {
        self.fall(&Fall::Overdue("the session was not set up in time"), out);
    }

    /// A reply did not come in time.
    pub(super) fn reply_overdue(&mut self, out: &mut Outbox) {
        self.fall(&Fall::Overdue("a reply did not come in time"), out);
    }

    /// Asks a server that has been silent for long whether it is still there.
    pub(super) fn check_health(&mut self, out: &mut Outbox) {
        if let Some(session) = &mut self.session
            && session.ready_since.is_some()
        {
            out.timers.set(Timer::ZinoQuiet, out.now.mono + SILENCE);
            // Busy means that a reply is awaited already, which is as good.
            let _ = session.api.send(Command::Version);
        }
    }

    /// Tries the cases again that were put aside.
    pub(super) fn retry_quarantined(&mut self, out: &mut Outbox) {
        if self.ready_since().is_some() {
            self.reads.retry_due(out.now.mono);
            out.timers.put(Timer::ZinoQuarantine, self.reads.next_retry());
        } else {
            out.timers.set(Timer::ZinoQuarantine, out.now.mono + FIRST_PAUSE);
        }
    }

    /// Ends the session and plans the next one.
    pub(super) fn fall(&mut self, why: &Fall, out: &mut Outbox) {
        let Some(session) = self.session.take() else { return };
        out.act(Action::Close { conn: session.api_conn });
        if let Some((conn, _)) = session.notify {
            out.act(Action::Close { conn });
        }
        for timer in [Timer::ZinoSetup, Timer::ZinoReply, Timer::ZinoQuiet] {
            out.timers.stop(timer);
        }
        self.reads.session_lost();
        self.writes.clear();
        self.blame(why, out);
        if session.ready_since.is_some_and(|since| out.now.mono.since(since) >= HEALTH) {
            self.backoff.reset();
        }
        let mut pause = self.backoff.next(Some(&mut out.seed));
        if let Fall::LoginRefused(reply) = why {
            self.refusals += 1;
            pause = REFUSED_PAUSE;
            self.news
                .push_back(News::CredentialsRefused { reply: reply.clone(), is_final: self.refusals > 1 });
        }
        let was_ready = session.ready_since.is_some();
        out.tell(Notice::ZinoLost { why: why.to_string(), retry: pause, was_ready });
        self.writing = None;
        self.news.push_back(News::Lost);
        out.timers.set(Timer::ZinoRetry, out.now.mono + pause);
    }

    /// Puts the case aside whose values broke the framing, and narrows the window where replies could not be matched.
    fn blame(&mut self, why: &Fall, out: &mut Outbox) {
        let Fall::Protocol(error) = why else { return };
        self.narrow = error.wants_narrow_window();
        if let Some(id) = error.blamed() {
            self.put_aside(id, true, out);
            out.tell(Notice::CaseUnreadable { case: id, reason: error.to_string() });
        }
    }

    /// Closes both connections for good.
    pub(super) fn shut_down(&mut self, out: &mut Outbox) {
        if let Some(session) = self.session.take() {
            out.act(Action::Close { conn: session.api_conn });
            if let Some((conn, _)) = session.notify {
                out.act(Action::Close { conn });
            }
        }
    }

    /// Tells whether a write to Zino is under way.
    pub(super) const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }
}
