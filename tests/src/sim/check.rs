//! The invariants of behaviour section 8, checked after every step.

use super::expected::{Expected, Identity, NoteKind, is_own};
use super::modes::Modes;
use super::order;
use super::people::is_ours;
use super::plan::Setup;
use super::promptness::Promptness;
use super::request_rules::RequestRules;
use glue_proto::{CallId, HttpRequest, Method, Mode};
use glue_sim::argus::Incident;
use glue_sim::faults::FaultSchedule;
use glue_sim::world::{ModeSeen, Observed, Sent, World, request_line};
use glue_sim::zino::Writes;
use serde_json::Value;
use std::collections::BTreeMap;

const MICROS: i64 = 1_000_000;
/// Jobs besides those of cases: three counts, three listings, a heartbeat.
const OTHER_JOBS: usize = 7;
/// More full reads than these, while both sides agree and nothing happens, are a loop: seven at the shortest interval, and
/// some more where a case is missed.
const MOST_FULL_READS: u32 = 30;
/// How far apart two readings must be that show that a case is gone (behaviour B28), milliseconds.
const APART: u64 = 10_000;

/// What the checks remember from one step to the next.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Checks {
    /// Requests under way, each with what it is about, a case number or nothing, and whether it only reads.
    under_way: BTreeMap<CallId, (Option<String>, bool)>,
    modes: Modes,
    /// How often Zino was read to the end since then.
    full_reads: u32,
    request_rules: RequestRules,
    /// Whether the rules hold too that need a clock and nobody else who writes as the same source: those of `request_rules.rs` and
    /// `order.rs`.
    pub(crate) strict: bool,
    /// Once all is well and both sides agree, every write is one too many.
    pub(crate) quiet: bool,
}

type Verdict = Result<(), String>;

impl Checks {
    /// Checks everything that was seen since the last time, and the boards where they may have changed.
    pub(crate) fn check(&mut self, world: &mut World, expected: &mut Expected) -> Verdict {
        self.request_rules.look_at_losses(expected);
        for observed in world.take_observed() {
            match observed {
                Observed::Asked { call, request, mode } => {
                    self.asked(world, expected, call, &request, mode)?
                }
                Observed::Ended { call, status } => {
                    self.request_rules.ended(world, call, status, self.under_way.get(&call));
                    self.promptness().ended(call, status, world.now());
                    self.under_way.remove(&call);
                }
                // What only reads does nothing any more that could get in the way of what comes next.
                Observed::GivenUp(call) => {
                    let subject = self.under_way.get(&call).and_then(|(subject, _)| subject.as_deref());
                    self.request_rules.given_up(subject);
                    self.under_way.retain(|other, (_, reads)| *other != call || !*reads)
                }
                Observed::Faulty(call) => {
                    let subject = self.under_way.get(&call).and_then(|(subject, _)| subject.as_deref());
                    self.request_rules.promptness.faulty(call, subject);
                }
                Observed::NotificationLost(line) => self.promptness().lost(world, &line),
                Observed::Throttled(until) => {
                    self.promptness().paused_until(until);
                    self.request_rules.throttled(until);
                }
                Observed::Probed(bytes) => {
                    self.modes.probed();
                    self.request_rules.probed(&bytes);
                }
                Observed::Datagram(bytes) => self.request_rules.heard(&bytes),
                Observed::Served(sent) => self.served(world, expected, &sent)?,
                Observed::ToZino { bytes, mode } => {
                    self.promptness().changed();
                    self.sent_to_zino(world, expected, &bytes, mode)?;
                }
                Observed::Told(notice) => {
                    if self.strict {
                        self.request_rules.told(world, expected, &notice)?;
                        order::not_when_all_are_missing(world, expected, &notice)?;
                        expected.told(&notice);
                    }
                    self.modes.told(world, &notice)?;
                }
                Observed::Restless(wakeup) => {
                    return Err(format!("the next wakeup has passed already: {wakeup:?}"));
                }
                Observed::Killed => {
                    *self = Self { quiet: self.quiet, strict: self.strict, ..Self::default() }
                }
            }
        }
        if self.strict {
            self.request_rules.look(world, expected)?;
        }
        let status = world.daemon.inspect();
        let most = world.settings().argus().concurrency();
        if status.requests_under_way() > most {
            return Err(format!("invariant 4: {} requests under way", status.requests_under_way()));
        }
        let others = OTHER_JOBS + usize::from(world.settings().self_incidents());
        if status.waiting_jobs() > status.cases() + others {
            return Err(format!("invariant 4: {} jobs, {} cases", status.waiting_jobs(), status.cases()));
        }
        Ok(())
    }

    fn served(&mut self, world: &World, expected: &mut Expected, sent: &Sent) -> Verdict {
        if sent.is_feigned {
            return if self.strict { self.request_rules.feigned(sent) } else { Ok(()) };
        }
        self.promptness().changed();
        served(world, expected, sent)?;
        if self.strict {
            self.request_rules.served(sent);
            order::served(world, expected, sent)?;
        }
        Ok(())
    }

    /// Compares the boards where they may have changed, or something is overdue.
    pub(super) fn look_for_delays(
        &mut self,
        world: &World,
        expected: &Expected,
        faults: &FaultSchedule,
        setup: &Setup,
    ) -> Verdict {
        if self.strict { self.request_rules.promptness.look(world, expected, faults, setup) } else { Ok(()) }
    }

    /// Returns what is known of delays: it is to be told what is done, and what goes wrong.
    pub(super) const fn promptness(&mut self) -> &mut Promptness {
        &mut self.request_rules.promptness
    }

    fn asked(
        &mut self,
        world: &World,
        expected: &Expected,
        call: CallId,
        request: &HttpRequest,
        seen: ModeSeen,
    ) -> Verdict {
        let heartbeat = request.target.contains("heartbeat");
        let writes = request.method != Method::Get && !heartbeat;
        if writes && seen.mode == Mode::Standby && !seen.hands_over {
            return Err(format!("invariant 2: {} in STANDBY", request_line(request)));
        }
        let subject = subject(world, request);
        let is_failing = |subject: &String| {
            world.argus.options().permanent_failures.iter().any(|failure| failure.id == *subject)
        };
        let quirks = &expected.quirks;
        let is_lost = subject.is_none() && quirks.feigns_incidents();
        let never = world.never_takes(request) || is_lost;
        let is_long =
            |subject: &String| request.target.ends_with("/events/") && subject.parse().ok() == expected.long;
        let is_excused = |subject: &String| is_failing(subject) || is_long(subject);
        if writes && self.quiet && !never && !subject.as_ref().is_some_and(is_excused) {
            return Err(format!("invariant 6: {} although both sides agree", request_line(request)));
        }
        if let Some(subject) = &subject
            && self.under_way.values().any(|(other, _)| other.as_ref() == Some(subject))
        {
            return Err(format!(
                "invariant 4: a second request about case {subject}: {}",
                request_line(request)
            ));
        }
        if self.strict {
            self.request_rules.asked(world, call, request, subject.as_deref())?;
            order::level_only_with_priority(world, request)?;
        }
        if request.method == Method::Get && request.target.ends_with("/events/") {
            self.promptness().reading(world, call, subject.as_deref());
        }
        self.under_way.insert(call, (subject, request.method == Method::Get));
        Ok(())
    }

    /// Returns how many heartbeats were sent.
    pub(super) const fn heartbeats(&self) -> u64 {
        self.request_rules.heartbeats()
    }

    fn sent_to_zino(&mut self, world: &World, expected: &Expected, bytes: &[u8], seen: ModeSeen) -> Verdict {
        let text = String::from_utf8_lossy(bytes);
        if self.strict {
            self.request_rules.sent_to_zino(world, expected, &text)?;
        }
        let writes = text.starts_with("addhist ") || text.starts_with("setstate ");
        if writes && (seen.mode == Mode::Standby || seen.hands_over) {
            return Err(format!("invariant 2: {text:?} to Zino in STANDBY"));
        }
        // Nothing makes anybody look for the incident of a case that needs none: that people have ended it may be found out
        // late, and is told all the same.
        if writes && self.quiet && !is_about_unwanted(world, &text) && !is_mistreated(world, expected, &text)
        {
            return Err(format!("invariant 6: {text:?} although both sides agree"));
        }
        self.full_reads += u32::from(self.quiet && text == "caseids\r\n");
        // An incident that Argus says it has ended, and has not, is found open without its case each time.
        if self.full_reads > MOST_FULL_READS && !expected.quirks.feigns_ends() {
            return Err(format!("invariant 6: {} full reads although nothing happens", self.full_reads));
        }
        let closing = text.strip_prefix("setstate ").and_then(|rest| rest.trim_end().strip_suffix(" closed"));
        let Some(number) = closing.and_then(|number| number.trim().parse().ok()) else { return Ok(()) };
        let case = world.zino.case(glue_proto::model::CaseId(number));
        let about = |note: &super::expected::ExpectedNote| {
            note.kind == NoteKind::Close
                && note.case.0 == number
                && case.is_none_or(|case| case.opened() == note.case.1)
        };
        if !expected.notes.iter().any(about) {
            return Err(format!("invariant 3: {text:?}, but nobody closed its incident"));
        }
        // A note that has no effect holds nothing up (behaviour B14).
        if self.strict && *expected.quirks.writes(number) != Writes::Ignored {
            order::noted_before_closed(world, expected, number)
        } else {
            Ok(())
        }
    }
}

/// Says which case number a request is about, if it is about one.
fn subject(world: &World, request: &HttpRequest) -> Option<String> {
    let number = |id: &str| id.split('@').next().map(String::from);
    if request.method == Method::Post && request.target == "incidents/" {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let id = body.get("source_incident_id")?;
        return number(&id.as_str().map_or_else(|| id.to_string(), String::from));
    }
    if let Some((_, rest)) = request.target.split_once("source_incident_id=") {
        return number(&rest.split('&').next().unwrap_or_default().replace("%40", "@"));
    }
    let pk = request.target.strip_prefix("incidents/")?.split('/').next()?.parse().ok()?;
    number(&world.argus.incident(pk)?.source_incident_id)
}

/// Checks what a request did that Argus has carried out.
fn served(world: &World, expected: &mut Expected, sent: &Sent) -> Verdict {
    if sent.line.starts_with("GET") || sent.status >= 300 || sent.line.contains("heartbeat") {
        return Ok(());
    }
    expected.look(world);
    let Some(rest) = sent.line.strip_prefix("POST incidents/") else { return Ok(()) };
    if rest.starts_with(' ') {
        return one_incident_for_each_case(world, expected);
    }
    let mut words = rest.splitn(3, ['/', ' ']);
    let pk = words.next().and_then(|pk| pk.parse().ok()).unwrap_or(0);
    let Some(incident) = world.argus.incident(pk) else { return Ok(()) };
    let Some(event) = incident.events.last() else { return Ok(()) };
    if event.event_type == "END" && event.timestamp / MICROS > world.wall() + 1 {
        return Err(format!("B15: END of {pk} lies {} s ahead", event.timestamp / MICROS - world.wall()));
    }
    let Some(case) = expected.case_of(incident) else { return Ok(()) };
    match event.event_type.as_str() {
        "OTH" => one_event_for_each_entry(world, expected, incident, case),
        "END" => {
            expected.ends.insert(event.pk, world.daemon_run());
            let gone = expected
                .absent
                .get(&case)
                .is_some_and(|since| since + APART <= world.now() || expected.went_back);
            // Where the incident of an older numbering was deleted, one case may have got two.
            let twins = world.incidents().filter(|other| expected.case_of(other) == Some(case)).count();
            let is_twin = twins > 1 && expected.deleted.contains(&case.0);
            let handed_over = event.description.starts_with("Handed over");
            if expected.closed.contains(&case) || gone || is_twin || handed_over {
                return Ok(());
            }
            Err(format!("invariant 3: END of {} ({:?}), whose case is open", pk, event.description))
        }
        _ => Ok(()),
    }
}

fn one_incident_for_each_case(world: &World, expected: &Expected) -> Verdict {
    let mut seen = BTreeMap::new();
    for incident in world.incidents() {
        if let Some(case) = expected.case_of(incident)
            && let Some(other) = seen.insert(case, incident.pk)
            // Where the incident of an older numbering was deleted, nothing tells that the number was taken.
            && !expected.deleted.contains(&case.0)
        {
            return Err(format!("invariant 1: incidents {other} and {} for case {case:?}", incident.pk));
        }
    }
    Ok(())
}

fn one_event_for_each_entry(
    world: &World,
    expected: &Expected,
    incident: &Incident,
    case: Identity,
) -> Verdict {
    let Some(last) = incident.events.last() else { return Ok(()) };
    let key = (last.timestamp / MICROS, last.description.clone());
    let told = || {
        let is_told = |event: &&glue_sim::argus::Event| {
            ["OTH", "END"].contains(&event.event_type.as_str())
                && event.description == key.1
                && is_ours(world, event.actor)
        };
        incident.events.iter().filter(is_told)
    };
    let at_its_time =
        told().filter(|event| expected.stamps(incident.pk, event).any(|at| at == key.0)).count();
    // What people have reopened is ended once more, with the same words.
    let reopened = incident.events.iter().skip_while(|event| event.event_type != "REO");
    let ends = reopened.filter(|event| event.event_type == "END" && event.description == key.1).count();
    let at_its_time = at_its_time.saturating_sub(ends);
    let early = told().filter(|event| expected.tells_early(case, event, &key)).count();
    let entries = expected.entries.get(&case);
    let most = entries.and_then(|entries| entries.get(&key)).copied().unwrap_or(0) * expected.writers();
    if at_its_time + early <= most {
        return Ok(());
    }
    // An end that was told early may stand for any later entry with its text.
    let alike = entries.into_iter().flatten().filter(|((_, text), _)| *text == key.1);
    let most_alike = alike.map(|(_, count)| count).sum::<usize>() * expected.writers();
    if at_its_time <= most && told().count() <= most_alike {
        return Ok(());
    }
    Err(format!(
        "invariant 1: {} events {key:?} of {most} entries in incident {}",
        at_its_time + early,
        incident.pk
    ))
}

/// Checks that Zino has at most one note of ours for each thing that a person did in Argus (invariant 1).
pub(crate) fn one_note_for_each_action(world: &World, expected: &Expected) -> Verdict {
    let us = world.settings().zino();
    for case in world.zino.cases().filter(|case| !expected.miswritten.contains(&case.id().0)) {
        let id = super::expected::identity(case);
        let ours = || case.history().iter().filter(|entry| is_own(&entry.message, us));
        for entry in ours() {
            let Some(at) = entry.message.find("words #") else { continue };
            let (token, words) = (&entry.message[at + 6..at + 12], &entry.message[at..at + 12]);
            let actions = expected
                .notes
                .iter()
                .filter(|note| note.case == id && note.token == token && note.kind != NoteKind::Ticket);
            let (actions, notes) =
                (actions.count(), ours().filter(|other| other.message.contains(words)).count());
            if notes > actions {
                return Err(format!(
                    "invariant 1: {notes} notes of {token} in case {}, {actions} actions",
                    id.0
                ));
            }
        }
        for note in expected.notes.iter().filter(|note| note.kind == NoteKind::Ticket && note.case == id) {
            let line = format!("Ticket {} added", note.token);
            let notes = ours().filter(|entry| entry.message.contains(&line)).count();
            if notes > 1 {
                return Err(format!("invariant 1: {notes} notes of ticket {} in case {}", note.token, id.0));
            }
        }
    }
    Ok(())
}

/// Tells whether Zino does not store what is written about the case, or Argus fails at it: whether both sides agree about it is
/// not looked at then.
fn is_mistreated(world: &World, expected: &Expected, command: &str) -> bool {
    let number = command.split_whitespace().nth(1).and_then(|number| number.parse().ok());
    let stores = |number: u64| *world.zino.writes_of(glue_proto::model::CaseId(number)) == Writes::Stored;
    number.is_some_and(|number| expected.failing.contains(&number) || !stores(number))
}

/// Tells whether a write to Zino is about an open case that needs no incident.
fn is_about_unwanted(world: &World, command: &str) -> bool {
    let number = command.split_whitespace().nth(1).and_then(|number| number.parse().ok());
    let case = number.and_then(|number| world.zino.case(glue_proto::model::CaseId(number)));
    case.is_some_and(|case| case.state() != "closed" && !world.is_wanted(case))
}
