//! What comes in from Zino, on both channels.

use super::fall::Fall;
use super::news::News;
use super::outbox::Outbox;
use super::reads::Outcome;
use super::zino_link::{PATIENCE, SILENCE, ZinoLink};
use super::{Action, Channel, Notice};
use crate::face::Timer;
use crate::model::CaseId;
use crate::wire::zino::{ApiEvent, Command, NotifyChannel, NotifyEvent};
use alloc::string::ToString;

impl ZinoLink {
    /// Takes in bytes.
    pub(super) fn received(&mut self, channel: Channel, bytes: &[u8], out: &mut Outbox) {
        match channel {
            Channel::Api => {
                if let Some(session) = &mut self.session {
                    session.api.receive(bytes);
                    out.timers.set(Timer::ZinoQuiet, out.now.mono + SILENCE);
                }
                while let Some(event) = self.session.as_mut().and_then(|session| session.api.poll_event()) {
                    self.api_event(event, out);
                }
            }
            Channel::Notify => {
                let notify = |link: &mut Self| link.session.as_mut()?.notify.as_mut()?.1.poll_event();
                if let Some((_, notify)) = self.session.as_mut().and_then(|session| session.notify.as_mut()) {
                    notify.receive(bytes);
                }
                while let Some(event) = notify(self) {
                    self.notify_event(event, out);
                }
            }
        }
    }

    fn api_event(&mut self, event: ApiEvent, out: &mut Outbox) {
        match event {
            ApiEvent::LoggedIn => self.logged_in(out),
            ApiEvent::LoginRefused { reply } => self.fall(&Fall::LoginRefused(reply), out),
            ApiEvent::Tied => self.tied(out),
            ApiEvent::TieRefused { .. } => self.fall(&Fall::TieRefused, out),
            ApiEvent::CaseIds(ids) => self.news.push_back(News::Listed(ids)),
            ApiEvent::CaseIdsFailed { reason } => {
                self.reads.abandon_full();
                out.tell(Notice::ListUnreadable { reason });
            }
            ApiEvent::Attributes(id, attributes) => {
                let outcome = self.reads.attributes(id, attributes, out.now.mono);
                self.outcome(outcome, out);
            }
            ApiEvent::History(id, history) => {
                let outcome = self.reads.history(id, history, out.now.mono);
                self.outcome(outcome, out);
            }
            ApiEvent::Log { id, went_down } => {
                let outcome = self.reads.log(id, went_down, out.now.mono);
                self.outcome(outcome, out);
            }
            ApiEvent::NoSuchCase { id, .. } => {
                let outcome = self.reads.missing(id, out.now.mono);
                self.outcome(outcome, out);
            }
            ApiEvent::Unreadable { id, error } => {
                let outcome = self.reads.unreadable(id, &error.to_string(), out.now.mono);
                self.outcome(outcome, out);
            }
            ApiEvent::NoteAdded(id) | ApiEvent::StateSet(id) => self.written(News::Written(id), id),
            ApiEvent::WriteRefused { id, reply, .. } => self.written(News::Refused { id, reply }, id),
            ApiEvent::Version(_) => {}
            ApiEvent::Failed(error) => self.fall(&Fall::Protocol(error), out),
        }
    }

    fn logged_in(&mut self, out: &mut Outbox) {
        self.refusals = 0;
        let Some(session) = &mut self.session else { return };
        let conn = out.new_conn();
        session.notify = Some((conn, NotifyChannel::new()));
        out.act(Action::Connect { conn, channel: Channel::Notify });
        out.timers.set(Timer::ZinoSetup, out.now.mono + PATIENCE);
    }

    fn tied(&mut self, out: &mut Outbox) {
        let Some(session) = &mut self.session else { return };
        session.ready_since = Some(out.now.mono);
        out.timers.stop(Timer::ZinoSetup);
        out.timers.set(Timer::ZinoQuiet, out.now.mono + SILENCE);
        self.news.push_back(News::Ready);
    }

    fn written(&mut self, news: News, id: CaseId) {
        self.writing = None;
        // What is read from here on shows what was written, and what was read before must not be taken for it.
        self.reads.mark(id);
        self.news.push_back(news);
    }

    fn outcome(&mut self, outcome: Option<Outcome>, out: &mut Outbox) {
        match outcome {
            None => return,
            Some(Outcome::Read { case, newest }) => self.news.push_back(News::Read { case, newest }),
            Some(Outcome::Missing { id, in_full }) => self.news.push_back(News::Missing { id, in_full }),
            Some(Outcome::Unreadable { id, reason, first }) => {
                self.put_aside(id, false, out);
                if first {
                    out.tell(Notice::CaseUnreadable { case: id, reason });
                }
            }
        }
        self.finish_full();
    }

    pub(super) fn finish_full(&mut self) {
        if self.reads.finish_full() {
            self.news.push_back(News::FullRead);
        }
    }

    pub(super) fn put_aside(&mut self, id: CaseId, breaks_sessions: bool, out: &mut Outbox) {
        self.reads.put_aside(id, breaks_sessions, out.now.mono);
        out.timers.put(Timer::ZinoQuarantine, self.reads.next_retry());
    }

    fn notify_event(&mut self, event: NotifyEvent, out: &mut Outbox) {
        match event {
            NotifyEvent::Nonce(nonce) => {
                let tie = Command::Tie { nonce };
                let sent = self.session.as_mut().map(|session| session.api.send(tie));
                if sent.is_some_and(|sent| sent.is_ok()) {
                    out.timers.set(Timer::ZinoSetup, out.now.mono + PATIENCE);
                }
            }
            NotifyEvent::Notification(notification) => {
                self.reads.mark(notification.id);
                self.news.push_back(News::Happened(notification));
            }
            NotifyEvent::Goodbye => self.fall(&Fall::Goodbye, out),
            NotifyEvent::Unreadable { line } => {
                self.dropped_lines += 1;
                out.tell(Notice::NotificationUnreadable { line });
            }
            NotifyEvent::Failed(error) => self.fall(&Fall::Protocol(error), out),
        }
    }
}
