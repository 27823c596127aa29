//! Which certificates are trusted: the system's, and those of `SSL_CERT_FILE` besides (behaviour B51).

use super::SetupError;
use crate::log;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use std::collections::BTreeSet;
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
    let mut certificates = Vec::new();
    let mut complaints = BTreeSet::new();
    let mut add = |found: CertificateResult| {
        complaints.extend(found.errors.iter().map(|error| format!("root certificates: {error}")));
        certificates.extend(found.certs);
    };
    add(load_native_certs());
    if let Some(file) = cert_file {
        // The call above lets SSL_CERT_FILE replace the system's store, so the store is read once more by itself.
        for dir in openssl_probe::candidate_cert_dirs() {
            add(load_certs_from_paths(None, Some(dir)));
        }
        add(load_certs_from_paths(Some(file), None));
    }
    complaints.iter().for_each(|complaint| log::warning(complaint));
    certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
    certificates.dedup();
    let mut roots = RootCertStore::empty();
    let (_, ignored) = roots.add_parsable_certificates(certificates);
    if ignored > 0 {
        log::detail(&format!("{ignored} root certificates are of no use"));
    }
    if roots.is_empty() {
        log::warning("no root certificate was found: no TLS server can be trusted");
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn b51_ssl_cert_file_adds_to_the_roots_of_the_system() {
        let file = std::env::temp_dir().join(format!("zinoargus-roots-{}.pem", std::process::id()));
        let certificate = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap().cert;
        fs::write(&file, certificate.pem()).unwrap();
        let (system, both) = (load(None), load(Some(&file)));
        fs::remove_file(&file).unwrap();
        let known = |root: &_| both.roots.contains(root);
        assert!(system.roots.iter().all(known) && both.len() > system.len());
    }

    #[test]
    fn b51_a_certificate_file_that_is_not_there_leaves_the_others() {
        assert!(load(Some(Path::new("/no/such/file"))).len() >= load(None).len());
    }
}
