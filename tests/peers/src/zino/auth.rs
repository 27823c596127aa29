//! Challenges, nonces and the login digest (reference zino-protocol 2 and 8).

use core::fmt::Write;
use sha1::{Digest, Sha1};

/// Returns the SHA-1 digest of a text as 40 lower-case hexadecimal digits.
pub(super) fn sha1_hex(text: &str) -> String {
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Returns what a client must answer to a challenge.
pub(super) fn expected_response(challenge: &str, secret: &str) -> String {
    sha1_hex(&format!("{challenge} {secret}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_recorded_login() {
        let response = expected_response("5d2df2db86bed453d841bd0e0ae3e774efb732e6", "testpassword");
        assert_eq!(response, "4bd5ecc5197227b4db03b3ad827d34fab2ae8426");
    }
}
