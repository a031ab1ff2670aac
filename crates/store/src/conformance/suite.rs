//! The list of cases, once: what the module exports and what a store's tests are made of.

/// Puts a store to the suite: one test for each case, in a module for each topic.
///
/// Takes the name of a function `async fn() -> Subject` that makes an empty store. The crate that
/// invokes it needs tokio with its macros.
#[macro_export]
macro_rules! conformance_suite {
    ($make:ident) => {
        $crate::conformance_suite! { @list tests $make }
    };
    (@tests $make:ident; $($topic:ident { $($case:ident,)* })*) => {
        $(mod $topic {
            $(#[tokio::test]
            async fn $case() {
                let subject = super::$make().await;
                $crate::conformance::$case(subject.store()).await;
            })*
        })*
    };
    // A case that is missing here is reported by the compiler as never used.
    (@exports; $($topic:ident { $($case:ident,)* })*) => {
        $(#[doc(hidden)]
        pub use $topic::{$($case),*};)*
    };
    (@list $what:ident $($make:ident)?) => {
        $crate::conformance_suite! { @$what $($make)?;
            claims {
                a_due_fire_time_becomes_a_run,
                a_claim_names_the_point_that_it_takes,
                a_claim_names_version_and_incarnation,
                a_claim_of_an_unknown_job_is_refused,
                a_claim_sent_twice_is_applied_once,
                a_fire_time_is_not_claimed_before_it_is_due,
                a_claim_moves_its_job_forward,
                a_deposed_leader_claims_nothing_and_its_results_count,
                an_older_epoch_of_the_same_owner_claims_nothing,
                a_token_counts_only_as_a_whole,
                an_expired_lease_that_nobody_took_still_counts,
                claims_of_one_turn_are_judged_each_on_its_own,
                a_job_without_a_next_point_is_finished,
                max_fires_finishes_a_job,
                a_missed_record_stands_for_what_it_covers,
                a_catch_up_is_remembered_until_it_is_through,
            }
            limits {
                a_fire_time_at_the_limit_is_recorded_as_skipped,
                a_place_is_free_again_after_the_finish,
                a_run_that_waits_for_a_retry_keeps_its_place,
                queued_runs_wait_and_start_in_order,
                a_claim_is_judged_once_for_all_its_fires,
                a_catch_up_runs_in_order_at_most_max_instances_at_once,
                a_catch_up_goes_on_beyond_the_places,
                a_catch_up_with_too_many_waiting_is_put_off,
                the_limit_is_the_one_that_the_claim_names,
                who_waited_is_readied_before_who_comes,
                a_claim_that_admits_nothing_readies_nothing,
            }
            policies {
                the_named_rows_of_the_policy_table,
                the_policy_table,
            }
            replaces {
                the_oldest_attempt_is_cancelled_and_its_successor_waits,
                a_successor_starts_when_the_cancelled_attempt_has_ended,
                a_successor_starts_when_the_grace_has_passed,
                one_successor_waits_at_most,
                a_run_that_waits_is_replaced_at_once,
                the_oldest_of_several_is_replaced,
                a_catch_up_is_not_replaced,
                a_successor_behind_a_catch_up_cancels_nobody,
                a_requested_run_replaces_as_well,
                a_replaced_run_is_not_tried_again,
            }
            cancels {
                a_run_that_waits_is_cancelled_at_once,
                a_cancelled_run_frees_its_place,
                a_delayed_run_is_cancelled_at_once,
                the_holder_of_an_attempt_is_asked_to_end_it,
                the_first_request_to_cancel_counts,
                an_attempt_that_is_to_be_cancelled_is_not_tried_again,
                an_attempt_that_is_to_be_cancelled_may_succeed,
                the_leader_ends_what_its_holder_does_not,
                a_result_that_comes_too_late_is_superseded,
                only_the_leader_ends_what_its_holder_does_not,
                a_cancelling_that_is_over_is_forgotten,
                a_cancelling_is_looked_at_again_while_its_attempt_goes_on,
                a_run_that_has_moved_on_is_not_cancelled_as_read,
                a_finished_run_is_not_cancelled,
                a_run_is_cancelled_of_its_own_job,
                a_run_of_a_deleted_job_may_be_cancelled,
                a_repeated_cancel_gets_its_first_reply,
            }
            finishes {
                a_result_ends_its_run,
                a_result_of_another_owner_or_attempt_is_superseded,
                a_result_for_a_run_that_is_pending_again_is_superseded,
                a_result_for_no_unfinished_run_is_unknown,
                a_retry_waits_for_its_time,
                a_delayed_run_is_promoted_once_its_time_has_come,
                only_the_run_that_is_named_is_promoted,
                a_retry_without_delay_is_ready_at_once,
                lost_attempts_are_counted,
                an_attempt_given_back_never_was,
                an_attempt_put_off_never_was_and_waits,
                the_report_of_the_last_attempt_counts,
                history_is_bounded_apart_for_successes,
                a_history_of_none_keeps_none,
                finishes_of_one_turn_are_judged_each_on_its_own,
            }
            failures {
                failed_runs_in_a_row_pause_their_job,
                a_pause_after_failures_records_what_had_come,
                a_pause_after_failures_before_anything_is_due_records_nothing,
                a_success_ends_the_row_and_other_ends_leave_it,
                failures_of_one_turn_are_counted_one_after_the_other,
                reaped_attempts_are_counted,
            }
            sweeps {
                a_finished_job_is_swept_with_its_history,
                a_finished_job_is_kept_for_its_time,
                a_job_that_was_there_for_long_is_kept_for_its_time,
                a_change_of_a_finished_job_does_not_prolong_its_time,
                a_job_that_is_active_again_is_not_swept,
                a_job_whose_run_goes_on_is_not_swept,
                only_the_leader_sweeps,
                finished_jobs_are_found_page_by_page,
            }
            takes {
                a_claim_passes_by_the_ready_lists_only_while_they_are_empty,
                a_claim_leases_no_more_than_there_are_free_slots,
                what_claims_leave_free_serves_the_takes,
                lists_are_taken_from_in_the_order_of_the_takes,
                a_take_gets_at_most_what_it_asks_for,
                takes_skip_runs_that_are_not_pending,
                any_registered_node_may_take,
                runs_for_workers_wait_in_their_queue,
                a_taken_run_tells_whether_its_job_is_still_the_same,
            }
            lanes {
                a_turn_sent_again_gets_its_answer_again,
                an_older_turn_is_stale,
                numbers_may_be_left_out,
                an_unregistered_node_has_no_turns,
                lanes_do_not_touch_each_other,
                registering_again_raises_the_floor,
                a_late_registration_does_not_lower_the_floor,
                the_lane_comes_before_the_epoch,
                a_turn_finishes_before_it_claims,
                a_turn_promotes_before_it_claims,
                a_turn_claims_before_it_takes,
            }
            jobs {
                a_job_is_read_as_it_was_stored,
                an_unknown_job_is_not_found,
                a_name_is_given_once,
                a_first_point_lies_ahead_unless_it_may_be_past,
                the_same_id_in_two_namespaces_is_two_jobs,
                an_id_may_have_256_characters,
                jobs_are_listed_in_the_order_of_their_names,
                jobs_are_read_in_the_order_of_the_keys,
                a_repeated_request_gets_its_first_reply,
                a_refused_write_keeps_no_reply,
                a_delay_does_not_hide_a_job_from_its_list,
                jobs_are_counted_by_namespace,
            }
            updates {
                a_job_is_replaced_in_place,
                a_change_is_refused_when_its_grounds_have_moved,
                an_update_that_crosses_a_claim_loses_to_it,
                a_claim_that_crosses_an_update_loses_to_it,
                an_update_gives_the_job_its_new_point,
                a_new_point_lies_ahead_unless_it_may_be_past,
                a_claimed_fire_time_is_never_the_next_one,
                a_pause_records_the_fire_times_that_it_drops,
                a_pause_of_a_job_that_is_not_due_drops_nothing,
                a_pause_lets_running_attempts_go_on,
                a_pause_remembers_since_when,
                a_paused_job_that_is_changed_stays_paused,
                jobs_are_counted_by_state,
                a_resumed_job_fires_again,
                a_job_whose_fire_times_are_over_is_finished,
                a_finished_job_with_a_new_point_is_active_again,
                a_repeated_change_gets_its_first_reply,
            }
            deletes {
                a_deleted_job_is_gone,
                a_delete_names_version_and_incarnation,
                a_delete_cancels_what_is_pending,
                a_delete_lets_running_attempts_go_on,
                a_late_result_is_not_the_next_incarnations,
                a_run_of_a_deleted_job_does_not_start_again,
                a_name_may_be_given_again,
            }
            runs {
                a_requested_run_waits_on_its_ready_list,
                a_requested_run_at_the_limit_is_recorded_as_skipped,
                a_requested_run_waits_behind_those_before_it,
                a_run_is_requested_of_the_version_that_was_read,
                a_repeated_request_gets_its_run_again,
                a_repeated_request_gets_its_run_whatever_became_of_the_job,
                a_request_named_as_another_is_refused,
                a_paused_job_may_be_run_on_request,
                runs_are_listed_unfinished_first_then_the_latest,
                a_run_is_read_of_its_own_job,
                runs_are_found_wherever_they_are,
                an_older_run_is_found_while_it_is_kept,
                jobs_that_failed_since_are_told,
            }
            pauses {
                a_paused_scope_is_not_claimed,
                namespaces_beside_a_paused_one_go_on,
                jobs_held_back_hide_none_and_wake_nobody,
                what_is_held_back_can_be_changed_and_deleted,
                an_earlier_copy_takes_no_later_ones_place,
                a_pause_outlives_its_leader,
                a_run_on_request_is_not_held_back,
                what_is_meant_is_numbered,
                the_log_of_the_cluster_tells_of_pauses,
            }
            backfills {
                a_backfill_is_kept_and_due_at_once,
                a_backfill_is_of_the_version_that_was_read_and_starts_once,
                a_step_makes_runs_beside_the_schedule,
                a_step_that_is_sent_twice_counts_once,
                only_the_leader_advances_a_backfill,
                at_the_limit_a_backfill_skips_or_waits,
                the_last_step_ends_a_backfill,
                paused_scheduling_holds_backfills_back,
                a_backfill_of_a_deleted_job_makes_no_runs,
            }
            reaps {
                a_dead_nodes_registration_goes_with_its_last_attempt,
                a_reaped_run_is_tried_again_by_another,
                only_the_leader_reaps,
                a_reaper_ends_only_the_attempts_that_it_names,
                a_dead_node_without_attempts_is_forgotten,
            }
            leases {
                a_free_lease_is_taken_once,
                epochs_never_repeat,
                an_owner_that_acquires_again_gets_a_new_epoch,
                an_epoch_is_above_the_callers_floor,
                a_release_keeps_the_epoch,
                a_renewal_extends_the_lease,
                an_expired_lease_is_taken_by_another,
                an_expired_lease_that_nobody_took_may_be_renewed,
                a_lease_that_ends_too_far_ahead_counts_as_expired,
                partitions_have_leases_of_their_own,
                who_wants_a_lease_is_known_until_it_changes_hands,
            }
            members {
                a_beat_shows_all_nodes,
                a_beat_replaces_the_one_before,
                a_record_says_when_it_was_written_and_by_which_run_of_the_store,
                a_node_that_leaves_is_gone,
                a_node_that_is_asked_to_drain_learns_so_with_its_beat,
            }
            events {
                events_tell_a_jobs_life_in_order,
                a_reader_resumes_where_it_stopped,
                events_of_one_write_are_not_torn_apart,
                a_write_that_changes_nothing_is_no_event,
                a_foreign_cursor_is_refused,
                a_run_that_stands_for_others_is_said_to,
            }
            logs {
                a_log_is_read_from_where_it_ended,
                pages_of_a_log_follow_each_other,
                a_clients_write_tells_what_became_of_the_job,
                a_new_leader_has_its_place_in_the_log_of_its_partition,
                a_lease_that_changes_no_hands_is_no_event,
                nodes_that_come_and_go_are_in_the_log_of_the_cluster,
                a_place_that_the_log_has_no_more_is_expired,
                a_place_that_no_log_had_is_refused,
            }
            heads {
                a_peek_shows_what_a_plan_needs,
                due_points_come_in_their_order,
                pages_lead_past_jobs_that_stay_due,
                a_peek_of_nothing_due_tells_when_to_come_back,
                heads_are_those_of_the_partitions_asked_for,
                a_head_counts_the_runs_that_are_ready,
            }
            workers {
                a_session_goes_from_stream_to_stream,
                only_a_session_that_is_there_is_resumed,
                a_beat_counts_for_the_latest_stream,
                a_session_is_closed_by_its_latest_stream,
                queues_are_known_while_runs_wait_on_them,
                handlers_wait_apart_from_each_other,
                a_run_for_an_empty_queue_is_hinted,
                an_attempt_is_given_more_time,
                more_time_ends_with_its_attempt,
                runs_that_wait_move_with_their_job,
            }
            cluster {
                a_new_cluster_takes_what_is_wanted,
                a_new_cluster_has_16_partitions_unless_told,
                the_stores_time_passes,
                a_store_names_its_kind,
                an_earlier_point_is_hinted,
                a_run_for_an_empty_ready_list_is_hinted,
                a_released_lease_is_hinted,
                a_catch_up_that_may_go_on_is_hinted,
                a_cancel_is_hinted,
            }
        }
    };
}
