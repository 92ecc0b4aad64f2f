//! What somebody has proved who asks for a session. See docs/sign-in.md.

use super::account::AccountStatus;
use super::factor::FactorKind;
use super::facts::UserFacts;
use super::id::FactorId;
use super::time::Timestamp;
use super::user::UserStatus;

/// How somebody proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The application vouches for them.
    Vouched,
    /// By the password that was set then, and by what came after it.
    Password(Timestamp, Second),
    /// By this passkey alone: it has seen who sits there.
    Passkey(FactorId),
    /// By this, and by a code that was mailed to the address that had been confirmed then.
    Mailed(Box<Proof>, Timestamp),
}

/// What was proved after the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Second {
    /// Nothing: the user has no second factor, and needs none.
    Nothing,
    /// This second factor.
    Factor(FactorId, FactorKind),
    /// This second factor, which was set up in this very sign-in: whoever knows the password could have done that.
    JustSetUp(FactorId, FactorKind),
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
    /// The user has no second factor, and their account requires one.
    NotSetUp,
}

impl Proof {
    /// Whether it suffices for a session of this user, as their password and factors are now. Whoever has a second factor
    /// needs it on every way but an application's own.
    pub fn suffices(&self, user: &UserFacts) -> Result<(), ProofFault> {
        let (set_at, second) = match self {
            Proof::Vouched => return Ok(()),
            Proof::Passkey(id) if user.factors.contains(id) => return Ok(()),
            Proof::Passkey(_) => return Err(ProofFault::Outdated),
            Proof::Mailed(proof, confirmed_at) if user.user.email_confirmed_at == Some(*confirmed_at) => {
                return proof.suffices(user);
            }
            Proof::Mailed(..) => return Err(ProofFault::Outdated),
            Proof::Password(set_at, second) => (set_at, second),
        };
        if user.password_changed_at != Some(*set_at) {
            return Err(ProofFault::Outdated);
        }
        match second {
            Second::Nothing if user.factors.is_empty() && !user.factor_required => Ok(()),
            Second::Nothing if user.factors.is_empty() => Err(ProofFault::NotSetUp),
            Second::Nothing => Err(ProofFault::FactorMissing),
            Second::Factor(id, _) | Second::JustSetUp(id, _) if user.factors.contains(id) => Ok(()),
            Second::RecoveryCode if !user.factors.is_empty() => Ok(()),
            Second::Factor(..) | Second::JustSetUp(..) | Second::RecoveryCode => Err(ProofFault::Outdated),
        }
    }

    /// How it was done, by the names of RFC 8176 where there are some.
    pub fn methods(&self) -> Vec<String> {
        if let Proof::Mailed(proof, _) = self {
            return proof.methods().into_iter().chain(["mail_code".to_owned()]).collect();
        }
        let methods: &[&str] = match self {
            Proof::Vouched | Proof::Mailed(..) => &[],
            Proof::Passkey(_) => &[FactorKind::Passkey.method()],
            Proof::Password(_, Second::Nothing) => &["pwd"],
            Proof::Password(_, Second::Factor(_, kind) | Second::JustSetUp(_, kind)) => &["pwd", kind.method()],
            Proof::Password(_, Second::RecoveryCode) => &["pwd", "recovery_code"],
        };
        methods.iter().map(|method| (*method).to_owned()).collect()
    }

    /// Whether it is more than people who share a login have in common, so that it may end a session elsewhere.
    pub fn is_personal(&self) -> bool {
        matches!(self, Proof::Password(_, Second::Factor(..)) | Proof::Passkey(_) | Proof::Mailed(..))
    }
}

/// Whether somebody whose password was set then may set their first second factor up on the way in.
pub fn may_set_up(user: &UserFacts, password_of: Timestamp) -> bool {
    let active = user.user.status == UserStatus::Active && user.account_status == AccountStatus::Active;
    active && Proof::Password(password_of, Second::Nothing).suffices(user) == Err(ProofFault::NotSetUp)
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
            (Proof::Passkey(mine.clone()), &without, Err(ProofFault::Outdated)),
            (Proof::Passkey(other), &with, Err(ProofFault::Outdated)),
            (password(Second::JustSetUp(mine.clone(), FactorKind::Totp)), &with, Ok(())),
            (password(Second::RecoveryCode), &with, Ok(())),
            (password(Second::RecoveryCode), &without, Err(ProofFault::Outdated)),
            (Proof::Password(at(1), Second::Nothing), &without, Err(ProofFault::Outdated)),
            (Proof::Password(at(1), Second::RecoveryCode), &with, Err(ProofFault::Outdated)),
        ] {
            assert_eq!(proof.suffices(user), expected, "{proof:?}");
        }
        let mailed = |proof, confirmed_at| Proof::Mailed(Box::new(proof), confirmed_at);
        let mut reads_mail = without.clone();
        reads_mail.user.email_confirmed_at = Some(at(3));
        for (confirmed_at, user, expected) in [
            (at(3), &reads_mail, Ok(())),
            (at(4), &reads_mail, Err(ProofFault::Outdated)),
            (at(3), &without, Err(ProofFault::Outdated)),
        ] {
            assert_eq!(mailed(password(Second::Nothing), confirmed_at).suffices(user), expected);
        }
        reads_mail.factors = vec![mine.clone()];
        let alone = mailed(password(Second::Nothing), at(3));
        assert_eq!(alone.suffices(&reads_mail), Err(ProofFault::FactorMissing), "it stands in for no factor");
        let mut required = without;
        required.factor_required = true;
        assert_eq!(password(Second::Nothing).suffices(&required), Err(ProofFault::NotSetUp));
        assert_eq!(Proof::Vouched.suffices(&required), Ok(()));
        assert!(password(Second::Factor(mine.clone(), FactorKind::Totp)).is_personal());
        assert!(Proof::Passkey(mine.clone()).is_personal());
        for shared in [Second::Nothing, Second::JustSetUp(mine, FactorKind::Passkey), Second::RecoveryCode] {
            assert!(!password(shared.clone()).is_personal(), "{shared:?}");
        }
    }

    #[test]
    fn a_first_factor_is_set_up_on_the_way_in_only_where_it_is_required_and_there_is_none() {
        let mut user = user_facts(vec![]);
        assert!(!may_set_up(&user, at(0)), "it is not required");
        user.factor_required = true;
        assert!(may_set_up(&user, at(0)));
        assert!(!may_set_up(&user, at(1)), "another password");
        let mut other = user.clone();
        other.user.status = UserStatus::Suspended;
        assert!(!may_set_up(&other, at(0)));
        let mut other = user.clone();
        other.account_status = AccountStatus::Suspended;
        assert!(!may_set_up(&other, at(0)));
        user.factors = vec![FactorId::new("f_1").unwrap()];
        assert!(!may_set_up(&user, at(0)), "they have one");
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
            (Proof::Password(at(0), Second::JustSetUp(id(), FactorKind::Totp)), &["pwd", "otp"], false),
            (Proof::Password(at(0), Second::JustSetUp(id(), FactorKind::Passkey)), &["pwd", "hwk"], false),
            (Proof::Passkey(id()), &["hwk"], true),
            (Proof::Mailed(Box::new(Proof::Password(at(0), Second::Nothing)), at(1)), &["pwd", "mail_code"], true),
        ] {
            assert_eq!(
                (proof.methods(), proof.is_personal()),
                (methods.iter().map(|m| (*m).to_owned()).collect(), is_personal)
            );
        }
    }
}
