//! HTTP requests and responses as plain data.

use super::{Millis, OwnedResponse};
use alloc::string::String;
use alloc::vec::Vec;

/// A request to Argus. The shell adds the base URL, the token and the headers that never change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Path and query below the configured base URL, without a leading slash: `incidents/mine/?open=true`.
    pub target: String,
    /// The JSON body, empty for none.
    pub body: Vec<u8>,
    /// The largest answer that is worth reading, in bytes.
    pub max_body: usize,
    /// Which connections it may travel on.
    pub reuse: Reuse,
}

/// Which connections a request may travel on (behaviour B51).
///
/// A server that cuts connections which lie idle may do so just when a request is written on one, and then nobody knows
/// whether it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reuse {
    /// A kept one, however long it lay idle: for what can be sent again, and for what is only read.
    #[default]
    Any,
    /// A kept one that lay idle for at most [`Reuse::MOST_IDLE`], else a new one: for what must not be in doubt.
    Recent,
    /// A new one: for a request that was sent before and may have been lost on a kept connection.
    Never,
}

impl Reuse {
    /// How long a connection may lie idle before a [`Reuse::Recent`] request.
    pub const MOST_IDLE: Millis = Millis::from_secs(2);
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PATCH
    Patch,
    /// OPTIONS: what a path takes. It changes nothing.
    Options,
}

/// An HTTP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header, as it came.
    pub retry_after: Option<&'a str>,
    /// The `Date` header, as it came: the server's own clock (behaviour B15).
    pub date: Option<&'a str>,
    /// The whole body.
    pub body: &'a [u8],
}

impl Response<'_> {
    /// Copies the response with its body.
    #[must_use]
    pub fn to_owned_response(&self) -> OwnedResponse {
        OwnedResponse {
            status: self.status,
            retry_after: self.retry_after.map(String::from),
            date: self.date.map(String::from),
            body: self.body.into(),
        }
    }
}
