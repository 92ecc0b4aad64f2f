//! The rule of admission at its edges.

use super::*;
use crate::domain::factor::FactorKind;
use crate::domain::facts::KnownDevice;
use crate::domain::facts::samples::{at, open_session, user_facts};
use crate::domain::id::FactorId;
use crate::domain::proof::Second;
use crate::domain::user::Role;

pub(super) const MINUTES_20: i64 = 20 * 60 * 1000;
const HOURS_12: i64 = 12 * 60 * 60 * 1000;
pub(super) const BORN: SessionNo = SessionNo(99);

/// The password that was set then, and no second factor.
pub(super) fn password(set_at: Timestamp) -> Proof {
    Proof::Password(set_at, Second::Nothing)
}

pub(super) fn hash(byte: u8) -> SecretHash {
    SecretHash([byte; 32])
}

/// A stranger to every device, with the right password.
pub(super) fn ask() -> Admit {
    Admit {
        user: UserNo(1),
        proof: password(at(0)),
        take_over: None,
        methods: vec!["pwd".into()],
        presented_session: None,
        presented_device: None,
        new_device: Some(hash(100)),
        label: DeviceLabel::unknown(),
        ip: Some("192.0.2.7".into()),
        place: Place::default(),
        at_limit: None,
        by: Actor::User(UserNo(1), Role::Owner),
        session_id: SessionId::new("s_new").unwrap(),
        token: hash(200),
        reference: Reference::new("R-2222-2222"),
    }
}

pub(super) fn facts(now: i64, open: Vec<OpenSession>) -> Facts {
    Facts { now: at(now), users: vec![user_facts(open)], born: vec![] }
}

pub(super) fn policy(at_limit: AtLimit) -> SessionPolicy {
    SessionPolicy { at_limit, ..SessionPolicy::default() }
}

fn limit_of(sessions_per_user: u16) -> SessionPolicy {
    SessionPolicy { sessions_per_user, ..policy(AtLimit::Refuse) }
}

pub(super) fn device(no: i64, token: u8, previous: Option<u8>, newest_session_used: bool) -> KnownDevice {
    let device = Device { no: DeviceNo(no), token: Some(hash(token)), previous_token: previous.map(hash), name: None };
    KnownDevice { device, newest_session_used }
}

pub(super) fn ended(admission: &Admission) -> Vec<(i64, EndReason, i64)> {
    let ends = admission.changes().iter().filter_map(|change| match change {
        Change::SessionEnded(ended) => Some((ended.no().0, ended.reason(), ended.at().as_millis())),
        _ => None,
    });
    ends.collect()
}

fn started(admission: &Admission) -> &Started {
    match admission {
        Admission::Admit(_, started) => started,
        Admission::Refuse(_, refusal) => panic!("refused: {refusal:?}"),
    }
}

pub(super) fn refusal(admission: &Admission) -> Option<Refusal> {
    match admission {
        Admission::Admit(..) => None,
        Admission::Refuse(_, refusal) => Some(*refusal),
    }
}

#[test]
fn the_refusal_says_its_sentence_to_the_letter() {
    let sentence = "You are already logged in. Only one session per user is valid. \
                    Please contact support if you think this is an error.";
    assert_eq!(ALREADY_LOGGED_IN, sentence);
}

#[test]
fn a_first_sign_in_starts_a_session_with_both_deadlines() {
    let admission = admit(&facts(5, vec![]), &ask(), &SessionPolicy::default(), BORN);
    let session = started(&admission).open_session();
    assert_eq!((session.no, session.place, session.device), (BORN, 1, DeviceNo(BORN.0)));
    assert_eq!((session.created_at, session.proved_at), (at(5), at(5)));
    assert_eq!((session.activity.last_active_at, session.activity.last_seen_at), (at(5), at(5)));
    assert_eq!(session.activity.idle_deadline, at(5 + MINUTES_20));
    assert_eq!(session.absolute_deadline, at(5 + HOURS_12));
    assert!(matches!(admission.changes(), [Change::SessionStarted(_)]));
    assert_eq!(started(&admission).device().device.token, Some(hash(100)));
}

#[test]
fn the_place_is_taken_until_one_millisecond_before_either_deadline_and_free_at_it() {
    let busy_to_the_end = |mut session: OpenSession| {
        session.activity.idle_deadline = at(HOURS_12 + 1);
        session
    };
    for (deadline, reason, holder) in [
        (MINUTES_20, EndReason::Idle, open_session(1, 0)),
        (HOURS_12, EndReason::Lifetime, busy_to_the_end(open_session(1, 0))),
    ] {
        for at_limit in [AtLimit::Refuse, AtLimit::VerifiedTakeover] {
            for (now, free) in [(deadline - 1, false), (deadline, true), (deadline + 1, true)] {
                let admission = admit(&facts(now, vec![holder.clone()]), &ask(), &policy(at_limit), BORN);
                if free {
                    assert_eq!(ended(&admission), [(1, reason, deadline)], "{at_limit:?} at {now}");
                    assert_eq!(started(&admission).open_session().place, 1);
                } else {
                    assert_eq!(refusal(&admission), Some(Refusal::AlreadyLoggedIn), "{at_limit:?} at {now}");
                }
            }
        }
    }
}

#[test]
fn on_a_tie_of_the_deadlines_the_lapsed_session_ended_by_its_lifetime() {
    let mut holder = open_session(1, 0);
    holder.activity.idle_deadline = holder.absolute_deadline;
    let admission = admit(&facts(HOURS_12, vec![holder]), &ask(), &SessionPolicy::default(), BORN);
    assert_eq!(ended(&admission), [(1, EndReason::Lifetime, HOURS_12)]);
}

#[test]
fn a_refusal_leaves_the_holder_exactly_as_it_was() {
    for at_limit in [AtLimit::Refuse, AtLimit::VerifiedTakeover] {
        let mut facts = facts(1_000, vec![open_session(1, 0)]);
        let before = facts.users[0].open.clone();
        let admission = admit(&facts, &ask(), &policy(at_limit), BORN);
        assert_eq!(refusal(&admission), Some(Refusal::AlreadyLoggedIn));
        let [Change::SignInRefused(refused)] = admission.changes() else { panic!("{:?}", admission.changes()) };
        assert_eq!((refused.at, refused.event), (at(1_000), RefusalEvent::Own));
        facts.apply(&admission.changes()[0]);
        assert_eq!(facts.users[0].open, before);
    }
}

#[test]
fn a_refusal_ends_what_has_lapsed_and_nothing_else() {
    let other = OpenSession { place: 3, ..open_session(3, MINUTES_20) };
    let facts = facts(MINUTES_20, vec![open_session(1, 0), other]);
    let admission = admit(&facts, &ask(), &policy(AtLimit::Refuse), BORN);
    assert_eq!(refusal(&admission), Some(Refusal::AlreadyLoggedIn));
    assert_eq!(ended(&admission), [(1, EndReason::Idle, MINUTES_20)]);
}

#[test]
fn after_the_limit_was_lowered_nobody_is_thrown_out_and_no_further_session_starts() {
    let three = || (1..=3).map(|no| open_session(no, 0)).collect();
    for at_limit in [AtLimit::Refuse, AtLimit::VerifiedTakeover] {
        let further = admit(&facts(5, three()), &ask(), &policy(at_limit), BORN);
        assert_eq!((refusal(&further), ended(&further).len()), (Some(Refusal::AlreadyLoggedIn), 0));
    }
    for at_limit in [AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest] {
        let same = Admit { presented_session: Some((UserNo(1), SessionNo(2))), ..ask() };
        let back = admit(&facts(5, three()), &same, &policy(at_limit), BORN);
        assert_eq!(ended(&back), [(2, EndReason::ReplacedSameBrowser, 5)], "the same browser takes its place back");
        assert_eq!(started(&back).open_session().place, 2);
    }
}

#[test]
fn the_oldest_makes_room_where_the_policy_says_so() {
    let facts = facts(10, vec![open_session(1, 0), open_session(2, 1), open_session(3, 2)]);
    let replacing = |limit| SessionPolicy { sessions_per_user: limit, ..policy(AtLimit::ReplaceOldest) };
    let oldest = |no| (no, EndReason::ReplacedOldest, 10);
    for (limit, expected) in
        [(1, vec![oldest(1), oldest(2), oldest(3)]), (2, vec![oldest(1), oldest(2)]), (3, vec![oldest(1)]), (4, vec![])]
    {
        let admission = admit(&facts, &ask(), &replacing(limit), BORN);
        assert_eq!(ended(&admission), expected, "limit {limit}");
        assert_eq!(started(&admission).open_session().place, if limit == 4 { 4 } else { 1 });
    }
}

#[test]
fn one_call_may_depart_from_the_policy() {
    let facts = facts(10, vec![open_session(1, 0)]);
    let replace = Admit { at_limit: Some(AtLimit::ReplaceOldest), ..ask() };
    let admission = admit(&facts, &replace, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&admission), [(1, EndReason::ReplacedOldest, 10)]);
    let refuse = Admit { at_limit: Some(AtLimit::Refuse), ..ask() };
    let admission = admit(&facts, &refuse, &policy(AtLimit::ReplaceOldest), BORN);
    assert_eq!(refusal(&admission), Some(Refusal::AlreadyLoggedIn));
}

#[test]
fn the_limit_counts_live_sessions_one_below_at_and_above_it() {
    for (live, limit, admitted) in
        [(0, 1, true), (1, 1, false), (2, 1, false), (1, 2, true), (2, 2, false), (3, 2, false), (2, 3, true)]
    {
        let open = (1..=live).map(|no| open_session(no, 0)).collect();
        let admission = admit(&facts(10, open), &ask(), &limit_of(limit), BORN);
        assert_eq!(refusal(&admission).is_none(), admitted, "{live} live, limit {limit}");
    }
}

#[test]
fn a_session_takes_the_lowest_free_place() {
    for (taken, expected) in [(vec![], 1), (vec![1], 2), (vec![2], 1), (vec![1, 3], 2), (vec![2, 3], 1)] {
        let open = taken.iter().map(|place| open_session(*place, 0)).collect();
        let admission = admit(&facts(10, open), &ask(), &limit_of(9), BORN);
        assert_eq!(started(&admission).open_session().place, expected, "{taken:?} taken");
    }
}

#[test]
fn the_same_browser_by_its_session_cookie_takes_its_own_place_back_whatever_the_policy() {
    let facts = facts(10, vec![open_session(1, 0)]);
    let ask = Admit { presented_session: Some((UserNo(1), SessionNo(1))), ..ask() };
    for at_limit in [AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest] {
        let admission = admit(&facts, &ask, &policy(at_limit), BORN);
        assert_eq!(ended(&admission), [(1, EndReason::ReplacedSameBrowser, 10)]);
        assert_eq!(started(&admission).open_session().place, 1);
        assert!(matches!(admission.changes(), [Change::SessionEnded(_), Change::SessionStarted(_)]));
    }
}

#[test]
fn the_same_browser_by_its_device_value_keeps_its_device_and_rotates_the_value() {
    let mut facts = facts(10, vec![open_session(1, 0)]);
    facts.users[0].devices = vec![device(1, 7, None, true)];
    let ask = Admit { presented_device: Some(hash(7)), ..ask() };
    let admission = admit(&facts, &ask, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&admission), [(1, EndReason::ReplacedSameBrowser, 10)]);
    let used = started(&admission).device();
    assert!(!used.is_new);
    let rotated = Device { no: DeviceNo(1), token: Some(hash(100)), previous_token: Some(hash(7)), name: None };
    assert_eq!(used.device, rotated);
}

#[test]
fn the_value_before_the_rotation_counts_only_while_the_session_that_rotated_it_was_never_used() {
    for (used, admitted) in [(false, true), (true, false)] {
        let mut facts = facts(10, vec![open_session(1, 0)]);
        facts.users[0].devices = vec![device(1, 8, Some(7), used)];
        let ask = Admit { presented_device: Some(hash(7)), ..ask() };
        let admission = admit(&facts, &ask, &policy(AtLimit::Refuse), BORN);
        assert_eq!(refusal(&admission).is_none(), admitted, "used: {used}");
    }
}

#[test]
fn a_double_click_ends_its_first_session_and_keeps_the_second() {
    let mut facts = facts(10, vec![]);
    facts.users[0].devices = vec![device(1, 7, None, true)];
    let first = Admit { presented_device: Some(hash(7)), ..ask() };
    for change in admit(&facts, &first, &policy(AtLimit::Refuse), SessionNo(98)).changes() {
        facts.apply(change);
    }
    let second = Admit { new_device: Some(hash(101)), ..first };
    let admission = admit(&facts, &second, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&admission), [(98, EndReason::ReplacedSameBrowser, 10)]);
    assert_eq!(started(&admission).device().device.no, DeviceNo(1));
}

#[test]
fn an_absent_or_foreign_device_value_is_never_the_same_browser() {
    let mut unnamed = facts(10, vec![open_session(1, 0)]);
    unnamed.users[0].devices = vec![KnownDevice {
        device: Device { no: DeviceNo(1), token: None, previous_token: None, name: None },
        newest_session_used: false,
    }];
    let absent = admit(&unnamed, &ask(), &policy(AtLimit::Refuse), BORN);
    assert_eq!(refusal(&absent), Some(Refusal::AlreadyLoggedIn));
    let foreign = Admit { presented_device: Some(hash(9)), ..ask() };
    let foreign = admit(&unnamed, &foreign, &policy(AtLimit::Refuse), BORN);
    assert_eq!(refusal(&foreign), Some(Refusal::AlreadyLoggedIn));
}

#[test]
fn a_device_of_the_user_that_holds_no_session_does_not_open_the_place_of_another() {
    let mut facts = facts(10, vec![open_session(1, 0)]);
    facts.users[0].devices = vec![device(5, 7, None, true)];
    let ask = Admit { presented_device: Some(hash(7)), ..ask() };
    let admission = admit(&facts, &ask, &policy(AtLimit::Refuse), BORN);
    assert_eq!(refusal(&admission), Some(Refusal::AlreadyLoggedIn));
}

/// A second person whose session number 50 this browser still holds.
fn with_holder(mut facts: Facts) -> Facts {
    let mut holder = user_facts(vec![open_session(50, 0)]);
    holder.user.no = UserNo(2);
    facts.users.push(holder);
    facts
}

#[test]
fn another_persons_session_in_this_browser_ends_only_when_the_sign_in_is_admitted() {
    let ask = Admit { presented_session: Some((UserNo(2), SessionNo(50))), ..ask() };
    let admitted = admit(&with_holder(facts(10, vec![])), &ask, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&admitted), [(50, EndReason::ReplacedOtherUser, 10)]);
    let Some(Change::SessionEnded(end)) = admitted.changes().first() else { panic!("nothing ended") };
    assert_eq!((end.user_no(), end.by()), (UserNo(2), &ask.by));

    let refused = admit(&with_holder(facts(10, vec![open_session(1, 0)])), &ask, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&refused), []);

    let mut suspended = with_holder(facts(10, vec![]));
    suspended.users[0].user.status = UserStatus::Suspended;
    assert_eq!(admit(&suspended, &ask, &policy(AtLimit::Refuse), BORN).changes(), []);
}

#[test]
fn another_persons_session_that_has_lapsed_ends_for_its_deadline() {
    let ask = Admit { presented_session: Some((UserNo(2), SessionNo(50))), ..ask() };
    let admitted = admit(&with_holder(facts(MINUTES_20, vec![])), &ask, &policy(AtLimit::Refuse), BORN);
    assert_eq!(ended(&admitted), [(50, EndReason::Idle, MINUTES_20)]);
}

#[test]
fn who_may_not_sign_in_is_refused_without_a_trace() {
    type Spoil = fn(&mut UserFacts);
    let cases: [(&str, Spoil, Refusal); 4] = [
        ("suspended", |user| user.user.status = UserStatus::Suspended, Refusal::Suspended),
        ("removed", |user| user.user.status = UserStatus::Removed, Refusal::UnknownUser),
        ("account suspended", |user| user.account_status = AccountStatus::Suspended, Refusal::Suspended),
        ("no password any more", |user| user.password_changed_at = None, Refusal::ProofOutdated),
    ];
    for (name, spoil, expected) in cases {
        let mut facts = facts(MINUTES_20, vec![open_session(1, 0)]);
        spoil(&mut facts.users[0]);
        let admission = admit(&facts, &ask(), &policy(AtLimit::ReplaceOldest), BORN);
        assert_eq!((refusal(&admission), admission.changes()), (Some(expected), &[][..]), "{name}");
    }
    let nobody = Admit { user: UserNo(3), ..ask() };
    let admission = admit(&facts(0, vec![]), &nobody, &SessionPolicy::default(), BORN);
    assert_eq!((refusal(&admission), admission.changes()), (Some(Refusal::UnknownUser), &[][..]));
}

#[test]
fn a_session_in_the_way_is_taken_over_by_whoever_proved_more_than_a_password() {
    let factor = FactorId::new("f_1").unwrap();
    let mut facts = facts(10, vec![open_session(1, 0)]);
    facts.users[0].factors = vec![factor.clone()];
    let personal = || Proof::Password(at(0), Second::Factor(factor.clone(), FactorKind::Totp));
    let ended = |proof: Proof, of: &str, at_limit: AtLimit, lately: &[i64]| {
        let mut facts = facts.clone();
        facts.users[0].taken_over = lately.iter().map(|ago| at(10 - ago)).collect();
        let take_over = Some(SessionId::new(of).unwrap());
        let admission = admit(&facts, &Admit { proof, take_over, ..ask() }, &policy(at_limit), BORN);
        let ends = admission.changes().iter().filter_map(|change| match change {
            Change::SessionEnded(ended) => Some(ended.reason()),
            _ => None,
        });
        (ends.collect::<Vec<_>>(), refusal(&admission))
    };
    let (taken, logged_in) = ((vec![EndReason::TakenOver], None), (vec![], Some(Refusal::AlreadyLoggedIn)));
    let verified = AtLimit::VerifiedTakeover;
    let hour = 60 * 60 * 1000;
    assert_eq!(ended(personal(), "s_1", verified, &[]), taken);
    assert_eq!(ended(personal(), "s_2", verified, &[]), logged_in, "another one is still in the way");
    assert_eq!(ended(personal(), "s_1", AtLimit::Refuse, &[]), logged_in);
    assert_eq!(ended(Proof::Password(at(0), Second::RecoveryCode), "s_1", verified, &[]), logged_in);
    assert_eq!(ended(Proof::Vouched, "s_1", verified, &[]), logged_in);
    assert_eq!(ended(personal(), "s_1", verified, &[1, 2]), taken);
    assert_eq!(ended(personal(), "s_1", verified, &[1, 2, hour]), taken, "an hour ago is over");
    let too_many = (vec![], Some(Refusal::TooManyTakeOvers));
    assert_eq!(ended(personal(), "s_1", verified, &[1, 2, hour - 1]), too_many);
}

#[test]
fn a_take_over_works_where_a_lowered_limit_has_left_more_sessions() {
    let factor = FactorId::new("f_1").unwrap();
    let mut facts = facts(10, vec![open_session(1, 0), open_session(2, 0)]);
    facts.users[0].factors = vec![factor.clone()];
    let take_over = Some(SessionId::new("s_1").unwrap());
    let proof = Proof::Password(at(0), Second::Factor(factor, FactorKind::Totp));
    let admission = admit(&facts, &Admit { proof, take_over, ..ask() }, &policy(AtLimit::VerifiedTakeover), BORN);
    assert_eq!(refusal(&admission), None);
    assert_eq!(admission.changes().len(), 2, "one ends and one starts: {:?}", admission.changes());
}

#[test]
fn beside_somebody_at_work_a_first_factor_is_not_set_up_on_the_way_in() {
    for (at_limit, open, expected) in [
        (AtLimit::VerifiedTakeover, vec![open_session(1, 0)], Refusal::AlreadyLoggedIn),
        (AtLimit::Refuse, vec![open_session(1, 0)], Refusal::AlreadyLoggedIn),
        (AtLimit::ReplaceOldest, vec![open_session(1, 0)], Refusal::FactorNotSetUp),
        (AtLimit::VerifiedTakeover, vec![], Refusal::FactorNotSetUp),
    ] {
        let mut facts = facts(10, open);
        facts.users[0].factor_required = true;
        let admission = admit(&facts, &ask(), &policy(at_limit), BORN);
        assert_eq!(refusal(&admission), Some(expected), "{at_limit:?}");
        let ends = admission.changes().iter().any(|change| matches!(change, Change::SessionEnded(_)));
        assert!(!ends, "{at_limit:?}");
    }
}

#[test]
fn a_proof_of_a_password_that_was_set_anew_since_is_outdated_and_an_applications_word_is_not() {
    for (password_of, set, admitted) in [
        (Some(at(0)), Some(at(0)), true),
        (Some(at(0)), Some(at(1)), false),
        (Some(at(1)), Some(at(0)), false),
        (None, Some(at(1)), true),
        (None, None, true),
    ] {
        let mut facts = facts(10, vec![]);
        facts.users[0].password_changed_at = set;
        let admission = admit(
            &facts,
            &Admit { proof: password_of.map_or(Proof::Vouched, password), ..ask() },
            &SessionPolicy::default(),
            BORN,
        );
        assert_eq!(refusal(&admission).is_none(), admitted, "{password_of:?} against {set:?}");
    }
}

#[test]
fn unfamiliar_are_a_new_device_and_a_new_country_together_and_never_the_first_sign_in() {
    for (known_device, known_country, signed_in_before, expected) in [
        (false, false, true, true),
        (true, false, true, false),
        (false, true, true, false),
        (true, true, true, false),
        (false, false, false, false),
    ] {
        let mut facts = facts(10, vec![]);
        facts.users[0].has_signed_in = signed_in_before;
        facts.users[0].devices = if known_device { vec![device(1, 7, None, true)] } else { vec![] };
        facts.users[0].countries = if known_country { vec!["AU".into()] } else { vec!["NZ".into()] };
        let place = Place { country_code: Some("AU".into()), ..Place::default() };
        let ask = Admit { presented_device: Some(hash(7)), place, ..ask() };
        let admission = admit(&facts, &ask, &SessionPolicy::default(), BORN);
        assert_eq!(started(&admission).unfamiliar(), expected, "{known_device} {known_country} {signed_in_before}");
        // A refusal says the same of whoever was refused.
        facts.users[0].open = vec![open_session(2, 0)];
        let admission = admit(&facts, &ask, &policy(AtLimit::Refuse), BORN);
        let Some(Change::SignInRefused(refused)) = admission.changes().last() else { panic!("not refused") };
        assert_eq!(refused.unfamiliar, expected, "{known_device} {known_country} {signed_in_before}");
        // And so does a wrong second factor.
        let failed = second_factor_failed(&facts.users[0], second_ask(&ask, at(0)), at(10)).unwrap();
        assert_eq!(failed.unfamiliar, expected, "{known_device} {known_country} {signed_in_before}");
    }
    let nowhere = admit(&facts(10, vec![]), &ask(), &SessionPolicy::default(), BORN);
    assert!(started(&nowhere).unfamiliar(), "an unknown country makes nothing familiar");
}

/// The same person at the same place, whose second factor was wrong.
fn second_ask(ask: &Admit, password_of: Timestamp) -> SecondAsk {
    let Admit { presented_device, label, ip, place, .. } = ask.clone();
    SecondAsk { password_of, wrong: WrongSecond::Code, presented_device, label, ip, place }
}

#[test]
fn a_wrong_second_factor_is_told_only_after_the_password_that_is_set_now() {
    for (set, told) in [(Some(at(0)), true), (Some(at(1)), false), (None, false)] {
        let user = UserFacts { password_changed_at: set, ..user_facts(vec![]) };
        assert_eq!(second_factor_failed(&user, second_ask(&ask(), at(0)), at(10)).is_some(), told, "{set:?}");
    }
}

fn refuse_next(facts: &mut Facts, number: u32) -> Refused {
    let ask = Admit { reference: Reference::new(format!("R-{number}")), ..ask() };
    let admission = admit(facts, &ask, &policy(AtLimit::Refuse), BORN);
    let Some(Change::SignInRefused(refused)) = admission.changes().last().cloned() else { panic!("not refused") };
    facts.apply(&Change::SignInRefused(refused.clone()));
    refused
}

#[test]
fn ten_refusals_in_a_minute_have_their_own_event_and_the_rest_share_one() {
    let mut facts = facts(10, vec![open_session(1, 0)]);
    for number in 1..=10 {
        let refused = refuse_next(&mut facts, number);
        assert_eq!((refused.event, refused.reference.as_str()), (RefusalEvent::Own, &*format!("R-{number}")));
    }
    let eleventh = refuse_next(&mut facts, 11);
    assert_eq!((eleventh.event, eleventh.reference.as_str()), (RefusalEvent::Shared, "R-11"));
    for number in 12..=14 {
        let refused = refuse_next(&mut facts, number);
        assert_eq!((refused.event, refused.reference.as_str()), (RefusalEvent::Repeat, "R-11"));
        assert_eq!(refused.window.count, number);
    }
}

#[test]
fn a_new_window_of_refusals_opens_a_minute_after_the_first() {
    for (now, event) in
        [(1_059_999, RefusalEvent::Repeat), (1_060_000, RefusalEvent::Own), (1_060_001, RefusalEvent::Own)]
    {
        let mut facts = facts(1_000_000, vec![open_session(1, 0)]);
        (1..=11).for_each(|number| {
            refuse_next(&mut facts, number);
        });
        facts.now = at(now);
        let refused = refuse_next(&mut facts, 12);
        assert_eq!(refused.event, event, "at {now}");
        assert_eq!(refused.window.since, if event == RefusalEvent::Own { at(now) } else { at(1_000_000) });
    }
}
