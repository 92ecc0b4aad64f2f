//! Passkeys (WebAuthn): what a browser is asked for, and whether what it answers is right. That a challenge is answered
//! once is the store's to see to; here each is only said to be of what was asked.

use crate::domain::factor::FactorState;
use crate::domain::id::SecretHash;
use crate::secret::hash_of;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};

/// Under what name the library logs. It reports wrong answers of strangers as errors of its own.
pub const LOGGED_AS: &str = "webauthn_rs";

/// Longest id of a credential, in bytes, by the standard.
const CREDENTIAL_BYTES_MAX: usize = 1023;

/// Asks for passkeys at one address, and verifies what comes.
pub struct Passkeys(Webauthn);

/// What a browser is asked.
pub struct Asked {
    /// For `navigator.credentials`, as JSON.
    pub options: String,
    /// What has to be remembered until it has answered, as JSON. The browser must not have it.
    pub kept: String,
}

/// Who sets a passkey up, in words that only their own devices show.
pub struct Owner<'a> {
    /// What they sign in as.
    pub login: &'a str,
    /// What they are called.
    pub name: &'a str,
}

/// A passkey that was made.
pub struct Made {
    /// What it is called by whoever made it.
    pub credential: Vec<u8>,
    /// What is known of it.
    pub state: FactorState,
}

/// What a browser answered, read but not verified.
pub struct PasskeyAnswer {
    credential: PublicKeyCredential,
    challenge: String,
}

/// What is known of a passkey.
#[derive(Serialize, Deserialize)]
struct Known {
    /// What its owner is called to devices: random, so that it tells nothing.
    handle: Uuid,
    passkey: Passkey,
}

/// What is remembered while one is set up.
#[derive(Serialize, Deserialize)]
struct SettingUp {
    handle: Uuid,
    state: PasskeyRegistration,
}

/// What is remembered while one is asked for.
#[derive(Serialize, Deserialize)]
struct Asking {
    /// Whether it was known whose they had to be.
    of_somebody: bool,
    state: DiscoverableAuthentication,
}

impl Passkeys {
    /// Those of an installation at this address. `None`: browsers allow none there, since it is an IP address, or is
    /// neither encrypted nor on this machine.
    pub fn at(public_url: &Url) -> Option<Self> {
        let host = public_url.domain()?;
        let local = host == "localhost" || host.ends_with(".localhost");
        if public_url.scheme() != "https" && !local {
            return None;
        }
        let origin = Url::parse(&public_url.origin().ascii_serialization()).ok()?;
        WebauthnBuilder::new(host, &origin).ok()?.rp_name(host).build().ok().map(Self)
    }

    /// Asks for a new passkey, of somebody who has these.
    pub fn ask_for_new(&self, owner: &Owner<'_>, known: &[FactorState]) -> Option<Asked> {
        let known: Vec<Known> = known.iter().filter_map(Known::read).collect();
        // Devices keep one passkey for each handle, so whoever has one keeps theirs.
        let handle = known.first().map_or_else(Uuid::new_v4, |known| known.handle);
        let mine = known.iter().map(|known| known.passkey.cred_id().clone()).collect();
        let (options, state) = self.0.start_passkey_registration(handle, owner.login, owner.name, Some(mine)).ok()?;
        let mut options = of_public_key(&options)?;
        // One that its device cannot find by itself could not sign anybody in without a password.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let kept = serde_json::to_string(&SettingUp { handle, state }).ok()?;
        Some(Asked { options: options.to_string(), kept })
    }

    /// Reads the passkey that was made; `None`: it is not what was asked for.
    pub fn made(&self, kept: &str, answer: &str) -> Option<Made> {
        let SettingUp { handle, state } = serde_json::from_str(kept).ok()?;
        let answer = serde_json::from_str(answer).ok()?;
        let passkey = told(self.0.finish_passkey_registration(&answer, &state))?;
        let credential = passkey.cred_id().to_vec();
        let fits = (1..=CREDENTIAL_BYTES_MAX).contains(&credential.len());
        fits.then(|| Made { credential, state: Known { handle, passkey }.state() })
    }

    /// Asks for one of these passkeys; where there are none of them, for any.
    pub fn ask(&self, of: &[FactorState]) -> Option<Asked> {
        let (options, state) = self.0.start_discoverable_authentication().ok()?;
        let mut options = of_public_key(&options)?;
        let ids = of.iter().filter_map(Known::read).map(|known| BASE64URL_NOPAD.encode(known.passkey.cred_id()));
        let ids: Vec<Value> = ids.map(|id| json!({ "type": "public-key", "id": id })).collect();
        let asking = Asking { of_somebody: !ids.is_empty(), state };
        options["allowCredentials"] = Value::Array(ids);
        Some(Asked { options: options.to_string(), kept: serde_json::to_string(&asking).ok()? })
    }

    /// What is known of a passkey after it was used; `None`: it proves nothing.
    pub fn used(&self, kept: &str, answer: &PasskeyAnswer, known: &FactorState) -> Option<FactorState> {
        let Asking { of_somebody, state } = serde_json::from_str(kept).ok()?;
        let mut known = Known::read(known)?;
        match answer.credential.get_user_unique_id() {
            Some(handle) if handle == known.handle.as_bytes() => {}
            // Devices may leave it out where they were told whose it has to be.
            None if of_somebody => {}
            _ => return None,
        }
        let used = self.0.finish_discoverable_authentication_v2(&answer.credential, state, &known.passkey);
        known.passkey.update_credential(&told(used)?);
        Some(known.state())
    }
}

impl Asked {
    /// By what the challenge is known, where nothing else of the browser is.
    pub fn challenge(&self) -> Option<SecretHash> {
        let options: Value = serde_json::from_str(&self.options).ok()?;
        Some(challenge_hash(options["challenge"].as_str()?))
    }
}

impl PasskeyAnswer {
    /// Reads what a browser sent; `None`: that is no answer.
    pub fn read(text: &str) -> Option<Self> {
        let credential: PublicKeyCredential = serde_json::from_str(text).ok()?;
        let about: Value = serde_json::from_slice(&credential.response.client_data_json).ok()?;
        let challenge = about["challenge"].as_str()?.to_owned();
        Some(Self { credential, challenge })
    }

    /// What the passkey is called by whoever made it.
    pub fn credential(&self) -> &[u8] {
        self.credential.get_credential_id()
    }

    /// By what the challenge is known that it says it answers.
    pub fn challenge(&self) -> SecretHash {
        challenge_hash(&self.challenge)
    }
}

impl Known {
    fn read(state: &FactorState) -> Option<Self> {
        serde_json::from_slice(&state.0).ok()
    }

    fn state(&self) -> FactorState {
        FactorState(serde_json::to_vec(self).expect("names and numbers are JSON"))
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys(…)")
    }
}

/// The options themselves, without what is around them.
fn of_public_key(options: &impl Serialize) -> Option<Value> {
    Some(serde_json::to_value(options).ok()?["publicKey"].take())
}

fn challenge_hash(challenge: &str) -> SecretHash {
    hash_of(&format!("passkey challenge {challenge}"))
}

/// Why an answer was refused is for whoever looks into it, and not for whoever sent it.
fn told<T>(verified: Result<T, WebauthnError>) -> Option<T> {
    verified.inspect_err(|why| tracing::debug!(?why, "an answer about a passkey was refused")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(public_url: &str) -> Option<Passkeys> {
        Passkeys::at(&Url::parse(public_url).unwrap())
    }

    #[test]
    fn they_are_for_names_that_are_encrypted_or_on_this_machine() {
        for works in ["https://app.reef.example/", "https://app.reef.example:8443/auth/", "http://localhost:8080/"] {
            assert!(at(works).is_some(), "{works}");
        }
        for not in ["http://127.0.0.1:8080/", "https://[::1]/", "https://203.0.113.7/", "http://app.reef.example/"] {
            assert!(at(not).is_none(), "{not}");
        }
    }

    #[test]
    fn what_is_asked_is_bound_to_the_address_and_needs_to_see_who_sits_there() {
        let passkeys = at("https://app.reef.example:8443/auth/").unwrap();
        let asked = passkeys.ask_for_new(&Owner { login: "kai@reef.example", name: "Kai" }, &[]).unwrap();
        let new: Value = serde_json::from_str(&asked.options).unwrap();
        assert_eq!(new["rp"]["id"], "app.reef.example");
        let selection = &new["authenticatorSelection"];
        assert_eq!(
            (&selection["residentKey"], &selection["userVerification"]),
            (&json!("required"), &json!("required"))
        );
        let asked = passkeys.ask(&[]).unwrap();
        let any: Value = serde_json::from_str(&asked.options).unwrap();
        assert_eq!((&any["rpId"], &any["userVerification"]), (&json!("app.reef.example"), &json!("required")));
        for options in [&new, &any] {
            let challenge = BASE64URL_NOPAD.decode(options["challenge"].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(challenge.len(), 32);
        }
        let again = passkeys.ask(&[]).unwrap();
        assert!(asked.challenge().is_some() && asked.challenge() != again.challenge());
    }

    #[test]
    fn what_its_owner_is_called_to_devices_tells_nothing_and_differs_each_time() {
        let passkeys = at("https://app.reef.example/").unwrap();
        let handle = || {
            let asked = passkeys.ask_for_new(&Owner { login: "kai@reef.example", name: "Kai" }, &[]).unwrap();
            let options: Value = serde_json::from_str(&asked.options).unwrap();
            BASE64URL_NOPAD.decode(options["user"]["id"].as_str().unwrap().as_bytes()).unwrap()
        };
        let (one, other) = (handle(), handle());
        assert!(one.len() == 16 && one != other);
    }

    #[test]
    fn what_is_no_answer_is_not_read() {
        for text in ["", "{}", "null", "[1]", r#"{"id":"a","rawId":"YQ","type":"public-key","response":{}}"#] {
            assert!(PasskeyAnswer::read(text).is_none(), "{text}");
        }
        assert!(at("https://app.reef.example/").unwrap().made("{}", "{}").is_none());
    }
}
