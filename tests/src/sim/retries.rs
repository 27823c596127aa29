//! Invariant 13: one write for one case, with the same content, is sent again only after 1, 2, 4 .. s.
//!
//! A write counts as failed when a server has refused it as this write. What was not answered, or refused because the server had
//! no time, is for the rules about outages (behaviour B51); what has come about begins anew, for people may do the same thing
//! twice. So it is where Zino has lost what it knew: what was wanted may not be wanted for a while, and then again. Where the
//! server says yes and does nothing, both sides seem to agree until the case is read again: then the write may be sent at once,
//! but not often.

use super::expected::ExpectedNote;
use super::people::is_ours;
use glue_proto::model::CaseId;
use glue_proto::{CallId, HttpRequest, Method};
use glue_sim::argus::Event;
use glue_sim::world::{Sent, World, request_line};
use glue_sim::zino::{Writes, ZinoCase};
use std::collections::{BTreeMap, BTreeSet};

/// The longest pause, milliseconds (behaviour B14).
const LONGEST: u64 = 15 * 60 * 1000;
/// The first pause, milliseconds.
const FIRST: u64 = 1000;
/// How often a write may be sent within how many milliseconds to which the server says yes and does nothing.
const MOST_FEIGNED: usize = 8;
const SPAN: u64 = 60_000;
/// The answers that are about one write and not about the server's time or our credentials.
const OWN: [u16; 7] = [400, 404, 405, 413, 422, 500, 501];

/// A write that has failed.
#[derive(Clone, Debug)]
struct Failed {
    /// How often in a row.
    times: u32,
    /// When it was known the last time, milliseconds by the machine's clock.
    at: u64,
    /// How many of the failures may have been put down to an incident that was taken for deleted, or for made or changed by
    /// somebody else: then it is looked at, and the write sent again at once (behaviour B13).
    free: u32,
    /// What it follows from, as that was then: it may be wanted, not wanted, and wanted again.
    reason: Reason,
}

/// What a write follows from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reason {
    /// The case, where all of it matters.
    case: Option<ZinoCase>,
    /// How often people had closed or opened the incident: nothing is wanted of one that has ended.
    transitions: usize,
}

/// A case when something was written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AsTold {
    /// How much history it had.
    entries: usize,
    state: String,
    /// How much people had done in Argus that it was to be told: two notes may have the same words.
    notes: usize,
}

/// What was written and failed since the daemon was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Retries {
    under_way: BTreeMap<CallId, (String, Option<String>)>,
    /// Requests under way that concern no case.
    at_large: BTreeSet<CallId>,
    /// The last of those that was answered failed, and nothing has succeeded since (behaviour B51).
    is_failing: bool,
    failed: BTreeMap<String, Failed>,
    /// When the server said yes to a write and did nothing.
    feigned: BTreeMap<String, Vec<u64>>,
    /// How often Zino had lost something.
    losses: usize,
    /// The case whose text is awaited on the connection.
    noting: Option<CaseId>,
    /// What was written to Zino last, and how the case was then.
    told: BTreeMap<String, AsTold>,
}

impl Retries {
    /// A request is sent.
    pub(super) fn asked(
        &mut self,
        world: &World,
        call: CallId,
        request: &HttpRequest,
        subject: Option<&str>,
    ) -> Result<(), String> {
        if subject.is_none() {
            self.at_large.insert(call);
        }
        if request.method == Method::Get || request.target.contains("heartbeat") {
            return Ok(());
        }
        let line = request_line(request);
        if self.failed.get(&line).is_some_and(|failed| failed.reason != Reason::of(world, &line, subject)) {
            self.failed.remove(&line);
        }
        self.demand(world.machine_clock(), &line)?;
        self.under_way.insert(call, (line, subject.map(String::from)));
        Ok(())
    }

    /// The machine has been told what became of a request.
    pub(super) fn ended(&mut self, world: &World, call: CallId, status: Option<u16>) {
        let was_failing = self.is_failing;
        let is_at_large = self.at_large.remove(&call);
        match status {
            Some(status) if status < 300 => self.is_failing = false,
            Some(status) if status >= 500 && is_at_large => self.is_failing = true,
            Some(_) | None => {}
        }
        let Some((line, subject)) = self.under_way.remove(&call) else { return };
        // What is done all the same is not sent again: an equal one may be.
        let failures = &world.argus.options().permanent_failures;
        let is_done = failures.iter().any(|failure| failure.is_done && Some(&failure.id) == subject.as_ref());
        // Where everything is answered so, it is no fault of the write (behaviour B51).
        if !is_done && !was_failing && status.is_some_and(|status| OWN.contains(&status)) {
            let is_light =
                status == Some(404) || line.starts_with("PATCH") || line.starts_with("POST incidents/ ");
            let reason = Reason::of(world, &line, subject.as_deref());
            self.fail(world.machine_clock(), line, u32::from(is_light), reason);
        }
    }

    /// Argus has done what was asked for.
    pub(super) fn served(&mut self, sent: &Sent) {
        if sent.status < 300 {
            self.failed.remove(&sent.line);
            self.under_way.retain(|_, (line, _)| *line != sent.line);
        }
    }

    /// Argus says that it has done what was asked for, and has done nothing.
    pub(super) fn feigned(&mut self, sent: &Sent) -> Result<(), String> {
        if sent.status >= 300 {
            return Ok(());
        }
        let times = self.feigned.entry(sent.line.clone()).or_default();
        times.retain(|at| at + SPAN > sent.at);
        times.push(sent.at);
        if times.len() > MOST_FEIGNED {
            return Err(format!("invariant 13: {} times within {SPAN} ms: {}", times.len(), sent.line));
        }
        Ok(())
    }

    /// Forgets all failures where Zino has lost something since it was asked last.
    pub(super) fn look(&mut self, losses: usize) {
        if losses != self.losses {
            self.losses = losses;
            self.forget();
        }
    }

    /// Everything begins anew, as where the mode changes: others may have written meanwhile (behaviour B63).
    pub(super) fn forget(&mut self) {
        self.failed.clear();
        self.told.clear();
    }

    /// Bytes are sent to Zino.
    pub(super) fn sent_to_zino(
        &mut self,
        world: &World,
        notes: &[ExpectedNote],
        text: &str,
    ) -> Result<(), String> {
        let about = |case: CaseId| notes.iter().filter(|note| note.case.0 == case.0).count();
        if let Some(case) = self.noting.take() {
            return self.told(world, case, about(case), format!("note in case {case}: {text}"));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let case = words.get(1).and_then(|number| number.parse().ok()).map(CaseId);
        match (words.first(), case) {
            (Some(&"addhist"), case) => self.noting = case,
            (Some(&"setstate"), Some(case)) => {
                return self.told(world, case, about(case), text.trim_end().into());
            }
            _ => {}
        }
        Ok(())
    }

    /// A text or a state is sent. Whether the one before it has come to anything is to be seen in the case itself.
    fn told(&mut self, world: &World, case: CaseId, notes: usize, line: String) -> Result<(), String> {
        let Some(found) = world.zino.case(case) else { return Ok(()) };
        let now = AsTold { entries: found.history().len(), state: found.state().into(), notes };
        // Where somebody else has set another state since, it is to be set anew.
        let is_anew = |before: &AsTold| {
            let is_other = line.starts_with("setstate") && before.state != now.state;
            is_other || before.notes != now.notes
        };
        let comes_to_nothing = |before: &AsTold| match world.zino.writes_of(case) {
            Writes::Ignored | Writes::Altered => !is_anew(before),
            Writes::Stored | Writes::StateRefused(_) => *before == now,
        };
        match self.told.insert(line.clone(), now.clone()) {
            Some(before) if comes_to_nothing(&before) => {
                self.demand(world.machine_clock(), &line)?;
                self.fail(world.machine_clock(), line, 0, Reason::default());
            }
            Some(_) | None => {
                self.failed.remove(&line);
                self.fail(world.machine_clock(), line, 0, Reason::default());
            }
        }
        Ok(())
    }

    /// The session with Zino is gone: of what was written on it nothing is known.
    pub(super) fn session_ended(&mut self) {
        self.noting = None;
        self.told.clear();
    }

    fn demand(&self, now: u64, line: &str) -> Result<(), String> {
        let Some(failed) = self.failed.get(line) else { return Ok(()) };
        let counted = failed.times.saturating_sub(failed.free);
        let pause = if counted == 0 { 0 } else { FIRST << (counted - 1).min(20) }.min(LONGEST);
        if now >= failed.at + pause {
            return Ok(());
        }
        let (times, after) = (failed.times, now - failed.at);
        Err(format!("invariant 13: after {times} failures and {after} ms, once more: {line}"))
    }

    fn fail(&mut self, now: u64, line: String, free: u32, reason: Reason) {
        let entry = self.failed.entry(line);
        let failed = entry.or_insert(Failed { times: 0, at: now, free, reason: Reason::default() });
        failed.times += 1;
        failed.at = now;
        failed.reason = reason;
    }
}

impl Reason {
    fn of(world: &World, line: &str, subject: Option<&str>) -> Self {
        let follows = line.starts_with("PATCH") || line.starts_with("POST incidents/ ");
        let number = subject.filter(|_| follows).and_then(|number| number.parse().ok());
        let case = number.and_then(|number| world.zino.case(CaseId(number)).cloned());
        let rest = line.strip_prefix("POST incidents/").or_else(|| line.strip_prefix("PATCH incidents/"));
        let pk = rest.and_then(|rest| rest.split('/').next()?.parse().ok());
        let incident = pk.and_then(|pk| world.argus.incident(pk));
        let by_people = |event: &&Event| match event.event_type.as_str() {
            "CLO" | "REO" => true,
            "END" => !is_ours(world, event.actor),
            _ => false,
        };
        let transitions = incident.map_or(0, |incident| incident.events.iter().filter(by_people).count());
        Self { case, transitions }
    }
}
