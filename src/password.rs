//! Passwords: which ones are accepted, and their hashes, made and verified by a few threads of their own so that a rush
//! of sign-ins neither blocks the async threads nor takes more memory than is meant for it.

mod breached;
mod stored;
mod strength;

pub use breached::Breached;
pub use stored::{HashRefusal, check_hash};
pub use strength::{Strength, Weakness};

use self::stored::Stored;
use crate::secret;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::sync::oneshot;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use zeroize::Zeroizing;

/// Fewest characters of a password.
pub const PASSWORD_LENGTH_MIN: usize = 8;

/// Most characters of a password.
pub const PASSWORD_LENGTH_MAX: usize = 256;

/// Longest text that is normalised at all: 256 characters, however decomposed, do not reach it.
const TEXT_BYTES_MAX: usize = PASSWORD_LENGTH_MAX * 16;

/// Shortest of the account's own words that a password may not contain.
const WORD_LENGTH_MIN: usize = 4;

/// OWASP's parameters of Argon2id: 19 MiB, two passes, one lane.
const PARAMS: Params = match Params::new(19_456, 2, 1, None) {
    Ok(params) => params,
    Err(_) => panic!("these parameters are within Argon2's limits"),
};

/// A password as somebody typed it, in Unicode NFC, so that two keyboards type the same one. Wiped when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed. `None` where it is longer than any password may be: it is refused before it costs a hash,
    /// and never cut.
    pub fn new(typed: String) -> Option<Self> {
        let typed = Zeroizing::new(typed);
        if typed.len() > TEXT_BYTES_MAX {
            return None;
        }
        let normal = normalised(&typed);
        (normal.chars().count() <= PASSWORD_LENGTH_MAX).then_some(Self(normal))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

fn normalised(text: &str) -> Zeroizing<String> {
    // No text grows more than threefold in NFC. Room for it from the start means that no copy is left behind unwiped.
    let mut normal = Zeroizing::new(String::with_capacity(if is_nfc(text) { text.len() } else { text.len() * 3 }));
    normal.extend(text.nfc());
    normal
}

/// Why a text is not accepted as a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer characters than a password has.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More characters than a password has.
    #[error("a password has at most 256 characters")]
    TooLong,
    /// One of those that everybody tries first.
    #[error("this password is among those that are tried first")]
    Common,
    /// It is in the list of passwords that were stolen elsewhere.
    #[error("this password was stolen elsewhere")]
    Breached,
    /// It contains a word by which the account or the person is known.
    #[error("this password contains a name or an address of its own account")]
    OwnWord,
}

/// Whether a new password is accepted. `words` are texts by which the account and the person are known: names,
/// addresses, whatever the language; each word of 4 letters or more in them counts.
pub fn check_new_password(password: &str, words: &[&str]) -> Result<(), PasswordRefusal> {
    if password.len() > TEXT_BYTES_MAX {
        return Err(PasswordRefusal::TooLong);
    }
    let normal = normalised(password);
    let length = normal.chars().count();
    if length < PASSWORD_LENGTH_MIN {
        return Err(PasswordRefusal::TooShort);
    }
    if length > PASSWORD_LENGTH_MAX {
        return Err(PasswordRefusal::TooLong);
    }
    let folded = Zeroizing::new(normal.to_lowercase());
    if COMMON.binary_search(&folded.as_str()).is_ok() {
        return Err(PasswordRefusal::Common);
    }
    let own = words.iter().any(|text| {
        let text = text.nfc().collect::<String>().to_lowercase();
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= WORD_LENGTH_MIN)
            .any(|word| folded.contains(word))
    });
    if own { Err(PasswordRefusal::OwnWord) } else { Ok(()) }
}

/// The common passwords, sorted by bytes. See data/common-passwords/README.md.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../data/common-passwords/common-passwords.txt").lines().collect());

/// As many passwords are being hashed and waiting as there may be: ask again shortly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every place for hashing a password is taken")]
pub struct Busy;

/// A fixed number of threads that hash passwords, and a bounded queue before them. Dropping it ends the threads once
/// they have done what was queued.
pub struct Hasher {
    jobs: SyncSender<Job>,
}

/// What verifying a password said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the one.
    Wrong,
    /// It is the one.
    Right {
        /// Its hash as hashes are made now, where the one that is stored was made otherwise.
        renewed: Option<String>,
    },
}

enum Job {
    Verify { password: Password, stored: Option<String>, answer: oneshot::Sender<Verdict> },
    Hash { password: Password, answer: oneshot::Sender<Result<String, PasswordRefusal>> },
    Rate { password: Password, known: Vec<String>, answer: oneshot::Sender<Strength> },
}

impl Hasher {
    /// Starts `workers` threads (at least one; each takes 19 MiB while it hashes, and up to 128 MiB for a hash that another
    /// system made), with room for `queue` waiting jobs (at least one). No password of the list becomes a new one.
    pub fn new(workers: usize, queue: usize, breached: Option<Breached>) -> Self {
        let (jobs, waiting) = sync_channel(queue.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        let breached = Arc::new(breached);
        for number in 0..workers.max(1) {
            let (waiting, breached) = (Arc::clone(&waiting), Arc::clone(&breached));
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&waiting, breached.as_ref().as_ref()))
                .expect("a process that cannot start a thread cannot serve either");
        }
        Self { jobs }
    }

    /// Whether the password is the one that was hashed. Without a hash (unknown user, none set) the same work is done
    /// and the answer is no, so that time does not tell who exists; and so it is with a hash that makes no sense.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<Verdict, Busy> {
        let (answer, result) = oneshot::channel();
        self.submit(Job::Verify { password, stored, answer })?;
        result.await.map_err(|_| Busy)
    }

    /// The hash of a new password as a PHC string: what is stored. Refused where it is in the list of breached ones.
    pub async fn hash(&self, password: Password) -> Result<Result<String, PasswordRefusal>, Busy> {
        let (answer, result) = oneshot::channel();
        self.submit(Job::Hash { password, answer })?;
        result.await.map_err(|_| Busy)
    }

    /// How hard a password is to guess for somebody who knows these texts about whoever chose it.
    pub async fn rate(&self, password: Password, known: Vec<String>) -> Result<Strength, Busy> {
        let (answer, result) = oneshot::channel();
        self.submit(Job::Rate { password, known, answer })?;
        result.await.map_err(|_| Busy)
    }

    fn submit(&self, job: Job) -> Result<(), Busy> {
        self.jobs.try_send(job).map_err(|_| Busy)
    }
}

/// How far this thread's niceness is above the process's: of a busy core it then gets a tenth.
const STANDS_BACK_BY: i32 = 10;

/// A hash takes a core for 20 ms, and whoever waits for one expects that; nobody expects it of a check. So the threads
/// that hash take what the others leave, where the system has a priority for each thread.
fn stand_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let ours = getpriority_process(None).unwrap_or(0);
        let lowered = setpriority_process(Some(rustix::thread::gettid()), ours.saturating_add(STANDS_BACK_BY).min(19));
        if let Err(error) = lowered {
            tracing::debug!(%error, "passwords are hashed at the same priority as everything else");
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, breached: Option<&Breached>) {
    stand_back();
    let nobody = Stored::of_nobody();
    loop {
        // The lock is held only while taking a job: nothing in it can panic, so a poisoned lock is a sound one.
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            // A caller that has gone away (a closed connection) is not worth a hash.
            Ok(Job::Verify { answer, .. }) if answer.is_closed() => {}
            Ok(Job::Hash { answer, .. }) if answer.is_closed() => {}
            Ok(Job::Rate { answer, .. }) if answer.is_closed() => {}
            Ok(Job::Verify { password, stored, answer }) => {
                deliver(verify(&password, stored.as_deref(), &nobody), answer);
            }
            Ok(Job::Hash { password, answer }) => deliver(hash_new(&password, breached), answer),
            Ok(Job::Rate { password, known, answer }) => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                deliver(Ok(Strength::of(&password.0, &known)), answer);
            }
            Err(_) => return,
        }
    }
}

/// Argon2 fails for want of memory only. Then there is no answer, which the caller sees as [`Busy`]: that is no word
/// on the password, and the next one may find room.
fn deliver<T>(outcome: Result<T, argon2::password_hash::Error>, answer: oneshot::Sender<T>) {
    match outcome {
        // A caller that went away meanwhile does not take its answer.
        Ok(outcome) => drop(answer.send(outcome)),
        Err(error) => tracing::error!(%error, "a password could not be hashed"),
    }
}

fn hash_new(
    password: &Password,
    breached: Option<&Breached>,
) -> Result<Result<String, PasswordRefusal>, argon2::password_hash::Error> {
    match breached.map(|list| list.holds(&password.0)) {
        Some(Ok(true)) => return Ok(Err(PasswordRefusal::Breached)),
        // Nobody is kept from changing a password because a disk fails.
        Some(Err(error)) => {
            tracing::error!(%error, "the list of breached passwords could not be asked; one was taken unasked")
        }
        Some(Ok(false)) | None => {}
    }
    hash(password).map(Ok)
}

fn hash(password: &Password) -> Result<String, argon2::password_hash::Error> {
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS);
    Ok(hasher.hash_password_with_salt(password.0.as_bytes(), &secret::salt())?.to_string())
}

fn verify(password: &Password, stored: Option<&str>, nobody: &Stored) -> Result<Verdict, argon2::password_hash::Error> {
    let stored = stored.and_then(|text| {
        let stored = Stored::read(text).ok();
        if stored.is_none() {
            tracing::error!("a stored password hash makes no sense; its user cannot sign in with a password");
        }
        stored
    });
    let is_right = stored.as_ref().unwrap_or(nobody).is_of(password.0.as_bytes())?;
    match stored {
        Some(stored) if is_right => {
            // Whoever knows the password learns nothing from the time that this takes.
            let renewed = if stored.is_current() { None } else { Some(hash(password)?) };
            Ok(Verdict::Right { renewed })
        }
        _ => Ok(Verdict::Wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = Hasher::new(1, 8, None);
        let phc = hasher.hash(password("correct horse")).await.unwrap().unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let right = Verdict::Right { renewed: None };
        assert_eq!(hasher.verify(password("correct horse"), Some(phc.clone())).await, Ok(right));
        assert_eq!(hasher.verify(password("correct horsf"), Some(phc.clone())).await, Ok(Verdict::Wrong));
        assert_ne!(hasher.hash(password("correct horse")).await.unwrap().unwrap(), phc);
    }

    #[tokio::test]
    async fn a_hash_made_elsewhere_verifies_and_is_made_anew_for_the_right_password_only() {
        let hasher = Hasher::new(1, 8, None);
        for elsewhere in [
            // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
        ] {
            let verdict = hasher.verify(password("password"), Some(elsewhere.to_owned())).await.unwrap();
            let Verdict::Right { renewed: Some(renewed) } = verdict else { panic!("{elsewhere}: {verdict:?}") };
            assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
            let again = hasher.verify(password("password"), Some(renewed)).await;
            assert_eq!(again, Ok(Verdict::Right { renewed: None }));
            let wrong = hasher.verify(password("Password"), Some(elsewhere.to_owned())).await;
            assert_eq!(wrong, Ok(Verdict::Wrong), "{elsewhere}");
        }
    }

    #[tokio::test]
    async fn without_a_hash_or_with_a_broken_one_the_answer_is_no() {
        let hasher = Hasher::new(1, 8, None);
        assert_eq!(hasher.verify(password("correct horse"), None).await, Ok(Verdict::Wrong));
        for broken in [
            "",
            "correct horse",
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=1,t=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$scrypt$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            let verdict = hasher.verify(password("correct horse"), Some(broken.to_owned())).await;
            assert_eq!(verdict, Ok(Verdict::Wrong), "{broken}");
        }
    }

    #[tokio::test]
    async fn two_ways_to_type_a_password_are_one_password_and_no_character_is_left_out() {
        let hasher = Hasher::new(1, 8, None);
        let long = format!("{}é", "x".repeat(255));
        let phc = hasher.hash(password(&long)).await.unwrap().unwrap();
        let decomposed = format!("{}e\u{301}", "x".repeat(255));
        let right = Verdict::Right { renewed: None };
        assert_eq!(hasher.verify(password(&decomposed), Some(phc.clone())).await, Ok(right));
        let shortened = hasher.verify(password(&format!("{}e", "x".repeat(255))), Some(phc)).await;
        assert_eq!(shortened, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_breached_password_becomes_no_new_one_and_still_verifies() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        // Of "correct horse": printf "correct horse" | sha1sum
        std::io::Write::write_all(&mut file, b"2F9E53523B62ABC141A2B4D6019D23CBA835DBD0:3\n").unwrap();
        let hasher = Hasher::new(1, 8, Some(Breached::open(file.path()).unwrap()));
        assert_eq!(hasher.hash(password("correct horse")).await, Ok(Err(PasswordRefusal::Breached)));
        assert!(hasher.hash(password("correct house")).await.unwrap().is_ok());
        let before = Hasher::new(1, 8, None).hash(password("correct horse")).await.unwrap().unwrap();
        let right = Verdict::Right { renewed: None };
        assert_eq!(hasher.verify(password("correct horse"), Some(before)).await, Ok(right));
    }

    #[tokio::test]
    async fn a_list_that_breaks_keeps_nobody_from_a_new_password() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let lines = ["0".repeat(40), "x".repeat(40), "F".repeat(40)].join("\n");
        std::io::Write::write_all(&mut file, lines.as_bytes()).unwrap();
        let hasher = Hasher::new(1, 8, Some(Breached::open(file.path()).unwrap()));
        assert!(hasher.hash(password("correct horse")).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_password_is_rated_by_what_is_known_of_whoever_chose_it() {
        let hasher = Hasher::new(1, 8, None);
        let alone = hasher.rate(password("Quokkawalk7"), vec![]).await.unwrap();
        let known = hasher.rate(password("Quokkawalk7"), vec!["quokkawalk".into()]).await.unwrap();
        assert!(known.score < alone.score, "{known:?} {alone:?}");
    }

    #[test]
    fn beyond_its_queue_the_hasher_is_busy() {
        let (jobs, waiting) = sync_channel(1);
        let hasher = Hasher { jobs };
        let job = || Job::Hash { password: password("correct horse"), answer: oneshot::channel().0 };
        assert_eq!(hasher.submit(job()), Ok(()));
        assert_eq!(hasher.submit(job()), Err(Busy));
        drop(waiting.recv());
        assert_eq!(hasher.submit(job()), Ok(()));
    }

    #[test]
    fn a_password_has_8_to_256_characters() {
        for (text, outcome) in [
            ("", Err(PasswordRefusal::TooShort)),
            ("kéžvdqw", Err(PasswordRefusal::TooShort)),
            ("ke\u{301}zvdqw", Err(PasswordRefusal::TooShort)),
            ("kéžvdqwp", Ok(())),
            (&"é".repeat(256), Ok(())),
            (&"e\u{301}".repeat(256), Ok(())),
            (&"é".repeat(257), Err(PasswordRefusal::TooLong)),
            (&"x".repeat(100_000), Err(PasswordRefusal::TooLong)),
        ] {
            assert_eq!(check_new_password(text, &[]), outcome, "{text}");
        }
        assert!(Password::new("é".repeat(256)).is_some());
        assert!(Password::new("é".repeat(257)).is_none());
        assert!(Password::new("x".repeat(100_000)).is_none());
    }

    #[test]
    fn a_common_password_is_refused_in_any_case() {
        for common in ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "!QAZ2wsx"] {
            assert_eq!(check_new_password(common, &[]), Err(PasswordRefusal::Common), "{common}");
        }
        assert_eq!(check_new_password("password-and-more", &[]), Ok(()));
    }

    #[test]
    fn the_list_of_common_passwords_is_sorted_and_folded_as_its_search_needs() {
        assert!(COMMON.len() > 8000);
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|p| p.to_lowercase() == **p && is_nfc(p)));
    }

    #[test]
    fn a_password_does_not_contain_the_accounts_own_words_of_4_letters_or_more() {
        let words = ["Côte Reef Tours", "maria.lopez@reeftours.example", "Li Bo", "O'Brien-Sands"];
        for own in ["xxREEFxx77", "co\u{302}te-9999", "my tours 5", "lopez!!2024", "Obrien-SANDS", "x-brien-xx"] {
            assert_eq!(check_new_password(own, &words), Err(PasswordRefusal::OwnWord), "{own}");
        }
        for fine in ["li-bo-li-bo", "ree-f-tour-s", "correct horse"] {
            assert_eq!(check_new_password(fine, &words), Ok(()), "{fine}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_password() {
        assert_eq!(format!("{:?}", password("correct horse")), "Password(…)");
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_or_refused(text in any::<String>(), word in any::<String>()) {
            let accepted = check_new_password(&text, &[&word]).is_ok();
            prop_assert!(!accepted || Password::new(text).is_some());
        }
    }
}
