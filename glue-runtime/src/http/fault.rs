//! What a failed request means: whether the server may have seen it, and why it failed (behaviour B13).

use crate::net::Fault;
use core::error::Error;
use glue_proto::{HttpCause, HttpFailure};
use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use std::io;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// Whether the server may have seen it.
    pub(super) failure: HttpFailure,
    /// Why.
    pub(super) cause: HttpCause,
}

impl Failed {
    /// Makes a failure of a request that may have been sent as soon as it had a connection.
    pub(super) const fn new(had_connection: bool, cause: HttpCause) -> Self {
        let failure = if had_connection { HttpFailure::Ambiguous } else { HttpFailure::NotSent };
        Self { failure, cause }
    }
}

/// Judges a request without a response.
///
/// It was certainly not sent if it never had a connection, or if the connection handed it back unwritten; hyper says
/// the latter by its `is_canceled`, see `hyper::client::dispatch`.
pub(super) fn of_request(error: &legacy::Error, had_connection: bool) -> Failed {
    let handed_back =
        error.source().and_then(<dyn Error>::downcast_ref).is_some_and(hyper::Error::is_canceled);
    Failed::new(had_connection && !error.is_connect() && !handed_back, cause(error))
}

/// Judges a response that broke off, or is too large: the server has seen the request.
pub(super) fn of_body(error: &(dyn Error + 'static)) -> Failed {
    Failed::new(true, cause(error))
}

/// Finds the innermost error that says something.
fn cause(error: &(dyn Error + 'static)) -> HttpCause {
    let mut next = Some(error);
    let mut cause = HttpCause::Other;
    while let Some(error) = next {
        cause = own_cause(error).unwrap_or(cause);
        // An `io::Error` around another error skips it in `source`, and shows the source of that one.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    cause
}

fn own_cause(error: &(dyn Error + 'static)) -> Option<HttpCause> {
    if error.is::<LengthLimitError>() {
        Some(HttpCause::TooLarge)
    } else if error.is::<rustls::Error>() {
        Some(HttpCause::Tls)
    } else if let Some(fault) = error.downcast_ref::<Fault>() {
        Some((*fault).into())
    } else if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_parse() || error.is_parse_status() {
            Some(HttpCause::NotHttp)
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            Some(HttpCause::Reset)
        } else {
            None
        }
    } else if let Some(error) = error.downcast_ref::<io::Error>() {
        match Fault::from(error) {
            Fault::Other => None,
            fault @ (Fault::Unresolved | Fault::Refused | Fault::Unreachable | Fault::Reset) => {
                Some(fault.into())
            }
        }
    } else {
        None
    }
}
