//! A device that keeps passkeys, with the browser around it: it makes them and uses them as the standard says (WebAuthn
//! level 3), and can be told to do it wrongly.

use crate::browser::Browser;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Where passkeys work: the public address of the tests that need them.
pub(crate) const ORIGIN: &str = "http://localhost:8080";

/// Somebody is there.
const PRESENT: u8 = 0x01;
/// It has seen who.
const VERIFIED: u8 = 0x04;
/// A key follows.
const WITH_KEY: u8 = 0x40;

/// A device.
#[derive(Clone)]
pub(crate) struct Device {
    /// What its browser says that the page is from.
    pub(crate) origin: &'static str,
    /// Whether it sees who sits there.
    pub(crate) sees: bool,
    /// How often its keys were used, as it tells; `None`: it does not count.
    pub(crate) count: Option<u32>,
    /// What it keeps, the newest last.
    pub(crate) keys: Vec<Key>,
}

/// A passkey.
#[derive(Clone)]
pub(crate) struct Key {
    /// What the device calls it.
    pub(crate) credential: Vec<u8>,
    /// What the server calls its owner.
    pub(crate) handle: Vec<u8>,
    pair: Arc<EcdsaKeyPair>,
}

impl Key {
    /// The same under another name.
    pub(crate) fn called(&self, credential: Vec<u8>) -> Self {
        Self { credential, ..self.clone() }
    }
}

/// What the script of a page is told to ask of the browser.
pub(crate) async fn asked(browser: &mut Browser<'_>, page: &str) -> Value {
    let answer = browser.post(&format!("{page}/options"), &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{page}");
    answer.json()
}

fn binary(value: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Device {
    /// One that does everything right.
    pub(crate) fn new() -> Self {
        Self { origin: ORIGIN, sees: true, count: None, keys: Vec::new() }
    }

    /// Makes a passkey.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let credential = {
            let mut id = [0; 16];
            aws_lc_rs::rand::fill(&mut id).unwrap();
            id.to_vec()
        };
        self.create_called(options, credential)
    }

    /// Makes a passkey that it calls so.
    pub(crate) fn create_called(&mut self, options: &Value, credential: Vec<u8>) -> String {
        let pair = Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), WITH_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(credential.len()).unwrap().to_be_bytes());
        data.extend(&credential);
        // A key of the curve P-256 for ES256 (RFC 9053): its point is 4, x, y.
        let point = pair.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let handle = binary(&options["user"]["id"]);
        let client = self.client_data("webauthn.create", options);
        let id = text(&credential);
        self.keys.push(Key { credential, handle, pair });
        let response = json!({ "attestationObject": text(&object), "clientDataJSON": text(client.as_bytes()) });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    /// Uses the newest passkey that is asked for.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        let allowed: Vec<_> =
            options["allowCredentials"].as_array().unwrap().iter().map(|one| binary(&one["id"])).collect();
        let fits = |key: &&Key| allowed.is_empty() || allowed.contains(&key.credential);
        let key = self.keys.iter().rfind(fits).expect("the device has one of these").clone();
        self.get_with(options, &key)
    }

    /// Uses a passkey, whichever was asked for.
    pub(crate) fn get_with(&mut self, options: &Value, key: &Key) -> String {
        self.count = self.count.map(|count| count + 1);
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let client = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), Sha256::digest(client.as_bytes()).as_slice()].concat();
        let signature = key.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let response = json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(client.as_bytes()),
            "signature": text(signature.as_ref()),
            "userHandle": text(&key.handle),
        });
        let id = text(&key.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn data(&self, rp: &str, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(rp.as_bytes()).to_vec();
        data.push(PRESENT | more | if self.sees { VERIFIED } else { 0 });
        data.extend(self.count.unwrap_or_default().to_be_bytes());
        data
    }

    fn client_data(&self, what: &str, options: &Value) -> String {
        json!({ "type": what, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
    }
}
