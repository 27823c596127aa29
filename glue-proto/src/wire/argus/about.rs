//! What a server can be asked about itself, and about whoever asks, without changing anything (reference argus-api 8).

use super::error::ArgusError;
use super::reason::line;
use super::reply::read_success;
use crate::face::{HttpRequest, Method, Response, Reuse};
use crate::model::EventType;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The largest answer that is read, in bytes: a list of all source systems has some hundred bytes for each.
const MAX_ABOUT: usize = 1 << 20;

/// A question that the daemon has no use for. None of them writes, and none is about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether there is a heartbeat: a GET of its path is answered with a 405 where there is.
    Heartbeat,
    /// Which types an event may have. It is asked of an incident that there is none of, since the answer is about the form.
    EventTypes,
    /// Who we are.
    Ourselves,
    /// All source systems.
    Sources,
    /// The name of a user.
    User {
        /// Which one.
        pk: u64,
    },
}

/// A source system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Source {
    /// What it is called.
    pub(crate) name: String,
    /// The pk of its user.
    pub(crate) user: u64,
}

#[derive(Deserialize)]
struct RawUser {
    username: String,
}

/// A list is not cut into pages, unless a server is set to do so.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawSources {
    All(Vec<Source>),
    Page { results: Vec<Source> },
}

impl Question {
    /// Builds the request.
    pub(crate) fn request(&self) -> HttpRequest {
        let (method, target) = match self {
            Self::Heartbeat => (Method::Get, "incidents/sources/heartbeat/".to_string()),
            Self::EventTypes => (Method::Options, "incidents/0/events/".to_string()),
            Self::Ourselves => (Method::Get, "auth/user/".to_string()),
            Self::Sources => (Method::Get, "incidents/sources/".to_string()),
            Self::User { pk } => (Method::Get, format!("auth/users/{pk}/")),
        };
        HttpRequest { method, target, body: Vec::new(), max_body: MAX_ABOUT, reuse: Reuse::Any }
    }
}

/// Reads the answer to [`Question::Heartbeat`].
///
/// # Errors
///
/// The server says neither that there is one nor that there is none.
pub(crate) fn knows_heartbeat(response: &Response<'_>) -> Result<bool, ArgusError> {
    match response.status {
        405 => Ok(true),
        404 | 410 => Ok(false),
        _ => read_success(response, |_| Err(String::from("a GET is not what it is for"))),
    }
}

/// Reads the answer to [`Question::EventTypes`]: whether there is an event that opens an incident again (behaviour B30).
///
/// # Errors
///
/// The server does not say which types there are.
pub(crate) fn knows_restart(response: &Response<'_>) -> Result<bool, ArgusError> {
    read_success(response, |body| {
        let form: Value = serde_json::from_str(body).map_err(|error| line(&error.to_string()))?;
        let choices = form.pointer("/actions/POST/type/choices").and_then(Value::as_array);
        let choices = choices.ok_or_else(|| String::from("it has no list of the types of events"))?;
        let mut values = choices.iter().filter_map(|choice| choice.get("value")?.as_str());
        Ok(values.any(|value| value == EventType::Restart.as_str()))
    })
}

/// Reads the answer to [`Question::Ourselves`] and [`Question::User`]: the name of the user.
///
/// # Errors
///
/// There is no such user, or the answer is another one.
pub(crate) fn user_name(response: &Response<'_>) -> Result<String, ArgusError> {
    let raw: RawUser = read_success(response, parse)?;
    Ok(raw.username)
}

/// Reads the answer to [`Question::Sources`].
///
/// # Errors
///
/// The answer is another one.
pub(crate) fn sources(response: &Response<'_>) -> Result<Vec<Source>, ArgusError> {
    Ok(match read_success(response, parse)? {
        RawSources::All(sources) | RawSources::Page { results: sources } => sources,
    })
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| line(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response<'_> {
        Response { status, retry_after: None, date: None, body: body.as_bytes() }
    }

    #[test]
    fn no_question_writes() {
        let table = [
            (Question::Heartbeat, Method::Get, "incidents/sources/heartbeat/"),
            (Question::EventTypes, Method::Options, "incidents/0/events/"),
            (Question::Ourselves, Method::Get, "auth/user/"),
            (Question::Sources, Method::Get, "incidents/sources/"),
            (Question::User { pk: 7 }, Method::Get, "auth/users/7/"),
        ];
        for (question, method, target) in table {
            let request = question.request();
            assert_eq!((request.method, &*request.target, &*request.body), (method, target, &b""[..]));
        }
    }

    #[test]
    fn b53_a_heartbeat_is_there_where_a_get_is_not_allowed() {
        let table = [
            (405, "{\"detail\":\"Method \\\"GET\\\" not allowed.\"}", Ok(true)),
            (404, "<html>", Ok(false)),
            (410, "", Ok(false)),
            (502, "", Err("502: no explanation")),
            (200, "[]", Err("200, but the answer cannot be understood: a GET is not what it is for")),
        ];
        for (status, body, expected) in table {
            let known = knows_heartbeat(&answer(status, body)).map_err(|error| error.to_string());
            assert_eq!(known, expected.map_err(String::from), "{status}");
        }
    }

    #[test]
    fn b30_the_types_of_events_stand_in_what_the_form_takes() {
        let form =
            |values: &str| format!("{{\"actions\":{{\"POST\":{{\"type\":{{\"choices\":{values}}}}}}}}}");
        let with = form("[{\"value\":\"STA\"},{\"value\":\"RES\",\"display_name\":\"Incident restart\"}]");
        assert_eq!(knows_restart(&answer(200, &with)), Ok(true));
        for without in ["[]", "[{\"value\":\"END\"},7,{}]"] {
            assert_eq!(knows_restart(&answer(200, &form(without))), Ok(false));
        }
        for odd in ["{}", "[]", "{\"actions\":{\"POST\":{}}}", "<html>", "\u{0}"] {
            assert!(matches!(knows_restart(&answer(200, odd)), Err(ArgusError::Unreadable { .. })), "{odd}");
        }
    }

    #[test]
    fn b52_users_and_source_systems_are_read_with_pages_or_without() {
        assert_eq!(user_name(&answer(200, "{\"username\":\"zino\",\"email\":\"\"}")), Ok("zino".into()));
        let row = "[{\"pk\":3,\"name\":\"zino\",\"type\":{\"name\":\"zino\"},\"user\":4,\"base_url\":\"\"}]";
        for body in [row, &format!("{{\"next\":null,\"results\":{row}}}")] {
            assert_eq!(sources(&answer(200, body)), Ok(alloc::vec![Source { name: "zino".into(), user: 4 }]));
        }
        for odd in ["{}", "[{}]", "7", ""] {
            assert!(sources(&answer(200, odd)).is_err() && user_name(&answer(200, odd)).is_err(), "{odd}");
        }
        let gone = ArgusError::Refused { status: 404, reason: "Not found.".into() };
        assert_eq!(user_name(&answer(404, "{\"detail\":\"Not found.\"}")), Err(gone));
    }
}
