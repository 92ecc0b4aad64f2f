//! The plan of an account: what it has, what it uses, and its change by the owner.

use super::acting::{Acting, By};
use super::{AccountFields, DirectoryRefusal, Innkeeper, ServiceError};
use crate::domain::account::{Account, Plan};
use crate::domain::id::AccountId;
use crate::domain::invitation::Team;
use crate::domain::permission::Action;
use async_trait::async_trait;

/// Whoever settles what plans cost. It is asked before a plan changes, and may object; it charges nothing for being asked,
/// since the change may be refused afterwards. That the plan has changed it reads from the event `account.plan_changed`,
/// like everybody else.
#[async_trait]
pub trait Billing: Send + Sync {
    /// Whether this account may change from one plan, unless that is configured no longer, to another.
    async fn allows(&self, account: &AccountId, from: Option<&Plan>, to: &Plan) -> bool;
}

/// Payment is settled elsewhere: every change is recorded, and the operator's own billing learns of it by its event.
#[derive(Clone, Copy, Debug)]
pub struct NoProvider;

#[async_trait]
impl Billing for NoProvider {
    async fn allows(&self, _account: &AccountId, _from: Option<&Plan>, _to: &Plan) -> bool {
        true
    }
}

/// Why an account keeps its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanRefusal {
    /// A rule is in the way.
    Directory(DirectoryRefusal),
    /// Whoever settles the payment objects.
    NotSettled,
}

impl Innkeeper {
    /// How many staff logins an account has in use; `None` where there is no such account.
    pub async fn staff_logins_in_use(&self, id: &AccountId) -> Result<Option<u32>, ServiceError> {
        let Some(account) = self.inner.store.account(id).await? else { return Ok(None) };
        let people = self.inner.store.people(account.no).await?;
        let invitations = self.inner.store.invitations(account.no).await?;
        let now = self.inner.store.now().await?;
        let team = Team { people, invitations: &invitations };
        Ok(Some(team.counted(now).staff_logins_in_use()))
    }

    /// An owner changes the plan of their account. Lowering it is refused while more staff logins are in use than the new
    /// one has.
    pub async fn change_plan(
        &self,
        acting: Acting,
        account: &Account,
        to: &Plan,
    ) -> Result<Result<(), PlanRefusal>, ServiceError> {
        if !self.inner.billing.allows(&account.id, self.policies().plan(&account.plan), to).await {
            return Ok(Err(PlanRefusal::NotSettled));
        }
        let fields = AccountFields { plan: Some(to.code.clone()), ..AccountFields::default() };
        let put = self.put_account_by(&account.id, &fields, &By::Person(acting, Action::ChangePlan)).await?;
        Ok(put.map(|_| ()).map_err(PlanRefusal::Directory))
    }
}
