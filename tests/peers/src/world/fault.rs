//! What goes wrong between the machine and its peers.

use glue_proto::HttpRequest;
use std::collections::VecDeque;

/// What becomes of one request to Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HttpFault {
    /// Nobody takes the connection.
    Refuse,
    /// Nobody answers when a connection is wanted.
    Unreachable,
    /// The connection is cut before the server has seen the request.
    CutBefore,
    /// The server does what was asked, and the connection is cut before it answers.
    LoseReply,
    /// The server does what was asked this many milliseconds later, whether anybody still waits or not.
    Delay(u64),
    /// The connection is cut at once, and the server does what was asked this many milliseconds later: its worker does not
    /// know that nobody waits.
    CutWhileAtWork(u64),
    /// The machine is killed and begins anew while the server is at work on it, which is done so many milliseconds later.
    KillWhileAtWork(u64),
    /// Something in front of the server gives up on it and answers 504 at once, and the server does what was asked so many
    /// milliseconds later.
    GatewayTimeout(u64),
    /// The server does what was asked at once and answers this many milliseconds later.
    SlowReply(u64),
    /// The server never sees the request, and the connection stays open.
    Hang,
    /// Something in front of the server answers with this status, and with these seconds to come back after.
    Status(u16, Option<u32>),
    /// The server does what was asked, and something in front of it answers with this status.
    StatusAfter(u16),
    /// The server does what was asked, and its answer is replaced by a page of HTML with status 200.
    Html,
    /// The server does what was asked, and its answer is cut in half.
    HalfBody,
}

/// What becomes of one line of the notification channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotifyFault {
    /// It is lost.
    Lose,
    /// It comes twice.
    Double,
    /// Something else comes before it.
    Before(Vec<u8>),
}

/// What becomes of one probe's datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatagramFault {
    /// It is lost, or its answer is.
    Lose,
    /// The answer comes this many milliseconds later.
    Late(u64),
    /// The answer comes twice.
    Double,
    /// Something that is no answer comes first.
    Foreign,
    /// The answer is cut short.
    Malformed,
    /// The network says that nobody listens.
    Refused,
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LastingFault {
    /// Zino takes no connections; those that there are, are cut.
    ZinoDown,
    /// Zino says nothing any more, nor does it hear; connections stay open, but one on which
    /// something was sent meanwhile is dead from then on.
    ZinoSilent,
    /// Nothing passes between the machine and Zino; all of it arrives once this is over.
    ZinoStuck,
    /// Argus takes no connections.
    ArgusDown,
    /// Argus takes three seconds for everything.
    ArgusSlow,
    /// The primary's agent does not answer.
    PrimarySilent,
}

/// How the primary's daemon answers when it is asked whether it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrimaryDaemon {
    /// With this status.
    Answers(u16),
    /// Nobody listens there.
    Dead,
    /// Nothing comes back.
    Silent,
}

impl Default for PrimaryDaemon {
    fn default() -> Self {
        Self::Answers(200)
    }
}

/// All that is wrong now.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Faults {
    lasting: Vec<LastingFault>,
    http: Vec<(String, HttpFault)>,
    pub(super) notify: VecDeque<NotifyFault>,
    pub(super) datagrams: VecDeque<DatagramFault>,
    pub(super) primary: PrimaryDaemon,
}

impl Faults {
    pub(super) fn is_on(&self, fault: LastingFault) -> bool {
        self.lasting.contains(&fault)
    }

    /// Takes the first fault that is meant for such a request.
    fn take(&mut self, request: &HttpRequest) -> Option<HttpFault> {
        if self.http.is_empty() {
            return None;
        }
        let request = super::request_line(request);
        let found = self.http.iter().position(|(pattern, _)| request.contains(pattern.as_str()));
        found.map(|index| self.http.remove(index).1)
    }
}

impl super::World {
    /// Begins or ends a fault that lasts.
    pub fn set_fault(&mut self, fault: LastingFault, on: bool) {
        self.faults.lasting.retain(|other| *other != fault);
        if on {
            self.faults.lasting.push(fault);
        }
        if fault == LastingFault::ZinoDown && on {
            self.cut_zino();
        }
    }

    /// Tells whether a fault lasts.
    #[must_use]
    pub fn has_fault(&self, fault: LastingFault) -> bool {
        self.faults.is_on(fault)
    }

    /// Lets the next request whose line holds `pattern` go wrong. The line is `METHOD target body`.
    pub fn fail_next(&mut self, pattern: &str, fault: HttpFault) {
        self.faults.http.push((pattern.into(), fault));
    }

    /// Lets the next line of the notification channel go wrong. May be called several times ahead.
    pub fn fail_next_notification(&mut self, fault: NotifyFault) {
        self.faults.notify.push_back(fault);
    }

    /// Lets the next probe go wrong. May be called several times ahead.
    pub fn fail_next_datagram(&mut self, fault: DatagramFault) {
        self.faults.datagrams.push_back(fault);
    }

    /// Sets how the primary's daemon answers from now on. At the beginning, and once all is well, it says that it works.
    pub const fn set_primary_daemon(&mut self, daemon: PrimaryDaemon) {
        self.faults.primary = daemon;
    }

    /// Ends every fault, those that wait for their occasion too.
    pub fn heal(&mut self) {
        self.crash_after = None;
        self.faults = Faults::default();
    }

    pub(super) fn fault_for(&mut self, request: &HttpRequest) -> Option<HttpFault> {
        if self.faults.is_on(LastingFault::ArgusDown) {
            Some(HttpFault::Refuse)
        } else if let Some(fault) = self.faults.take(request) {
            Some(fault)
        } else {
            self.faults.is_on(LastingFault::ArgusSlow).then_some(HttpFault::SlowReply(3000))
        }
    }
}
