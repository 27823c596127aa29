//! What a failed request means: whether the server may have seen it, and why it failed (behaviour B13).

use super::dial::DialError;
use super::tunnel::{OutOfTurn, TunnelRefused};
use crate::net::Fault;
use core::error::Error;
use glue_proto::{HttpCause, HttpFailure, TlsFailure};
use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use rustls::CertificateError;
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
    let mut cause = cause(error);
    // What comes after the way to the server is the handshake with the server.
    if cause == HttpCause::Reset && error.is_connect() && chain(error).all(|error| !error.is::<DialError>()) {
        cause = HttpCause::Tls(TlsFailure::Cut);
    }
    Failed::new(had_connection && !error.is_connect() && !handed_back, cause)
}

/// Judges a response that broke off, or is too large: the server has seen the request.
pub(super) fn of_body(error: &(dyn Error + 'static)) -> Failed {
    Failed::new(true, cause(error))
}

/// Finds the innermost error that says something.
fn cause(error: &(dyn Error + 'static)) -> HttpCause {
    chain(error).filter_map(own_cause).last().unwrap_or(HttpCause::Other)
}

/// Goes from an error to what is behind it, and so on.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    core::iter::successors(Some(error), |&error| {
        // An `io::Error` around another error skips it in `source`, and shows the source of that one.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

fn own_cause(error: &(dyn Error + 'static)) -> Option<HttpCause> {
    if error.is::<LengthLimitError>() {
        Some(HttpCause::TooLarge)
    } else if let Some(error) = error.downcast_ref::<rustls::Error>() {
        Some(HttpCause::Tls(tls(error)))
    } else if let Some(TunnelRefused { status }) = error.downcast_ref() {
        Some(HttpCause::Proxy(status.as_u16()))
    } else if error.is::<OutOfTurn>() {
        Some(HttpCause::Tls(TlsFailure::NotTls))
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
        Some(Fault::from(error)).filter(|fault| *fault != Fault::Other).map(Into::into)
    } else {
        None
    }
}

/// Says in our words why a TLS handshake failed.
#[expect(clippy::wildcard_enum_match_arm, reason = "the set of errors of the library grows")]
fn tls(error: &rustls::Error) -> TlsFailure {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => TlsFailure::NotTls,
        rustls::Error::PeerIncompatible(_) => TlsFailure::Incompatible,
        rustls::Error::AlertReceived(_) => TlsFailure::Refused,
        _ => TlsFailure::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the set of errors of the library grows")]
const fn certificate(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFailure::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFailure::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFailure::OtherName
        }
        CertificateError::UnknownIssuer => TlsFailure::UnknownIssuer,
        _ => TlsFailure::Certificate,
    }
}
