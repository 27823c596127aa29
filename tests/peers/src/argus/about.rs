//! What the server tells of itself and its users, to whoever asks with a token.

use super::board::EVENT_TYPES;
use super::http::HttpReply;
use super::options::Restart;
use super::server::{ArgusServer, Caller};
use serde_json::{Value, json};

impl ArgusServer {
    /// Answers a request below `auth/`.
    pub(super) fn auth(&self, method: &str, words: &[&str], caller: Caller) -> HttpReply {
        let pk = match (method, words) {
            ("GET", ["user"]) => caller.user,
            ("GET", ["users", pk]) => pk.parse().unwrap_or_default(),
            _ => return HttpReply::no_page(),
        };
        match self.user_name(pk) {
            Some(name) => HttpReply::of_json(
                200,
                &json!({ "username": name, "first_name": "", "last_name": "", "email": "" }),
            ),
            None => HttpReply::detail(404, "No User matches the given query."),
        }
    }

    /// Answers with all source systems.
    pub(super) fn list_sources(&self) -> HttpReply {
        let row = |(pk, source): (&u64, &super::server::Source)| {
            json!({
                "pk": pk,
                "name": source.name,
                "type": { "name": source.source_type },
                "user": source.user,
                "base_url": "",
            })
        };
        HttpReply::of_json(200, &self.sources.iter().map(row).collect::<Value>())
    }

    /// Answers with what a new event takes. A server whose sources may not post a `RES` does not know it at all.
    pub(super) fn event_form(&self) -> HttpReply {
        let is_known = |value: &str| value != "RES" || self.options.restart != Restart::Refused;
        let types = EVENT_TYPES.iter().filter(|(value, _)| is_known(value));
        let choices: Value =
            types.map(|(value, name)| json!({ "value": value, "display_name": name })).collect();
        let form = json!({ "type": { "type": "choice", "required": true, "choices": choices } });
        HttpReply::of_json(200, &json!({ "name": "Event List", "actions": { "POST": form } }))
    }
}
