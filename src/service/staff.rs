//! The people of an account, as those who answer for it keep them: invite, change, suspend, remove. Joining, as whoever
//! was invited does it.

use super::acting::{Acting, By};
use super::directory::{Decided, Held};
use super::passwords::NewPasswordRefusal;
use super::sign_in::{Browser, Client, SignIn, SignInRefusal, SignedInNow};
use super::users::email_taken;
use super::{AccountFields, DirectoryRefusal, Innkeeper, ServiceError, UserFields, time_in};
use crate::domain::account::{Account, AccountStatus};
use crate::domain::change::{Change, InvitationClosed, UserPut};
use crate::domain::email::normal_email;
use crate::domain::end::Actor;
use crate::domain::id::{AccountId, AccountNo, InvitationId, SecretHash, UserId, UserNo};
use crate::domain::invitation::{Closed, INVITATION_VALID, Invitation, close, invite, mark_expired};
use crate::domain::permission::Action;
use crate::domain::staff::may_join;
use crate::domain::user::{Role, User, UserStatus};
use crate::password::PasswordRefusal;
use crate::secret::{self, InvitationCode, PendingToken};
use crate::store::{AccountFacts, FoundInvitation, Lane, StoreError, TeamMember, UserBy};

/// Accounts whose expired invitations are marked in one round.
const EXPIRED_AT_ONCE: u16 = 100;

/// An invitation that was made.
#[derive(Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The code of its link, told this once.
    pub code: InvitationCode,
}

/// What becomes of somebody in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonChange {
    /// They may do something else.
    Role(Role),
    /// They may not sign in until they are reinstated.
    Suspend,
    /// They may sign in again.
    Reinstate,
    /// They are gone.
    Remove,
}

/// Somebody who accepts an invitation.
#[derive(Debug)]
pub struct Join {
    /// Hash of the code in the link.
    pub code: SecretHash,
    /// What people will read; may be absent.
    pub name: Option<String>,
    /// The password that they want.
    pub password: String,
    /// What the browser carries.
    pub browser: Browser,
    /// What it comes from.
    pub client: Client,
}

/// Why somebody has not joined, or is not signed in.
#[derive(Debug)]
pub enum JoinRefusal {
    /// The invitation was used, taken back or has expired, or there never was one.
    Gone,
    /// The address is somebody's login already.
    EmailTaken,
    /// The account is suspended.
    AccountSuspended,
    /// The account's plan has no room any more.
    NoStaffLoginLeft,
    /// The password cannot be used.
    Password(PasswordRefusal),
    /// So many passwords are being hashed that this one must wait.
    Busy,
    /// They have joined, and their account requires a second factor, which they set up now.
    SetUpNeeded(PendingToken),
    /// They have joined, and could not be signed in at once: they sign in themselves.
    JoinedNotSignedIn,
}

impl From<NewPasswordRefusal> for JoinRefusal {
    fn from(refusal: NewPasswordRefusal) -> Self {
        match refusal {
            NewPasswordRefusal::Password(refusal) => JoinRefusal::Password(refusal),
            NewPasswordRefusal::Busy => JoinRefusal::Busy,
        }
    }
}

impl Innkeeper {
    /// People of an account by id, after this one, with how they use it.
    pub async fn team(
        &self,
        of: AccountNo,
        after: Option<&UserId>,
        limit: u16,
    ) -> Result<Vec<TeamMember>, ServiceError> {
        Ok(self.inner.store.team(of, after, limit).await?)
    }

    /// Invitations of an account that may still be accepted, oldest first.
    pub async fn invitations(&self, of: AccountNo) -> Result<Vec<Invitation>, ServiceError> {
        let now = self.inner.store.now().await?;
        let mut found = self.inner.store.invitations(of).await?;
        found.retain(|invitation| invitation.is_open(now));
        Ok(found)
    }

    /// Invites somebody. Whether the address is known in another account makes no difference to the answer.
    pub async fn invite(
        &self,
        acting: Acting,
        account: &AccountId,
        (email, role): (&str, Role),
    ) -> Result<Decided<Invited>, ServiceError> {
        if role.is_system() {
            return Ok(Err(DirectoryRefusal::NotARoleOfAccounts));
        }
        let Some(email) = normal_email(email) else { return Ok(Err(DirectoryRefusal::NotAnEmail)) };
        let (code, user) = (InvitationCode::generate(), acting.user);
        let by = By::Person(acting, Action::ManageStaff);
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let Held { account: team, facts, by } = match self.hold(transaction.as_mut(), account, (vec![], &by)).await? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let holder = transaction.find_user(UserBy::Email(&email)).await?;
        if holder.is_some_and(|holder| holder.account_no == team.account.no) {
            return Ok(Err(DirectoryRefusal::EmailTaken));
        }
        let invitation = Invitation {
            id: secret::invitation_id(),
            account_no: team.account.no,
            account_id: team.account.id.clone(),
            email,
            role,
            invited_by: user,
            created_at: facts.now,
            expires_at: facts.now + INVITATION_VALID,
        };
        let plan = self.policies().plan(&team.account.plan);
        let changes = match invite((team.team(), plan), invitation.clone(), code.hash(), (&by, facts.now)) {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        transaction.commit(changes).await?;
        Ok(Ok(Invited { invitation, code }))
    }

    /// Takes an invitation back. False: it was gone already, or is another account's.
    pub async fn revoke_invitation(
        &self,
        acting: Acting,
        account: &AccountId,
        id: &InvitationId,
    ) -> Result<Decided<bool>, ServiceError> {
        let by = By::Person(acting, Action::ManageStaff);
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let Held { account: team, facts, by } = match self.hold(transaction.as_mut(), account, (vec![], &by)).await? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(invitation) = team.invitations.into_iter().find(|open| open.id == *id) else {
            return Ok(Ok(false));
        };
        transaction.commit(vec![close(&invitation, (&by, facts.now))]).await?;
        Ok(Ok(invitation.is_open(facts.now)))
    }

    /// Changes what somebody in the account may do. Suspension and removal end their sessions and the invitations that
    /// they made, in the same transaction.
    pub async fn change_person(
        &self,
        acting: Acting,
        user: &UserId,
        change: PersonChange,
    ) -> Result<Decided<()>, ServiceError> {
        let by = By::Person(acting, Action::ManageStaff);
        let fields = match change {
            PersonChange::Remove => return self.remove_user_by(user, &by).await,
            PersonChange::Role(role) => UserFields { role: Some(role), ..UserFields::default() },
            PersonChange::Suspend => UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() },
            PersonChange::Reinstate => UserFields { status: Some(UserStatus::Active), ..UserFields::default() },
        };
        Ok(self.patch_user_by(user, fields, &by).await?.map(|_| ()))
    }

    /// Whether the people of the account need a second factor, from their next sign-in on.
    pub async fn require_factor(
        &self,
        acting: Acting,
        account: &AccountId,
        required: bool,
    ) -> Result<Decided<()>, ServiceError> {
        let fields = AccountFields { requires_factor: Some(required), ..AccountFields::default() };
        let by = By::Person(acting, Action::ManageStaff);
        Ok(self.put_account_by(account, &fields, &by).await?.map(|_| ()))
    }

    /// An open invitation by the code of its link, with its account.
    pub async fn invitation(&self, code: &SecretHash) -> Result<Option<(Invitation, Account)>, ServiceError> {
        Ok(self.found_invitation(code).await?.map(|(found, account)| (found.invitation, account)))
    }

    async fn found_invitation(&self, code: &SecretHash) -> Result<Option<(FoundInvitation, Account)>, ServiceError> {
        let now = self.inner.store.now().await?;
        let found = self.inner.store.invitation(code).await?.filter(|found| found.invitation.is_open(now));
        let Some(found) = found else { return Ok(None) };
        let account = self.inner.store.account(&found.invitation.account_id).await?;
        Ok(account.map(|account| (found, account)))
    }

    /// Accepts an invitation: a user with a password, who is signed in like everybody else who has one.
    pub async fn join(&self, ask: Join) -> Result<Result<SignedInNow, JoinRefusal>, ServiceError> {
        let Some((FoundInvitation { invitation, by_mail }, account)) = self.found_invitation(&ask.code).await? else {
            return Ok(Err(JoinRefusal::Gone));
        };
        let words = [Some(account.name.as_str()), Some(&*invitation.email), ask.name.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        let hash = match self.hash_new(ask.password.clone(), &words).await {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        if let Err(refusal) = self.join_with(&invitation, (ask.name, hash, by_mail)).await? {
            return Ok(Err(refusal));
        }
        let Join { password, browser, client, .. } = ask;
        let sign_in = SignIn { email: invitation.email, password, browser, client };
        Ok(self.sign_in(sign_in).await?.map_err(|refusal| match refusal {
            SignInRefusal::SetUpNeeded(pending) => JoinRefusal::SetUpNeeded(pending),
            _ => JoinRefusal::JoinedNotSignedIn,
        }))
    }

    async fn join_with(
        &self,
        invitation: &Invitation,
        (name, hash, by_mail): (Option<String>, String, bool),
    ) -> Result<Result<(), JoinRefusal>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let Some(team) = transaction.account(&invitation.account_id).await? else {
            return Ok(Err(JoinRefusal::Gone));
        };
        let now = time_in(transaction.as_mut()).await?;
        let open = team.invitations.iter().find(|open| open.id == invitation.id && open.is_open(now));
        let Some(invitation) = open else { return Ok(Err(JoinRefusal::Gone)) };
        if team.account.status == AccountStatus::Suspended {
            return Ok(Err(JoinRefusal::AccountSuspended));
        }
        let user = User {
            no: UserNo(0),
            id: secret::user_id(),
            account_no: team.account.no,
            account_id: Some(team.account.id.clone()),
            role: invitation.role,
            status: UserStatus::Active,
            email: Some(invitation.email.clone()),
            email_confirmed_at: by_mail.then_some(now),
            name,
            created_at: now,
        };
        let plan = self.policies().plan(&team.account.plan);
        if may_join(team.counted(now), plan, &user).is_err() {
            return Ok(Err(JoinRefusal::NoStaffLoginLeft));
        }
        if email_taken(transaction.as_mut(), &user).await? {
            return Ok(Err(JoinRefusal::EmailTaken));
        }
        let by = Actor::User(user.no, user.role);
        let (invitation, how) = (invitation.clone(), Closed::Accepted);
        let closed = InvitationClosed { invitation, how, at: now, by: by.clone() };
        let put = UserPut { user, before: None, password_hash: Some(hash), at: now, by };
        match transaction.commit(vec![Change::InvitationClosed(closed), Change::UserPut(put)]).await {
            Ok(_) => Ok(Ok(())),
            // Somebody took the address in this very moment, in another account: nothing that is locked here.
            Err(StoreError::Conflict(_)) => Ok(Err(JoinRefusal::EmailTaken)),
            Err(error) => Err(error),
        }
    }

    /// Marks invitations that nobody accepted in time, so that events tell of it. Nothing else depends on it.
    pub async fn expire_invitations(&self) -> Result<(), ServiceError> {
        for account in self.inner.store.accounts_with_expired(EXPIRED_AT_ONCE).await? {
            let mut transaction = self.inner.store.begin(Lane::Pages).await?;
            let Some(AccountFacts { invitations, .. }) = transaction.account(&account).await? else { continue };
            let now = time_in(transaction.as_mut()).await?;
            let expired = mark_expired(&invitations, now);
            if !expired.is_empty() {
                transaction.commit(expired).await?;
            }
        }
        Ok(())
    }
}
