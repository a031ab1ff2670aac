//! Signatures of Standard Webhooks 1.0, symmetric.
//!
//! Written out rather than taken from the `standardwebhooks` crate: signing is one HMAC, and the
//! crate brings verification, header maps and a clock with it.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, Mac};
use sha2::Sha256;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret with the prefix `whsec_` is not base64.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadSecret;

/// The value of `webhook-signature` for a message. The secret is `whsec_` and base64, or else the
/// key's own characters. `timestamp` is in seconds.
pub(super) fn sign(
    secret: &str,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<String, BadSecret> {
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => BASE64.decode(encoded).map_err(|_| BadSecret)?,
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).expect("any length of key will do");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;

    /// The first signature is the example of the specification's own documents; all were also
    /// computed by Python's `hmac`.
    #[test]
    fn signatures_are_those_of_other_implementations() {
        let cases = [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                &br#"{"test": 2432232314}"#[..],
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            ("s3cret", b"", "v1,Z3Pn+H8eMEyMOIbrJfWt0BH4mCIu3t/LpqWINPgzC+g="),
            // The same key, its base64 with padding and without.
            ("whsec_czNjcmV0", b"", "v1,Z3Pn+H8eMEyMOIbrJfWt0BH4mCIu3t/LpqWINPgzC+g="),
        ];
        for (secret, body, expected) in cases {
            assert_eq!(sign(secret, ID, AT, body).as_deref(), Ok(expected), "{secret}");
        }
    }

    #[test]
    fn padding_does_not_matter() {
        let padded = sign("whsec_MTIzNDU2Nzg5MDEyMzQ1Ng==", ID, AT, b"x");
        assert_eq!(padded, sign("whsec_MTIzNDU2Nzg5MDEyMzQ1Ng", ID, AT, b"x"));
        assert_eq!(padded, sign("1234567890123456", ID, AT, b"x"));
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for secret in ["whsec_not base64", "whsec_*", "whsec_a"] {
            assert_eq!(sign(secret, ID, AT, b""), Err(BadSecret), "{secret}");
        }
    }
}
