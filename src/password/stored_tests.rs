//! Hashes of other systems: which are read, which are refused, and what each is a hash of.

use super::*;
use proptest::prelude::*;

const PASSWORD: &[u8] = b"correct horse";

/// Of [`PASSWORD`], each made by another implementation: argon2-cffi, libxcrypt, OpenSSL by way of Python's hashlib.
const FOREIGN: [&str; 18] = [
    "$argon2i$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$1nAuNoC6tOd9yHysyGE5jzs2CY6TPDHQ/e16EbXT2Wc",
    "$argon2i$v=19$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$Tes1ANQI80oqt2xSzeL9eQQWCLHzn1IW1OqYFRoXFGk",
    "$argon2d$v=16$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$zQ3o5bhBcX7s7p+MP/mtbLGNoC/BT4yyUL3GgoV65QY",
    "$argon2d$v=19$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$CGOJn/a55wzek4X8YwX6RkX0JN/cM2aRaxR3TfT/nno",
    "$argon2id$v=16$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$VV75ZeYux3k5ParvdA3JpJ3c7Wwdf7NiMn/CBrVUuxE",
    "$argon2id$v=19$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$YyLPbVssOJuVWbOlZ18gHZK0+K6By6uCqUtU0I3QF/w",
    "argon2$argon2id$v=19$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$YyLPbVssOJuVWbOlZ18gHZK0+K6By6uCqUtU0I3QF/w",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyBvaw$M20Qwl6JkhMiuwx+gKNlLKpsgB+g/IYunG2gTTVUyCs",
    "scrypt$16$saltSALTsalt$8$2$\
     OhMk5UArx0Dx5b+nFd9W8G/jWYvpaPZ7YxErPQQns09C8Vi0GlTt4xvMWJkcCu/9EOjjVJta4T4XB+pA06P4vA==",
    "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvaw$Ul8LrOEyCk6FxPWXXor8Fj1p8+JZKqM3DqxUxhTK7to",
    "$pbkdf2-sha256$1000$c2l4dGVlbiBieXRlcyBvaw$Ul8LrOEyCk6FxPWXXor8Fj1p8.JZKqM3DqxUxhTK7to",
    "$pbkdf2-sha512$i=1000$c2l4dGVlbiBieXRlcyBvaw$\
     ptC31WcrIu8vobeNmAXW9rpZ5E4T2srS8/KfngxDyeBPCt71EVKiVS5+JogM4VX3GqOfUeU6OHd96qo0eH6lLQ",
    "$pbkdf2-sha512$1000$c2l4dGVlbiBieXRlcyBvaw$\
     ptC31WcrIu8vobeNmAXW9rpZ5E4T2srS8/KfngxDyeBPCt71EVKiVS5.JogM4VX3GqOfUeU6OHd96qo0eH6lLQ",
    "pbkdf2_sha256$1000$saltSALTsalt$+qAIU1xnsAdrZyVUT/DlPHV4dfl5mEvorxiWUU/NL7A=",
];

fn is_of(text: &str, password: &[u8]) -> bool {
    Stored::read(text).map_err(|refusal| format!("{refusal}: {text}")).unwrap().is_of(password).unwrap()
}

#[test]
fn hashes_of_other_systems_know_their_password_and_no_other_and_are_to_be_renewed() {
    for text in FOREIGN {
        assert!(is_of(text, PASSWORD), "{text}");
        for wrong in [&b""[..], b"correct horsf", b"Correct horse", b"correct horse "] {
            assert!(!is_of(text, wrong), "{text}: {wrong:?}");
        }
        assert!(!Stored::read(text).unwrap().is_current(), "{text}");
    }
    assert!(Stored::of_nobody().is_current());
}

#[test]
fn bcrypt_reads_as_much_of_a_password_as_it_always_did() {
    let of_80_letters = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    for (letters, right) in [(71, false), (72, true), (80, true), (256, true)] {
        assert_eq!(is_of(of_80_letters, "x".repeat(letters).as_bytes()), right, "{letters}");
    }
    assert!(is_of("$2b$05$abcdefghijklmnopqrstuuCO/jbk.KFDDiWbAFfLDqbMQfvZ6M.sS", "schlüssel-bund".as_bytes()));
}

#[test]
fn what_would_cost_too_much_is_refused_before_it_costs_anything() {
    let argon2 =
        |costs: &str| format!("$argon2id$v=19${costs}$c2l4dGVlbiBieXRlcyBvaw$YyLPbVssOJuVWbOlZ18gHZK0+K6By6uCqUtU");
    let scrypt =
        |costs: &str| format!("$scrypt${costs}$c2l4dGVlbiBieXRlcyBvaw$M20Qwl6JkhMiuwx+gKNlLKpsgB+g/IYunG2gTTVUyCs");
    let pbkdf2 = |rounds: &str| format!("pbkdf2_sha256${rounds}$salt$+qAIU1xnsAdrZyVUT/DlPHV4dfl5mEvorxiWUU/NL7A=");
    let bcrypt = |cost: &str| format!("$2b${cost}$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e");
    for fine in [
        argon2("m=131072,t=8,p=1"),
        argon2("m=47104,t=1,p=1"),
        argon2("m=8,t=1,p=1"),
        scrypt("ln=17,r=8,p=1"),
        scrypt("ln=17,r=8,p=2"),
        scrypt("ln=13,r=8,p=10"),
        scrypt("ln=1,r=1,p=1"),
        pbkdf2("2000000"),
        pbkdf2("1"),
        bcrypt("14"),
        bcrypt("04"),
    ] {
        assert_eq!(check_hash(&fine), Ok(()), "{fine}");
    }
    for costly in [
        argon2("m=131073,t=1,p=1"),
        argon2("m=131072,t=9,p=1"),
        argon2("m=4294967295,t=4294967295,p=1"),
        argon2("m=8,t=4294967296,p=1"),
        scrypt("ln=18,r=8,p=1"),
        scrypt("ln=17,r=9,p=1"),
        scrypt("ln=17,r=8,p=3"),
        scrypt("ln=1,r=1,p=4294967295"),
        scrypt("ln=63,r=4294967295,p=4294967295"),
        scrypt("ln=4294967295,r=8,p=1"),
        pbkdf2("2000001"),
        pbkdf2("99999999999"),
        bcrypt("15"),
        bcrypt("31"),
        bcrypt("99"),
    ] {
        assert_eq!(check_hash(&costly), Err(HashRefusal::TooCostly), "{costly}");
    }
}

#[test]
fn what_is_no_hash_or_not_a_whole_one_is_refused() {
    let salt_and_hash = "c2l4dGVlbiBieXRlcyBvaw$YyLPbVssOJuVWbOlZ18gHZK0+K6By6uCqUtU0I3QF/w";
    for broken in [
        String::new(),
        "correct horse".to_owned(),
        "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ".to_owned(),
        format!("$argon2id$v=20$m=64,t=2,p=2${salt_and_hash}"),
        format!("$argon2id$v=19$m=1,t=0,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=2${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=2,p=2,data=AAAA${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=2,p=2${salt_and_hash}$"),
        format!("$argon2id$v=19$m=64,t=+2,p=2${salt_and_hash}"),
        "$argon2id$v=19$m=64,t=2,p=2$c2FsdA$YyLPbVssOJuVWbOlZ18gHZK0+K6By6uCqUtU0I3QF/w".to_owned(),
        "$argon2id$v=19$m=64,t=2,p=2$c2l4dGVlbiBieXRlcyBvaw$YyLPbVss".to_owned(),
        format!("$scrypt$v=19$m=256,t=2,p=1${salt_and_hash}"),
        format!("$scrypt$ln=0,r=8,p=1${salt_and_hash}"),
        format!("$scrypt$ln=4,r=0,p=1${salt_and_hash}"),
        format!("$scrypt$ln=4,r=8,p=0${salt_and_hash}"),
        "scrypt$15$salt$8$1$OhMk5UArx0Dx5b+nFd9W8G/jWYvpaPZ7YxErPQQns08".to_owned(),
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6".to_owned(),
        "$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
        "$2b$4$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
        "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
        "$2b$04$abcdefghijklmnopqrstuéujydOTSfIH/d5oUHpsygqV5X9xJLQc".to_owned(),
        "pbkdf2_sha256$0$salt$+qAIU1xnsAdrZyVUT/DlPHV4dfl5mEvorxiWUU/NL7A=".to_owned(),
        "pbkdf2_sha256$1000$$+qAIU1xnsAdrZyVUT/DlPHV4dfl5mEvorxiWUU/NL7A=".to_owned(),
        "pbkdf2_sha256$1000$salt$".to_owned(),
        format!("pbkdf2_sha256$1000${}$+qAIU1xnsAdrZyVUT/DlPHV4dfl5mEvorxiWUU/NL7A=", "s".repeat(600)),
    ] {
        assert_eq!(check_hash(&broken), Err(HashRefusal::Unknown), "{broken}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_hash_or_refused(
        text in r"\$?(argon2id|2b|scrypt|pbkdf2-sha256|pbkdf2_sha256|bcrypt)(\$[-a-zA-Z0-9=,+/.é]{0,60}){0,6}|\PC*"
    ) {
        let read = Stored::read(&text).map(|_| ());
        prop_assert_eq!(read, check_hash(&text));
    }
}
