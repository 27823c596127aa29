//! The people on both sides: operators who work in Zino, users who work in Argus.
//!
//! [`People`] turns an action and two bytes, `who` and `how`, into a call of one of the servers' methods: `who` chooses among
//! the cases or incidents that there are at that moment, `how` among the ways to do it. So any bytes at all are people who do
//! something sensible, which is what a property test or a fuzzer wants. Whoever knows exactly what is to happen calls the
//! methods of [`ZinoServer`] and [`ArgusServer`] instead.
//!
//! What people write holds a token, such as `#00007`, that is found again in the note of the other side.
//!
//! ```
//! use glue_sim::people::{People, ZinoAction};
//! use glue_sim::zino::ZinoServer;
//!
//! let (mut people, mut zino) = (People::new(), ZinoServer::new("glue", "secret"));
//! let opened = people.in_zino(&mut zino, ZinoAction::Open, 0, 0, 1_800_000_000).expect("a case opens");
//! let noted = people.in_zino(&mut zino, ZinoAction::Note, 0, 0, 1_800_000_060).expect("there is a case");
//! assert_eq!(noted.case, opened.case);
//! let case = zino.case(opened.case).expect("it is there");
//! assert_eq!(case.history().last().expect("a note").message, "alice\nwords #00002");
//! ```

mod actions;

pub use actions::{ArgusAction, UserAction, ZinoAction};

use crate::argus::{ArgusServer, EndTime};
use crate::zino::{NewCase, ZinoCase, ZinoServer};
use glue_proto::model::CaseId;
use std::fmt;

/// What stands after the words of people who write what looks like protocol.
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
const OPERATORS: [&str; 3] = ["alice", "bob", "monitor"];
const USERS: [&str; 2] = ["admin", "ann"];

/// The people who work with the two servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    actions: u32,
    repeats_words: bool,
    odd_words: bool,
}

/// What was done in Zino.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneInZino {
    /// What.
    pub action: ZinoAction,
    /// To which case.
    pub case: CaseId,
    /// By whom. Where Zino itself does it, this is not told to anybody.
    pub user: &'static str,
    /// The words of those actions that have words.
    pub text: String,
}

/// What was done in Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneInArgus {
    /// What.
    pub action: ArgusAction,
    /// To the incident with this pk.
    pub incident: u64,
    /// By whom.
    pub user: &'static str,
    /// The words of those actions that have words.
    pub text: String,
    /// The part of the text that tells it from every other text.
    pub token: String,
    /// The URL of the ticket, if one was set.
    pub ticket: String,
}

impl fmt::Display for DoneInZino {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, case, user, text } = self;
        write!(f, "case {case}: {action:?} by {user}: {text:?}")
    }
}

impl fmt::Display for DoneInArgus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, incident, user, text, .. } = self;
        write!(f, "incident {incident}: {action:?} by {user}: {text:?}")
    }
}

impl People {
    /// Returns people who never use the same words twice.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets people use the same words more than once.
    #[must_use]
    pub const fn repeating_words(mut self, repeats: bool) -> Self {
        self.repeats_words = repeats;
        self
    }

    /// Lets people use words that look like protocol.
    #[must_use]
    pub const fn with_odd_words(mut self, odd: bool) -> Self {
        self.odd_words = odd;
        self
    }

    /// Returns how much people have done so far: the number in the latest token.
    #[must_use]
    pub const fn actions(&self) -> u32 {
        self.actions
    }

    /// Goes on after this many actions: the next one has the number after that.
    pub const fn skip_to(&mut self, actions: u32) {
        self.actions = actions;
    }

    /// Returns a text, and the token in it.
    fn words(&mut self, how: u8) -> (String, String) {
        self.actions += 1;
        let number = if self.repeats_words { 1 } else { self.actions };
        let token = format!("#{number:05}");
        let odd = if self.odd_words { ODD[usize::from(how) % ODD.len()] } else { "" };
        (format!("words {token}{odd}"), token)
    }

    /// Does something to the case that `who` chooses, at this moment, Unix seconds. Returns what was done, `None` if there is
    /// no case that it can be done to.
    pub fn in_zino(
        &mut self,
        zino: &mut ZinoServer,
        action: ZinoAction,
        who: u8,
        how: u8,
        now: i64,
    ) -> Option<DoneInZino> {
        let case = action.choose_case(zino, who)?;
        self.in_case(zino, (action, case), who, how, now)
    }

    /// Does something to this case, as [`in_zino`](Self::in_zino) does. A new case gets a number of its own.
    pub fn in_case(
        &mut self,
        zino: &mut ZinoServer,
        what: (ZinoAction, CaseId),
        who: u8,
        how: u8,
        now: i64,
    ) -> Option<DoneInZino> {
        let (action, mut case) = what;
        let user = OPERATORS[usize::from(how) % OPERATORS.len()];
        // What breaks lines breaks entries in two when they are read: that is Zino's business, and tested with it.
        let text = self.words(how).0.replace(|c: char| c.is_control() || c == '\u{2028}', " ");
        let text = text.trim().to_owned();
        match action {
            ZinoAction::Open => case = zino.open_case(&NewCase::drawn(who, how), now),
            ZinoAction::Placeholder => case = zino.open_placeholder(&NewCase::drawn(who, how), now),
            ZinoAction::Close => zino.close(case, user, now).ok()?,
            ZinoAction::Note => zino.add_history(case, "alice", &text, now).ok()?,
            ZinoAction::SetState => {
                zino.set_state(case, STATES[usize::from(how) % STATES.len()], user, now).ok()?;
            }
            ZinoAction::SystemNote => zino.add_system_history(case, &text, now).ok()?,
            ZinoAction::Poll => zino.poll(case, how.is_multiple_of(2), now).ok()?,
            ZinoAction::Priority => {
                let priority = (u32::from(how % 8) * 100).to_string();
                zino.set_attribute(case, "priority", Some(&priority), now).ok()?;
            }
            ZinoAction::Describe => {
                let descr = format!("link {}, x", how % 4);
                zino.set_attribute(case, "descr", Some(&descr), now).ok()?;
            }
            ZinoAction::Scavenge => zino.scavenge(case).ok()?,
            ZinoAction::BeginMaintenance => zino.begin_maintenance(case, now).ok()?,
            ZinoAction::EndMaintenance => zino.end_maintenance(case, now).ok()?,
            ZinoAction::Break => zino.add_system_history(case, "", now).ok()?,
        }
        Some(DoneInZino { action, case, user, text })
    }

    /// Does something to the incident that `who` chooses, at this moment, Unix seconds. Returns what was done, `None` if there
    /// is no incident that it can be done to.
    pub fn in_argus(
        &mut self,
        argus: &mut ArgusServer,
        action: ArgusAction,
        who: u8,
        how: u8,
        now: i64,
    ) -> Option<DoneInArgus> {
        let incident = action.choose_incident(argus, who)?;
        let user = USERS[usize::from(how) % USERS.len()];
        let (text, token) = self.words(how);
        let ticket = format!("https://tickets.example.org/{}", token.trim_start_matches('#'));
        match action {
            ArgusAction::Ack => _ = argus.ack(user, incident, &text, None, now).ok()?,
            ArgusAction::AckForAWhile => {
                argus.ack(user, incident, &text, Some(now + i64::from(how)), now).ok()?;
            }
            ArgusAction::Close => _ = argus.close(user, incident, &text, now).ok()?,
            ArgusAction::ForeignEnd => _ = argus.post("other-source", incident, "END", &text, now).ok()?,
            ArgusAction::Ticket => argus.set_ticket(user, incident, &ticket, now).ok()?,
            ArgusAction::Comment => _ = argus.comment(user, incident, &text, now).ok()?,
            ArgusAction::Reopen => _ = argus.reopen(user, incident, &text, now).ok()?,
            ArgusAction::Level => argus.set_level(user, incident, 1 + how % 5, now).ok()?,
            ArgusAction::Describe => argus.set_description(user, incident, &text, now).ok()?,
            ArgusAction::Tag => argus.add_tag(user, incident, &format!("team=t{}", how % 4), now).ok()?,
            ArgusAction::Delete => argus.delete_incident(incident).ok()?,
        }
        let ticket = if action == ArgusAction::Ticket { ticket } else { String::new() };
        Some(DoneInArgus { action, incident, user, text, token, ticket })
    }
}

impl ZinoAction {
    /// Chooses a case that this can be done to; for a new one, which has no number yet, it is 0.
    #[must_use]
    pub fn choose_case(self, zino: &ZinoServer, who: u8) -> Option<CaseId> {
        let fits = |case: &&ZinoCase| match self {
            Self::Open | Self::Placeholder | Self::Note | Self::SystemNote | Self::Poll => true,
            Self::Scavenge => case.state() == "closed",
            Self::Close
            | Self::SetState
            | Self::Priority
            | Self::Describe
            | Self::BeginMaintenance
            | Self::EndMaintenance
            | Self::Break => case.state() != "closed",
        };
        if matches!(self, Self::Open | Self::Placeholder) {
            return Some(CaseId(0));
        }
        choose(zino.cases().filter(fits).map(ZinoCase::id), who)
    }
}

impl ArgusAction {
    /// Chooses an incident that this can be done to, by its pk.
    #[must_use]
    pub fn choose_incident(self, argus: &ArgusServer, who: u8) -> Option<u64> {
        let wants_open = self != Self::Reopen;
        let fits = |end: EndTime| (end == EndTime::Infinity) == wants_open;
        choose(argus.incidents().filter(|incident| fits(incident.end_time)).map(|incident| incident.pk), who)
    }
}

fn choose<T: Copy>(among: impl Iterator<Item = T>, who: u8) -> Option<T> {
    let among: Vec<T> = among.collect();
    among.get(usize::from(who) % among.len().max(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn every_action_finds_what_it_can_be_done_to() {
        let mut people = People::new();
        for action in ZinoAction::ALL {
            let mut zino = ZinoServer::new("glue", "secret");
            let alone = people.in_zino(&mut zino, action, 7, 3, NOW);
            let opens = matches!(action, ZinoAction::Open | ZinoAction::Placeholder);
            assert_eq!(alone.is_some(), opens, "{action:?}");
            let closed = zino.open_case(&NewCase::reachability("gw1"), NOW);
            zino.close(closed, "alice", NOW).unwrap();
            let open = zino.open_case(&NewCase::reachability("gw2"), NOW);
            let done = people.in_zino(&mut zino, action, 7, 3, NOW).unwrap();
            assert!(opens || [open, closed].contains(&done.case), "{action:?}");
        }
    }

    #[test]
    fn what_people_write_in_argus_holds_their_token() {
        let mut argus = ArgusServer::new("zino", "token");
        let body = br#"{"start_time":"2026-11-22T12:00:00Z","source_incident_id":"7","tags":[]}"#;
        argus.request(NOW, "POST", "incidents/", Some("Token token"), body);
        let mut people = People::new().with_odd_words(true);
        assert_eq!(people.in_argus(&mut argus, ArgusAction::Reopen, 0, 0, NOW), None);
        let done = people.in_argus(&mut argus, ArgusAction::Ack, 9, 1, NOW).unwrap();
        assert_eq!((done.token.as_str(), done.user), ("#00001", "ann"));
        assert_eq!(done.text, "words #00001two\nlines");
        let ticket = people.in_argus(&mut argus, ArgusAction::Ticket, 9, 1, NOW).unwrap().ticket;
        assert_eq!(argus.incident(done.incident).unwrap().ticket_url, ticket);
        people.in_argus(&mut argus, ArgusAction::Close, 0, 0, NOW).unwrap();
        assert!(people.in_argus(&mut argus, ArgusAction::Reopen, 0, 0, NOW).is_some());
    }
}
