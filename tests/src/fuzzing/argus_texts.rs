//! Texts on their way to a simulated Argus server and back.

use arbitrary::{Result, Unstructured};
use glue_proto::internals::text::argus as text;
use glue_proto::model::{EventType, NewEvent, NewIncident, Patch};
use glue_proto::wire::argus::{ArgusError, Call, Filter, Reply, read_reply, time};
use glue_proto::{Method, Response};
use glue_sim::argus::ArgusServer;

const NOW: i64 = 1_795_348_800;
/// No id that is longer is ever made: a case's number, or that and a stamp.
const LONGEST_ID: usize = 100;

/// Makes an incident out of the bytes, and finds, posts to and changes it. Whatever its texts and stamps are, the server
/// takes them, and what comes back is what was sent, as the rules for texts say that it is stored.
pub(super) fn check(bytes: &[u8]) {
    // Bytes that are not enough for an incident are none.
    let _ = Board::live(&mut Unstructured::new(bytes));
}

struct Board(ArgusServer);

impl Board {
    fn live(u: &mut Unstructured<'_>) -> Result<()> {
        let mut board = Self(ArgusServer::new("zino", "0123"));
        let incident = new_incident(u)?;
        let pk = board.create(&incident);
        board.look_up(&incident, pk);
        let types = [EventType::Other, EventType::End, EventType::Restart];
        let event =
            NewEvent { at: u.arbitrary()?, event_type: *u.choose(&types)?, description: u.arbitrary()? };
        board.post(pk, &event);
        let patch = Patch {
            level: if u.arbitrary()? { Some(u.int_in_range(1..=5)?) } else { None },
            description: u.arbitrary()?,
            tags: Some(tags(u)?).filter(|tags| !tags.is_empty()),
        };
        board.patch(pk, &patch);
        assert_eq!(board.ask(&Call::Heartbeat), Ok(Reply::Beat));
        Ok(())
    }

    fn ask(&mut self, call: &Call) -> core::result::Result<Reply, ArgusError> {
        let request = call.request();
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Options => "OPTIONS",
        };
        let reply = self.0.request(NOW, method, &request.target, Some("Token 0123"), &request.body);
        let response = Response { status: reply.status, retry_after: None, date: None, body: &reply.body };
        read_reply(call, &response)
    }

    fn create(&mut self, incident: &NewIncident) -> u64 {
        let reply = self.ask(&Call::Create(incident.clone()));
        let Ok(Reply::Created(made)) = reply else { panic!("{reply:?} of {incident:?}") };
        assert_eq!(made.start_time, incident.start_time.clamp(time::EARLIEST, time::LATEST));
        assert_eq!(made.description, text::description(&incident.description));
        assert_eq!((made.level, made.open, made.acked), (incident.level, true, false));
        check_tags(&made.tags, &incident.tags);
        made.pk
    }

    fn look_up(&mut self, incident: &NewIncident, pk: u64) {
        let id = &incident.source_incident_id;
        let found = self.ask(&Call::Lookup { source_incident_id: id.clone() });
        if text::stored(id).is_empty() {
            assert!(matches!(found, Err(ArgusError::Unreadable { .. })), "{found:?}");
        } else {
            let Ok(Reply::Page(page)) = found else { panic!("{found:?} of {id:?}") };
            assert_eq!(page.rows.iter().map(|row| row.pk).collect::<Vec<_>>(), [pk], "{id:?}");
        }
        assert_eq!(self.ask(&Call::Count(Filter::Open)), Ok(Reply::Count(1)));
    }

    fn post(&mut self, pk: u64, event: &NewEvent) {
        let reply = self.ask(&Call::Post { pk, event: event.clone() });
        let Ok(Reply::Posted(posted)) = reply else { panic!("{reply:?} of {event:?}") };
        assert_eq!(posted.at, event.at.clamp(time::EARLIEST, time::LATEST));
        assert_eq!((posted.event_type, posted.received), (event.event_type, NOW));
        assert_eq!(posted.description, text::description(&event.description));
        let events = self.ask(&Call::Events { pk });
        let Ok(Reply::Events(events)) = events else { panic!("{events:?}") };
        assert!(events.bad_rows.is_empty() && events.rows.contains(&posted), "{events:?}");
    }

    fn patch(&mut self, pk: u64, patch: &Patch) {
        let reply = self.ask(&Call::Patch { pk, patch: patch.clone() });
        let Ok(Reply::Patched(changed)) = reply else { panic!("{reply:?} of {patch:?}") };
        assert!(patch.level.is_none_or(|level| changed.level == level));
        if let Some(description) = &patch.description {
            assert_eq!(changed.description, text::description(description));
        }
        if let Some(tags) = &patch.tags {
            check_tags(&changed.tags, tags);
        }
    }
}

fn check_tags(found: &[glue_proto::model::Tag], sent: &[String]) {
    let mut sent = sent.to_vec();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(found.iter().map(|tag| &tag.text).collect::<Vec<_>>(), sent.iter().collect::<Vec<_>>());
    assert!(found.iter().all(|tag| tag.ours), "{found:?}");
}

fn new_incident(u: &mut Unstructured<'_>) -> Result<NewIncident> {
    let mut id = text::stored(&text::clean(u.arbitrary()?)).to_owned();
    while id.len() > LONGEST_ID {
        id.pop();
    }
    Ok(NewIncident {
        start_time: u.arbitrary()?,
        source_incident_id: text::stored(&id).to_owned(),
        description: u.arbitrary()?,
        level: u.int_in_range(1..=5)?,
        tags: tags(u)?,
    })
}

/// Makes tags as the daemon does.
fn tags(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let mut tags = Vec::new();
    for key in ["host", "port", "event_type", "case_id"] {
        if u.arbitrary()? {
            tags.push(text::tag(key, u.arbitrary()?));
        }
    }
    Ok(tags)
}
