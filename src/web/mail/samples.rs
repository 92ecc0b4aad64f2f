//! A letter of each kind, to be looked at: what `innkeeper mail preview` shows, and what tests read.

use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::invitation::INVITATION_VALID;
use crate::domain::mail::MailKind;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::secret::{ConfirmationCode, InvitationCode, MailCode, ResetCode};
use crate::service::{FactorNews, Letter, MAIL_CODE_VALID, News, Origin, SetBy};
use std::time::Duration;

/// 2026-11-22T04:05:00Z.
const AT: Timestamp = Timestamp::from_millis(1_795_320_300_000);

/// A letter of this kind to somebody who does not exist.
pub fn sample(kind: MailKind) -> Letter {
    let news = match kind {
        MailKind::Invitation => News::Invited {
            account: "Reef Tours".into(),
            by: Some("Alex Ono".into()),
            role: Role::Staff,
            code: InvitationCode::generate(),
            until: AT + INVITATION_VALID,
        },
        MailKind::NewSignIn => News::SignedIn(phone()),
        MailKind::SessionEnded => {
            News::Ended { reason: EndReason::TerminatedByOwner, by: Some(Role::Manager), session: Some(phone()) }
        }
        MailKind::PasswordChanged => News::PasswordSet(SetBy::TheirLogin),
        MailKind::PasswordReset => News::Reset {
            code: ResetCode::generate(),
            until: AT + Duration::from_secs(30 * 60),
            ip: Some("203.0.113.7".into()),
        },
        MailKind::EmailConfirmation => {
            News::Confirmation { code: ConfirmationCode::generate(), until: AT + Duration::from_secs(24 * 60 * 60) }
        }
        MailKind::TakeOverCode => {
            News::TakeOverCode { code: MailCode::generate(), until: AT + MAIL_CODE_VALID, from: phone() }
        }
        MailKind::FactorChanged => News::Factor(FactorNews::Added, Some("Phone".into())),
        MailKind::SecondFactorFailed => News::SecondFactorFailed(phone()),
        MailKind::SignInRefused => News::Refused { from: phone(), reference: Some("R-7K3M-92QD".into()) },
    };
    let name = (kind != MailKind::Invitation).then(|| "Kai Brandt".into());
    Letter { name, zone: "Australia/Brisbane".into(), at: AT, now: AT + Duration::from_secs(2), news }
}

fn phone() -> Origin {
    Origin {
        device: DeviceLabel { kind: DeviceKind::Phone, browser: "Firefox".into(), system: "Android".into() },
        device_name: None,
        place: Place { city: Some("Suva".into()), country_code: Some("FJ".into()), ..Place::default() },
        ip: Some("203.0.113.7".into()),
    }
}
