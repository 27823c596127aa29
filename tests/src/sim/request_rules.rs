//! Rules about how the machine treats its peers, which no comparison of the boards can show: pauses, retries, heartbeats,
//! sessions, and what it makes of its probes.

use super::expected::Expected;
use super::order;
use super::promptness::Promptness;
use super::retries::Retries;
use super::visibility::Visibility;
use super::work::Work;
use glue_proto::model::CaseId;
use glue_proto::{CallId, CredentialsNotice, HttpRequest, Method, Mode, Notice, OnStandby, OperatorNotice};
use glue_sim::world::{Sent, World, request_line};
use glue_sim::zino::Writes;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};

/// Within how many milliseconds the same request about a case may be sent how often: by B51 the pauses between retries
/// double, so that fewer fit. Each change of a case allows one more (behaviour B14), and so does an operator's order.
const SPAN: u64 = 10_000;
const MOST_ALIKE: usize = 12;
/// How many more for each write that Argus never takes.
const ALIKE_FOR_EACH: usize = 6;
/// How often everything may be read in that time.
const MOST_READINGS: usize = 10;
/// How long a session may take until it has begun to read everything (behaviour B50), milliseconds.
const FIRST_READ: u64 = 10_000;
/// The least pause before refused credentials are refused for good (behaviour B52), milliseconds.
const SECOND_TRY: u64 = 10_000;
/// How long handing over may take (behaviour B64), milliseconds.
const HANDOVER: u64 = 60_000;
/// What is said of a session in which the replies did not fit the commands. The simulated server answers by the book.
const OUT_OF_STEP: [&str; 3] = ["nothing waits for the reply", "came out of order", "may belong to any of"];
/// An API channel and a notification channel.
const CONNECTIONS: usize = 2;

type Verdict = Result<(), String>;

/// What these rules remember.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestRules {
    /// Until when Argus wants to be left alone.
    throttled_until: u64,
    /// The latest requests about cases: when, and what.
    asked: VecDeque<(u64, String)>,
    heartbeats: u64,
    /// When everything was read latest.
    readings: VecDeque<u64>,
    /// How many entries the history of a case had when it was asked for last.
    known: BTreeMap<u64, usize>,
    /// When there was reason for one more request about a case: a reading was asked for that shows a history which has grown,
    /// or everything was to be read again.
    reasons: VecDeque<u64>,
    /// When the session became ready that has not begun to read everything.
    unread_since: Option<u64>,
    /// When whose refusal of our credentials was not final.
    refused: BTreeMap<&'static str, u64>,
    /// The probe whose outcome is awaited, and whether its answer has been given to the machine.
    probe: Option<(Vec<u8>, bool)>,
    /// When the machine began to stand down, by its own clock.
    stands_down: Option<u64>,
    retries: Retries,
    visibility: Visibility,
    work: Work,
    pub(super) promptness: Promptness,
}

/// Whoever tells states of a world apart goes by what can still happen in them, not by what was when.
impl Hash for RequestRules {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl RequestRules {
    pub(super) const fn throttled(&mut self, until: u64) {
        if until > self.throttled_until {
            self.throttled_until = until;
        }
    }

    /// Returns how many heartbeats were sent.
    pub(super) const fn heartbeats(&self) -> u64 {
        self.heartbeats
    }

    pub(super) fn asked(
        &mut self,
        world: &World,
        call: CallId,
        request: &HttpRequest,
        subject: Option<&str>,
    ) -> Verdict {
        self.retries.asked(world, call, request, subject)?;
        let events = request.target.strip_prefix("incidents/").and_then(|rest| rest.strip_suffix("/events/"));
        if let Some(pk) = events.filter(|_| request.method == Method::Get).and_then(|pk| pk.parse().ok()) {
            self.work.reading(world, pk, subject)?;
        } else if request.method == Method::Get && request.target.starts_with("incidents/mine/") {
            self.work.shown(subject);
        }
        let (now, shown) = (world.now(), request_line(request));
        if now < self.throttled_until {
            return Err(format!("B51: {shown}, {} ms before Retry-After", self.throttled_until - now));
        }
        if request.target.contains("heartbeat") {
            self.heartbeats += 1;
        } else if subject.is_some() {
            while self.asked.front().is_some_and(|(at, _)| at + SPAN < now) {
                self.asked.pop_front();
            }
            while self.reasons.front().is_some_and(|at| at + SPAN < now) {
                self.reasons.pop_front();
            }
            let alike = 1 + self.asked.iter().filter(|(_, other)| *other == shown).count();
            // Each write that is never taken is looked at anew before it is tried again.
            let never = ALIKE_FOR_EACH * world.argus.options().refused_steps.len();
            if alike > MOST_ALIKE + self.reasons.len() + never {
                return Err(format!("B51: {shown}, {alike} times within {SPAN} ms"));
            }
            self.asked.push_back((now, shown));
        }
        Ok(())
    }

    /// Whoever writes the next of several equal entries does not try again. How many there may be is for invariant 1.
    pub(super) fn served(&mut self, sent: &Sent) {
        self.retries.served(sent);
        if sent.status == 201 {
            self.asked.retain(|(_, line)| *line != sent.line);
        }
    }

    /// Argus has said that it has done what was asked for, and has done nothing.
    pub(super) fn feigned(&mut self, sent: &Sent) -> Verdict {
        self.retries.feigned(sent)
    }

    /// Zino may have lost something.
    pub(super) fn look_at_losses(&mut self, expected: &Expected) {
        self.retries.look(expected.losses);
    }

    /// A request is waited for no longer.
    pub(super) fn given_up(&mut self, subject: Option<&str>) {
        self.work.failed(subject);
    }

    /// The machine has been told what became of a request.
    pub(super) fn ended(
        &mut self,
        world: &World,
        call: CallId,
        status: Option<u16>,
        about: Option<&(Option<String>, bool)>,
    ) {
        self.retries.ended(world, call, status);
        let subject = about.and_then(|(subject, _)| subject.as_deref());
        let is_done = status.is_some_and(|status| status < 300);
        if !is_done {
            self.work.failed(subject);
            return;
        }
        let case = subject.and_then(|subject| subject.parse().ok());
        if let Some(case) = case.filter(|_| about.is_some_and(|(_, reads)| !reads)) {
            self.visibility.carried_out(case);
        }
    }

    /// Looks at how a session begins, how often everything is read, and what is known when a state is set.
    pub(super) fn sent_to_zino(&mut self, world: &World, expected: &Expected, text: &str) -> Verdict {
        self.retries.sent_to_zino(world, &expected.notes, text)?;
        for line in text.lines() {
            let mut words = line.split(' ');
            let (command, number) = (words.next(), words.next().and_then(|number| number.parse().ok()));
            let Some((number, case)) = number.and_then(|id| Some((id, world.zino.case(CaseId(id))?))) else {
                continue;
            };
            if command == Some("gethist") {
                let entries = case.history().len();
                if self.known.insert(number, entries).is_some_and(|before| before < entries) {
                    self.reasons.push_back(world.now());
                }
            } else if command == Some("setstate")
                && words.next() != Some("closed")
                && !expected.went_back
                && *expected.quirks.writes(number) == Writes::Stored
                && !expected.miswritten.contains(&number)
            {
                let known = self.known.get(&number).copied().unwrap_or(0);
                order::one_state_for_each_ack(world, case, known)?;
            }
        }
        if !text.contains("caseids") {
            return Ok(());
        }
        self.unread_since = None;
        while self.readings.front().is_some_and(|at| at + SPAN < world.now()) {
            self.readings.pop_front();
        }
        self.readings.push_back(world.now());
        if self.readings.len() > MOST_READINGS {
            return Err(format!("B28: everything is read {} times within {SPAN} ms", self.readings.len()));
        }
        Ok(())
    }

    pub(super) fn probed(&mut self, bytes: &[u8]) {
        self.probe = Some((bytes.to_vec(), false));
    }

    pub(super) fn heard(&mut self, bytes: &[u8]) {
        if let Some((probe, answered)) = &mut self.probe {
            *answered |= answers(bytes, probe);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only some notices bear on a rule, and there will be more"
    )]
    pub(super) fn told(&mut self, world: &World, expected: &Expected, notice: &Notice) -> Verdict {
        self.visibility.told(notice);
        self.work.told(notice);
        match notice {
            // Whoever operates the machine may have everything read as often as they like.
            Notice::Reconciling => {
                self.readings.pop_front();
                self.reasons.push_back(world.now());
            }
            // The reading may have been asked for in the same moment, before this was told.
            Notice::ZinoReady if self.readings.back() == Some(&world.now()) => {}
            Notice::ZinoReady => self.unread_since = Some(world.now()),
            Notice::ZinoLost { why, .. }
                if !expected.falters && OUT_OF_STEP.iter().any(|words| why.contains(words)) =>
            {
                return Err(format!("B50: replies are put down to the wrong commands: {why}"));
            }
            Notice::ZinoLost { .. } | Notice::Started { .. } => {
                self.unread_since = None;
                self.retries.session_ended();
            }
            Notice::PrimaryAnswered { .. } if !self.take_probe() => {
                return Err(String::from("invariant 5: an answer is counted that the primary has not given"));
            }
            Notice::PrimarySilent { .. } if self.take_probe() => {
                return Err(String::from("invariant 5: an answer of the primary is not counted"));
            }
            Notice::CaseUnreadable { case, .. } => self.promptness.blamed(case.0, world.now()),
            Notice::Credentials { what: CredentialsNotice::Accepted, .. } => {
                self.promptness.credentials(true)
            }
            Notice::Credentials { what: CredentialsNotice::Expired { .. }, .. } => {
                self.promptness.credentials(false);
            }
            Notice::Credentials { by, what: CredentialsNotice::Refused { .. } } => {
                // What was under way when the first one came is refused later, and says nothing new.
                self.refused.entry(by).or_insert_with(|| world.now());
            }
            Notice::Credentials { by, what: CredentialsNotice::RefusedAgain { .. } } => {
                let first = self.refused.get(by);
                if first.is_none_or(|first| world.now() < first + SECOND_TRY) {
                    return Err(format!("B52: refused for good by {by}, first refused at {first:?}"));
                }
            }
            Notice::Operator(OperatorNotice::Retrying { .. }) => self.retries.forget(),
            Notice::ModeChanged { to: Mode::Standby, .. }
            | Notice::Operator(OperatorNotice::ModeOrdered { to: Mode::Standby, changed: true }) => {
                self.stands_down = Some(world.machine_clock());
                self.retries.forget();
            }
            Notice::ModeChanged { to: Mode::Active, .. }
            | Notice::Operator(OperatorNotice::ModeOrdered { to: Mode::Active, changed: true })
            | Notice::HandedOver { .. } => {
                self.stands_down = None;
                self.retries.forget();
            }
            _ => {}
        }
        Ok(())
    }

    /// Forgets the probe whose outcome was told, and tells whether it was answered.
    fn take_probe(&mut self) -> bool {
        self.probe.take().is_some_and(|(_, answered)| answered)
    }

    /// Looks at the world as it is after something has happened.
    pub(super) fn look(&mut self, world: &World, expected: &Expected) -> Verdict {
        self.visibility.look(world, expected)?;
        if world.is_dead() || world.is_frozen() {
            return Ok(());
        }
        if world.connections() > CONNECTIONS {
            return Err(format!("B50: {} connections to Zino at once", world.connections()));
        }
        if self.unread_since.is_some_and(|since| world.now() > since + FIRST_READ) {
            return Err(String::from("B50: a session has not begun with reading everything"));
        }
        let closes = world.settings().failover().is_some_and(|set| set.on_standby() == OnStandby::Close);
        if let Some(since) = self.stands_down.filter(|_| closes) {
            if !world.daemon.inspect().is_handing_over() {
                return Err(String::from("B64: it stands down and does not hand over"));
            }
            // One that was stopped meanwhile hears of the time only when it goes on.
            if world.machine_clock() > since + HANDOVER && world.has_run_for(1) {
                return Err(String::from("B64: handing over does not end"));
            }
        }
        Ok(())
    }
}

/// Tells whether a datagram is the agent's whole answer to this probe: nothing is read of it but its length and the request
/// id, which stands at one place in both.
fn answers(bytes: &[u8], probe: &[u8]) -> bool {
    let community = probe.get(6).map_or(0, |length| usize::from(*length));
    // Behind the message's head, the version, the community, and the head of the PDU.
    let at = 2 + 3 + 2 + community + 2;
    let id = |bytes: &[u8]| {
        let length = usize::from(*bytes.get(at + 1)?);
        bytes.get(at..at + 2 + length).map(<[u8]>::to_vec)
    };
    let whole = bytes.get(1).is_some_and(|length| usize::from(*length) + 2 == bytes.len());
    whole && id(bytes).is_some() && id(bytes) == id(probe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::wire::snmp::encode_get;
    use glue_sim::snmp::SnmpAgent;

    #[test]
    fn only_the_whole_answer_to_this_probe_is_one() {
        let agent = SnmpAgent::new("public", 0);
        let probe = encode_get(b"public", -7);
        let reply = agent.answer(&probe, 100).unwrap();
        assert!(answers(&reply, &probe));
        assert!(!answers(&reply, &encode_get(b"public", 8)));
        assert!((0..reply.len()).all(|length| !answers(&reply[..length], &probe)));
    }
}
