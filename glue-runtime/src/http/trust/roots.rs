//! Reads the certificates of those who are trusted.

use super::{Environment, SetupError};
use crate::log;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use std::collections::BTreeSet;
use std::env;
use std::path::Path;

/// The variables that make `load_native_certs` read nothing else, even when they are empty.
const REPLACING: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Reads the file of `argus.ca_file`.
///
/// # Errors
///
/// If it cannot be read or holds no certificate.
pub(super) fn of_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let unusable = |why| SetupError::CaFile { file: file.to_owned(), why };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| {
        // Only the error of the system has something to say.
        unusable(if let PemError::Io(error) = error { error.to_string() } else { String::from("not PEM") })
    })?;
    if certificates.is_empty() {
        return Err(unusable(String::from("it holds no certificate")));
    }
    Ok(certificates)
}

/// Reads the certificates of the system, and besides those that the environment names.
///
/// One that cannot be read is no error: it may not be the one that matters.
pub(super) fn of_environment(environment: &Environment) -> Vec<CertificateDer<'static>> {
    let mut certificates = Vec::new();
    let mut complaints = BTreeSet::new();
    let mut add = |found: CertificateResult| {
        complaints.extend(found.errors.iter().map(|error| format!("root certificates: {error}")));
        certificates.extend(found.certs);
    };
    if REPLACING.iter().any(|name| env::var_os(name).is_some()) {
        for dir in openssl_probe::candidate_cert_dirs() {
            add(load_certs_from_paths(None, Some(dir)));
        }
    } else {
        add(load_native_certs());
    }
    if let Some(file) = &environment.cert_file {
        add(load_certs_from_paths(Some(file), None));
    }
    for dir in &environment.cert_dirs {
        add(load_certs_from_paths(None, Some(dir)));
    }
    complaints.iter().for_each(|complaint| log::warning(complaint));
    certificates
}
