//! Continuing here what somebody has begun elsewhere, after the refusal at the limit.

use super::second_step::{Continued, Pending, Proven, Step};
use super::sign_in::{SignInRefusal, SignedInNow};
use super::{Innkeeper, ServiceError};
use crate::domain::id::{SecretHash, SessionId};
use crate::domain::policy::AtLimit;
use crate::domain::proof::Proof;
use crate::domain::user::User;
use crate::store::{SessionView, SessionsOf, SessionsPage, StateFilter};

/// Most sessions that are offered to be continued here: more than any policy is meant to allow.
const IN_THE_WAY_MAX: u16 = 50;

impl Innkeeper {
    /// The sessions in the way of somebody who may continue one of them here, the one that was last active first.
    pub async fn in_the_way(&self, pending: SecretHash) -> Result<Option<(User, Vec<SessionView>)>, ServiceError> {
        let Some((user, pending, _)) = self.pending(pending).await? else { return Ok(None) };
        let policy = self.policy_of(&user, self.inner.store.now().await?).await?;
        let may = policy.at_limit == AtLimit::VerifiedTakeover;
        if !may || pending.proof().is_none_or(|proof| !proof.is_personal()) {
            return Ok(None);
        }
        let page = SessionsPage { before: None, limit: IN_THE_WAY_MAX };
        let of = SessionsOf::User(user.account_no, user.no);
        let mut live = self.inner.store.sessions(of, StateFilter::Live, page).await?;
        live = live.into_iter().map(|session| self.up_to_date(session)).collect();
        live.sort_by_key(|session| std::cmp::Reverse(session.activity.last_active_at));
        Ok(Some((user, live)))
    }

    /// Ends this session and starts one here, in one transaction; without one it only starts one, if there is a place.
    pub async fn take_over(
        &self,
        ask: Continued,
        session: Option<SessionId>,
    ) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let over = Ok(Err(SignInRefusal::Over));
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return over };
        let Some(proof) = pending.proof() else { return over };
        let now = self.inner.store.now().await?;
        if self.inner.store.take_one_time((kept.purpose, kept.secret), now).await?.is_none() {
            return over;
        }
        let proven = Proven { user, proof, failed: pending.failed, until: Some(kept.expires_at) };
        self.go_on(proven, (ask.browser, &ask.client), session).await
    }
}

impl Pending {
    /// What was proved by somebody to whom only a place is missing.
    fn proof(&self) -> Option<Proof> {
        match &self.step {
            Step::Proved(proved) => proved.proof(),
            Step::Second(_) | Step::SetUp(..) | Step::CodeMailed(..) => None,
        }
    }
}
