//! What every store promises, case by case, on each backend; then races and random histories through the whole service.
//!
//! A case is an `async fn(&Harness)` over `&dyn Store`, in a folder or a database and at a clock of its own; a race is one
//! over a house of one node or several. A further backend is one more module in the macros below.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that meets what it does not expect should stop right there"
)]

mod days;
mod devices;
mod directory;
mod events;
mod factors;
mod harness;
mod history;
mod house;
mod lists;
mod machine;
mod mails;
mod passwords;
mod postgres;
mod races;
mod replay;
mod retention;
#[expect(dead_code, reason = "what only the tests of processes need")]
mod server;
mod sessions;
mod setup;
mod sqlite;
mod staff;
mod throttles;
mod touches;
mod transactions;
mod webhooks;

macro_rules! suite {
    ($($file:ident: $($case:ident),+;)+) => {
        mod on_sqlite {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    $file::$case(&harness::Harness::at(harness::Site::sqlite()).await).await;
                }
            )+)+
        }

        mod on_postgres {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(site) = harness::Site::postgres() else { return };
                    $file::$case(&harness::Harness::at(site).await).await;
                }
            )+)+
        }

        mod on_postgres_behind_a_pooler {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(site) = harness::Site::pooled_postgres() else { return };
                    $file::$case(&harness::Harness::at(site).await).await;
                }
            )+)+
        }
    };
}

macro_rules! races {
    ($($file:ident: $($case:ident),+;)+) => {
        mod at_once_on_sqlite {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    $file::$case(house::Ground::Sqlite).await;
                }
            )+)+
        }

        mod at_once_on_three_nodes {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    if server::server().is_some() {
                        $file::$case(house::Ground::Postgres(3)).await;
                    }
                }
            )+)+
        }
    };
}

suite! {
    directory:
        an_account_is_found_as_it_was_put,
        accounts_are_listed_by_id_page_by_page_without_the_system_account,
        a_user_is_found_by_id_address_and_number,
        an_address_stays_confirmed_until_whoever_has_it_is_written_anew,
        users_are_listed_by_id_page_by_page,
        a_removed_user_is_found_by_number_alone_and_a_new_person_may_have_the_id,
        two_users_never_share_an_id_or_an_address,
        a_password_set_twice_in_one_millisecond_is_two_passwords,
        a_key_opens_until_it_is_revoked,
        an_account_is_counted_under_its_lock,
        facts_come_by_ascending_number_and_without_those_who_do_not_exist;
    passwords:
        a_hash_is_renewed_only_while_it_is_the_one_that_was_verified,
        the_first_right_password_renews_the_hash_and_ends_no_session;
    setup:
        of_the_links_for_the_first_administrator_the_last_one_is_kept_until_it_is_taken,
        where_there_is_or_was_a_user_no_link_is_kept_and_none_works;
    sessions:
        a_token_leads_to_its_session_and_no_other_token_does,
        the_index_refuses_a_second_open_session_with_the_rule_bypassed,
        an_end_of_an_ended_session_conflicts,
        an_ended_session_keeps_its_reason_and_its_last_times,
        an_end_that_was_acknowledged_is_seen_by_every_thread,
        every_commit_is_seen_by_the_next_read,
        a_step_up_moves_the_proof_of_an_open_session_only,
        a_step_up_in_a_browser_is_one_event_that_takes_the_old_token_and_gives_a_new_one,
        other_users_of_one_browser_follow_its_device_value,
        the_value_before_a_rotation_is_known_with_whether_its_session_was_used,
        countries_and_first_sign_ins_are_remembered,
        refusals_beyond_ten_count_in_one_event,
        sessions_that_start_and_end_in_one_batch_are_left_as_one_after_the_other;
    devices:
        a_devices_name_is_shown_wherever_its_sessions_are_and_stays_over_sign_ins,
        somebody_elses_device_cannot_be_named,
        a_rotated_token_is_unknown_at_once_and_the_new_one_leads_to_the_same_session,
        every_open_session_tells_who_it_is_of_as_that_is_now,
        only_the_token_that_a_session_has_can_be_rotated_and_only_while_it_is_open;
    staff:
        an_invitation_is_found_by_its_code_until_it_is_closed,
        an_account_has_one_invitation_for_an_address_with_the_rule_bypassed,
        invitations_are_read_under_the_accounts_lock_and_counted_until_they_expire,
        a_team_is_listed_with_who_is_live_and_when_each_was_last_active,
        refusals_are_counted_by_person_within_an_account;
    touches:
        a_touch_moves_the_times_of_a_live_session,
        a_touch_never_moves_a_time_backwards,
        a_touch_that_waits_for_nobody_tells_live_from_over,
        a_touch_of_an_ended_session_neither_revives_nor_inserts_it,
        a_touch_from_either_deadline_on_moves_nothing,
        a_kept_touch_counts_until_somebody_marks_an_end,
        a_session_is_due_at_its_earlier_deadline_and_again_after_it_was_rearmed,
        a_rearm_waits_for_whoever_is_just_looking;
    lists:
        a_list_is_newest_first_and_page_by_page,
        a_list_tells_live_lapsed_and_ended_apart,
        ended_sessions_are_listed_from_an_instant_on,
        those_that_ended_last_come_first_whenever_they_were_started,
        an_account_lists_the_sessions_of_all_its_users,
        the_newest_live_sessions_are_listed_with_user_and_address,
        a_session_is_shown_as_it_was_started;
    events:
        each_change_leaves_one_event_in_order_and_without_gaps,
        the_events_of_one_user_leave_out_those_of_others,
        news_grows_with_each_event_and_only_then;
    history:
        a_history_is_newest_first_and_page_by_page_and_nobody_elses,
        a_history_of_some_kinds_looks_at_so_many_events_and_says_where_it_stopped,
        a_history_tells_what_those_are_called_whom_it_names_and_where_a_session_came_from,
        a_refusal_is_found_by_its_reference_with_whom_it_concerns,
        what_support_does_stands_in_the_history_with_its_reason;
    retention:
        events_older_than_an_instant_are_forgotten_in_pieces_and_later_ones_stay,
        a_session_is_forgotten_with_the_event_of_its_end_and_an_open_one_is_not,
        of_old_addresses_the_network_is_left_in_events_and_in_sessions_that_ended;
    throttles:
        failures_are_counted_under_each_subject_until_a_success,
        a_failure_after_a_day_without_one_is_the_first_again,
        failures_at_the_same_moment_are_all_counted,
        failures_are_forgotten_in_pieces_once_they_count_no_more,
        a_device_is_known_to_those_who_signed_in_with_it;
    factors:
        a_factor_is_listed_and_known_under_the_lock_until_it_is_removed,
        a_step_is_used_up_once_and_takes_those_before_it_along,
        a_passkey_is_found_by_what_it_is_called_and_is_one_persons,
        a_use_of_a_passkey_is_written_over_what_it_was_verified_with_and_nothing_else,
        a_question_to_nobody_in_particular_is_kept_and_taken_like_every_other,
        recovery_codes_are_used_once_replaced_and_gone_with_the_last_factor,
        what_may_succeed_once_is_taken_once_and_has_so_many_tries_and_so_much_time,
        what_may_still_succeed_is_not_replaced_by_who_asks_for_it_again,
        people_without_a_factor_are_counted,
        what_has_expired_is_forgotten_in_pieces_and_the_rest_stays,
        of_one_purpose_somebody_has_at_most_a_hundred_and_the_oldest_goes,
        nothing_is_left_of_somebody_who_was_removed,
        take_overs_of_the_last_hour_are_known_under_the_lock;
    webhooks:
        a_webhook_is_listed_until_it_is_removed_and_has_its_place_alone,
        every_event_becomes_one_delivery_of_each_webhook_that_wants_it,
        two_nodes_that_hand_out_at_once_miss_nothing_and_make_nothing_twice,
        two_nodes_never_send_the_same_delivery_at_once,
        a_delivery_whose_node_died_is_taken_over_after_its_lease,
        a_delivery_that_did_not_arrive_is_due_again_when_it_was_said,
        failed_deliveries_are_listed_page_by_page_and_can_be_retried,
        a_secret_that_was_replaced_signs_until_its_time_is_over,
        a_disabled_webhook_is_sent_nothing_and_what_was_pending_has_failed,
        deliveries_that_arrived_and_those_of_removed_webhooks_are_cleared_away_in_pieces,
        a_delivery_is_forgotten_with_its_event;
    mails:
        events_that_are_worth_a_mail_become_one_each_and_all_others_none,
        a_mail_is_to_whom_its_event_concerns_and_tells_that_event,
        of_refusals_one_a_day_is_mailed_to_each_person,
        two_nodes_that_make_mails_at_once_miss_nothing_and_make_nothing_twice,
        two_nodes_never_send_the_same_mail_at_once,
        a_mail_whose_node_died_is_taken_over_after_its_lease,
        a_mail_that_was_not_sent_is_due_again_when_it_was_said_and_not_once_it_is_given_up,
        mails_that_are_done_are_forgotten_in_pieces_and_others_stay,
        a_mail_is_forgotten_with_its_event,
        an_invitation_opens_by_its_own_link_and_by_the_one_that_was_mailed_last;
    transactions:
        a_commit_is_all_or_nothing,
        a_dropped_transaction_changes_nothing_and_frees_the_writer,
        a_transaction_that_goes_silent_is_given_up,
        session_numbers_are_never_given_twice,
        the_clock_never_runs_backwards_over_a_restart,
        what_was_committed_outlives_a_restart,
        a_healthy_store_says_so;
}

races! {
    setup:
        of_many_who_use_the_link_at_once_one_becomes_administrator,
        of_nodes_that_start_at_once_one_prints_a_link_that_works;
    passwords:
        a_hash_that_is_renewed_never_takes_a_new_password_back;
    staff:
        of_50_invitations_at_once_as_many_as_the_plan_has_are_made,
        of_many_who_open_one_invitation_at_once_one_joins,
        removing_somebody_beside_50_sign_ins_of_theirs_leaves_none_live,
        owners_who_remove_each_other_at_once_leave_one_behind;
    races:
        of_64_sign_ins_by_an_application_at_once_as_many_as_the_limit_win,
        of_64_sign_ins_that_replace_the_oldest_all_win_and_the_last_one_stays,
        of_many_sign_ins_by_password_at_once_exactly_one_session_stays,
        sign_ins_and_ends_at_once_never_leave_two_live_sessions,
        once_an_end_was_answered_no_check_says_live,
        at_the_deadline_checks_and_a_sign_in_agree_on_who_is_live,
        activity_at_any_node_keeps_a_session_alive_beside_sweeps_and_sign_ins,
        after_a_removal_or_suspension_was_answered_nothing_is_live,
        after_a_new_password_was_answered_nothing_lives_by_the_old_one,
        users_put_at_once_never_exceed_the_plan,
        of_many_who_ask_for_one_address_at_once_one_gets_it,
        of_many_who_create_one_user_at_once_one_does,
        webhooks_created_at_once_never_exceed_their_number,
        owners_who_leave_at_once_leave_one_behind,
        one_device_that_signs_in_many_times_at_once_keeps_one_session,
        the_sweeper_looks_once_at_what_activity_kept_alive_and_marks_the_rest,
        whoever_says_that_a_session_has_lapsed_has_marked_it;
}
