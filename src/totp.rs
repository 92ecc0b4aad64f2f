//! Codes of authenticator apps (RFC 6238): six digits from a shared secret and the time, others each half minute. That a
//! code counts once is the store's to see to; here each is said to be of a step.

use crate::domain::time::Timestamp;
use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};

/// How a code of this secret would be called: its step, the half minutes since 1970. One step before and one after the
/// present one count, since neither clocks nor fingers are exact. `None`: it is no code of these.
pub fn step_of(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.as_millis() / 1000).ok()?;
    let step = app(secret).build_noncompliant().check(&digits, seconds)?;
    i64::try_from(step).ok()
}

/// The code of a secret at an instant.
pub fn code_at(secret: &[u8], now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_millis() / 1000).unwrap_or_default();
    app(secret).build_noncompliant().generate(seconds).to_string()
}

/// What an app reads from the picture: the secret, who issued it, and for whom.
pub fn address(secret: &[u8], issuer: &str, login: &str) -> Option<String> {
    // A colon would end the issuer.
    let plain = |text: &str| text.replace(':', " ");
    let app: Totp = app(secret).with_issuer(Some(plain(issuer))).with_account_name(plain(login)).build().ok()?;
    app.to_url().ok()
}

/// The secret as people type it: base32 in groups of four.
pub fn spelt(secret: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(secret);
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

fn app(secret: &[u8]) -> Builder {
    Builder::new().with_secret(secret.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's examples.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(SECRET, at(seconds)), code);
            assert_eq!(step_of(SECRET, code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_one_step_before_and_after_its_own() {
        let code = code_at(SECRET, at(3_000));
        for (seconds, counts) in [(2_969, false), (2_970, true), (3_000, true), (3_059, true), (3_060, false)] {
            assert_eq!(step_of(SECRET, &code, at(seconds)), counts.then_some(100), "{seconds}");
        }
        assert_eq!(step_of(SECRET, &format!(" {} {} ", &code[..3], &code[3..]), at(3_000)), Some(100));
        for other in ["", "28708", "2870822", "28708x", "２８７０８２"] {
            assert_eq!(step_of(SECRET, other, at(59)), None, "{other}");
        }
    }

    #[test]
    fn an_app_reads_who_issued_the_secret_and_for_whom() {
        let address = address(SECRET, "Reef: Tours", "mira@reef.example").unwrap();
        let expected = "otpauth://totp/Reef%20%20Tours:mira%40reef.example\
                        ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Reef%20%20Tours";
        assert_eq!(address, expected);
        assert_eq!(spelt(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
