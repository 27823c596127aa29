//! What goes wrong between the machine and its peers.

/// What becomes of one request to Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// Nobody takes the connection.
    Refuse,
    /// The connection is cut before the server has seen the request.
    CutBefore,
    /// The server does what was asked, and the connection is cut before it answers.
    LoseReply,
    /// The server does what was asked so many milliseconds later, whether anybody still waits or not.
    Delay(u64),
    /// The server never sees the request, and the connection stays open.
    Hang,
    /// Something in front of the server answers with this status, and with these seconds to come back after.
    Status(u16, Option<u32>),
    /// The server does what was asked, and something in front of it answers with this status.
    StatusAfter(u16),
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Zino takes no connections; those that there are, are cut.
    ZinoDown,
    /// Zino says nothing any more, nor does it hear; connections stay open.
    ZinoSilent,
    /// Argus takes no connections.
    ArgusDown,
    /// The primary's agent does not answer.
    PrimarySilent,
}

/// All that is wrong now.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    lasting: Vec<Fault>,
    http: Vec<(String, HttpFault)>,
}

impl Faults {
    pub(super) fn is_on(&self, fault: Fault) -> bool {
        self.lasting.contains(&fault)
    }

    /// Takes the first fault that is meant for such a request.
    fn take(&mut self, request: &str) -> Option<HttpFault> {
        let found = self.http.iter().position(|(pattern, _)| request.contains(pattern.as_str()));
        found.map(|index| self.http.remove(index).1)
    }
}

impl super::World {
    /// Begins or ends a fault that lasts.
    pub fn set_fault(&mut self, fault: Fault, on: bool) {
        self.faults.lasting.retain(|other| *other != fault);
        if on {
            self.faults.lasting.push(fault);
        }
        if fault == Fault::ZinoDown && on {
            self.cut_zino();
        }
    }

    /// Lets the next request whose line holds `pattern` go wrong. The line is `METHOD target body`.
    pub fn fail_next(&mut self, pattern: &str, fault: HttpFault) {
        self.faults.http.push((pattern.into(), fault));
    }

    pub(super) fn fault_for(&mut self, request: &str) -> Option<HttpFault> {
        if self.faults.is_on(Fault::ArgusDown) { Some(HttpFault::Refuse) } else { self.faults.take(request) }
    }
}
