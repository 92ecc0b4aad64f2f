//! Hashes of passwords as they are stored: made here, or made by another system and brought along.

use super::PARAMS;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::{BASE64_NOPAD, Encoding, Specification};
use sha2::{Sha256, Sha512};
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Longest text of a hash, in bytes. The longest kind that is known here has about 200.
const TEXT_BYTES_MAX: usize = 512;

/// Most memory that verifying may take, in KiB: each worker takes it at once.
const MEMORY_KIB_MAX: u64 = 128 * 1024;

/// Most KiB that Argon2 may write over all its passes: about half a second.
const ARGON2_KIB_MAX: u64 = 1024 * 1024;

/// Most blocks of 128 bytes that scrypt may mix: about a second.
const SCRYPT_BLOCKS_MAX: u64 = 2 * 1024 * 1024;

/// Most such blocks with which scrypt may begin: 8 MiB.
const SCRYPT_LANES_MAX: u64 = 64 * 1024;

/// Most rounds of PBKDF2, over all blocks of its output: about a second without help from the processor.
const PBKDF2_ROUNDS_MAX: u64 = 2_000_000;

/// bcrypt's exponents: the fewest that there are, and about a second.
const BCRYPT_COSTS: std::ops::RangeInclusive<u32> = 4..=14;

/// What bcrypt reads of a password, with the zero that ends it. It leaves out the rest, and so did whoever hashed it.
const BCRYPT_BYTES: usize = 72;

/// How long a hash is, in bytes. A shorter one would be met by chance.
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// How long a salt is, in bytes. Some systems take few.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 1..=64;

/// Why a text is not taken as the hash of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRefusal {
    /// It is of no kind that is known here, or it is not whole.
    #[error("this is no hash of a known kind")]
    Unknown,
    /// Verifying a password against it would take too long or too much memory.
    #[error("verifying a password against this hash would take more than a second or more than 128 MiB")]
    TooCostly,
}

/// A stored hash, ready for verifying against.
pub(super) struct Stored {
    kind: Kind,
    salt: Vec<u8>,
    output: Vec<u8>,
}

enum Kind {
    Argon2(Algorithm, Version, Params),
    Bcrypt(u32),
    Scrypt(scrypt::Params),
    Pbkdf2(Digest, u32),
}

#[derive(Clone, Copy)]
enum Digest {
    Sha256,
    Sha512,
}

/// Whether a text can be stored as the hash of a password.
pub fn check_hash(text: &str) -> Result<(), HashRefusal> {
    Stored::read(text).map(|_| ())
}

type Read = Result<Stored, HashRefusal>;

impl Stored {
    /// Reads a hash in one of the forms that `docs/sign-in.md` lists.
    pub(super) fn read(text: &str) -> Read {
        if text.len() > TEXT_BYTES_MAX {
            return Err(HashRefusal::Unknown);
        }
        let fields: Vec<&str> = text.split('$').collect();
        match fields[..] {
            // Django puts a name of its own before what its libraries write.
            ["" | "argon2", kind @ ("argon2d" | "argon2i" | "argon2id"), ref rest @ ..] => argon2_of(kind, rest),
            // 2x is what a wrong implementation wrote; it takes some passwords for each other.
            ["", "2a" | "2b" | "2y", cost, rest] | ["bcrypt", "", "2a" | "2b" | "2y", cost, rest] => {
                bcrypt_of(cost, rest)
            }
            ["", "scrypt", costs, salt, output] => {
                let [log_n, r, p] = named(costs, ["ln", "r", "p"])?;
                scrypt_of((log_n, r, p), base64(salt)?, base64(output)?)
            }
            ["scrypt", n, salt, r, p, output] => {
                let n = number(n)?;
                let log_n = if n.is_power_of_two() { n.ilog2() } else { return Err(HashRefusal::Unknown) };
                scrypt_of((log_n, number(r)?, number(p)?), salt.into(), base64(output)?)
            }
            ["", "pbkdf2-sha256", rounds, salt, output] => {
                pbkdf2_of(Digest::Sha256, rounds_of(rounds)?, base64(salt)?, base64(output)?)
            }
            ["", "pbkdf2-sha512", rounds, salt, output] => {
                pbkdf2_of(Digest::Sha512, rounds_of(rounds)?, base64(salt)?, base64(output)?)
            }
            ["pbkdf2_sha256", rounds, salt, output] => {
                pbkdf2_of(Digest::Sha256, number(rounds)?, salt.into(), base64(output)?)
            }
            _ => Err(HashRefusal::Unknown),
        }
    }

    fn whole(kind: Kind, salt: Vec<u8>, output: Vec<u8>) -> Read {
        if SALT_BYTES.contains(&salt.len()) && OUTPUT_BYTES.contains(&output.len()) {
            Ok(Self { kind, salt, output })
        } else {
            Err(HashRefusal::Unknown)
        }
    }

    /// A hash of no password, with the current parameters. Drawn, since making it costs nothing.
    pub(super) fn of_nobody() -> Self {
        let random = || crate::secret::salt().to_vec();
        let kind = Kind::Argon2(Algorithm::Argon2id, Version::V0x13, PARAMS);
        Self { kind, salt: random(), output: [random(), random()].concat() }
    }

    /// Whether it was made the way hashes are made here now; any other is renewed once its password is known.
    pub(super) fn is_current(&self) -> bool {
        match &self.kind {
            Kind::Argon2(Algorithm::Argon2id, Version::V0x13, params) => {
                let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
                costs(params) == costs(&PARAMS) && self.salt.len() >= 16 && self.output.len() >= 32
            }
            _ => false,
        }
    }

    /// Whether it is the hash of this password.
    ///
    /// # Errors
    /// Where there is no memory for Argon2: that is no word on the password.
    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, argon2::Error> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        match &self.kind {
            Kind::Argon2(algorithm, version, params) => {
                let hasher = Argon2::new(*algorithm, *version, params.clone());
                hasher.hash_password_into(password, &self.salt, &mut output)?;
            }
            Kind::Bcrypt(cost) => {
                let mut key = Zeroizing::new([password, &[0]].concat());
                key.truncate(BCRYPT_BYTES);
                let salt = self.salt.as_slice().try_into().expect("bcrypt's salt is read as 16 bytes");
                let whole = Zeroizing::new(bcrypt::bcrypt(*cost, salt, &key));
                // The last byte is never written down.
                output.copy_from_slice(&whole[..self.output.len()]);
            }
            Kind::Scrypt(params) => {
                scrypt::scrypt(password, &self.salt, params, &mut output).expect("the output has a length");
            }
            Kind::Pbkdf2(Digest::Sha256, rounds) => {
                pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, *rounds, &mut output);
            }
            Kind::Pbkdf2(Digest::Sha512, rounds) => {
                pbkdf2::pbkdf2_hmac::<Sha512>(password, &self.salt, *rounds, &mut output);
            }
        }
        Ok(output.ct_eq(&self.output).into())
    }
}

fn argon2_of(kind: &str, rest: &[&str]) -> Read {
    let algorithm = Algorithm::new(kind).map_err(|_| HashRefusal::Unknown)?;
    let (version, costs, salt, output) = match *rest {
        ["v=19", costs, salt, output] => (Version::V0x13, costs, salt, output),
        ["v=16", costs, salt, output] | [costs, salt, output] => (Version::V0x10, costs, salt, output),
        _ => return Err(HashRefusal::Unknown),
    };
    let [memory, passes, lanes] = named(costs, ["m", "t", "p"])?;
    let (salt, output) = (base64(salt)?, base64(output)?);
    let params = Params::new(memory, passes, lanes, Some(output.len())).map_err(|_| HashRefusal::Unknown)?;
    if u64::from(memory) > MEMORY_KIB_MAX || u64::from(memory) * u64::from(passes) > ARGON2_KIB_MAX {
        return Err(HashRefusal::TooCostly);
    }
    if salt.len() < argon2::MIN_SALT_LEN {
        return Err(HashRefusal::Unknown);
    }
    Stored::whole(Kind::Argon2(algorithm, version, params), salt, output)
}

fn bcrypt_of(cost: &str, rest: &str) -> Read {
    const SALT_LETTERS: usize = 22;
    let cost = if cost.len() == 2 { number(cost)? } else { return Err(HashRefusal::Unknown) };
    let (salt, output) = rest.split_at_checked(SALT_LETTERS).ok_or(HashRefusal::Unknown)?;
    let letters = |text: &str| BCRYPT_LETTERS.decode(text.as_bytes()).map_err(|_| HashRefusal::Unknown);
    let (salt, output) = (letters(salt)?, letters(output)?);
    if output.len() != 23 || cost < *BCRYPT_COSTS.start() {
        return Err(HashRefusal::Unknown);
    }
    if cost > *BCRYPT_COSTS.end() {
        return Err(HashRefusal::TooCostly);
    }
    Stored::whole(Kind::Bcrypt(cost), salt, output)
}

fn scrypt_of((log_n, r, p): (u32, u32, u32), salt: Vec<u8>, output: Vec<u8>) -> Read {
    // Looked at before anything is computed of them, which could overflow.
    if log_n == 0 || r == 0 || p == 0 {
        return Err(HashRefusal::Unknown);
    }
    let n = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
    let kib = n.saturating_mul(u64::from(r)) / 8;
    let lanes = u64::from(r) * u64::from(p);
    if kib > MEMORY_KIB_MAX || lanes > SCRYPT_LANES_MAX || n.saturating_mul(lanes) > SCRYPT_BLOCKS_MAX {
        return Err(HashRefusal::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| HashRefusal::TooCostly)?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| HashRefusal::Unknown)?;
    Stored::whole(Kind::Scrypt(params), salt, output)
}

fn pbkdf2_of(digest: Digest, rounds: u32, salt: Vec<u8>, output: Vec<u8>) -> Read {
    let block = match digest {
        Digest::Sha256 => 32,
        Digest::Sha512 => 64,
    };
    if rounds == 0 {
        return Err(HashRefusal::Unknown);
    }
    if u64::from(rounds) * output.len().div_ceil(block) as u64 > PBKDF2_ROUNDS_MAX {
        return Err(HashRefusal::TooCostly);
    }
    Stored::whole(Kind::Pbkdf2(digest, rounds), salt, output)
}

/// Rounds as the PHC form names them (`i=600000,l=32`, where the length is that of the hash that follows), or as passlib
/// writes them.
fn rounds_of(text: &str) -> Result<u32, HashRefusal> {
    match text.strip_prefix("i=") {
        Some(named) => number(named.split_once(",l=").map_or(named, |(rounds, _)| rounds)),
        None => number(text),
    }
}

/// Numbers with these names, in this order and no others.
fn named<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], HashRefusal> {
    let mut fields = text.split(',');
    let mut numbers = [0; N];
    for (place, name) in numbers.iter_mut().zip(names) {
        let field = fields.next().and_then(|field| field.strip_prefix(name)?.strip_prefix('='));
        *place = number(field.ok_or(HashRefusal::Unknown)?)?;
    }
    if fields.next().is_some() { Err(HashRefusal::Unknown) } else { Ok(numbers) }
}

/// A decimal number. One that is too large for 32 bits is a cost beyond any bound.
fn number(text: &str) -> Result<u32, HashRefusal> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(HashRefusal::Unknown);
    }
    text.parse().map_err(|_| HashRefusal::TooCostly)
}

/// Base64 with or without its padding, and with the full stop that passlib writes for a plus.
fn base64(text: &str) -> Result<Vec<u8>, HashRefusal> {
    let text = text.trim_end_matches('=').replace('.', "+");
    BASE64_NOPAD.decode(text.as_bytes()).map_err(|_| HashRefusal::Unknown)
}

/// The alphabet of bcrypt. The last letter of a salt may say more than fits, which everybody ignores.
static BCRYPT_LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut letters = Specification::new();
    letters.symbols.push_str("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    letters.check_trailing_bits = false;
    letters.encoding().expect("64 different letters are an alphabet")
});

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
