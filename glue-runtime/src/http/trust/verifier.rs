//! Judges the certificate of a server.

use super::{SetupError, refused};
use crate::log;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::collections::BTreeSet;
use std::sync::Arc;
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::nom::Parser as _;
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;

/// Trusts a certificate that was signed by a trusted one, and one that is itself trusted.
///
/// The latter is what `openssl req -x509` makes: it signs itself and calls itself a CA, and the rules for chains forbid a
/// CA to be a server. Whoever put exactly this certificate into the file means exactly this server, so that only its
/// names and its time are asked for.
#[derive(Debug)]
pub(super) struct Verifier {
    chains: Arc<WebPkiServerVerifier>,
    /// Whole certificates, in DER.
    trusted: BTreeSet<Vec<u8>>,
}

impl Verifier {
    /// Trusts these certificates.
    ///
    /// # Errors
    ///
    /// If none of them can be used.
    pub(super) fn new(
        certificates: &[CertificateDer<'static>],
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, SetupError> {
        let trusted: BTreeSet<_> = certificates.iter().map(|certificate| certificate.to_vec()).collect();
        let mut roots = RootCertStore::empty();
        let (_, ignored) =
            roots.add_parsable_certificates(trusted.iter().map(|der| CertificateDer::from(der.as_slice())));
        if ignored > 0 {
            log::detail(&format!("{ignored} root certificates are of no use"));
        }
        if roots.is_empty() {
            return Err(SetupError::NoRoots);
        }
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self { chains: chains.build().map_err(refused)?, trusted })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.trusted.contains(end_entity.as_ref()) {
            let chain = &self.chains;
            let judged = chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
            return judged.map_err(|error| of_chain(error, end_entity));
        }
        let certificate = parse(end_entity)?;
        check_time(&certificate, now)?;
        if !is_common_name(&certificate, server_name) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Finds the words for a certificate that is not trusted. One that signed itself, or in the name of a trusted one, is of
/// an unknown issuer, whatever else there is to say against it.
fn of_chain(error: Error, certificate: &CertificateDer<'_>) -> Error {
    let Error::InvalidCertificate(cause) = &error else { return error };
    let signed_itself =
        || parse(certificate).is_ok_and(|certificate| certificate.issuer() == certificate.subject());
    let is_unknown = *cause == CertificateError::BadSignature
        || matches!(cause, CertificateError::Other(_)) && signed_itself();
    if is_unknown { CertificateError::UnknownIssuer.into() } else { error }
}

/// Checks that a certificate is valid now: the library has no function for this alone.
fn check_time(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let validity = certificate.validity();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < validity.not_before.timestamp() {
        Err(CertificateError::NotValidYet)
    } else if now > validity.not_after.timestamp() {
        Err(CertificateError::Expired)
    } else {
        Ok(())
    }
}

/// Tells whether a server is meant by the common name of a certificate that has no alternative names. `openssl req
/// -x509` makes such ones if it is not told otherwise, and OpenSSL takes them (RFC 6125, section 6.4.4).
fn is_common_name(certificate: &X509Certificate<'_>, server: &ServerName<'_>) -> bool {
    let ServerName::DnsName(server) = server else { return false };
    let mut extensions = certificate.extensions().iter();
    let is_server = |name: &str| name.eq_ignore_ascii_case(server.as_ref());
    extensions.all(|extension| extension.oid != OID_X509_EXT_SUBJECT_ALT_NAME)
        && certificate.subject().iter_common_name().any(|name| name.as_str().is_ok_and(is_server))
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, CertificateError> {
    // What is in the extensions is not for us to judge, and may be of any kind.
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let parsed = parser.parse(certificate);
    parsed.map(|(_, certificate)| certificate).map_err(|_| CertificateError::BadEncoding)
}
