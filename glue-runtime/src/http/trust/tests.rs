//! The verifier before certificates of every kind, and the files that they come from.

use super::*;
use hyper_util::client::proxy::matcher::Matcher;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// 2025-06-01.
const NOW: u64 = 1_748_736_000;
const DAY: u64 = 86_400;

/// Settings for a certificate of `localhost` that is valid all through 2025, as `openssl req -x509` would make it if
/// it is a CA.
fn params(is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new([String::from("localhost"), String::from("127.0.0.1")]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2026, 1, 1));
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    params
}

fn self_signed(is_ca: bool) -> CertificateDer<'static> {
    params(is_ca).self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(true);
    params.distinguished_name.push(DnType::CommonName, "An issuer");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn judge(
    trusted: &[&CertificateDer<'static>],
    presented: &CertificateDer<'_>,
    name: &str,
    now: u64,
) -> Result<(), Error> {
    let trusted: Vec<_> = trusted.iter().copied().cloned().collect();
    let verifier = Verifier::new(&trusted, provider()).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    verifier.verify_server_cert(presented, &[], &name, &[], now).map(|_| ())
}

fn is(error: Result<(), Error>, expected: impl Fn(&CertificateError) -> bool) -> bool {
    matches!(error, Err(Error::InvalidCertificate(error)) if expected(&error))
}

const fn is_expired(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Expired | CertificateError::ExpiredContext { .. })
}

const fn is_early(error: &CertificateError) -> bool {
    matches!(error, CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
}

const fn is_other_name(error: &CertificateError) -> bool {
    matches!(error, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
}

/// What holds for a server whose certificate is trusted, whatever it is trusted by.
fn names_and_times_count(trusted: &CertificateDer<'static>, presented: &CertificateDer<'_>) {
    for name in ["localhost", "127.0.0.1"] {
        assert_eq!(judge(&[trusted], presented, name, NOW), Ok(()), "{name}");
    }
    for name in ["argus.example.org", "local", "127.0.0.2", "::1"] {
        assert!(is(judge(&[trusted], presented, name, NOW), is_other_name), "{name}");
    }
    assert!(is(judge(&[trusted], presented, "localhost", NOW + 365 * DAY), is_expired));
    assert!(is(judge(&[trusted], presented, "localhost", NOW - 365 * DAY), is_early));
}

#[test]
fn b51_a_certificate_that_is_itself_trusted_counts_for_its_names_and_its_time_also_as_a_ca() {
    for is_ca in [true, false] {
        let certificate = self_signed(is_ca);
        names_and_times_count(&certificate, &certificate);
    }
    let leaf = params(false).signed_by(&KeyPair::generate().unwrap(), &issuer()).unwrap();
    names_and_times_count(leaf.der(), leaf.der());
}

#[test]
fn b51_the_common_name_counts_where_a_trusted_certificate_has_no_other_names() {
    let certificate = |names: &[&str]| {
        let mut params = params(true);
        params.subject_alt_names =
            CertificateParams::new(names.iter().copied().map(String::from).collect::<Vec<_>>())
                .unwrap()
                .subject_alt_names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    };
    let (plain, named) = (certificate(&[]), certificate(&["argus.example.org"]));
    assert_eq!(judge(&[&plain], &plain, "LocalHost", NOW), Ok(()));
    assert!(is(judge(&[&plain], &plain, "LocalHost", NOW + 365 * DAY), is_expired));
    for (certificate, name) in [(&plain, "argus.example.org"), (&plain, "127.0.0.1"), (&named, "localhost")] {
        assert!(is(judge(&[certificate], certificate, name, NOW), is_other_name), "{name}");
    }
}

#[test]
fn b51_a_certificate_that_was_signed_by_a_trusted_one_counts_for_its_names_and_its_time() {
    let issuer = issuer();
    let leaf = params(false).signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let root = issuer.as_ref().der();
    names_and_times_count(root, leaf.der());
}

#[test]
fn b51_a_certificate_that_nobody_knows_is_refused_for_its_issuer() {
    let (issuer, known) = (issuer(), self_signed(true));
    let leaf = params(false).signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let is_unknown = |error: &CertificateError| *error == CertificateError::UnknownIssuer;
    // The last two have the names and the time of the trusted one, as its successor would.
    for stranger in [leaf.der(), issuer.as_ref().der(), &self_signed(false), &self_signed(true)] {
        assert!(is(judge(&[&known], stranger, "localhost", NOW), is_unknown));
    }
}

#[test]
fn b51_a_ca_that_signed_another_certificate_is_no_server_unless_it_is_trusted_itself() {
    let issuer = issuer();
    let ca = params(true).signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let root = issuer.as_ref().der();
    assert!(judge(&[root], ca.der(), "localhost", NOW).is_err());
    assert_eq!(judge(&[root, ca.der()], ca.der(), "localhost", NOW), Ok(()));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let known = self_signed(true);
    let broken = CertificateDer::from(known[..known.len() / 2].to_vec());
    assert_eq!(check_broken(&known, &broken), Err(Error::InvalidCertificate(CertificateError::BadEncoding)));
    assert!(matches!(Verifier::new(&[broken], provider()), Err(SetupError::NoRoots)));
}

fn check_broken(known: &CertificateDer<'static>, broken: &CertificateDer<'static>) -> Result<(), Error> {
    judge(&[known, broken], broken, "localhost", NOW)
}

/// A folder of its own, gone at the end of the test.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("zinoargus-trust-{name}-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        Self(dir)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pem() -> String {
    params(true).self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

#[test]
fn b51_only_the_certificates_of_the_ca_file_count_where_there_is_one() {
    let dir = Dir::new("ca-file");
    let file = dir.write("ca.pem", &format!("# A comment.\n{}{}", pem(), pem()));
    assert_eq!(roots::of_file(&file).unwrap().len(), 2);
}

#[test]
fn b51_a_ca_file_that_cannot_be_used_is_an_error_that_names_it() {
    let dir = Dir::new("bad-ca-file");
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    let table = [
        (dir.0.join("missing.pem"), "No such file or directory"),
        (dir.write("empty.pem", ""), "it holds no certificate"),
        (dir.write("broken.pem", broken), "not PEM"),
    ];
    for (file, why) in table {
        let error = roots::of_file(&file).unwrap_err().to_string();
        assert!(error.starts_with(&format!("argus.ca_file: {}: {why}", file.display())), "{error}");
    }
}

#[test]
fn b51_the_files_of_the_environment_add_to_the_certificates_of_the_system() {
    let dir = Dir::new("environment");
    let file = dir.write("one.pem", &pem());
    let folders = ["a", "b"].map(|name| dir.0.join(name));
    for folder in &folders {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("root.pem"), pem()).unwrap();
        fs::write(folder.join("README"), "no certificate").unwrap();
    }
    let environment = |cert_file, cert_dirs| {
        let proxies = Matcher::builder().build();
        roots::of_environment(&Environment { cert_file, cert_dirs, proxies })
    };
    let system = environment(None, Vec::new());
    let all = environment(Some(file), folders.to_vec());
    assert_eq!(all.len(), system.len() + 3);
    assert!(system.iter().all(|certificate| all.contains(certificate)));
    let missing = environment(Some(PathBuf::from("missing")), vec![PathBuf::from("missing")]);
    assert_eq!(missing.len(), system.len());
}
