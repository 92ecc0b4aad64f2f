//! Secrets and names that cannot be guessed: the only reader of random bytes. What is stored of a secret is its hash.

use crate::domain::factor::{FactorState, RECOVERY_CODES};
use crate::domain::id::{FactorId, InvitationId, KeyId, Reference, SecretHash, SessionId, UserId, WebhookId};
use crate::domain::webhook::SigningSecret;
use data_encoding::{BASE32, BASE32_DNSSEC, BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of chance in a secret: 256 bits.
const SECRET_BYTES: usize = 32;

/// Length of 32 bytes in base64url without padding.
const SECRET_TEXT_LENGTH: usize = 43;

/// Opens what is hashed of a caller's device id. Longer than the 32 bytes of a device token, so that no device token
/// that a browser could present hashes like a device id.
const DEVICE_ID_PREFIX: &[u8] = b"innkeeper: a device id of the caller's own: ";
const _: () = assert!(DEVICE_ID_PREFIX.len() > SECRET_BYTES);

/// Characters of a reference: those that are not taken for another when read out or copied by hand.
const REFERENCE_ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many of them one has.
const REFERENCE_CHARACTERS: usize = 8;

/// Bytes of the secret that an app which shows codes shares with us: as many as its hash has.
const TOTP_SECRET_BYTES: usize = 20;

/// Bytes of chance in a recovery code: 120 bits, so that a plain hash of it is safe.
const RECOVERY_CODE_BYTES: usize = 15;

/// Digits of a code that is mailed.
const MAIL_CODE_DIGITS: u32 = 8;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        pub struct $name([u8; $prefix.len() + SECRET_TEXT_LENGTH]);

        impl $name {
            /// Draws a new one: 256 random bits.
            pub fn generate() -> Self {
                let mut text = [0; $prefix.len() + SECRET_TEXT_LENGTH];
                let (prefix, secret) = text.split_at_mut($prefix.len());
                prefix.copy_from_slice($prefix.as_bytes());
                let bytes = Zeroizing::new(random::<SECRET_BYTES>());
                BASE64URL_NOPAD.encode_mut(bytes.as_slice(), secret);
                Self(text)
            }

            /// Takes a text that has exactly the form of [`Self::generate`]: nothing is trimmed, and only the one
            /// spelling of the 256 bits counts.
            pub fn parse(text: &str) -> Option<Self> {
                decode($prefix, text)?;
                text.as_bytes().try_into().ok().map(Self)
            }

            /// The secret itself, to be handed to whom it belongs and nobody else.
            pub fn reveal(&self) -> &str {
                std::str::from_utf8(&self.0).expect("a secret is made of ASCII characters only")
            }

            /// What is stored of it: SHA-256 of the 32 bytes that the text stands for.
            pub fn hash(&self) -> SecretHash {
                Self::hash_presented(self.reveal()).expect("a secret has the form of a secret")
            }

            /// The hash of a text that somebody presented, if it has the form of a secret at all. Allocates nothing:
            /// every check comes through here.
            pub fn hash_presented(text: &str) -> Option<SecretHash> {
                decode($prefix, text).map(|bytes| SecretHash(Sha256::digest(bytes.as_slice()).into()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }
    };
}

secret! {
    /// What proves a session: the value of the session cookie.
    SessionToken, ""
}
secret! {
    /// What tells one browser from another: the value of the device cookie.
    DeviceToken, ""
}
secret! {
    /// What an integrator's application authenticates with: `ik_` and 43 characters.
    ServiceKey, "ik_"
}

secret! {
    /// What the link of an invitation carries: whoever has it may join.
    InvitationCode, ""
}

secret! {
    /// What a browser carries between the password and the rest of a sign-in.
    PendingToken, ""
}

secret! {
    /// What the link carries by which a forgotten password is set anew.
    ResetCode, ""
}

secret! {
    /// What the link carries by which somebody shows that they read what is mailed to them.
    ConfirmationCode, ""
}

secret! {
    /// What the link carries that makes the first administrator.
    SetupCode, ""
}

/// A recovery code as it is shown, once: six groups of four letters and digits.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// Draws as many as are made at once.
    pub fn generate() -> Vec<Self> {
        let draw = || BASE32.encode(&*Zeroizing::new(random::<RECOVERY_CODE_BYTES>())).to_lowercase();
        std::iter::repeat_with(|| Self(Zeroizing::new(draw()))).take(RECOVERY_CODES).collect()
    }

    /// The code as people read it.
    pub fn reveal(&self) -> String {
        let groups = self.0.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap_or_default());
        groups.collect::<Vec<_>>().join("-")
    }

    /// Takes a code as somebody typed it: in any case, with dashes and spaces anywhere, and with the digits that its
    /// letters are taken for. `None` where it cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        const LENGTH: usize = RECOVERY_CODE_BYTES * 8 / 5;
        let plain = text.chars().filter(|c| c.is_ascii_alphanumeric()).take(LENGTH + 1);
        let plain: String = plain
            .map(|c| match c.to_ascii_lowercase() {
                '0' => 'o',
                '1' => 'l',
                '8' => 'b',
                other => other,
            })
            .collect();
        let fits = plain.len() == LENGTH && plain.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
        fits.then(|| Self(Zeroizing::new(plain)))
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::new().chain_update(b"recovery code ").chain_update(self.0.as_bytes()).finalize().into())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// A code that is mailed and typed: eight digits. It works for minutes, for a few tries, and for one sign-in only.
pub struct MailCode(Zeroizing<String>);

impl MailCode {
    /// Draws a new one.
    pub fn generate() -> Self {
        // 64 bits over 27: no number is noticeably likelier than another.
        let number = u64::from_le_bytes(random()) % 10_u64.pow(MAIL_CODE_DIGITS);
        Self(Zeroizing::new(format!("{number:0width$}", width = MAIL_CODE_DIGITS as usize)))
    }

    /// The code as people read it.
    pub fn reveal(&self) -> String {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        format!("{first} {second}")
    }

    /// Takes a code as somebody typed it, with spaces and dashes anywhere. `None` where it cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let is_gap = |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let plain: String = text.chars().filter(|c| !is_gap(c)).take(MAIL_CODE_DIGITS as usize + 1).collect();
        let fits = plain.len() == MAIL_CODE_DIGITS as usize && plain.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(Zeroizing::new(plain)))
    }

    /// What is stored of it, for this sign-in.
    pub fn hash(&self, code_id: &str) -> SecretHash {
        let hash = Sha256::new().chain_update(b"mail code ").chain_update(code_id).chain_update(self.0.as_bytes());
        SecretHash(hash.finalize().into())
    }
}

impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailCode(…)")
    }
}

/// A new secret for an app that shows codes: 160 random bits.
pub fn totp_secret() -> FactorState {
    FactorState(random::<TOTP_SECRET_BYTES>().to_vec())
}

/// The 32 bytes that follow the prefix, where the text has exactly that form.
fn decode(prefix: &str, text: &str) -> Option<Zeroizing<[u8; SECRET_BYTES]>> {
    let encoded = text.strip_prefix(prefix)?.as_bytes();
    if encoded.len() != SECRET_TEXT_LENGTH {
        return None;
    }
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    // The decoder refuses foreign characters, padding, and set bits beyond the last byte.
    BASE64URL_NOPAD.decode_mut(encoded, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}

/// The hash of a device id that a caller chose. It equals no device token's hash.
pub fn hash_of(text: &str) -> SecretHash {
    SecretHash(Sha256::new().chain_update(DEVICE_ID_PREFIX).chain_update(text).finalize().into())
}

/// Compares two hashes in a time that tells nothing of where they differ.
pub fn constant_time_eq(a: &SecretHash, b: &SecretHash) -> bool {
    a.0.ct_eq(&b.0).into()
}

/// A new session id. It tells nothing, not even when it was made.
pub fn session_id() -> SessionId {
    SessionId::new(named("s_")).expect("a drawn name is made of characters that an id may have")
}

/// A new service key's id.
pub fn key_id() -> KeyId {
    KeyId::new(named("k_")).expect("a drawn name is made of characters that an id may have")
}

/// A new user's id, where nobody chose one.
pub fn user_id() -> UserId {
    UserId::new(named("u_")).expect("a drawn name is made of characters that an id may have")
}

/// A new invitation's id.
pub fn invitation_id() -> InvitationId {
    InvitationId::new(named("i_")).expect("a drawn name is made of characters that an id may have")
}

/// A new second factor's id.
pub fn factor_id() -> FactorId {
    FactorId::new(named("f_")).expect("a drawn name is made of characters that an id may have")
}

/// By what a sign-in and the code that is mailed for it know each other. No secret.
pub fn code_id() -> String {
    named("c_")
}

/// A new webhook's id.
pub fn webhook_id() -> WebhookId {
    WebhookId::new(named("wh_")).expect("a drawn name is made of characters that an id may have")
}

/// A new secret to sign with: 256 random bits.
pub fn signing_secret() -> SigningSecret {
    SigningSecret(random())
}

/// The secret as whoever verifies signatures is given it: `whsec_` and its bytes in base64.
pub fn reveal_signing_secret(secret: &SigningSecret) -> String {
    format!("whsec_{}", BASE64.encode(&secret.0))
}

/// The signature of a message in the form of Standard Webhooks, `v1,…`: HMAC-SHA256 over id, time and body.
pub fn sign(secret: &SigningSecret, (id, seconds): (&str, i64), body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("a key of any length will do");
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// Any number, so that what happened together does not happen together again.
pub fn chance() -> u8 {
    let [number] = random::<1>();
    number
}

/// A new reference of a refusal, such as `R-7K3M-92QD`: short enough to be read out on the telephone, and one of 650
/// thousand million.
pub fn reference() -> Reference {
    let mut characters = std::iter::repeat_with(random::<16>)
        .flatten()
        // Five bits pick one of 32, of which 30 exist: dropping the others keeps all equally likely.
        .filter_map(|byte| REFERENCE_ALPHABET.get(usize::from(byte & 31)).copied())
        .map(char::from);
    let mut group = || characters.by_ref().take(REFERENCE_CHARACTERS / 2).collect::<String>();
    let (first, second) = (group(), group());
    Reference::new(format!("R-{first}-{second}"))
}

/// A reference as people read it out or copy it by hand: in any case, with or without the `R`, and with dashes and spaces
/// anywhere or nowhere. `None` where it cannot be one.
pub fn reference_read(text: &str) -> Option<Reference> {
    let is_gap = |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '.' | '_');
    let plain: Vec<u8> = text
        .chars()
        .filter(|c| !is_gap(c))
        // Longer than any, whatever follows.
        .take(REFERENCE_CHARACTERS + 2)
        .map(|c| u8::try_from(c.to_ascii_uppercase()).unwrap_or_default())
        .collect();
    let drawn = match plain.split_first() {
        Some((b'R', drawn)) if drawn.len() == REFERENCE_CHARACTERS => drawn,
        _ => &plain,
    };
    let fits = drawn.len() == REFERENCE_CHARACTERS && drawn.iter().all(|byte| REFERENCE_ALPHABET.contains(byte));
    let (first, second) = std::str::from_utf8(drawn).ok().filter(|_| fits)?.split_at(REFERENCE_CHARACTERS / 2);
    Some(Reference::new(format!("R-{first}-{second}")))
}

/// A nonce for the content security policy of one page: 128 random bits in base64url.
pub fn nonce() -> String {
    BASE64URL_NOPAD.encode(&random::<16>())
}

/// The salt of one password hash.
pub fn salt() -> [u8; 16] {
    random()
}

/// A prefix and 128 random bits in lower-case base32.
fn named(prefix: &str) -> String {
    let mut name = String::from(prefix);
    BASE32_DNSSEC.encode_append(&random::<16>(), &mut name);
    name
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .expect("the system has random bytes from its start on, and without them nothing is safe");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// 32 zero bytes, whose SHA-256 is well known.
    const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_code_that_was_mailed_is_read_with_and_without_gaps_and_counts_for_its_sign_in_only() {
        let code = MailCode::generate();
        let shown = code.reveal();
        assert!(shown.len() == 9 && shown.chars().all(|c| c.is_ascii_digit() || c == ' '), "{shown}");
        for typed in [shown.clone(), shown.replace(' ', ""), format!(" {} ", shown.replace(' ', "-"))] {
            assert_eq!(MailCode::read(&typed).map(|read| read.hash("c_1")), Some(code.hash("c_1")), "{typed}");
        }
        assert_ne!(code.hash("c_1"), code.hash("c_2"));
        for other in ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "1234 5678 9"] {
            assert!(MailCode::read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_reference_is_read_however_people_say_it() {
        let known = Reference::new("R-7K3M-92QD");
        for said in ["R-7K3M-92QD", "r-7k3m-92qd", "R7K3M92QD", " 7k3m 92qd ", "r 7 k 3 m 9 2 q d", "R–7K3M—92QD"] {
            assert_eq!(reference_read(said), Some(known.clone()), "{said}");
        }
        assert_eq!(reference_read("RRRR-RRRR"), Some(Reference::new("R-RRRR-RRRR")), "an R may be drawn, too");
        for other in
            ["", "R-", "7K3M-92Q", "R-7K3M-92QDD", "R-7K3M-92Q0", "S-7K3M-92QD", "é-7K3M-92QD", "x".repeat(99).as_str()]
        {
            assert_eq!(reference_read(other), None, "{other}");
        }
        let drawn = reference();
        assert_eq!(reference_read(&drawn.as_str().to_lowercase().replace('-', " ")), Some(drawn));
    }

    #[test]
    fn a_recovery_code_is_read_however_it_was_copied() {
        let codes = RecoveryCode::generate();
        assert_eq!(codes.len(), 10);
        let shown = codes[0].reveal();
        assert_eq!((shown.len(), shown.matches('-').count()), (29, 5), "{shown}");
        let digits = shown.replace('o', "0").replace('l', "1").replace('b', "8");
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " "), shown.replace('-', ""), digits] {
            assert_eq!(RecoveryCode::read(&typed).map(|read| read.hash()), Some(codes[0].hash()), "{typed}");
        }
        for other in ["", &shown[1..], &format!("{shown}a"), &shown.replace('-', "9"), "287082"] {
            assert!(RecoveryCode::read(other).is_none(), "{other}");
        }
        assert_ne!(codes[0].hash(), codes[1].hash());
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(…)");
    }

    #[test]
    fn a_generated_secret_parses_and_hashes_alike_by_every_way() {
        let token = SessionToken::generate();
        assert_eq!(token.reveal().len(), 43);
        let parsed = SessionToken::parse(token.reveal()).unwrap();
        assert_eq!(parsed.reveal(), token.reveal());
        assert_eq!(parsed.hash(), token.hash());
        assert_eq!(SessionToken::hash_presented(token.reveal()), Some(token.hash()));

        let key = ServiceKey::generate();
        assert_eq!((key.reveal().len(), &key.reveal()[..3]), (46, "ik_"));
        assert_eq!(ServiceKey::parse(key.reveal()).unwrap().hash(), key.hash());
        assert!(ServiceKey::parse(&key.reveal()[3..]).is_none());
    }

    #[test]
    fn the_hash_is_sha_256_of_the_32_bytes() {
        let hex = data_encoding::HEXLOWER.encode(&SessionToken::parse(ZEROS).unwrap().hash().0);
        assert_eq!(hex, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
    }

    #[test]
    fn only_the_one_spelling_of_a_secret_is_accepted() {
        let last_bits_set = format!("{}B", &ZEROS[1..]);
        let padded = format!("{ZEROS}=");
        let spaced = format!(" {}", &ZEROS[1..]);
        let standard_alphabet = format!("+/{}", &ZEROS[2..]);
        let not_ascii = format!("é{}", &ZEROS[2..]);
        for bad in ["", "A", &ZEROS[1..], &last_bits_set, &padded, &spaced, &standard_alphabet, &not_ascii] {
            assert!(SessionToken::parse(bad).is_none(), "{bad:?}");
            assert!(SessionToken::hash_presented(bad).is_none(), "{bad:?}");
        }
        for bad in [ZEROS.to_owned(), format!("IK_{ZEROS}"), format!("ik_{padded}"), format!("ik_ik_{ZEROS}")] {
            assert!(ServiceKey::parse(&bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        assert_eq!(format!("{:?}", SessionToken::generate()), "SessionToken(…)");
        assert_eq!(format!("{:?}", ServiceKey::generate()), "ServiceKey(…)");
        assert_eq!(format!("{:?}", DeviceToken::generate()), "DeviceToken(…)");
    }

    #[test]
    fn a_callers_device_id_hashes_like_no_device_token() {
        let token = DeviceToken::generate();
        assert_ne!(hash_of(token.reveal()), token.hash());
        assert_eq!(hash_of("till-3"), hash_of("till-3"));
        assert_ne!(hash_of("till-3"), hash_of("till-4"));
    }

    #[test]
    fn a_signature_is_what_the_public_library_says_it_is() {
        let (secret, body) = (signing_secret(), br#"{"type":"session.ended"}"#);
        let revealed = reveal_signing_secret(&secret);
        let public = standardwebhooks::Webhook::new(&revealed).unwrap();
        let expected = public.sign("evt_1", 1_795_600_000, body).unwrap();
        assert_eq!(sign(&secret, ("evt_1", 1_795_600_000), body), expected);
        assert_ne!(sign(&secret, ("evt_2", 1_795_600_000), body), expected);
        assert_ne!(sign(&signing_secret(), ("evt_1", 1_795_600_000), body), expected);
        assert_eq!((revealed.len(), &revealed[..6]), (50, "whsec_"));
    }

    #[test]
    fn hashes_are_equal_when_every_bit_is() {
        let hash = SessionToken::generate().hash();
        let mut other = hash;
        assert!(constant_time_eq(&hash, &other));
        other.0[31] ^= 1;
        assert!(!constant_time_eq(&hash, &other));
    }

    #[test]
    fn names_carry_their_kind_and_are_never_drawn_twice() {
        let names: HashSet<String> = (0..1000).map(|_| session_id().as_str().to_owned()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|n| n.len() == 28 && n.starts_with("s_")));
        assert!(names.iter().all(|n| n.bytes().all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())));
        assert!(key_id().as_str().starts_with("k_"));
        assert!(webhook_id().as_str().starts_with("wh_"));
        assert_eq!(nonce().len(), 22);
        assert_ne!(nonce(), nonce());
        assert_ne!(salt(), salt());
    }

    #[test]
    fn a_reference_has_two_groups_of_four_characters_that_are_not_mistaken() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let reference = reference();
            let text = reference.as_str();
            assert_eq!((text.len(), &text[..2], &text[6..7]), (11, "R-", "-"), "{text}");
            let characters = text[2..].bytes().filter(|b| *b != b'-');
            seen.extend(characters);
        }
        assert_eq!(seen, REFERENCE_ALPHABET.iter().copied().collect());
    }

    proptest! {
        #[test]
        fn any_text_is_a_secret_or_none(text in any::<String>()) {
            prop_assert!(SessionToken::hash_presented(&text).is_none());
            prop_assert!(ServiceKey::parse(&text).is_none());
        }

        #[test]
        fn what_parses_is_spelt_as_it_was_given(text in "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048BCb]") {
            if let Some(token) = SessionToken::parse(&text) {
                prop_assert_eq!(token.reveal(), text.as_str());
                prop_assert!(BASE64URL_NOPAD.decode(text.as_bytes()).is_ok());
            }
        }
    }
}
