//! Requests and replies without HTTP's framing.

use serde_json::{Value, json};

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method, such as `GET`.
    pub method: &'a str,
    /// Path and query. What does not begin with a slash is taken below `/api/v2/`.
    pub target: &'a str,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `Content-Type` header; none counts as JSON.
    pub content_type: Option<&'a str>,
    /// The `Host` header, which shows up in `next` links.
    pub host: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Makes a request without credentials and without a body.
    #[must_use]
    pub const fn new(method: &'a str, target: &'a str) -> Self {
        Self { method, target, authorization: None, content_type: None, host: "127.0.0.1", body: b"" }
    }
}

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The headers that matter: `Content-Type`, `Date`, `Location`, `Retry-After`, `WWW-Authenticate`.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

const NOT_FOUND_PAGE: &str = "<head>\n  <title>404 - Page Not Found</title>\n</head>\n<body>\n  \
    <h1>404 - Page Not Found</h1>\n  <p>The page you are looking for does not exist.</p>\n</body>\n";
const CRASH_PAGE: &str = "<head>\n  <title>500 - Internal Server Error</title>\n</head>\n<body>\n  \
    <h1>500 - Internal Server Error</h1>\n  \
    <p>An unexpected error occurred on the server. Please try again later.</p>\n</body>\n";
const TOO_LARGE_PAGE: &str = "<head>\n  <title>400 - Bad Request</title>\n</head>\n<body>\n  \
    <h1>400 - Bad Request</h1>\n  \
    <p>The server could not understand your request. Please check your input and try again.</p>\n</body>\n";

impl HttpReply {
    /// Returns a header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON, `Null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn of_json(status: u16, body: &Value) -> Self {
        let headers = vec![("Content-Type", String::from("application/json"))];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    pub(super) fn detail(status: u16, text: &str) -> Self {
        Self::of_json(status, &json!({ "detail": text }))
    }

    pub(super) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn no_incident() -> Self {
        Self::detail(404, "No Incident matches the given query.")
    }

    pub(super) fn no_page() -> Self {
        Self::of_html(404, NOT_FOUND_PAGE)
    }

    /// What a request gets that the server does not survive (reference argus-api 1).
    pub(super) fn crash() -> Self {
        Self::of_html(500, CRASH_PAGE)
    }

    pub(super) fn too_large() -> Self {
        Self::of_html(400, TOO_LARGE_PAGE)
    }

    pub(super) fn of_html(status: u16, page: &str) -> Self {
        let headers = vec![("Content-Type", String::from("text/html; charset=utf-8"))];
        Self { status, headers, body: page.as_bytes().to_vec() }
    }
}
