//! Who is trusted to be Argus, or a proxy (behaviour B51).

mod roots;
#[cfg(test)]
mod tests;
mod verifier;

use super::{Environment, SetupError};
use core::fmt;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use std::path::Path;
use std::sync::Arc;
use verifier::Verifier;

/// Makes the TLS settings of a client that trusts the certificates of `ca_file`, else those of the system and of the
/// environment.
///
/// # Errors
///
/// If the file cannot be used, or if there is nobody to trust.
pub(super) fn client(ca_file: Option<&Path>, environment: &Environment) -> Result<ClientConfig, SetupError> {
    let certificates = match ca_file {
        Some(file) => roots::of_file(file)?,
        None => roots::of_environment(environment),
    };
    let verifier = Verifier::new(&certificates, provider())?;
    // Called dangerous because a verifier of one's own could let everybody pass.
    Ok(builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Makes the TLS settings of a client that trusts nobody, for where there is no TLS.
///
/// # Errors
///
/// If the library has no version of TLS.
pub(super) fn nobody() -> Result<ClientConfig, SetupError> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, SetupError> {
    ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().map_err(refused)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What the library does not take.
fn refused(error: impl fmt::Display) -> SetupError {
    SetupError::Tls(error.to_string())
}
