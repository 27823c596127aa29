//! `POST incidents/` (reference argus-api 4).

use super::board::{EndTime, Incident, TagRow};
use super::http::HttpReply;
use super::routes::Admitted;
use super::server::{ArgusServer, NewEvent};
use super::tags::{self, TagError};
use super::validate::{Errors, Moment};
use serde_json::{Value, json};

impl ArgusServer {
    pub(super) fn create(&mut self, admitted: &Admitted<'_>) -> HttpReply {
        let fields = match admitted.fields() {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        let mut errors = Errors::default();
        errors.require(&fields, &["start_time", "tags"]);
        let start_time = errors.timestamp(&fields, "start_time", &self.zone);
        let end_time = errors.moment(&fields, "end_time", &self.zone);
        let tags = match fields.get("tags").map(tags::parse) {
            Some(Err(TagError::Crash)) => return HttpReply::crash(),
            Some(Err(TagError::Refused(error))) => {
                errors.0.insert(String::from("tags"), error);
                Vec::new()
            }
            Some(Ok(tags)) => tags,
            None => Vec::new(),
        };
        let incident = Incident {
            pk: 0,
            start_time: start_time.unwrap_or_default(),
            end_time: EndTime::Infinity,
            source: 0,
            source_incident_id: errors.text(&fields, "source_incident_id").unwrap_or_default(),
            details_url: errors.text(&fields, "details_url").unwrap_or_default(),
            description: errors.text(&fields, "description").unwrap_or_default(),
            level: errors.level(&fields).unwrap_or(5),
            ticket_url: errors.url(&fields, "ticket_url").unwrap_or_default(),
            metadata: errors.metadata(&fields).unwrap_or_default(),
            tags: Vec::new(),
            events: Vec::new(),
            acks: Vec::new(),
        };
        if !errors.0.is_empty() {
            return HttpReply::of_json(400, &errors.into_value());
        }
        let end_time = match end_time {
            None | Some(Moment::Infinity) => EndTime::Infinity,
            Some(Moment::Null) => EndTime::Stateless,
            Some(Moment::At(end)) if end >= incident.start_time => EndTime::At(end),
            Some(Moment::At(_) | Moment::MinusInfinity) => {
                let text = "'end_time' cannot be before 'start_time'.";
                return HttpReply::of_json(400, &json!({ "non_field_errors": [text] }));
            }
        };
        if fields.contains_key("source") {
            let text = "You must be a superuser to be allowed to specify the 'source' field.";
            return HttpReply::of_json(400, &json!([text]));
        }
        self.insert(admitted, Incident { end_time, ..incident }, &tags)
    }

    fn insert(&mut self, admitted: &Admitted<'_>, incident: Incident, tags: &[String]) -> HttpReply {
        let Some(source) = admitted.caller.source else {
            return HttpReply::of_json(
                400,
                &json!(["The requesting user must have a connected source system."]),
            );
        };
        let id = incident.source_incident_id.clone();
        if !tags::fits_index(&id) {
            return HttpReply::crash();
        }
        if !id.is_empty() {
            if self.by_source_id.contains_key(&(source, id.clone())) {
                return HttpReply::of_json(400, &duplicate(&id, source));
            }
            // What is used up by a refused row of the database is gone; the pk is one of them.
            let pk = self.next_incident();
            self.by_source_id.insert((source, id), pk);
            return self.store(admitted, Incident { pk, source, ..incident }, tags);
        }
        let pk = self.next_incident();
        self.store(admitted, Incident { pk, source, ..incident }, tags)
    }

    fn store(&mut self, admitted: &Admitted<'_>, mut incident: Incident, tags: &[String]) -> HttpReply {
        for tag in tags {
            let added_time = self.moment(admitted.now);
            incident.tags.push(TagRow { tag: tag.clone(), added_by: admitted.caller.user, added_time });
        }
        let pk = incident.pk;
        let first = NewEvent {
            actor: admitted.caller.user,
            timestamp: Some(incident.start_time),
            event_type: if incident.is_stateful() { "STA" } else { "LES" },
            description: &incident.description.clone(),
        };
        self.incidents.insert(pk, incident);
        self.add_event(pk, first, admitted.now);
        let now = self.moment(admitted.now);
        let body = self.incidents.get(&pk).map_or(Value::Null, |incident| self.incident_json(incident, now));
        HttpReply::of_json(201, &body)
    }
}

fn duplicate(id: &str, source: u64) -> Value {
    json!([format!(
        "duplicate key value violates unique constraint \"incident_unique_source_incident_id_per_source\"\n\
         DETAIL:  Key (source_incident_id, source_id)=({id}, {source}) already exists."
    )])
}
