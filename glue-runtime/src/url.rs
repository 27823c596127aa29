//! The base URL of the Argus API.

use core::fmt;
use http::Uri;
use thiserror::Error;

/// An http or https URL without query, fragment and user, ready to have paths appended.
///
/// It never ends with a slash, however it was written: [`BaseUrl::join`] adds the one that Argus wants.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    base: String,
}

/// What is wrong with a base URL. No text of the URL is quoted: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is not an absolute URL, or has characters that a URL must not have.
    #[error("not a URL")]
    Malformed,
    /// Its scheme is neither http nor https.
    #[error("neither an http nor an https URL")]
    Scheme,
    /// It holds a user name or password, which would replace the token.
    #[error("holds a user name or password")]
    User,
    /// Its port is no number from 1 to 65535.
    #[error("has a port that is out of range")]
    Port,
    /// It has a query or a fragment.
    #[error("has a query or a fragment")]
    Query,
    /// It is that of version 1 of the API.
    #[error("that of version 1 of the API, which lacks what is needed")]
    Version,
}

impl BaseUrl {
    /// Reads a URL. The scheme may be written in any case.
    ///
    /// # Errors
    ///
    /// If nothing can be appended to it, see [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Malformed)?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err(UrlError::Scheme);
        }
        if rest.contains(['?', '#']) {
            return Err(UrlError::Query);
        }
        let uri: Uri = format!("{scheme}://{rest}").parse().map_err(|_| UrlError::Malformed)?;
        let authority = uri.authority().ok_or(UrlError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::User);
        }
        let port = authority.as_str().strip_prefix(authority.host()).ok_or(UrlError::Malformed)?;
        let port_is_fine = match port.strip_prefix(':') {
            Some(digits) => digits.parse::<u16>().is_ok_and(|port| port != 0),
            None => port.is_empty(),
        };
        let path = uri.path().trim_end_matches('/');
        match (port_is_fine, authority.host().is_empty()) {
            (_, true) => Err(UrlError::Malformed),
            (false, _) => Err(UrlError::Port),
            (true, false) if path.ends_with("/api/v1") => Err(UrlError::Version),
            (true, false) => Ok(Self { base: format!("{scheme}://{authority}{path}") }),
        }
    }

    /// Tells whether the server is reached by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// Returns its text with nothing appended, not even a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.base
    }

    /// Returns the URL with nothing appended, not even a slash.
    ///
    /// # Errors
    ///
    /// Never: it was read as a URL.
    pub fn itself(&self) -> Result<Uri, http::uri::InvalidUri> {
        self.base.parse()
    }

    /// Appends a path and query that has no leading slash, with exactly one slash between.
    ///
    /// # Errors
    ///
    /// If `target` has characters that a URL must not have.
    pub fn join(&self, target: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{}/{target}", self.base).parse()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.base)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b51_base_and_target_are_joined_by_exactly_one_slash() {
        let table = [
            ("http://a", "http://a/incidents/mine/?open=true"),
            ("http://a/", "http://a/incidents/mine/?open=true"),
            ("https://a:8443/api/v2", "https://a:8443/api/v2/incidents/mine/?open=true"),
            ("HTTPS://a/api/v2///", "https://a/api/v2/incidents/mine/?open=true"),
            ("http://[::1]:8000/api/v2/", "http://[::1]:8000/api/v2/incidents/mine/?open=true"),
        ];
        for (base, whole) in table {
            let base = BaseUrl::parse(base).unwrap();
            assert_eq!(base.join("incidents/mine/?open=true").unwrap().to_string(), whole);
        }
        let health = BaseUrl::parse("http://a:8445/active").unwrap();
        assert_eq!(health.itself().unwrap().to_string(), "http://a:8445/active");
    }

    #[test]
    fn b3_a_url_that_nothing_can_be_appended_to_is_refused() {
        let table = [
            ("", UrlError::Malformed),
            ("a/b", UrlError::Malformed),
            ("http:a", UrlError::Malformed),
            ("http:///a", UrlError::Malformed),
            (" http://a", UrlError::Scheme),
            ("ftp://a", UrlError::Scheme),
            ("http://a b/", UrlError::Malformed),
            ("http://user:secret@a/", UrlError::User),
            ("http://a:0/", UrlError::Port),
            ("http://a:99999/", UrlError::Port),
            ("http://a/?x=1", UrlError::Query),
            ("http://a/#f", UrlError::Query),
        ];
        for (text, error) in table {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }
}
