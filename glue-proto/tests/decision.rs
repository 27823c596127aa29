//! The decision over the whole space of small snapshots: it is total, it asks for no write from an unread side, and
//! taking its steps one after the other comes to rest.

use glue_proto::decision::{
    Absence, Circumstances, Known, Policy, Refused, SourceId, Step, Tracked, new_incident, next_step,
};
use glue_proto::internals::text::zino::stored_text;
use glue_proto::model::{
    Actor, Attributes, Case, CaseId, CaseState, CaseType, Condition, EndTime, Entry, Event, EventType,
    Incident, Tag,
};
use glue_proto::{AckState, Settings, Wall};
use proptest::prelude::*;

const US: u64 = 7;
const OPENED: i64 = 1_000_000;

fn policy(ack: bool, ticket: bool, update: bool, can_restart: bool) -> Policy {
    let settings = Settings::example()
        .to_builder()
        .acknowledge(ack.then_some(AckState::Waiting))
        .ticket(ticket)
        .update(update)
        .build()
        .expect("each value is in its range");
    Policy { can_restart, ..Policy::new(&settings) }
}

fn entry() -> impl Strategy<Value = Entry> {
    let text = prop_oneof![
        Just("alice\nnote"),
        Just("alice"),
        Just("testuser\nmine (admin)"),
        Just("testuser\nfixed (admin)"),
        Just("state change open -> working (bob)"),
        Just("state change open -> waiting (testuser)"),
        Just("state change open -> ignored (monitor)"),
        Just("bob\nsee https://t.example.org/7 there"),
        Just(""),
    ];
    (0..4_i64, text).prop_map(|(at, text)| Entry::new(OPENED + at, text))
}

fn case() -> impl Strategy<Value = Case> {
    let kinds = prop::sample::select(vec!["reachability", "alarm", "bgp", "bfd", "portstate", "fan"]);
    let states = prop::sample::select(vec!["open", "working", "waiting", "ignored", "closed", "odd"]);
    let rest = (
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec![0, 100, 500]),
        prop::collection::vec(entry(), 0..5),
    );
    let conditions = prop::sample::select(vec![Condition::Unknown, Condition::Up, Condition::Down]);
    (kinds, states, conditions, rest).prop_map(|(kind, state, condition, rest)| {
        let (updated, went_down, priority, mut history) = rest;
        history.insert(0, Entry::new(OPENED, "state change embryonic -> open (monitor)"));
        history.sort_by_key(|entry| entry.at);
        let attributes = Attributes {
            id: CaseId(1),
            router: "gw1".into(),
            case_type: CaseType::from_word(kind),
            state: CaseState::from_word(state),
            opened: OPENED,
            updated: updated.then_some(OPENED),
            priority,
            port: Some("ge-0".into()),
            descr: Some("a, b".into()),
            remote_as: None,
            remote_addr: Some("::1".into()),
            condition,
        };
        Case { attributes, history, went_down }
    })
}

fn event() -> impl Strategy<Value = (u64, EventType, &'static str)> {
    let types = prop::sample::select(vec![
        EventType::Other,
        EventType::End,
        EventType::Restart,
        EventType::Close,
        EventType::Reopen,
        EventType::Acknowledge,
        EventType::Change,
        EventType::Unknown,
    ]);
    let text = prop::sample::select(vec!["alice\nnote", "mine", "fixed", "x → https://t.example.org/7", ""]);
    (prop::sample::select(vec![US, 1]), types, text)
}

/// An incident and its events, as they stand in Argus.
#[derive(Clone, Debug)]
struct Board {
    incident: Incident,
    events: Vec<Event>,
}

impl Board {
    fn new(case: &Case, policy: &Policy) -> Self {
        let id = SourceId { case: CaseId(1), opened: None };
        let new = new_incident(id, &case.attributes, policy);
        let incident = Incident {
            pk: 9,
            start_time: new.start_time,
            end_time: EndTime::Infinity,
            source_user: US,
            source_incident_id: new.source_incident_id,
            description: new.description,
            level: new.level,
            open: true,
            acked: false,
            ticket_url: String::new(),
            tags: new.tags.into_iter().map(|text| Tag { text, ours: true }).collect(),
        };
        Self { incident, events: Vec::new() }
    }

    /// Adds an event and lets it have the effect that it has on the server.
    fn post(&mut self, actor: u64, at: i64, event_type: EventType, text: &str) {
        let actor = Actor { pk: actor, name: if actor == US { "zino".into() } else { "admin".into() } };
        let (pk, description) = (100 + self.events.len() as u64, text.trim().into());
        self.events.push(Event { pk, actor, at, received: at, event_type, description });
        let open = self.incident.end_time == EndTime::Infinity;
        let closes = open && matches!(event_type, EventType::End | EventType::Close);
        let opens = matches!(event_type, EventType::Restart | EventType::Reopen);
        let end = if opens { EndTime::Infinity } else { self.incident.end_time };
        let end = if closes { EndTime::At(at) } else { end };
        self.incident.acked |= event_type == EventType::Acknowledge;
        (self.incident.end_time, self.incident.open) = (end, end == EndTime::Infinity);
    }

    fn read(&self) -> Tracked {
        let mut tracked = Tracked::listed(self.incident.clone());
        tracked.read_events(self.events.clone());
        tracked
    }
}

/// Takes a step on both boards, as the servers would.
fn take(
    step: Step,
    case: &mut Case,
    board: &mut Option<Board>,
    tracked: &mut Known<Tracked>,
    policy: &Policy,
) {
    let now = OPENED + 1000;
    match step {
        Step::Create => {
            assert!(board.is_none(), "a second incident");
            *board = Some(Board::new(case, policy));
        }
        Step::Post(event) => {
            let board = board.as_mut().expect("only an incident gets events");
            board.post(US, event.at, event.event_type, &event.description);
        }
        Step::Patch(patch) => {
            let incident = &mut board.as_mut().expect("only an incident gets events").incident;
            incident.level = patch.level.unwrap_or(incident.level);
            if let Some(tags) = patch.tags {
                incident.tags = tags.into_iter().map(|text| Tag { text, ours: true }).collect();
            }
        }
        Step::Note(text) => {
            case.history.push(Entry::new(now, format!("testuser\n{}", stored_text(&text))));
        }
        Step::SetState(state) => {
            let header = format!("state change {} -> {state} (testuser)", case.attributes.state.as_str());
            case.history.push(Entry::new(now, header));
            case.attributes.state = CaseState::from_word(state);
        }
        Step::ReadIncident | Step::ReadEvents => {}
        Step::Settled | Step::AwaitCase | Step::Stuck(_) => panic!("no step to take"),
    }
    *tracked = board.as_ref().map_or(Known::Absent, |board| Known::Present(board.read()));
}

fn is_write(step: &Step) -> bool {
    matches!(step, Step::Create | Step::Post(_) | Step::Patch(_) | Step::Note(_) | Step::SetState(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn b12_from_every_pair_of_snapshots_the_steps_come_to_rest(
        mut case in case(),
        events in prop::option::of(prop::collection::vec(event(), 0..6)),
        ticket in any::<bool>(),
        flags in any::<[bool; 4]>(),
    ) {
        let [ack, tickets, update, can_restart] = flags;
        let policy = policy(ack, tickets, update, can_restart);
        let mut board = events.map(|events| {
            let mut board = Board::new(&case, &policy);
            for (actor, event_type, text) in events {
                board.post(actor, OPENED + 1, event_type, text);
            }
            if ticket {
                board.incident.ticket_url = "https://t.example.org/7".into();
            }
            board
        });
        // Nothing of the events is known yet, as after a start.
        let mut tracked = board.as_ref().map_or(Known::Absent, |board| Known::Present(Tracked::listed(board.incident.clone())));
        let circumstances = Circumstances { wall: Wall(OPENED + 2000), ..Circumstances::default() };
        let mut trail = Vec::new();
        for _ in 0..40 {
            let step = next_step(Known::Present(&case), tracked.as_ref(), Refused::NONE, &policy, &circumstances);
            if matches!(step, Step::Settled | Step::Stuck(_)) {
                let again = next_step(Known::Present(&case), tracked.as_ref(), Refused::NONE, &policy, &circumstances);
                prop_assert_eq!(step, again);
                return Ok(());
            }
            trail.push(format!("{step:?}"));
            take(step, &mut case, &mut board, &mut tracked, &policy);
        }
        prop_assert!(false, "no rest after {trail:#?}");
    }

    #[test]
    fn b13_no_write_is_asked_for_from_an_unread_side(
        case in case(),
        events in prop::collection::vec(event(), 0..6),
        flags in any::<[bool; 4]>(),
        handing_over in any::<bool>(),
    ) {
        let [ack, tickets, update, can_restart] = flags;
        let policy = policy(ack, tickets, update, can_restart);
        let mut board = Board::new(&case, &policy);
        for (actor, event_type, text) in events {
            board.post(actor, OPENED + 1, event_type, text);
        }
        let tracked = board.read();
        let circumstances = Circumstances { handing_over, absence: Absence::Closed, wall: Wall(OPENED), ..Circumstances::default() };
        let unread_incident = next_step(Known::Present(&case), Known::Unread, Refused::NONE, &policy, &circumstances);
        prop_assert_eq!(unread_incident, Step::ReadIncident);
        let unread_case = next_step(Known::Unread, Known::Present(&tracked), Refused::NONE, &policy, &circumstances);
        // Handing over needs no look at the case: every incident of ours is ended.
        prop_assert!(handing_over || !is_write(&unread_case), "{:?}", unread_case);
        let mut unread_events = Tracked::listed(board.incident);
        let step = next_step(Known::Present(&case), Known::Present(&unread_events), Refused::NONE, &policy, &circumstances);
        let posts_history = matches!(&step, Step::Post(event) if event.event_type == EventType::Other);
        prop_assert!(!posts_history, "{step:?}");
        prop_assert!(!matches!(step, Step::Note(_) | Step::SetState(_)) || !tickets, "{step:?}");
        unread_events.incident.ticket_url = "https://t.example.org/7".into();
        let step = next_step(Known::Present(&case), Known::Present(&unread_events), Refused::NONE, &policy, &circumstances);
        prop_assert!(!matches!(step, Step::Note(_) | Step::SetState(_)), "{step:?}");
    }
}
