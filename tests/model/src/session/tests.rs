//! What is explored: the rules as they are, and with each one left out or made weaker.

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use super::config::{Delivery, Judgement, Rules};
use super::{BELATED, HASTY, Sessions};

const RULES: Rules = Rules {
    ttl: 2,
    judgement: Judgement::AfterAnotherLook,
    delivery: Delivery::HeldThroughout,
    failover: false,
    run_id: true,
};

const THREE: Rules = Rules { ttl: 3, ..RULES };

/// Whatever happens within so many steps, nothing is amiss.
#[track_caller]
fn holds_for(steps: usize, rules: Rules) {
    let model = Sessions { rules };
    let checker = model.clone().checker().finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.target_max_depth(steps).spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{states} states, at most {depth} steps deep: {rules:?}");
    for property in model.properties() {
        let name = property.name;
        match (property.expectation, checker.discovery(name)) {
            (Expectation::Always, Some(path)) => panic!("{name}: fails after {path}"),
            (Expectation::Sometimes, None) => panic!("never seen: {name}"),
            _ => {}
        }
    }
}

/// Finds out that `property` fails.
#[track_caller]
fn breaks(rules: Rules, property: &'static str) {
    let stop = HasDiscoveries::AnyOf([property].into());
    let checker = Sessions { rules }.checker().finish_when(stop).spawn_bfs().join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{property}: holds even so, with {rules:?}"));
    println!("{property}: fails after {path}");
}

#[test]
fn nobody_is_reaped_in_haste_and_nothing_is_delivered_too_late() {
    holds_for(24, RULES);
}

#[test]
fn a_failover_deceives_no_observer() {
    holds_for(18, Rules { failover: true, ..RULES });
}

#[test]
#[ignore = "a quarter of a minute"]
fn deeply() {
    holds_for(usize::MAX, RULES);
}

#[test]
#[ignore = "minutes"]
fn deeply_with_three_beats() {
    holds_for(usize::MAX, THREE);
}

#[test]
#[ignore = "minutes"]
fn deeply_with_a_failover() {
    holds_for(26, Rules { failover: true, ..RULES });
}

#[test]
fn one_who_judges_from_memory_reaps_the_living() {
    breaks(Rules { judgement: Judgement::FromMemory, ..RULES }, HASTY);
}

#[test]
fn one_who_takes_a_failed_over_store_for_the_same_reaps_the_living() {
    breaks(Rules { failover: true, run_id: false, ..RULES }, HASTY);
}

#[test]
fn one_who_does_not_check_its_session_delivers_what_is_lost() {
    breaks(Rules { delivery: Delivery::Unchecked, ..RULES }, BELATED);
}

#[test]
fn a_session_that_holds_again_delivers_what_was_lost_meanwhile() {
    breaks(Rules { delivery: Delivery::Holds, ..RULES }, BELATED);
}

#[test]
fn a_session_that_lapsed_while_a_beat_was_under_way_has_lapsed() {
    breaks(Rules { delivery: Delivery::HeldUntilSent, ..THREE }, HASTY);
}
