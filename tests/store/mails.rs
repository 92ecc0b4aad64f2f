//! Mails: which events become one, and that nobody sends what somebody else is sending.

use crate::harness::{Harness, ask};
use innkeeper::domain::admission::Admit;
use innkeeper::domain::change::{Change, Invited, PasswordSet};
use innkeeper::domain::device::Place;
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::{InvitationId, SecretHash};
use innkeeper::domain::invitation::Invitation;
use innkeeper::domain::mail::MailKind;
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::retention::Forget;
use innkeeper::domain::time::Timestamp;
use innkeeper::domain::user::User;
use innkeeper::domain::webhook::Fate;
use innkeeper::store::{ClaimedMail, FoundInvitation, MailOutcome, Store};
use std::sync::Arc;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(120);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn invited(harness: &Harness, invitation: &Invitation, secret: u8) {
    let (invitation, secret) = (invitation.clone(), SecretHash([secret; 32]));
    let change = Invited { invitation, secret, at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::Invited(change)]).await.unwrap();
}

async fn password_set(harness: &Harness, user: &User) {
    let set = PasswordSet { user: user.clone(), password_hash: "$x".into(), at: harness.now(), by: Actor::Operator };
    harness.commit(vec![Change::PasswordSet(set)]).await.unwrap();
}

/// A sign-in from a device of its own in this country.
fn from(user: &User, country: &str) -> Admit {
    let place = Place { country_code: Some(country.into()), ..Place::default() };
    Admit { place, ..ask(user) }
}

async fn refused(harness: &Harness, user: &User, country: &str) {
    let policy = SessionPolicy { at_limit: AtLimit::Refuse, ..SessionPolicy::default() };
    let admission = harness.admit(&from(user, country), &policy).await;
    assert!(matches!(admission.changes().last(), Some(Change::SignInRefused(_))), "{admission:?}");
}

/// Makes mails of all events.
async fn made(store: &Arc<dyn Store>) {
    while store.hand_out_mails(100).await.unwrap() {}
}

async fn claimed(store: &Arc<dyn Store>, limit: u16) -> Vec<ClaimedMail> {
    store.claim_mails(limit, LEASE).await.unwrap()
}

fn outcome(of: &ClaimedMail, fate: Fate, at: Timestamp) -> MailOutcome {
    let error = (fate != Fate::Delivered).then(|| "refused with 451".to_owned());
    MailOutcome { claim: of.claim, tries: of.tries + 1, fate, at, error }
}

/// Makes mails of all events, and sends them; says of which kinds they were, by event.
async fn sent(harness: &Harness) -> Vec<(i64, MailKind)> {
    let store = harness.store();
    made(&store).await;
    let taken = claimed(&store, 100).await;
    let now = harness.now();
    store.settle_mails(taken.iter().map(|mail| outcome(mail, Fate::Delivered, now)).collect()).await.unwrap();
    let mut kinds: Vec<_> = taken.iter().map(|mail| (mail.event.position.0, mail.kind)).collect();
    kinds.sort_unstable();
    kinds
}

pub(crate) async fn events_that_are_worth_a_mail_become_one_each_and_all_others_none(harness: &Harness) {
    let mira = harness.person().await;
    assert_eq!(sent(harness).await, [], "an account and a login");
    harness.started(&from(&mira, "AU")).await;
    assert_eq!(sent(harness).await, [], "a first sign-in is nothing unusual");
    let fiji = harness.started(&from(&mira, "FJ")).await;
    let positions = harness.events().await.len();
    let last = i64::try_from(positions).unwrap();
    assert_eq!(sent(harness).await, [(last, MailKind::NewSignIn)]);
    refused(harness, &mira, "AU").await;
    assert_eq!(sent(harness).await, [], "a refusal in a country that is known");
    refused(harness, &mira, "NZ").await;
    harness.end(&fiji, EndReason::TerminatedByOwner).await.unwrap();
    password_set(harness, &mira).await;
    invited(harness, &harness.invitation(&mira, "i_1"), 1).await;
    let expected = [
        (last + 2, MailKind::SignInRefused),
        (last + 3, MailKind::SessionEnded),
        (last + 4, MailKind::PasswordChanged),
        (last + 5, MailKind::Invitation),
    ];
    assert_eq!(sent(harness).await, expected);
    harness.reopen().await;
    assert_eq!(sent(harness).await, [], "each of them once");
}

pub(crate) async fn a_mail_is_to_whom_its_event_concerns_and_tells_that_event(harness: &Harness) {
    let mira = harness.person().await;
    password_set(harness, &mira).await;
    invited(harness, &harness.invitation(&mira, "i_1"), 1).await;
    let store = harness.store();
    made(&store).await;
    let mut taken = claimed(&store, 9).await;
    taken.sort_by_key(|mail| mail.claim.position);
    let events = harness.events().await;
    assert_eq!(taken.iter().map(|mail| mail.to).collect::<Vec<_>>(), [Some(mira.no), None]);
    assert_eq!(taken.iter().map(|mail| &mail.event).collect::<Vec<_>>(), events[2..].iter().collect::<Vec<_>>());
    assert!(taken.iter().all(|mail| mail.tries == 0 && mail.at == harness.now()));
}

pub(crate) async fn of_refusals_one_a_day_is_mailed_to_each_person(harness: &Harness) {
    let account = harness.account("reef").await;
    let (mira, kai) = (harness.user(&account, "mira").await, harness.user(&account, "kai").await);
    for user in [&mira, &kai] {
        harness.started(&from(user, "AU")).await;
    }
    let (days, at_limit) = (9 * DAY, AtLimit::ReplaceOldest);
    let policy = SessionPolicy { absolute_lifetime: days, idle_timeout: days, at_limit, ..SessionPolicy::default() };
    harness.started_under(&from(&mira, "AU"), &policy).await;
    sent(harness).await;
    let kinds = |sent: Vec<(i64, MailKind)>| sent.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
    refused(harness, &mira, "NZ").await;
    refused(harness, &mira, "FJ").await;
    refused(harness, &kai, "NZ").await;
    assert_eq!(kinds(sent(harness).await), [MailKind::SignInRefused; 2], "one to each");
    harness.clock.advance(DAY - Duration::from_millis(1));
    refused(harness, &mira, "NZ").await;
    assert_eq!(sent(harness).await, []);
    harness.clock.advance(Duration::from_millis(1));
    refused(harness, &mira, "NZ").await;
    assert_eq!(kinds(sent(harness).await), [MailKind::SignInRefused]);
}

pub(crate) async fn two_nodes_that_make_mails_at_once_miss_nothing_and_make_nothing_twice(harness: &Harness) {
    let mira = harness.person().await;
    let nodes = harness.nodes().await;
    let hand_out = |node: Arc<dyn Store>| async move {
        for _ in 0..30 {
            node.hand_out_mails(3).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let handing: Vec<_> = nodes.iter().map(|node| tokio::spawn(hand_out(node.clone()))).collect();
    for _ in 0..20 {
        password_set(harness, &mira).await;
    }
    for handing in handing {
        handing.await.unwrap();
    }
    let sent = sent(harness).await;
    assert_eq!(sent.iter().map(|(position, _)| *position).collect::<Vec<_>>(), (3..=22).collect::<Vec<_>>());
}

pub(crate) async fn two_nodes_never_send_the_same_mail_at_once(harness: &Harness) {
    let mira = harness.person().await;
    for _ in 0..20 {
        password_set(harness, &mira).await;
    }
    let (now, nodes) = (harness.now(), harness.nodes().await);
    made(&nodes[0]).await;
    let send = |node: Arc<dyn Store>| async move {
        let mut sent = Vec::new();
        loop {
            let taken = claimed(&node, 2).await;
            if taken.is_empty() {
                return sent;
            }
            node.settle_mails(taken.iter().map(|mail| outcome(mail, Fate::Delivered, now)).collect()).await.unwrap();
            sent.extend(taken.iter().map(|mail| mail.event.position.0));
        }
    };
    let sending = nodes.iter().map(|node| tokio::spawn(send(node.clone()))).collect::<Vec<_>>();
    let mut sent = Vec::new();
    for sending in sending {
        sent.extend(sending.await.unwrap());
    }
    sent.sort_unstable();
    assert_eq!(sent, (3..=22).collect::<Vec<_>>());
}

pub(crate) async fn a_mail_whose_node_died_is_taken_over_after_its_lease(harness: &Harness) {
    let mira = harness.person().await;
    password_set(harness, &mira).await;
    made(&harness.store()).await;
    harness.reopen().await;
    let store = harness.store();
    let died = claimed(&store, 9).await;
    assert_eq!(died.len(), 1, "what was made outlives a restart");
    harness.clock.advance(LEASE - Duration::from_millis(1));
    assert_eq!(claimed(&store, 9).await, []);
    harness.clock.advance(Duration::from_millis(1));
    let taken_over = claimed(&store, 9).await;
    assert_eq!((taken_over.len(), taken_over[0].tries), (1, 0));
    // The first one comes back after all, and what it says no longer counts.
    store.settle_mails(vec![outcome(&died[0], Fate::Failed, harness.now())]).await.unwrap();
    store.settle_mails(vec![outcome(&taken_over[0], Fate::Again(harness.now()), harness.now())]).await.unwrap();
    assert_eq!(claimed(&store, 9).await[0].tries, 1);
}

pub(crate) async fn a_mail_that_was_not_sent_is_due_again_when_it_was_said_and_not_once_it_is_given_up(
    harness: &Harness,
) {
    let mira = harness.person().await;
    password_set(harness, &mira).await;
    let store = harness.store();
    made(&store).await;
    for tries in 0..3 {
        let taken = claimed(&store, 9).await;
        assert_eq!((taken.len(), taken[0].tries), (1, tries));
        let again = outcome(&taken[0], Fate::Again(harness.now() + HOUR), harness.now());
        store.settle_mails(vec![again]).await.unwrap();
        harness.clock.advance(HOUR - Duration::from_millis(1));
        assert_eq!(claimed(&store, 9).await, []);
        harness.clock.advance(Duration::from_millis(1));
    }
    let last = claimed(&store, 9).await;
    store.settle_mails(vec![outcome(&last[0], Fate::Failed, harness.now())]).await.unwrap();
    harness.clock.advance(30 * DAY);
    assert_eq!(claimed(&store, 9).await, []);
}

pub(crate) async fn mails_that_are_done_are_forgotten_in_pieces_and_others_stay(harness: &Harness) {
    let mira = harness.person().await;
    for _ in 0..3 {
        password_set(harness, &mira).await;
    }
    sent(harness).await;
    harness.clock.advance(HOUR);
    let since = harness.now();
    password_set(harness, &mira).await;
    password_set(harness, &mira).await;
    let store = harness.store();
    made(&store).await;
    let waiting = claimed(&store, 1).await;
    let sent_since = claimed(&store, 1).await;
    store.settle_mails(vec![outcome(&sent_since[0], Fate::Delivered, since)]).await.unwrap();
    let mut pieces = 0;
    while store.forget_mails(since, 2).await.unwrap() {
        pieces += 1;
    }
    assert_eq!(pieces, 2, "three in pieces of two");
    assert!(store.forget_mails(since + Duration::from_millis(1), 2).await.unwrap(), "the one that was sent since");
    assert!(!store.forget_mails(since + DAY, 2).await.unwrap());
    store.settle_mails(vec![outcome(&waiting[0], Fate::Again(since), since)]).await.unwrap();
    assert_eq!(claimed(&store, 9).await.len(), 1, "what waits is not forgotten");
}

pub(crate) async fn a_mail_is_forgotten_with_its_event(harness: &Harness) {
    let mira = harness.person().await;
    password_set(harness, &mira).await;
    let store = harness.store();
    made(&store).await;
    harness.clock.advance(HOUR);
    let before = Forget { events: harness.now(), addresses: harness.now() };
    while store.forget(before, 100).await.unwrap() {}
    assert_eq!(claimed(&store, 9).await, []);
}

pub(crate) async fn an_invitation_opens_by_its_own_link_and_by_the_one_that_was_mailed_last(harness: &Harness) {
    let mira = harness.person().await;
    let (one, two) = (harness.invitation(&mira, "i_1"), harness.invitation(&mira, "i_2"));
    invited(harness, &one, 1).await;
    invited(harness, &two, 2).await;
    let store = harness.store();
    for code in [11, 12] {
        assert!(store.mail_invitation(&one.id, SecretHash([code; 32])).await.unwrap());
    }
    let found = |invitation: &Invitation, by_mail| Some(FoundInvitation { invitation: invitation.clone(), by_mail });
    for (code, leads_to) in
        [(1, found(&one, false)), (2, found(&two, false)), (11, None), (12, found(&one, true)), (13, None)]
    {
        assert_eq!(store.invitation(&SecretHash([code; 32])).await.unwrap(), leads_to, "{code}");
    }
    let gone = InvitationId::new("i_3").unwrap();
    assert!(!store.mail_invitation(&gone, SecretHash([13; 32])).await.unwrap());
}
