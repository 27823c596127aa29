//! One session with Zino: two connections that live and die together (behaviour B50).

use crate::daemon::outbox::Outbox;
use crate::face::{Action, Channel, ConnId, Millis, Mono, Timer};
use crate::model::CaseId;
use crate::wire::zino::{ApiChannel, ApiEvent, Busy, Command, NotifyChannel, NotifyEvent};

/// How long a reply may be silent, and how long each step of setting up a session may take.
const PATIENCE: Millis = Millis::from_secs(10);
/// How long one reply may take, however it drips.
const LONGEST_REPLY: Millis = Millis::from_secs(600);
/// After so much silence Zino is asked for its version.
const SILENCE: Millis = Millis::from_secs(60);

/// A session, from the first connection on.
#[derive(Clone, Debug, Hash)]
pub(super) struct Session {
    api_conn: ConnId,
    api: ApiChannel,
    notify: Option<(ConnId, NotifyChannel)>,
    ready_since: Option<Mono>,
    /// How many replies had come when the patience for the next one began.
    replies: u64,
    /// Since when the next reply has been awaited.
    awaited_since: Mono,
    /// Bytes have come since the patience began anew.
    has_heard: bool,
}

/// What one of the channels says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Api(ApiEvent),
    Notify(NotifyEvent),
}

impl Session {
    /// Opens the API channel.
    pub(super) fn open(api: ApiChannel, out: &mut Outbox) -> Self {
        let api_conn = out.new_conn();
        out.act(Action::Connect { conn: api_conn, channel: Channel::Api });
        be_patient(out);
        Self {
            api_conn,
            api,
            notify: None,
            ready_since: None,
            replies: 0,
            awaited_since: out.now.mono,
            has_heard: false,
        }
    }

    /// Tells since when the session has been up and tied.
    pub(super) const fn ready_since(&self) -> Option<Mono> {
        self.ready_since
    }

    /// Tells which channel a connection is, if it is one of this session.
    pub(super) fn channel(&self, conn: ConnId) -> Option<Channel> {
        if self.api_conn == conn {
            return Some(Channel::Api);
        }
        (self.notify.as_ref()?.0 == conn).then_some(Channel::Notify)
    }

    /// Takes in that a connection is up. Both servers speak first: there is nothing to do but to wait for the next line,
    /// each step with its own patience.
    pub(super) fn connected(&self, out: &mut Outbox) {
        if self.ready_since.is_none() {
            be_patient(out);
        }
    }

    /// Takes in bytes.
    pub(super) fn receive(&mut self, channel: Channel, bytes: &[u8], out: &mut Outbox) {
        match (channel, &mut self.notify) {
            (Channel::Api, _) => {
                self.api.receive(bytes);
                self.has_heard = true;
                out.timers.set(Timer::ZinoQuiet, out.now.mono + SILENCE);
            }
            (Channel::Notify, Some((_, notify))) => notify.receive(bytes),
            (Channel::Notify, None) => {}
        }
    }

    /// Takes what a channel has said.
    pub(super) fn poll(&mut self, channel: Channel) -> Option<Said> {
        match channel {
            Channel::Api => self.api.poll_event().map(Said::Api),
            Channel::Notify => self.notify.as_mut()?.1.poll_event().map(Said::Notify),
        }
    }

    /// We are logged in: opens the notification channel.
    pub(super) fn logged_in(&mut self, out: &mut Outbox) {
        let conn = out.new_conn();
        self.notify = Some((conn, NotifyChannel::new()));
        out.act(Action::Connect { conn, channel: Channel::Notify });
    }

    /// The notification channel has said its name: ties it to the API channel.
    pub(super) fn tie(&mut self, nonce: alloc::string::String, out: &mut Outbox) {
        if self.api.send(Command::Tie { nonce }).is_ok() {
            be_patient(out);
        }
    }

    /// Both channels are tied.
    pub(super) fn tied(&mut self, out: &mut Outbox) {
        self.ready_since = Some(out.now.mono);
        out.timers.stop(Timer::ZinoSetup);
    }

    /// Asks a server that has been silent for long whether it is still there.
    pub(super) fn check_health(&mut self, out: &mut Outbox) {
        if self.ready_since.is_some() {
            out.timers.set(Timer::ZinoQuiet, out.now.mono + SILENCE);
            // Busy means that a reply is awaited already, which is as good.
            let _ = self.api.send(Command::Version);
        }
    }

    /// Queues a command.
    ///
    /// # Errors
    ///
    /// [`Busy`] while it has to wait for the reply to another one.
    pub(super) fn send(&mut self, command: Command) -> Result<(), Busy> {
        self.api.send(command)
    }

    /// Takes back a write of which no byte has been sent.
    pub(super) fn withdraw_write(&mut self) -> bool {
        self.api.withdraw_write().is_some()
    }

    /// Tells whether Zino waits for the text of a note.
    pub(super) fn owes_text(&self) -> bool {
        self.api.owes_text()
    }

    /// Returns the case whose reply is awaited first.
    pub(super) fn awaited_case(&self) -> Option<CaseId> {
        self.api.awaited_case()
    }

    /// Sends what is queued, and renews the patience where something of a reply has come.
    pub(super) fn flush(&mut self, out: &mut Outbox) {
        while let Some(bytes) = self.api.poll_transmit() {
            out.act(Action::Send { conn: self.api_conn, bytes });
        }
        let progress = self.api.replies() != self.replies;
        self.replies = self.api.replies();
        let has_heard = core::mem::take(&mut self.has_heard);
        if progress || !out.timers.is_set(Timer::ZinoReply) {
            self.awaited_since = out.now.mono;
        }
        if self.ready_since.is_none() {
            // Connecting is a step too: no reply can be overdue before there is a connection.
            if progress {
                be_patient(out);
            }
        } else if self.api.waiting() == 0 {
            out.timers.stop(Timer::ZinoReply);
        } else if progress || has_heard || !out.timers.is_set(Timer::ZinoReply) {
            let at = (out.now.mono + PATIENCE).min(self.awaited_since + LONGEST_REPLY);
            out.timers.set(Timer::ZinoReply, at);
        }
    }

    /// Closes both connections.
    pub(super) fn close(self, out: &mut Outbox) {
        out.act(Action::Close { conn: self.api_conn });
        if let Some((conn, _)) = self.notify {
            out.act(Action::Close { conn });
        }
        for timer in [Timer::ZinoSetup, Timer::ZinoReply, Timer::ZinoQuiet] {
            out.timers.stop(timer);
        }
    }
}

fn be_patient(out: &mut Outbox) {
    out.timers.set(Timer::ZinoSetup, out.now.mono + PATIENCE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Now, Secret, Wall};
    use alloc::vec::Vec;

    const GREETING: &[u8] = b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n";

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(0), wall: Wall(0) }, 1)
    }

    fn actions(out: &mut Outbox) -> Vec<Action> {
        core::iter::from_fn(|| out.poll_action()).collect()
    }

    /// Goes to `secs` seconds and flushes; returns when the set-up, a reply and silence are overdue, in seconds.
    fn overdue(session: &mut Session, secs: u64, out: &mut Outbox) -> [Option<u64>; 3] {
        out.now.mono = Mono(secs * 1000);
        session.flush(out);
        let at = |timer| out.timers.get(timer).map(|at: Mono| at.0 / 1000);
        [Timer::ZinoSetup, Timer::ZinoReply, Timer::ZinoQuiet].map(at)
    }

    #[test]
    fn b50_each_step_of_setting_up_a_session_has_its_own_patience() {
        let mut out = outbox();
        let mut session = Session::open(ApiChannel::new("u", &Secret::new("s".into()), 64), &mut out);
        let Some(Action::Connect { conn: api, channel: Channel::Api }) = out.poll_action() else {
            panic!("no connection")
        };
        assert_eq!(overdue(&mut session, 3, &mut out), [Some(10), None, None]);
        session.connected(&mut out);
        assert_eq!(overdue(&mut session, 4, &mut out), [Some(13), None, None]);
        session.receive(Channel::Api, GREETING, &mut out);
        assert_eq!(
            overdue(&mut session, 5, &mut out),
            [Some(15), None, Some(64)],
            "the greeting is progress"
        );
        session.receive(Channel::Api, b"200 ok\r\n", &mut out);
        assert_eq!(session.poll(Channel::Api), Some(Said::Api(ApiEvent::LoggedIn)));
        actions(&mut out);
        session.logged_in(&mut out);
        let Some(Action::Connect { conn: notify, channel: Channel::Notify }) = out.poll_action() else {
            panic!("no second connection")
        };
        assert_eq!(
            [api, notify].map(|conn| session.channel(conn)),
            [Some(Channel::Api), Some(Channel::Notify)]
        );
        assert_eq!(session.channel(ConnId(99)), None);
        session.tied(&mut out);
        assert_eq!(overdue(&mut session, 6, &mut out), [None, None, Some(65)]);
        session.close(&mut out);
        assert_eq!(actions(&mut out), [Action::Close { conn: api }, Action::Close { conn: notify }]);
        assert_eq!(out.timers.next(), None);
    }

    #[test]
    fn b50_tying_has_its_own_patience_whenever_the_nonce_came() {
        let mut out = outbox();
        let mut session = Session::open(ApiChannel::new("u", &Secret::new("s".into()), 64), &mut out);
        session.receive(Channel::Api, GREETING, &mut out);
        session.flush(&mut out);
        session.receive(Channel::Api, b"200 ok\r\n", &mut out);
        session.logged_in(&mut out);
        assert_eq!(overdue(&mut session, 1, &mut out)[0], Some(11), "the login is progress");
        out.now.mono = Mono(8_000);
        session.tie("0".repeat(40), &mut out);
        assert_eq!(overdue(&mut session, 9, &mut out)[0], Some(18));
    }

    #[test]
    fn b50_a_reply_is_awaited_as_long_as_something_was_asked_and_silence_is_asked_about() {
        let mut out = outbox();
        let mut session = Session::open(ApiChannel::new("u", &Secret::new("s".into()), 64), &mut out);
        session.receive(Channel::Api, GREETING, &mut out);
        session.flush(&mut out);
        session.receive(Channel::Api, b"200 ok\r\n", &mut out);
        session.tied(&mut out);
        session.send(Command::CaseIds).unwrap();
        assert_eq!(overdue(&mut session, 1, &mut out)[1], Some(11));
        assert_eq!(overdue(&mut session, 2, &mut out)[1], Some(11), "nothing has come");
        session.receive(
            Channel::Api,
            b"304 list of active cases follows, terminated with '.'\r\n.\r\n",
            &mut out,
        );
        assert_eq!(overdue(&mut session, 3, &mut out)[1], None);
        session.send(Command::History(CaseId(1))).unwrap();
        assert_eq!(overdue(&mut session, 4, &mut out)[1], Some(14));
        assert_eq!(session.awaited_case(), Some(CaseId(1)));
        session.receive(Channel::Api, b"301 h", &mut out);
        assert_eq!(overdue(&mut session, 13, &mut out)[1], Some(23), "every byte renews it");
        session.receive(Channel::Api, b"i", &mut out);
        assert_eq!(overdue(&mut session, 600, &mut out)[1], Some(604), "up to ten minutes for one reply");
        session.receive(Channel::Api, b"\r\n.\r\n", &mut out);
        assert_eq!(overdue(&mut session, 601, &mut out)[1], None);
        out.now.mono = Mono(662_000);
        session.check_health(&mut out);
        assert_eq!(overdue(&mut session, 662, &mut out), [None, Some(672), Some(722)]);
        let sent = actions(&mut out);
        assert!(matches!(sent.last(), Some(Action::Send { bytes, .. }) if bytes == b"version\r\n"));
    }
}
