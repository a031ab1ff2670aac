//! What is explored: the protocol with all its guards, and with each left out.

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use super::Protocol;
use super::config::{Config, EpochFloor, Failover, Guards};
use super::property::{AS_PLANNED, DELIVERED, I1, I3, I4, I5, ONCE, ONE_ID, OVERLAP, REPLICATED};

/// Two nodes, one fire time, every call lost or doubled, nodes stopped for as long as one likes.
const BASE: Config = Config {
    nodes: 2,
    fires: 1,
    late: 0,
    late_registrations: false,
    kills: 0,
    updates: 0,
    max_lost: 2,
    failover: None,
    guards: Guards::ALL,
};

/// The same, with a call that arrives when nobody waits for it any more.
const LATE: Config = Config { late: 1, ..BASE };

const WAITING: Failover = Failover { wait: true, epochs: 2, views: false };

/// A store that fails over, and of which nothing that was acknowledged is lost.
const DURABLE: Config = Config { max_lost: 1, failover: Some(WAITING), ..BASE };

/// A store that fails over and loses its last writes, acknowledged or not.
const LOSSY: Config = Config { failover: Some(Failover { wait: false, ..WAITING }), ..DURABLE };

/// Everything that can happen is explored, and nothing is amiss.
#[track_caller]
fn holds(config: Config) {
    holds_for(usize::MAX, config);
}

/// The same, for what can happen within so many steps.
#[track_caller]
fn holds_for(steps: usize, config: Config) {
    let model = Protocol { config };
    let checker = model.clone().checker().finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.target_max_depth(steps).spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{states} states, at most {depth} steps deep: {config:?}");
    for property in model.properties() {
        let name = property.name;
        match (property.expectation, checker.discovery(name)) {
            (Expectation::Always, Some(path)) => {
                panic!("{name}: fails after\n{}", model.narrate(path.into_vec()))
            }
            (Expectation::Sometimes, None) => panic!("never seen: {name}"),
            _ => {}
        }
    }
}

/// Finds out that `property` fails where a guard is left out.
#[track_caller]
fn breaks(config: Config, property: &'static str, leave_out: impl FnOnce(&mut Guards)) {
    let mut config = config;
    leave_out(&mut config.guards);
    let model = Protocol { config };
    let stop = HasDiscoveries::AnyOf([property].into());
    let checker = model.clone().checker().finish_when(stop).spawn_bfs().join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{property}: holds even so, in {config:?}"));
    println!("{property}: fails after\n{}", model.narrate(path.into_vec()));
}

#[test]
fn it_holds_with_calls_that_arrive_late() {
    holds(LATE);
}

#[test]
fn it_holds_with_nodes_that_are_killed() {
    holds(Config { kills: 1, ..BASE });
}

#[test]
fn it_holds_with_clients_that_change_the_job() {
    holds(Config { updates: 1, ..BASE });
}

#[test]
fn it_holds_with_a_failover_that_was_waited_for() {
    holds(DURABLE);
}

#[test]
fn a_failover_that_loses_writes_keeps_one_id_for_each_fire_time() {
    holds_for(20, LOSSY);
}

// From here on: larger bounds, for minutes.

#[test]
#[ignore = "about half a minute"]
fn deeply_with_three_nodes() {
    holds(Config { nodes: 3, ..BASE });
}

#[test]
#[ignore = "about two minutes"]
fn deeply_with_two_fire_times() {
    holds(Config { fires: 2, ..BASE });
}

#[test]
#[ignore = "minutes"]
fn deeply_with_late_calls_of_killed_nodes() {
    holds(Config { kills: 1, ..LATE });
}

#[test]
#[ignore = "a minute"]
fn deeply_with_late_registrations() {
    holds_for(22, Config { late_registrations: true, max_lost: 1, ..LATE });
}

#[test]
#[ignore = "minutes"]
fn deeply_with_changes_and_late_calls() {
    holds(Config { updates: 1, ..LATE });
}

#[test]
#[ignore = "half a minute"]
fn deeply_with_a_failover_that_loses_writes() {
    holds(LOSSY);
}

#[test]
#[ignore = "minutes"]
fn deeply_with_a_failover_that_was_waited_for() {
    holds(Config { failover: Some(Failover { epochs: 3, views: true, ..WAITING }), ..DURABLE });
}

// From here on: each guard left out, and what then breaks.

#[test]
fn without_the_epoch_check_a_deposed_leader_writes() {
    breaks(LATE, I3, |guards| guards.epoch = false);
}

#[test]
fn without_the_compare_and_set_a_fire_time_is_taken_twice() {
    breaks(Config { updates: 1, ..BASE }, I1, |guards| {
        (guards.expected, guards.etag) = (false, false);
    });
}

#[test]
fn without_epoch_check_and_next_point_two_leaders_fire_the_same() {
    breaks(BASE, I1, |guards| (guards.epoch, guards.expected) = (false, false));
}

#[test]
fn without_the_etag_an_old_plan_is_carried_out() {
    breaks(Config { updates: 1, ..BASE }, AS_PLANNED, |guards| guards.etag = false);
}

#[test]
fn without_the_owner_check_a_late_result_counts() {
    breaks(LATE, I5, |guards| guards.holder = false);
}

#[test]
fn without_the_lanes_number_a_turn_is_carried_out_twice() {
    breaks(LATE, ONCE, |guards| guards.seq = false);
}

#[test]
fn without_the_registration_a_turn_is_carried_out_twice() {
    breaks(BASE, ONCE, |guards| guards.registration = false);
}

#[test]
fn without_the_floor_of_a_registration_an_old_turn_is_carried_out() {
    breaks(LATE, ONCE, |guards| guards.seq_floor = false);
}

#[test]
fn without_a_new_epoch_for_each_term_epochs_repeat() {
    breaks(BASE, I4, |guards| guards.increment = false);
}

#[test]
fn a_comparison_beside_a_turn_gives_back_what_is_about_to_be_delivered() {
    breaks(BASE, OVERLAP, |guards| guards.compare_at_rest = false);
}

#[test]
fn after_a_failover_an_epoch_floor_from_reading_alone_lets_epochs_repeat() {
    let config = Config { failover: Some(Failover { epochs: 3, ..WAITING }), ..DURABLE };
    breaks(config, I4, |guards| guards.epoch_floor = EpochFloor::None);
    breaks(config, I4, |guards| guards.epoch_floor = EpochFloor::Read);
}

#[test]
fn a_repeated_answer_that_is_no_write_confirms_nothing() {
    breaks(DURABLE, REPLICATED, |guards| guards.repeat_writes = false);
}

#[test]
fn giving_back_what_was_delivered_delivers_an_attempt_twice() {
    breaks(DURABLE, DELIVERED, |guards| guards.lose_delivered = false);
}

#[test]
fn ids_that_do_not_derive_from_the_fire_time_change_with_a_failover() {
    breaks(LOSSY, ONE_ID, |guards| guards.derived_ids = false);
}
