//! What people do on both sides.

use super::events::{ArgusAction, ZinoAction};
use super::expected::{ExpectedNote, Identity, NoteKind};
use super::run::Sim;
use glue_proto::model::CaseId;
use glue_sim::argus::EndTime;
use glue_sim::zino::{NewCase, ZinoCase};

const ODD: [&str; 8] = [
    "\r\n.\r\nsetstate 1 closed\r\n",
    "two\nlines",
    "  blanks around  ",
    "tab\tand bell\u{7} and nul\u{0}",
    "å ø ☃ 🎉",
    ".",
    "addhist 1\n.\n.",
    "\u{2028}quit\u{85}",
];
const STATES: [&str; 5] = ["working", "waiting", "open", "confirm-wait", "ignored"];
const PEOPLE: [&str; 3] = ["alice", "bob", "monitor"];

impl Sim {
    /// Makes words that nobody has used before, unless the scenario wants it otherwise.
    fn words(&mut self, how: u8) -> (String, String) {
        self.serial += 1;
        let number = if self.plan.setup.same_words { 1 } else { self.serial };
        let token = format!("#{number:05}");
        let mut text = format!("words {token}");
        if self.plan.setup.odd_words {
            text = format!("{text}{}", ODD[usize::from(how) % ODD.len()]);
        }
        (text, token)
    }

    fn some_case(&self, who: u8, fits: impl Fn(&ZinoCase) -> bool) -> Option<CaseId> {
        let cases: Vec<CaseId> =
            self.world.zino.cases().filter(|case| fits(case)).map(ZinoCase::id).collect();
        cases.get(usize::from(who) % cases.len().max(1)).copied()
    }

    /// Does something to a case. Returns what was done, for people.
    pub(super) fn do_in_zino(&mut self, action: ZinoAction, who: u8, how: u8) -> Option<String> {
        let id = self.which_case(action, who)?;
        self.do_to_case(action, id, who, how)
    }

    /// Says which case something is to be done to; a new one has no number yet.
    pub(super) fn which_case(&self, action: ZinoAction, who: u8) -> Option<CaseId> {
        let open = |case: &ZinoCase| case.state() != "closed";
        let any = |_: &ZinoCase| true;
        match action {
            ZinoAction::Open | ZinoAction::Placeholder => {
                (!self.expected.is_ambiguous(self.world.wall())).then_some(CaseId(0))
            }
            ZinoAction::Scavenge => self.some_case(who, |case| !open(case)),
            ZinoAction::Note | ZinoAction::SystemNote | ZinoAction::Log => self.some_case(who, any),
            ZinoAction::Close
            | ZinoAction::SetState
            | ZinoAction::Priority
            | ZinoAction::Describe
            | ZinoAction::BeginMaintenance
            | ZinoAction::EndMaintenance
            | ZinoAction::Break => self.some_case(who, open),
        }
    }

    /// Does something to this case. Returns what was done, for people.
    pub(super) fn do_to_case(&mut self, action: ZinoAction, id: CaseId, who: u8, how: u8) -> Option<String> {
        let now = self.world.wall();
        let person = PEOPLE[usize::from(how) % PEOPLE.len()];
        // What breaks lines breaks entries in two when they are read: that is Zino's business, and tested with it.
        let words = self.words(how).0.replace(|c: char| c.is_control() || c == '\u{2028}', " ");
        let words = words.trim();
        let zino = &mut self.world.zino;
        match action {
            ZinoAction::Open => {
                let id = zino.open_case(&new_case(who, how), now);
                return Some(format!("case {id} opens: {:?}", new_case(who, how)));
            }
            ZinoAction::Placeholder => {
                let id = zino.open_placeholder(&new_case(who, how), now);
                return Some(format!("case {id} opens as a placeholder"));
            }
            ZinoAction::Close => zino.close(id, person, now),
            ZinoAction::Note => zino.add_history(id, "alice", words, now),
            ZinoAction::SetState => zino.set_state(id, STATES[usize::from(how) % STATES.len()], person, now),
            ZinoAction::SystemNote => zino.add_system_history(id, words, now),
            ZinoAction::Log => {
                zino.add_log(id, if how.is_multiple_of(2) { "gw: linkDown" } else { "gw: linkUp" }, now)
            }
            ZinoAction::Priority => {
                zino.set_attribute(id, "priority", Some(&(u32::from(how % 8) * 100).to_string()), now)
            }
            ZinoAction::Describe => {
                zino.set_attribute(id, "descr", Some(&format!("link {}, x", how % 4)), now)
            }
            ZinoAction::Scavenge => zino.scavenge(id),
            ZinoAction::BeginMaintenance => zino.begin_maintenance(id, now),
            ZinoAction::EndMaintenance => zino.end_maintenance(id, now),
            ZinoAction::Break => zino.add_system_history(id, "", now),
        }
        .ok()?;
        Some(format!("case {id}: {action:?} by {person} ({how})"))
    }

    fn some_incident(&self, who: u8, open: bool) -> Option<(u64, Identity)> {
        let fits = |end: EndTime| (end == EndTime::Infinity) == open;
        let found: Vec<_> = self
            .world
            .argus
            .incidents()
            .filter(|incident| fits(incident.end_time))
            .filter_map(|incident| Some((incident.pk, self.expected.case_of(incident)?)))
            .collect();
        found.get(usize::from(who) % found.len().max(1)).copied()
    }

    /// Does something to an incident. Returns what was done, for people.
    pub(super) fn do_in_argus(&mut self, action: ArgusAction, who: u8, how: u8) -> Option<String> {
        let now = self.world.wall();
        let person = if how.is_multiple_of(2) { "admin" } else { "ann" };
        let (pk, case) = self.some_incident(who, action != ArgusAction::Reopen)?;
        let (words, token) = self.words(how);
        let url = format!("https://tickets.example.org/{}", &token[1..]);
        let mut note = |kind, token: &str| {
            self.expected.notes.push(ExpectedNote { kind, pk, case, token: token.into() });
        };
        let argus = &mut self.world.argus;
        match action {
            ArgusAction::Ack => {
                note(NoteKind::Ack, &token);
                argus.ack(person, pk, &words, None, now).ok()?;
            }
            ArgusAction::AckForAWhile => {
                note(NoteKind::Ack, &token);
                argus.ack(person, pk, &words, Some(now + i64::from(how)), now).ok()?;
            }
            ArgusAction::Close => {
                note(NoteKind::Close, &token);
                argus.close(person, pk, &words, now).ok()?;
            }
            ArgusAction::ForeignEnd => {
                note(NoteKind::Close, &token);
                argus.post("other-source", pk, "END", &words, now).ok()?;
            }
            ArgusAction::Ticket => {
                note(NoteKind::Ticket, &url);
                argus.set_ticket(person, pk, &url, now).ok()?;
            }
            ArgusAction::Comment => {
                argus.comment(person, pk, &words, now).ok()?;
            }
            ArgusAction::Reopen => {
                argus.reopen(person, pk, &words, now).ok()?;
            }
            ArgusAction::Level => {
                self.expected.edited.insert(pk);
                argus.set_level(person, pk, 1 + how % 5, now).ok()?;
            }
            ArgusAction::Describe => {
                self.expected.edited.insert(pk);
                argus.set_description(person, pk, &words, now).ok()?;
            }
            ArgusAction::Tag => argus.add_tag(person, pk, &format!("team=t{}", how % 4), now).ok()?,
            ArgusAction::Delete => {
                self.expected.deleted.insert(case.0);
                argus.delete_incident(pk).ok()?;
            }
        }
        let id = self.world.argus.incident(pk).map(|incident| incident.source_incident_id.clone());
        Some(format!("incident {pk} of {}: {action:?} by {person}: {words:?}", id.unwrap_or_default()))
    }
}

pub(super) fn new_case(who: u8, how: u8) -> NewCase {
    let router = format!("gw{}", who % 8);
    let case = match how % 8 {
        0..=2 => NewCase::reachability(&router),
        3 => NewCase::portstate(&router, "ge-0/0/1", 5, "link, x"),
        4 => NewCase::bgp(&router, "10.0.4.0", 64_516),
        5 => NewCase::alarm(&router, "yellow"),
        6 => NewCase::bfd(&router, 3),
        _ => NewCase::portstate(&router, "ge-0/0/1", 5, "link, y").without_log(),
    };
    if who >= 128 { case.priority(i64::from(who % 7) * 100) } else { case }
}

/// Tells whether an event was made by the machine.
pub(super) fn is_ours(world: &glue_sim::world::World, actor: u64) -> bool {
    world.is_machine(actor)
}
