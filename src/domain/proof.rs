//! What somebody has proved who asks for a session. See docs/sign-in.md.

use super::factor::FactorKind;
use super::facts::UserFacts;
use super::id::FactorId;
use super::time::Timestamp;

/// How somebody proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The application vouches for them.
    Vouched,
    /// By the password that was set then, and by what came after it.
    Password(Timestamp, Second),
    /// By this passkey alone: it has seen who sits there.
    Passkey(FactorId),
}

/// What was proved after the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Second {
    /// Nothing: the user has no second factor.
    Nothing,
    /// This second factor.
    Factor(FactorId, FactorKind),
    /// One of their recovery codes, which is used up.
    RecoveryCode,
}

/// Why a proof does not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// The password or the factor is no longer what it was when it was verified.
    Outdated,
    /// The user has a second factor, and none was proved.
    FactorMissing,
}

impl Proof {
    /// Whether it suffices for a session of this user, as their password and factors are now. Whoever has a second factor
    /// needs it on every way but an application's own.
    pub fn suffices(&self, user: &UserFacts) -> Result<(), ProofFault> {
        let (set_at, second) = match self {
            Proof::Vouched => return Ok(()),
            Proof::Passkey(id) if user.factors.contains(id) => return Ok(()),
            Proof::Passkey(_) => return Err(ProofFault::Outdated),
            Proof::Password(set_at, second) => (set_at, second),
        };
        if user.password_changed_at != Some(*set_at) {
            return Err(ProofFault::Outdated);
        }
        match second {
            Second::Nothing if user.factors.is_empty() => Ok(()),
            Second::Nothing => Err(ProofFault::FactorMissing),
            Second::Factor(id, _) if user.factors.contains(id) => Ok(()),
            Second::Factor(..) => Err(ProofFault::Outdated),
            Second::RecoveryCode => Ok(()),
        }
    }

    /// How it was done, by the names of RFC 8176 where there are some.
    pub fn methods(&self) -> Vec<String> {
        let methods: &[&str] = match self {
            Proof::Vouched => &[],
            Proof::Passkey(_) => &[FactorKind::Passkey.method()],
            Proof::Password(_, Second::Nothing) => &["pwd"],
            Proof::Password(_, Second::Factor(_, kind)) => &["pwd", kind.method()],
            Proof::Password(_, Second::RecoveryCode) => &["pwd", "recovery_code"],
        };
        methods.iter().map(|method| (*method).to_owned()).collect()
    }

    /// Whether it is more than people who share a login have in common, so that it may end a session elsewhere.
    pub fn is_personal(&self) -> bool {
        matches!(self, Proof::Password(_, Second::Factor(..)) | Proof::Passkey(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, user_facts};

    #[test]
    fn whoever_has_a_second_factor_signs_in_with_it_or_with_a_recovery_code() {
        let (mine, other) = (FactorId::new("f_1").unwrap(), FactorId::new("f_2").unwrap());
        let without = user_facts(vec![]);
        let mut with = without.clone();
        with.factors = vec![mine.clone()];
        let password = |second| Proof::Password(at(0), second);
        for (proof, user, expected) in [
            (Proof::Vouched, &without, Ok(())),
            (Proof::Vouched, &with, Ok(())),
            (password(Second::Nothing), &without, Ok(())),
            (password(Second::Nothing), &with, Err(ProofFault::FactorMissing)),
            (password(Second::Factor(mine.clone(), FactorKind::Totp)), &with, Ok(())),
            (password(Second::Factor(mine.clone(), FactorKind::Totp)), &without, Err(ProofFault::Outdated)),
            (password(Second::Factor(other.clone(), FactorKind::Totp)), &with, Err(ProofFault::Outdated)),
            (Proof::Passkey(mine.clone()), &with, Ok(())),
            (Proof::Passkey(mine), &without, Err(ProofFault::Outdated)),
            (Proof::Passkey(other), &with, Err(ProofFault::Outdated)),
            (password(Second::RecoveryCode), &with, Ok(())),
            (Proof::Password(at(1), Second::Nothing), &without, Err(ProofFault::Outdated)),
            (Proof::Password(at(1), Second::RecoveryCode), &with, Err(ProofFault::Outdated)),
        ] {
            assert_eq!(proof.suffices(user), expected, "{proof:?}");
        }
    }

    #[test]
    fn only_what_people_do_not_share_ends_a_session_elsewhere() {
        let id = || FactorId::new("f_1").unwrap();
        for (proof, methods, is_personal) in [
            (Proof::Vouched, &[][..], false),
            (Proof::Password(at(0), Second::Nothing), &["pwd"], false),
            (Proof::Password(at(0), Second::RecoveryCode), &["pwd", "recovery_code"], false),
            (Proof::Password(at(0), Second::Factor(id(), FactorKind::Totp)), &["pwd", "otp"], true),
            (Proof::Password(at(0), Second::Factor(id(), FactorKind::Passkey)), &["pwd", "hwk"], true),
            (Proof::Passkey(id()), &["hwk"], true),
        ] {
            assert_eq!(
                (proof.methods(), proof.is_personal()),
                (methods.iter().map(|m| (*m).to_owned()).collect(), is_personal)
            );
        }
    }
}
