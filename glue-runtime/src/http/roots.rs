//! Which certificates are trusted: the system's, and those of `SSL_CERT_FILE` besides (behaviour B51).

use super::SetupError;
use crate::log;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use std::path::Path;
use std::sync::Arc;

/// Makes the TLS settings of a client that trusts `roots`.
pub(super) fn tls(roots: RootCertStore) -> Result<ClientConfig, SetupError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder =
        builder.with_safe_default_protocol_versions().map_err(|error| SetupError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Collects the roots. A certificate that cannot be read is no error: it may not be the one that matters.
pub(super) fn load(cert_file: Option<&Path>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let mut add = |found: CertificateResult| {
        for error in &found.errors {
            log::warning(&format!("root certificates: {error}"));
        }
        let (_, ignored) = roots.add_parsable_certificates(found.certs);
        if ignored > 0 {
            log::detail(&format!("{ignored} root certificates are of no use"));
        }
    };
    add(load_native_certs());
    if let Some(file) = cert_file {
        // The call above lets SSL_CERT_FILE replace the system's store, so the store is read once more by itself.
        for dir in openssl_probe::candidate_cert_dirs() {
            add(load_certs_from_paths(None, Some(dir)));
        }
        add(load_certs_from_paths(Some(file), None));
    }
    if roots.is_empty() {
        log::warning("no root certificate was found: no TLS server can be trusted");
    }
    roots
}
