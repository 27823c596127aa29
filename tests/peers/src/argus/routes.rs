//! Which request goes where, and what all of them may be refused for (reference argus-api 1).

use super::http::{HttpReply, Request};
use super::query::split_target;
use super::server::{ArgusServer, Caller};
use super::time::http_date;
use super::validate::{Fields, type_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The largest body that the server reads, in bytes.
const MAX_BODY: usize = 2_621_440;

/// A request that has been let in.
pub(super) struct Admitted<'a> {
    pub(super) caller: Caller,
    pub(super) request: &'a Request<'a>,
    /// The path, with the slash at its end.
    pub(super) path: &'a str,
    pub(super) parameters: BTreeMap<String, String>,
    /// Unix seconds.
    pub(super) now: i64,
}

impl ArgusServer {
    /// Answers a request. `now` is in Unix seconds.
    pub fn respond(&mut self, now: i64, request: &Request<'_>) -> HttpReply {
        let reply = self.answer(now, request);
        match http_date(now).filter(|_| self.options.tells_date) {
            Some(date) => reply.with_header("Date", &date),
            None => reply,
        }
    }

    fn answer(&mut self, now: i64, request: &Request<'_>) -> HttpReply {
        if let Some(outage) = &self.options.outage {
            let reply = HttpReply::of_html(outage.status, "<h1>Error</h1>\n");
            return match &outage.retry_after {
                Some(value) => reply.with_header("Retry-After", value),
                None => reply,
            };
        }
        let absolute = if request.target.starts_with('/') {
            request.target.to_owned()
        } else {
            format!("/api/v2/{}", request.target)
        };
        let (path, parameters) = split_target(&absolute);
        let reply = match path {
            "/.still-alive/" => HttpReply::empty(204),
            "/api/" => HttpReply::of_json(
                200,
                &json!({ "server-version": "2.10.2", "api-version": { "stable": "v2" } }),
            ),
            _ if path.starts_with("/api/v1/") => {
                HttpReply::of_json(410, &json!({ "status_code": 410, "status": "API v1 has been removed" }))
            }
            _ if self.refusal_of(request).is_some() => {
                let status = self.refusal_of(request).unwrap_or_default();
                HttpReply::of_json(status, &json!({ "detail": "This is not taken." }))
            }
            _ if self.refused_step(request, path).is_some() => {
                let status = self.refused_step(request, path).map_or(500, |step| step.status);
                self.answer_refused(now, request, status)
            }
            _ => match self.permanent_failure_of(request, path) {
                None => self.dispatch(now, request, path, parameters),
                Some(failure) => {
                    if failure.is_done {
                        self.dispatch(now, request, path, parameters);
                    }
                    HttpReply::crash()
                }
            },
        };
        if request.method == "HEAD" { HttpReply { body: Vec::new(), ..reply } } else { reply }
    }

    fn dispatch(
        &mut self,
        now: i64,
        request: &Request<'_>,
        path: &str,
        parameters: BTreeMap<String, String>,
    ) -> HttpReply {
        let Some(below) = path.strip_prefix("/api/v2/") else { return HttpReply::no_page() };
        let words: Vec<&str> = below.trim_end_matches('/').split('/').collect();
        let is_known = matches!(words.first(), Some(&("incidents" | "auth")));
        let is_known = is_known && words.len() <= 4 && !path.contains("//");
        if !is_known {
            return HttpReply::no_page();
        }
        if !path.ends_with('/') {
            let query =
                request.target.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
            return HttpReply::of_html(301, "").with_header("Location", &format!("{path}/{query}"));
        }
        let caller = match self.authenticate(request.authorization) {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        let admitted = Admitted { caller, request, path, parameters, now };
        let method = if request.method == "HEAD" { "GET" } else { request.method };
        match (method, words.as_slice()) {
            ("OPTIONS", ["incidents", _, "events"]) => self.event_form(),
            ("OPTIONS", _) => HttpReply::of_json(200, &json!({ "parses": ["application/json"] })),
            (_, ["incidents", "sources", "heartbeat"]) => self.heartbeat(&admitted),
            ("GET", ["incidents", "sources"]) => self.list_sources(),
            (_, ["auth", rest @ ..]) => self.auth(method, rest, caller),
            ("GET", ["incidents", "events"]) => self.feed(&admitted),
            ("GET", ["incidents"]) => self.list(&admitted, None),
            ("GET", ["incidents", "mine"]) => self.list(&admitted, Some(caller.source.unwrap_or(0))),
            ("POST", ["incidents"] | ["incidents", "mine"]) => self.create(&admitted),
            (_, ["incidents"] | ["incidents", "mine"]) => not_allowed(method),
            (_, ["incidents", pk, rest @ ..]) => match pk.parse() {
                Ok(pk) => self.on_incident(&admitted, method, pk, rest),
                Err(_) => HttpReply::detail(404, "Not found."),
            },
            _ => HttpReply::no_page(),
        }
    }

    fn on_incident(&mut self, admitted: &Admitted<'_>, method: &str, pk: u64, rest: &[&str]) -> HttpReply {
        match (method, rest) {
            ("GET", []) => self.read_incident(admitted, pk),
            ("PATCH", []) => self.patch(admitted, pk, false),
            ("PUT", []) => self.patch(admitted, pk, true),
            ("DELETE", []) => {
                HttpReply::detail(405, "Deletion of incidents is turned off, see setting INDELIBLE_INCIDENTS")
            }
            ("GET", ["events"]) => self.list_events(pk),
            ("POST", ["events"]) => self.post_event(admitted, pk),
            ("GET", ["events", event]) => self.read_event(pk, event),
            ("GET", ["acks"]) => self.list_acks(pk),
            ("POST", ["acks"]) => self.post_ack(admitted, pk),
            ("PUT", ["ticket_url"]) => self.put_ticket(admitted, pk),
            (_, [] | ["events" | "acks" | "ticket_url"] | ["events", _]) => not_allowed(method),
            _ => HttpReply::no_page(),
        }
    }

    fn read_incident(&mut self, admitted: &Admitted<'_>, pk: u64) -> HttpReply {
        let now = self.moment(admitted.now);
        let found = self.incidents.get(&pk);
        found.map_or_else(HttpReply::no_incident, |incident| {
            HttpReply::of_json(200, &self.incident_json(incident, now))
        })
    }

    fn heartbeat(&mut self, admitted: &Admitted<'_>) -> HttpReply {
        if !self.options.knows_heartbeat {
            return HttpReply::detail(404, "Not found.");
        }
        if admitted.request.method != "POST" {
            return not_allowed(admitted.request.method);
        }
        if admitted.caller.source.is_none() {
            return HttpReply::empty(403);
        }
        self.count_heartbeat();
        HttpReply::empty(204)
    }
}

impl Admitted<'_> {
    /// Reads the body as the fields of a form or of a JSON object.
    pub(super) fn fields(&self) -> Result<Fields, HttpReply> {
        let body = self.request.body;
        if body.len() > MAX_BODY {
            return Err(HttpReply::too_large());
        }
        let content_type = self.request.content_type.unwrap_or("application/json");
        let value: Value = match content_type.split(';').next().unwrap_or_default().trim() {
            _ if body.is_empty() => return Ok(Fields::new()),
            "application/json" => serde_json::from_slice(body)
                .map_err(|error| HttpReply::detail(400, &format!("JSON parse error - {error}")))?,
            "application/x-www-form-urlencoded" => {
                let form = format!("?{}", String::from_utf8_lossy(body));
                json!(split_target(&form).1)
            }
            _ => {
                let text = format!("Unsupported media type \"{content_type}\" in request.");
                return Err(HttpReply::detail(415, &text));
            }
        };
        if let Value::Object(fields) = value {
            return Ok(fields);
        }
        let text = if value.is_null() {
            String::from("No data provided")
        } else {
            format!("Invalid data. Expected a dictionary, but got {}.", type_name(&value))
        };
        Err(HttpReply::of_json(400, &json!({ "non_field_errors": [text] })))
    }
}

fn not_allowed(method: &str) -> HttpReply {
    HttpReply::detail(405, &format!("Method \"{method}\" not allowed."))
}
