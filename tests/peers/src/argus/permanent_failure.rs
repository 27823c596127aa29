//! Incidents at which the server fails, as it does at rows that its database does not take (reference argus-api 1).

use super::http::{HttpReply, Request};
use super::options::{PermanentFailure, RefusedStep, WriteKind};
use super::server::ArgusServer;
use serde_json::{Value, json};

impl ArgusServer {
    /// Finds the status with which a write is refused, however often it is tried.
    pub(super) fn refusal_of(&self, request: &Request<'_>) -> Option<u16> {
        let holds = |text: &str| request.body.windows(text.len().max(1)).any(|part| part == text.as_bytes());
        let refusals = self.options.refusals.iter();
        let mut fitting = refusals.filter(|refusal| refusal.method == request.method && holds(&refusal.text));
        fitting.next().map(|refusal| refusal.status)
    }

    /// Finds what says that a write about one incident is never taken.
    pub(super) fn refused_step(&self, request: &Request<'_>, path: &str) -> Option<&RefusedStep> {
        if self.options.refused_steps.is_empty() {
            return None;
        }
        let kind = kind_of(request, path)?;
        let number = self.number_of(request, path)?;
        let holds = |text: &str| request.body.windows(text.len().max(1)).any(|part| part == text.as_bytes());
        let fits = |step: &&RefusedStep| {
            step.id == number && step.kind == kind && (step.text.is_empty() || holds(&step.text))
        };
        self.options.refused_steps.iter().find(fits)
    }

    /// Answers a write that is never taken.
    pub(super) fn answer_refused(&mut self, now: i64, request: &Request<'_>, status: u16) -> HttpReply {
        match status {
            0..300 => {
                let steps = std::mem::take(&mut self.options.refused_steps);
                let mut other = self.clone();
                let reply = other.respond(now, request);
                self.options.refused_steps = steps;
                // What is rolled back has used up its numbers.
                self.use_up(&other);
                reply
            }
            300..500 => HttpReply::of_json(status, &json!({ "detail": "This is not taken." })),
            500.. => HttpReply::crash(),
        }
    }

    /// Tells whether the server will say yes to a request and do nothing.
    #[must_use]
    pub fn feigns(&self, request: &Request<'_>) -> bool {
        let absolute = format!("/api/v2/{}", request.target);
        self.refused_step(request, &absolute).is_some_and(|step| step.status < 300)
    }

    /// Tells whether the server never takes a write.
    #[must_use]
    pub fn never_takes(&self, request: &Request<'_>) -> bool {
        let absolute = format!("/api/v2/{}", request.target);
        let is_ignored = self.options.ignores_patches && request.method == "PATCH";
        is_ignored || self.refused_step(request, &absolute).is_some()
    }

    /// Finds the permanent failure that a write is bound to run into.
    pub(super) fn permanent_failure_of(&self, request: &Request<'_>, path: &str) -> Option<PermanentFailure> {
        if self.options.permanent_failures.is_empty() || matches!(request.method, "GET" | "HEAD" | "OPTIONS")
        {
            return None;
        }
        let number = self.number_of(request, path)?;
        self.options.permanent_failures.iter().find(|failure| failure.id == number).cloned()
    }

    /// Returns how long it takes the server to show what is asked for, milliseconds, besides what every request takes.
    #[must_use]
    pub fn reading_time(&self, request: &Request<'_>) -> u64 {
        let asks = request.method == "GET" && request.target.ends_with("/events/");
        if !asks || self.options.long_stories.is_empty() {
            return 0;
        }
        let number = self.number_of(request, &format!("/api/v2/{}", request.target));
        let story = self
            .options
            .long_stories
            .iter()
            .find(|story| story.id.is_empty() || number.as_ref() == Some(&story.id));
        story.map_or(0, |story| story.millis)
    }

    /// Returns the source's own name for the incident that a write is about, as far as an `@`.
    fn number_of(&self, request: &Request<'_>, path: &str) -> Option<String> {
        let below = path.strip_prefix("/api/v2/incidents/")?.trim_end_matches('/');
        let id = match below.split('/').next().unwrap_or_default() {
            "" | "mine" => {
                let body: Value = serde_json::from_slice(request.body).ok()?;
                let id = body.get("source_incident_id")?;
                id.as_str().map_or_else(|| id.to_string(), String::from)
            }
            pk => self.incident(pk.parse().ok()?)?.source_incident_id.clone(),
        };
        id.split('@').next().map(String::from)
    }
}

/// Says what kind of write a request is.
fn kind_of(request: &Request<'_>, path: &str) -> Option<WriteKind> {
    let body: Value = serde_json::from_slice(request.body).ok()?;
    match (request.method, path.strip_prefix("/api/v2/incidents/")?) {
        ("POST", "" | "mine/") => Some(WriteKind::Creation),
        ("PATCH", _) => Some(WriteKind::Update),
        ("POST", below) if below.ends_with("/events/") => match body.get("type")?.as_str()? {
            "OTH" => Some(WriteKind::Entry),
            "END" => Some(WriteKind::End),
            "RES" => Some(WriteKind::Restart),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn server_with_incident() -> ArgusServer {
        let mut server = ArgusServer::new("zino", "token");
        let body = br#"{"start_time":"2026-11-22T12:00:00Z","source_incident_id":"7","tags":[]}"#;
        assert_eq!(server.request(NOW, "POST", "incidents/", Some("Token token"), body).status, 201);
        server
    }

    fn refuse(server: &mut ArgusServer, text: &str, status: u16) {
        let step = RefusedStep { id: "7".into(), kind: WriteKind::Entry, text: text.into(), status };
        server.edit_options(|options| options.refused_steps = vec![step]);
    }

    fn post(server: &mut ArgusServer, event_type: &str, text: &str) -> HttpReply {
        let body =
            format!(r#"{{"description":"{text}","timestamp":"2026-11-22T12:00:00Z","type":"{event_type}"}}"#);
        server.request(NOW, "POST", "incidents/1/events/", Some("Token token"), body.as_bytes())
    }

    #[test]
    fn what_is_refused_costs_itself_alone() {
        let mut server = server_with_incident();
        refuse(&mut server, "poison", 413);
        assert_eq!(post(&mut server, "OTH", "poison").status, 413);
        assert_eq!(post(&mut server, "OTH", "words").status, 201);
        assert_eq!(post(&mut server, "END", "poison").status, 201);
    }

    #[test]
    fn what_is_feigned_is_answered_like_what_is_done_and_uses_up_its_number() {
        let mut server = server_with_incident();
        refuse(&mut server, "", 201);
        let last = server.incident(1).unwrap().events.last().unwrap().pk;
        let reply = post(&mut server, "OTH", "words");
        assert_eq!((reply.status, reply.json()["pk"].as_u64()), (201, Some(last + 1)));
        assert_eq!(server.incident(1).unwrap().events.last().unwrap().pk, last);
        server.edit_options(|options| options.refused_steps.clear());
        assert_eq!(post(&mut server, "OTH", "words").json()["pk"].as_u64(), Some(last + 2));
    }
}
