//! Incidents about ourselves: so that the people whose board it is see on it why it stands still (behaviour B80).
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | which incidents there are, which there should be, and one request at a time |
//! | `trouble.rs` | what can be wrong, and how an incident about it looks |
//! | `item.rs` | one incident, and its next step |

mod item;
mod trouble;

pub(super) use item::Effect;
pub(super) use trouble::Known;

use super::exchange::{Answer, HANDOVER, OwnDone, Seen};
use super::outbox::{Job, Outbox};
use super::queue::Urgency;
use crate::face::{Millis, Mono, Notice, SelfIncidentNotice, Settings, Timer};
use crate::model::{EndTime, EventType, NewEvent};
use crate::wire::argus::{Call, Filter, Reply};
use alloc::collections::BTreeMap;
use item::{Item, State, Step, Wrote};
use trouble::{OwnId, Role, Trouble, Why};

/// How often is looked whether something is wrong with us.
const INTERVAL: Millis = Millis::from_secs(5);

/// The incidents about ourselves.
#[derive(Clone, Debug, Hash)]
pub(super) struct Own {
    is_on: bool,
    role: Role,
    items: BTreeMap<OwnId, Item>,
    /// By which incident each trouble that holds is told.
    told_by: BTreeMap<Trouble, OwnId>,
    /// A listing has shown which ones are open.
    is_listed: bool,
    /// One has that began when nothing of an earlier run could be under way any more (behaviour B13).
    is_certain: bool,
    asked_for_listing: bool,
    earlier_until: Mono,
    /// What a listing shows that began under an earlier mark may have been written since.
    mark: u64,
    under_way: Option<UnderWay>,
    handing_over_until: Option<Mono>,
}

/// The request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct UnderWay {
    id: OwnId,
    step: Step,
    began: Mono,
}

impl Own {
    /// Makes the part, and looks for the first time in a while.
    pub(super) fn new(settings: &Settings, out: &mut Outbox) -> Self {
        let now = out.now.mono;
        out.timers.set(Timer::SelfIncidents, now + INTERVAL);
        Self {
            is_on: settings.self_incidents(),
            role: role_of(settings),
            items: BTreeMap::new(),
            told_by: BTreeMap::new(),
            is_listed: false,
            is_certain: false,
            asked_for_listing: false,
            earlier_until: now + settings.argus().timeout() + settings.argus().write_timeout(),
            mark: 0,
            under_way: None,
            handing_over_until: None,
        }
    }

    /// Goes on with other settings: what is open and not wanted any more is ended.
    pub(super) fn reload(&mut self, settings: &Settings) {
        self.is_on = settings.self_incidents();
        let role = role_of(settings);
        if core::mem::replace(&mut self.role, role) != role {
            // What was told under the ids of the other role is ended, and told anew.
            self.told_by.clear();
        }
    }

    /// What is known of Argus counts for nothing any more: it is listed anew.
    pub(super) fn begin_anew(&mut self) {
        self.items.clear();
        self.told_by.clear();
        (self.is_listed, self.is_certain, self.asked_for_listing) = (false, false, false);
        self.handing_over_until = None;
    }

    /// STANDBY begins: what is open is ended.
    pub(super) fn stand_by(&mut self, out: &mut Outbox) {
        self.told_by.clear();
        if self.is_busy() {
            self.handing_over_until = Some(out.now.mono + HANDOVER);
            out.request(Job::Own, Urgency::Soon);
        } else {
            self.begin_anew();
        }
    }

    /// Tells whether they are being ended in STANDBY.
    pub(super) const fn is_handing_over(&self) -> bool {
        self.handing_over_until.is_some()
    }

    fn is_busy(&self) -> bool {
        self.under_way.is_some() || self.items.values().any(Item::is_live)
    }

    /// Takes in a page of a listing that began at `began`.
    pub(super) fn seen(&mut self, seen: &Seen, began: Mono, now: Mono) {
        if seen.filter != Filter::Open || seen.since < self.mark {
            return;
        }
        let rows = seen.rows.iter().filter(|row| row.end_time == EndTime::Infinity);
        for (row, id) in rows.filter_map(|row| Some((row, OwnId::parse(&row.source_incident_id)?))) {
            if let Some(item) = self.items.get_mut(&id) {
                item.show(row.pk);
            } else if id.role == self.role {
                self.items.insert(id, Item::new(self.found(row.pk, now)));
            }
        }
        let Some(all) = &seen.all else { return };
        for item in self.items.values_mut() {
            if let State::Open { pk } = item.state()
                && !all.contains(&pk)
            {
                item.miss();
            }
        }
        self.is_listed = true;
        self.is_certain |= began >= self.earlier_until;
    }

    /// What an earlier run has ended may be shown as open for a while.
    fn found(&self, pk: u64, now: Mono) -> State {
        if now < self.earlier_until {
            State::InDoubt { wrote: Wrote::End, over_by: self.earlier_until }
        } else {
            State::Open { pk }
        }
    }

    /// Looks what is wrong with us, and asks for the work that follows. Without anything known it is STANDBY: nothing may be
    /// told.
    pub(super) fn look(&mut self, known: Option<&Known>, out: &mut Outbox) {
        let now = out.now.mono;
        out.timers.set(Timer::SelfIncidents, now + INTERVAL);
        for trouble in Trouble::ALL {
            if known.is_some_and(|known| self.is_on && trouble.holds(known)) {
                self.tell(trouble, out.now.wall.0);
            } else {
                self.told_by.remove(&trouble);
            }
        }
        let (told_by, under_way) = (&self.told_by, self.under_way);
        self.items.retain(|id, item| {
            item.is_kept(now)
                || told_by.get(&id.trouble) == Some(id)
                || under_way.is_some_and(|under_way| under_way.id == *id)
        });
        if known.is_some() || self.is_handing_over() {
            self.go_on(out);
        }
    }

    /// Sees to it that there is one incident for a trouble that holds: one that is there already, else a new one.
    fn tell(&mut self, trouble: Trouble, since: i64) {
        let is_missing = |id: &OwnId| self.items.get(id).is_none_or(|item| item.state() == State::Missing);
        if !self.is_listed || self.told_by.get(&trouble).is_some_and(|id| !is_missing(id)) {
            return;
        }
        let is_there =
            |(id, item): &(&OwnId, &Item)| id.role == self.role && id.trouble == trouble && item.is_live();
        if let Some((id, _)) = self.items.iter().find(is_there) {
            self.told_by.insert(trouble, *id);
        } else if !self.told_by.contains_key(&trouble) {
            let id = OwnId { role: self.role, trouble, since };
            self.items.entry(id).or_insert_with(|| Item::new(State::Missing));
            self.told_by.insert(trouble, id);
        }
    }

    /// Asks for the next step, if one is due, and ends handing over once none is left.
    fn go_on(&mut self, out: &mut Outbox) {
        let now = out.now.mono;
        if let Some(until) = self.handing_over_until
            && (!self.is_busy() || until <= now)
        {
            for (id, _) in self.items.iter().filter(|(_, item)| item.is_live()) {
                tell(*id, SelfIncidentNotice::LeftOpen, out);
            }
            return self.begin_anew();
        }
        let Some((_, step)) = self.next(now) else { return };
        if step != Step::Create || self.is_certain {
            out.request(Job::Own, Urgency::Soon);
        } else if now >= self.earlier_until && !core::mem::replace(&mut self.asked_for_listing, true) {
            // An earlier run may have made it since it was listed.
            out.request(Job::List(Filter::Open), Urgency::Later);
        }
    }

    fn next(&self, now: Mono) -> Option<(OwnId, Step)> {
        if self.under_way.is_some() {
            return None;
        }
        let is_told = |id: &OwnId| self.told_by.get(&id.trouble) == Some(id);
        let mut due = self.items.iter().filter_map(|(id, item)| Some((*id, item.due(is_told(id), now)?)));
        // What is over goes first: a creation may have to wait for a listing.
        let first = due.next()?;
        if first.1 == Step::Create {
            due.find(|(_, step)| *step != Step::Create).or(Some(first))
        } else {
            Some(first)
        }
    }

    /// Begins the next step, if one is due. Returns the call, and how often one about the same incident has failed.
    pub(super) fn begin(&mut self, out: &Outbox) -> Option<(Call, u32)> {
        let now = out.now.mono;
        let (id, step) = self.next(now).filter(|(_, step)| *step != Step::Create || self.is_certain)?;
        self.under_way = Some(UnderWay { id, step, began: now });
        let tries = self.items.get(&id).map_or(0, Item::failures);
        Some((self.call(id, step, out), tries))
    }

    fn call(&self, id: OwnId, step: Step, out: &Outbox) -> Call {
        match step {
            Step::Create => Call::Create(id.incident()),
            Step::LookUp => Call::Lookup { source_incident_id: id.text() },
            Step::End { pk } => {
                let why = if self.is_handing_over() {
                    Why::HandedOver
                } else if self.told_by.contains_key(&id.trouble) || !self.is_on {
                    Why::Unwanted
                } else {
                    Why::Over
                };
                let (at, description) = (out.now.wall.0, id.end(why).into());
                Call::Post { pk, event: NewEvent { at, event_type: EventType::End, description } }
            }
        }
    }

    /// Takes in what became of the step under way. Returns what has changed in Argus.
    pub(super) fn done(&mut self, done: OwnDone, out: &mut Outbox) -> Option<Effect> {
        let UnderWay { id, step, began } = self.under_way.take()?;
        let OwnDone { mut answer, over_by, mark } = done;
        if step != Step::LookUp {
            self.mark = mark;
        }
        if let Answer::Reply(Reply::Page(page)) = &mut answer {
            page.rows.retain(|row| row.source_incident_id == id.text());
        }
        // It may have been forgotten meanwhile.
        let item = self.items.entry(id).or_insert_with(|| Item::new(State::Missing));
        let effect = match item.answered(step, answer, (began, over_by), out.now.mono) {
            Ok(effect) => effect,
            Err(reason) => {
                if item.tells_refusal() {
                    tell(id, SelfIncidentNotice::Refused { reason }, out);
                }
                None
            }
        };
        match &effect {
            Some(Effect::Opened(incident)) => {
                tell(id, SelfIncidentNotice::Created { incident: incident.pk }, out);
            }
            Some(Effect::Ended { pk }) => tell(id, SelfIncidentNotice::Ended { incident: *pk }, out),
            None => {}
        }
        self.go_on(out);
        effect
    }
}

fn tell(id: OwnId, what: SelfIncidentNotice, out: &mut Outbox) {
    out.tell(Notice::SelfIncident { trouble: id.trouble.word(), what });
}

fn role_of(settings: &Settings) -> Role {
    if settings.failover().is_some() { Role::Secondary } else { Role::Primary }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::incident;
    use crate::face::{Action, FailoverSettings, Now, Wall};
    use crate::model::Incident;
    use alloc::string::String;
    use alloc::vec::Vec;

    const WELL: Known = Known::WELL;
    const LOST: Known = Known { is_zino_lost_for_long: true, ..WELL };
    const ID: &str = "zinoargus-zino-unreachable@900";

    fn settings(is_on: bool) -> Settings {
        Settings::example().to_builder().self_incidents(is_on).build().unwrap()
    }

    /// The part with the way out, at a moment at which nothing of an earlier run can be under way.
    struct Rig {
        own: Own,
        out: Outbox,
    }

    impl Rig {
        fn new() -> Self {
            let mut out = Outbox::new(Now { mono: Mono(0), wall: Wall(1000) }, 1);
            let own = Own::new(&settings(true), &mut out);
            out.now.mono = Mono(100_000);
            Self { own, out }
        }

        /// One that knows which incidents are open.
        fn listed(rows: &[Incident]) -> Self {
            let mut rig = Self::new();
            rig.list(rows);
            rig
        }

        fn list(&mut self, rows: &[Incident]) {
            let all = Some(rows.iter().map(|row| row.pk).collect());
            let seen = Seen { filter: Filter::Open, rows: rows.into(), since: 0, all };
            self.own.seen(&seen, self.out.now.mono, self.out.now.mono);
        }

        /// Looks how things are; returns what is sent because of that.
        fn look(&mut self, known: Option<&Known>) -> Option<Call> {
            self.own.look(known, &mut self.out);
            self.begin()
        }

        fn begin(&mut self) -> Option<Call> {
            let now = self.out.now.mono;
            let (job, _) = self.out.jobs.pop(now)?;
            assert_eq!(job, Job::Own);
            self.own.begin(&self.out).map(|(call, _)| call)
        }

        fn answer(&mut self, answer: Answer) -> Option<Effect> {
            let over_by = self.out.now.mono + Millis::from_secs(32);
            self.own.done(OwnDone { answer, over_by, mark: 0 }, &mut self.out)
        }

        fn told(&mut self) -> Vec<String> {
            let told = |action| {
                if let Action::Notice(notice) = action { Some(alloc::format!("{notice}")) } else { None }
            };
            core::iter::from_fn(|| self.out.poll_action()).filter_map(told).collect()
        }
    }

    fn open(id: &str, pk: u64) -> Incident {
        Incident { pk, source_incident_id: id.into(), ..incident(1, 50) }
    }

    fn created(call: &Call, pk: u64) -> Answer {
        let Call::Create(new) = call else { panic!("{call:?}") };
        Answer::Reply(Reply::Created(open(&new.source_incident_id, pk)))
    }

    /// The pk and the text of an `END`.
    fn end(call: Option<Call>) -> (u64, String) {
        let Some(Call::Post { pk, event }) = call else { panic!("{call:?}") };
        assert_eq!((event.event_type, event.at), (EventType::End, 1000));
        (pk, event.description)
    }

    #[test]
    fn b80_a_trouble_is_told_once_and_ended_when_it_is_over() {
        let mut rig = Rig::listed(&[]);
        assert_eq!(rig.look(Some(&WELL)), None);
        let call = rig.look(Some(&LOST)).unwrap();
        assert!(
            matches!(&call, Call::Create(new) if new.source_incident_id == "zinoargus-zino-unreachable@1000")
        );
        assert_eq!(rig.look(Some(&LOST)), None, "one request at a time");
        assert!(matches!(rig.answer(created(&call, 12)), Some(Effect::Opened(row)) if row.pk == 12));
        assert_eq!(rig.look(Some(&LOST)), None);
        assert_eq!(end(rig.look(Some(&WELL))), (12, "Zino can be reached again".into()));
        assert_eq!(
            rig.answer(Answer::Refused(crate::wire::argus::ArgusError::Missing)),
            Some(Effect::Ended { pk: 12 })
        );
        assert_eq!(rig.look(Some(&WELL)), None);
        assert_eq!(rig.told().len(), 2);
    }

    #[test]
    fn b80_what_is_open_already_tells_a_trouble_and_one_too_many_is_ended() {
        let mut rig = Rig::listed(&[open(ID, 12), open("zinoargus-zino-unreachable@950", 13)]);
        assert_eq!(end(rig.look(Some(&LOST))), (13, "Not reported any more".into()));
    }

    #[test]
    fn b80_what_is_open_and_does_not_hold_is_ended_and_what_is_somebody_elses_is_left_alone() {
        let foreign = [open("zinoargus-secondary-takeover@900", 14), open("7", 15), open("other", 16)];
        assert_eq!(Rig::listed(&foreign).look(Some(&WELL)), None);
        let mut rig = Rig::listed(&[open(ID, 12)]);
        assert_eq!(end(rig.look(Some(&WELL))).0, 12);
        // Switched off: nobody wants to be told.
        let mut rig = Rig::listed(&[open(ID, 12)]);
        rig.own.reload(&settings(false));
        assert_eq!(end(rig.look(Some(&LOST))), (12, "Not reported any more".into()));
    }

    #[test]
    fn b80_nothing_is_told_before_it_is_known_what_is_open() {
        let mut rig = Rig::new();
        assert_eq!(rig.look(Some(&LOST)), None);
        rig.list(&[]);
        assert!(matches!(rig.look(Some(&LOST)), Some(Call::Create(_))));
    }

    #[test]
    fn b13_b80_what_an_earlier_run_may_have_written_is_looked_for_first() {
        let mut rig = Rig::new();
        rig.out.now.mono = Mono(1_000);
        rig.list(&[open(ID, 12)]);
        assert_eq!(rig.look(Some(&WELL)), None, "it may have been ended");
        rig.out.now.mono = Mono(32_000);
        assert_eq!(rig.look(Some(&WELL)), Some(Call::Lookup { source_incident_id: ID.into() }));
        // Something that it may have made is not in a listing of before.
        let mut rig = Rig::new();
        rig.out.now.mono = Mono(1_000);
        rig.list(&[]);
        assert_eq!(rig.look(Some(&LOST)), None);
        rig.out.now.mono = Mono(32_000);
        rig.own.look(Some(&LOST), &mut rig.out);
        assert_eq!(rig.out.jobs.pop(Mono(32_000)).map(|(job, _)| job), Some(Job::List(Filter::Open)));
        rig.own.look(Some(&LOST), &mut rig.out);
        assert_eq!(rig.out.jobs.pop(Mono(32_000)), None, "asked for once");
        rig.list(&[open(ID, 12)]);
        assert_eq!(rig.look(Some(&LOST)), None, "there it is");
    }

    #[test]
    fn b80_what_a_person_closes_stays_closed_until_the_next_time() {
        let mut rig = Rig::listed(&[open(ID, 12)]);
        assert_eq!(rig.look(Some(&LOST)), None);
        rig.list(&[]);
        assert_eq!(rig.look(Some(&LOST)), None);
        assert_eq!(rig.look(Some(&WELL)), None);
        assert!(matches!(rig.look(Some(&LOST)), Some(Call::Create(_))));
    }

    #[test]
    fn b80_a_listing_that_began_before_a_write_is_no_proof() {
        let mut rig = Rig::listed(&[open(ID, 12)]);
        rig.own.mark = 3;
        rig.list(&[]);
        assert_eq!(end(rig.look(Some(&WELL))).0, 12);
    }

    #[test]
    fn b62_b80_when_standby_begins_what_is_open_is_ended_for_a_minute_at_most() {
        let mut rig = Rig::listed(&[]);
        rig.own.stand_by(&mut rig.out);
        assert!(!rig.own.is_handing_over(), "there is nothing to hand over");
        let mut rig = Rig::listed(&[open(ID, 12)]);
        rig.own.stand_by(&mut rig.out);
        assert!(rig.own.is_handing_over());
        assert_eq!(end(rig.begin()), (12, "Handed over to the primary".into()));
        assert_eq!(rig.answer(Answer::Postponed { ambiguous: false, at_work: false }), None);
        rig.out.now.mono = Mono(159_999);
        assert_eq!(end(rig.look(None)).0, 12);
        rig.out.now.mono = Mono(160_000);
        assert_eq!(rig.look(None), None);
        assert!(!rig.own.is_handing_over());
        assert_eq!(rig.told().len(), 1, "it is left open");
        rig.list(&[open(ID, 12)]);
        assert_eq!(rig.look(None), None, "in STANDBY nothing is written");
    }

    #[test]
    fn b80_a_daemon_that_becomes_a_secondary_tells_under_another_id() {
        let mut rig = Rig::listed(&[open(ID, 12)]);
        assert_eq!(rig.look(Some(&LOST)), None);
        let secondary = settings(true).to_builder().failover(Some(FailoverSettings::builder()));
        rig.own.reload(&secondary.build().unwrap());
        assert_eq!(end(rig.look(Some(&LOST))), (12, "Not reported any more".into()));
        rig.answer(Answer::Refused(crate::wire::argus::ArgusError::Missing));
        let call = rig.begin().unwrap();
        assert!(
            matches!(&call, Call::Create(new) if new.source_incident_id.starts_with("zinoargus-secondary-zino"))
        );
    }
}
