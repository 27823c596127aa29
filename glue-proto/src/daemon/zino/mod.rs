//! Zino: the session with it, what is read from it, and what is written to it.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | sessions one after the other, and where each reply goes |
//! | `session.rs` | one session: two connections that live and die together |
//! | `writes.rs` | what is to be written |
//! | `reading.rs` | which cases are to be read, and what of them is there already |
//! | `reload.rs` | ending a session, and going on with other settings |
//! | `put_aside.rs` | one that could not be read |
//! | `event.rs`, `ended.rs` | what all that says to the rest of the machine; why a session ended |

mod ended;
mod event;
mod put_aside;
mod reading;
mod reload;
mod session;
mod writes;

pub(super) use event::Event;

use super::credentials::{Credentials, Refusal};
use super::outbox::Outbox;
use super::retry::{Pauses, Retry};
use crate::face::{Action, ConnId, Disconnect, Millis, Mono, Notice, Secret, Server, Timer, ZinoSettings};
use crate::model::CaseId;
use crate::wire::zino::{ApiChannel, ApiEvent, Command, NotifyEvent};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use ended::SessionEnd;
use reading::Reading;
use reload::HungUp;
use session::{Said, Session};
use writes::Writes;

/// How many reads are under way at once (behaviour B50).
const WINDOW: usize = 64;
/// The pauses before a new connection, forgotten after some health (behaviour B50).
const PAUSES: Pauses = Pauses::new(Millis::from_secs(5), Millis::from_secs(300));
const HEALTH: Millis = Millis::from_secs(60);
/// How soon cases that were put aside are looked at again where there is no session.
const ABSENT_PAUSE: Millis = Millis::from_secs(5);

/// Our side of Zino.
#[derive(Clone, Debug, Hash)]
pub(super) struct Zino {
    user: String,
    secret: Secret,
    session: Option<Session>,
    /// When the last session ended, or the machine began.
    lost_since: Mono,
    retry: Retry,
    credentials: Credentials,
    /// The next session asks for one thing at a time: replies could not be told apart.
    narrow: bool,
    reading: Reading,
    /// Since this session began, the cases have not been listed.
    is_unlisted: bool,
    /// Since this session began, not everything has been read.
    is_unread: bool,
    writes: Writes,
    events: VecDeque<Event>,
}

impl Zino {
    pub(super) fn new(settings: &ZinoSettings, now: Mono) -> Self {
        Self {
            user: settings.user().into(),
            secret: settings.secret().clone(),
            session: None,
            lost_since: now,
            retry: Retry::default(),
            credentials: Credentials::default(),
            narrow: false,
            reading: Reading::new(),
            is_unlisted: true,
            is_unread: true,
            writes: Writes::default(),
            events: VecDeque::new(),
        }
    }

    /// Takes what is to be said to the rest of the machine.
    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Tells whether the session is up and tied.
    pub(super) fn is_ready(&self) -> bool {
        self.ready_since().is_some()
    }

    /// Returns since when the session is up and tied.
    pub(super) fn ready_since(&self) -> Option<Mono> {
        self.session.as_ref()?.ready_since()
    }

    /// Returns since when there is no session, where there is none.
    pub(super) const fn lost_since(&self) -> Mono {
        self.lost_since
    }

    /// Tells whether everything has been read in this session.
    pub(super) fn is_read(&self) -> bool {
        self.is_ready() && !self.is_unread
    }

    /// Tells whether Zino does not take our credentials.
    pub(super) const fn is_refused(&self) -> bool {
        self.credentials.are_refused()
    }

    /// Tells whether a write is under way.
    pub(super) const fn is_writing(&self) -> bool {
        self.writes.is_under_way()
    }

    /// Tells whether nothing is to be read or written, but for what was put aside.
    pub(super) fn is_idle(&self) -> bool {
        self.reading.is_idle() && self.writes.is_idle()
    }

    /// Returns what is being read, and what is put aside.
    pub(super) const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Opens a session, if there is none.
    pub(super) fn connect(&mut self, out: &mut Outbox) {
        if self.session.is_none() {
            if self.is_refused() {
                out.act(Action::ReadSecret { server: Server::Zino });
            }
            let window = if core::mem::take(&mut self.narrow) { 1 } else { WINDOW };
            let api = ApiChannel::new(&self.user, &self.secret, window);
            self.session = Some(Session::open(api, out));
        }
    }

    /// Takes in that a connection is up.
    pub(super) fn connected(&self, conn: ConnId, out: &mut Outbox) {
        if let Some(session) = self.session.as_ref().filter(|session| session.channel(conn).is_some()) {
            session.connected(out);
        }
    }

    /// Takes in bytes.
    pub(super) fn received(&mut self, conn: ConnId, bytes: &[u8], out: &mut Outbox) {
        let Some(session) = &mut self.session else { return };
        let Some(channel) = session.channel(conn) else { return };
        session.receive(channel, bytes, out);
        while let Some(said) = self.session.as_mut().and_then(|session| session.poll(channel)) {
            match said {
                Said::Api(event) => self.api_said(event, out),
                Said::Notify(event) => self.notify_said(event, out),
            }
        }
    }

    /// Takes in that a connection is gone, and with it the session.
    pub(super) fn disconnected(&mut self, conn: ConnId, reason: Disconnect, out: &mut Outbox) {
        if let Some(channel) = self.session.as_ref().and_then(|session| session.channel(conn)) {
            self.end_session(&SessionEnd::Disconnected(channel, reason), out);
        }
    }

    fn api_said(&mut self, event: ApiEvent, out: &mut Outbox) {
        let now = out.now.mono;
        let read = match event {
            ApiEvent::LoggedIn => {
                out.tell_any(self.credentials.accepted("Zino"));
                if let Some(session) = &mut self.session {
                    session.logged_in(out);
                }
                return;
            }
            ApiEvent::Tied => {
                if let Some(session) = &mut self.session {
                    session.tied(out);
                    (self.is_unlisted, self.is_unread) = (true, true);
                    self.events.push_back(Event::Ready);
                }
                return;
            }
            ApiEvent::LoginRefused { reply } => {
                return self.end_session(&SessionEnd::LoginRefused(reply), out);
            }
            ApiEvent::TieRefused { .. } => return self.end_session(&SessionEnd::TieRefused, out),
            ApiEvent::Failed(error) => return self.end_session(&SessionEnd::Protocol(error), out),
            ApiEvent::CaseIds(ids) => {
                let first = core::mem::take(&mut self.is_unlisted);
                return self.events.push_back(Event::Listed { ids, first });
            }
            ApiEvent::CaseIdsFailed { reason } => {
                self.reading.abandon_full();
                return out.tell(Notice::ListUnreadable { reason });
            }
            ApiEvent::NoteAdded(id) | ApiEvent::StateSet(id) => return self.written(id, None),
            ApiEvent::WriteRefused { id, reply, .. } => return self.written(id, Some(reply)),
            ApiEvent::Version(_) => return,
            ApiEvent::Attributes(id, attributes) => self.reading.attributes(id, attributes, now),
            ApiEvent::History(id, history) => self.reading.history(id, history, now),
            ApiEvent::Log { id, went_down } => self.reading.log(id, went_down, now),
            ApiEvent::NoSuchCase { id, .. } => self.reading.missing(id, now),
            ApiEvent::Unreadable { id, error } => self.reading.unreadable(id, &error.to_string(), now),
        };
        if let Some(event) = read {
            self.case_read(event, false, out);
        }
    }

    /// Takes in what came of reading a case. One that cannot be read is put aside for a while (behaviour B14).
    fn case_read(&mut self, event: Event, ended_session: bool, out: &mut Outbox) {
        if let Event::Unreadable { id, reason, first } = &event {
            self.reading.put_aside(*id, ended_session, out.now.mono);
            self.plan_retry(out);
            if *first {
                out.tell(Notice::CaseUnreadable { case: *id, reason: reason.clone() });
            }
        }
        self.events.push_back(event);
        self.finish_full();
    }

    fn written(&mut self, id: CaseId, refused: Option<String>) {
        self.writes.end();
        // What is read from here on shows what was written, and what was read before must not be taken for it.
        self.reading.mark(id);
        self.events.push_back(Event::Written { id, refused });
    }

    fn notify_said(&mut self, event: NotifyEvent, out: &mut Outbox) {
        match event {
            NotifyEvent::Nonce(nonce) => {
                if let Some(session) = &mut self.session {
                    session.tie(nonce, out);
                }
            }
            NotifyEvent::Notification(notification) => {
                let id = notification.id;
                out.on_the_way.heard(id, out.now.mono);
                self.events.push_back(Event::Notified(notification));
                if !self.reading.mark(id) {
                    // What is announced of it must be acted on before its next try.
                    self.events.push_back(Event::Unreadable { id, reason: String::new(), first: false });
                }
            }
            NotifyEvent::Goodbye => self.end_session(&SessionEnd::Goodbye, out),
            NotifyEvent::Unreadable { line } => {
                out.tell(Notice::NotificationUnreadable { line });
            }
            NotifyEvent::Failed(error) => self.end_session(&SessionEnd::Protocol(error), out),
        }
    }

    /// Asks for a read of everything: `caseids`, then every case; `of_new` tells whether there are others to ask for since it
    /// was asked for last. Without a session it is asked for in vain: each new session begins with one.
    pub(super) fn read_all(&mut self, of_new: bool) {
        if self.is_ready() {
            self.reading.want_full(of_new);
        }
    }

    /// Goes on with reading everything: the cases that were listed, and others that are asked for by number.
    pub(super) fn read_listed(&mut self, ids: Vec<CaseId>, others: impl IntoIterator<Item = CaseId>) {
        self.reading.listed(ids, others);
        self.finish_full();
    }

    fn finish_full(&mut self) {
        if self.reading.finish_full() {
            let first = core::mem::take(&mut self.is_unread);
            self.events.push_back(Event::FullRead { first });
        }
    }

    /// Forgets what is known of a case.
    pub(super) fn forget(&mut self, id: CaseId) {
        self.reading.forget(id);
    }

    /// Queues a write. It is lost with the session.
    pub(super) fn write(&mut self, id: CaseId, command: Command) {
        self.writes.push(id, command);
    }

    /// Drops every write that has not begun, and ends the session if one has: it could only be taken back by that
    /// (behaviour B62). Returns the cases whose writes were dropped.
    pub(super) fn drop_writes(&mut self, out: &mut Outbox) -> Vec<CaseId> {
        let dropped = self.writes.withdraw(self.session.as_mut());
        if dropped.has_begun {
            self.end_session(&SessionEnd::HandedOver, out);
        }
        dropped.cases
    }

    /// Sends whatever may be sent now.
    pub(super) fn pump(&mut self, out: &mut Outbox) {
        let Some(session) = &mut self.session else { return };
        if session.ready_since().is_some() {
            if let Some(id) = self.writes.begin(session) {
                self.reading.outdate(id);
            }
            if self.reading.is_full_wanted() && session.send(Command::CaseIds).is_ok() {
                self.reading.begin_full();
            }
            while let Some(command) = self.reading.next_command(out.now.mono)
                && session.send(command.clone()).is_ok()
            {
                self.reading.take_command();
            }
        }
        session.flush(out);
    }

    /// The session was not set up in time.
    pub(super) fn setup_overdue(&mut self, out: &mut Outbox) {
        self.end_session(&SessionEnd::Overdue("the session was not set up in time"), out);
    }

    /// A reply did not come in time.
    pub(super) fn reply_overdue(&mut self, out: &mut Outbox) {
        let case = self.session.as_ref().and_then(Session::awaited_case);
        self.end_session(&SessionEnd::ReplyOverdue(case), out);
    }

    /// Asks a server that has been silent for long whether it is still there.
    pub(super) fn check_health(&mut self, out: &mut Outbox) {
        if let Some(session) = &mut self.session {
            session.check_health(out);
        }
    }

    /// Reads the cases again that were put aside and are due, and at once the one that is wanted (behaviour B77).
    pub(super) fn retry(&mut self, wanted: Option<CaseId>, out: &mut Outbox) {
        wanted.into_iter().for_each(|id| self.reading.retry(id));
        if self.is_ready() {
            self.reading.retry_due(out.now.mono);
        }
        self.plan_retry(out);
    }

    /// Plans when the cases that were put aside are tried again: what is due without a session is due in the next one.
    fn plan_retry(&self, out: &mut Outbox) {
        let earliest = out.now.mono + if self.is_ready() { Millis(1) } else { ABSENT_PAUSE };
        let next = self.reading.next_retry().map(|at| at.max(earliest));
        out.timers.put(Timer::ZinoQuarantine, next);
    }

    /// Ends the session and plans the next one.
    fn end_session(&mut self, why: &SessionEnd, out: &mut Outbox) {
        let Some(HungUp { ready_since, writing }) = self.hang_up(out) else { return };
        self.blame(why, out);
        // Where everything else was read, nothing is wrong with the server.
        let is_one_case = why.blamed().is_some() && ready_since.is_some() && !self.is_unread;
        if is_one_case || ready_since.is_some_and(|since| out.now.mono.since(since) >= HEALTH) {
            self.retry.reset();
        }
        let mut retry = self.retry.failed_with_jitter(&PAUSES, out.now.mono, &mut out.seed);
        if let SessionEnd::LoginRefused(reply) = why {
            retry = self.login_refused(reply.clone(), out).pause().unwrap_or(retry);
        }
        out.tell(Notice::ZinoLost { why: why.to_string(), retry, was_ready: ready_since.is_some() });
        self.events.push_back(Event::Ended { writing });
        out.timers.set(Timer::ZinoRetry, out.now.mono + retry);
    }

    /// Puts the case aside that has probably ended the session, and narrows the window where replies could not be matched.
    fn blame(&mut self, why: &SessionEnd, out: &mut Outbox) {
        if let SessionEnd::Protocol(error) = why {
            self.narrow = error.wants_narrow_window();
        }
        if let Some(id) = why.blamed() {
            let (reason, first) = (why.to_string(), !self.reading.is_put_aside(id));
            self.case_read(Event::Unreadable { id, reason, first }, true, out);
        }
        self.plan_retry(out);
    }

    /// Closes both connections for good.
    pub(super) fn shut_down(&mut self, out: &mut Outbox) {
        if let Some(session) = self.session.take() {
            session.close(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Now, Settings, Wall};
    use alloc::format;

    const ONE: CaseId = CaseId(1);
    const TWO: CaseId = CaseId(2);
    const HISTORY: &str = "301 history follows\r\n.\r\n";
    const LOG: &str = "300 log follows\r\n.\r\n";

    /// Our side of Zino, and what it is asked and told.
    struct Rig {
        zino: Zino,
        out: Outbox,
        conns: Vec<ConnId>,
        sent: String,
        notices: Vec<Notice>,
    }

    impl Rig {
        fn new() -> Self {
            let mut rig = Self {
                zino: Zino::new(Settings::example().zino(), Mono(0)),
                out: Outbox::new(Now { mono: Mono(0), wall: Wall(0) }, 1),
                conns: Vec::new(),
                sent: String::new(),
                notices: Vec::new(),
            };
            rig.begin_session();
            rig
        }

        /// Begins a session. It is up and tied then.
        fn begin_session(&mut self) {
            self.conns.clear();
            self.zino.connect(&mut self.out);
            self.pump();
            self.reply("200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n");
            self.reply("200 ok\r\n");
            self.hear(&format!("{}\r\n", "1".repeat(40)));
            self.reply("200 ok\r\n");
            assert_eq!(self.events(), [Event::Ready]);
            self.sent.clear();
        }

        fn pump(&mut self) {
            self.zino.pump(&mut self.out);
            while let Some(action) = self.out.poll_action() {
                match action {
                    Action::Connect { conn, .. } => self.conns.push(conn),
                    Action::Send { bytes, .. } => {
                        self.sent.push_str(core::str::from_utf8(&bytes).expect("commands are text"));
                    }
                    Action::Notice(notice) => self.notices.push(notice),
                    Action::Close { .. }
                    | Action::Http { .. }
                    | Action::CancelHttp { .. }
                    | Action::SendDatagram { .. }
                    | Action::AskHealth { .. }
                    | Action::ReadSecret { .. }
                    | Action::Exit(_) => {}
                }
            }
        }

        fn at(&mut self, seconds: u64) {
            self.out.now.mono = Mono(seconds * 1_000);
        }

        /// Zino answers.
        fn reply(&mut self, text: &str) {
            self.zino.received(self.conns[0], text.as_bytes(), &mut self.out);
            self.pump();
        }

        /// Zino says something on the notification channel.
        fn hear(&mut self, text: &str) {
            self.zino.received(self.conns[1], text.as_bytes(), &mut self.out);
            self.pump();
        }

        /// Something happens to a case.
        fn mark(&mut self, id: CaseId) {
            self.hear(&format!("{id} history 1\r\n"));
            assert!(matches!(self.events()[..], [Event::Notified(_)]));
        }

        fn disconnect(&mut self) {
            self.zino.disconnected(self.conns[0], Disconnect::Closed, &mut self.out);
            self.pump();
        }

        /// A case is marked, and cannot be read.
        fn fail(&mut self, id: CaseId) {
            self.mark(id);
            for _ in 0..3 {
                self.reply(&format!("500 event \"{id}\" is odd\r\n"));
            }
            assert!(matches!(self.events()[..], [Event::Unreadable { .. }]));
        }

        fn events(&mut self) -> Vec<Event> {
            core::iter::from_fn(|| self.zino.poll_event()).collect()
        }

        fn sent(&mut self) -> String {
            core::mem::take(&mut self.sent).replace("\r\n", "|")
        }

        fn timer(&self, timer: Timer) -> Option<u64> {
            self.out.timers.get(timer).map(|at| at.0 / 1_000)
        }
    }

    fn attributes(id: CaseId) -> String {
        format!("303 x\r\nid: {id}\r\nrouter: gw1\r\ntype: bgp\r\nstate: open\r\nopened: 50\r\n.\r\n")
    }

    #[test]
    fn b28_a_list_that_cannot_be_read_is_told_and_asked_for_again_in_the_same_session() {
        let mut rig = Rig::new();
        for count in 1..=2 {
            rig.zino.read_all(false);
            rig.pump();
            assert_eq!(rig.sent(), "caseids|");
            rig.reply("304 x\r\nwhat\r\n.\r\n");
            assert_eq!(rig.events(), []);
            assert_eq!(rig.notices.len(), count);
            assert!(matches!(rig.notices.last(), Some(Notice::ListUnreadable { .. })));
        }
    }

    #[test]
    fn b14_that_a_case_cannot_be_read_is_told_once() {
        let mut rig = Rig::new();
        rig.fail(ONE);
        rig.fail(ONE);
        let told = |notice: &&Notice| matches!(notice, Notice::CaseUnreadable { case: ONE, .. });
        assert_eq!(rig.notices.iter().filter(told).count(), 1, "{:?}", rig.notices);
    }

    #[test]
    fn b14_a_case_that_is_forgotten_is_not_put_aside_any_more() {
        let mut rig = Rig::new();
        rig.fail(ONE);
        assert!(rig.zino.reading().is_put_aside(ONE) && rig.zino.reading().len_put_aside() == 1);
        rig.zino.forget(ONE);
        assert!(!rig.zino.reading().is_put_aside(ONE) && rig.zino.reading().len_put_aside() == 0);
    }

    #[test]
    fn b14_each_case_that_was_put_aside_is_tried_again_when_its_own_pause_is_over() {
        let mut rig = Rig::new();
        rig.fail(ONE);
        rig.at(3);
        rig.fail(TWO);
        rig.sent();
        assert_eq!(rig.timer(Timer::ZinoQuarantine), Some(5));
        rig.at(5);
        rig.zino.retry(None, &mut rig.out);
        rig.pump();
        assert_eq!(rig.sent(), "getattrs 1|");
        assert_eq!(rig.timer(Timer::ZinoQuarantine), Some(8));
    }

    #[test]
    fn b13_a_case_that_was_asked_for_before_a_write_is_read_again_after_it() {
        let mut rig = Rig::new();
        rig.mark(ONE);
        rig.zino.write(ONE, Command::AddHistory { id: ONE, text: "ours".into() });
        rig.pump();
        assert_eq!(rig.sent(), "getattrs 1|");
        rig.reply(&attributes(ONE));
        rig.reply(HISTORY);
        rig.reply(LOG);
        assert_eq!(rig.events(), [], "what was read is older than the note");
        assert_eq!(rig.sent(), "gethist 1|getlog 1|addhist 1  -|");
        rig.reply("302 go on\r\n");
        rig.reply("200 ok\r\n");
        assert_eq!(rig.events(), [Event::Written { id: ONE, refused: None }]);
        assert!(rig.sent().ends_with("|getattrs 1|"));
    }

    #[test]
    fn b53_zino_is_gone_since_the_end_of_the_last_session_that_was_up() {
        let mut rig = Rig::new();
        rig.at(100);
        rig.disconnect();
        assert_eq!(rig.zino.lost_since(), Mono(100_000));
        rig.conns.clear();
        rig.at(105);
        rig.zino.connect(&mut rig.out);
        rig.pump();
        rig.at(106);
        rig.disconnect();
        assert_eq!(rig.zino.lost_since(), Mono(100_000), "that one never was");
    }

    #[test]
    fn b50_after_replies_that_could_not_be_told_apart_one_thing_is_asked_for_at_a_time_in_the_next_session() {
        let mut rig = Rig::new();
        let expected = ["getattrs 1|getattrs 2|", "getattrs 1|", "getattrs 1|getattrs 2|"];
        for (session, expected) in expected.into_iter().enumerate() {
            rig.mark(ONE);
            rig.mark(TWO);
            assert_eq!(rig.sent(), expected, "session {session}");
            if session == 0 {
                rig.reply("500 internal error\r\n");
            } else {
                rig.disconnect();
            }
            assert_eq!(rig.events(), [Event::Ended { writing: None }]);
            rig.begin_session();
        }
    }
}
