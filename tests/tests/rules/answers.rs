//! What the daemon learns from requests that are not answered, or that fail (behaviour B12, B51, B71).

use crate::common::{agree, open, quiet_world, settings, shown};
use glue_proto::{RequestKind, RequestOutcome};
use glue_sim::argus::Outage;
use glue_sim::world::{HttpFault, World};

#[test]
fn b71_a_request_that_is_not_answered_is_counted_as_such() {
    let mut world = quiet_world(settings());
    world.fail_next("POST incidents/ ", HttpFault::LoseReply);
    world.fail_next("POST incidents/ ", HttpFault::Refuse);
    open(&mut world, "gw1");
    open(&mut world, "gw2");
    world.run(40_000);
    agree(&world);
    let counters = world.daemon.status().counters;
    let counted = |outcome| counters.requests_with(RequestKind::Create, outcome);
    assert_eq!(counted(RequestOutcome::Unanswered), 1, "{counters:?}");
    assert_eq!(counted(RequestOutcome::Unreachable), 1, "{counters:?}");
}

#[test]
fn b12_requests_that_are_not_answered_lower_the_number_at_once() {
    let mut world = quiet_world(settings());
    for index in 0..40 {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(5_000);
    let before = world.daemon.status().argus.request_limit;
    world.fail_next("gw-lost", HttpFault::LoseReply);
    open(&mut world, "gw-lost");
    world.run(500);
    let after = world.daemon.status().argus.request_limit;
    assert!(after < before, "{before} {after}\n{}", shown(&world));
}

#[test]
fn b51_requests_that_are_not_answered_again_and_again_are_an_outage() {
    let mut world = quiet_world(settings());
    for _ in 0..4 {
        world.fail_next("", HttpFault::CutBefore);
    }
    for index in 0..4 {
        open(&mut world, &format!("gw{index}"));
    }
    world.run(300);
    assert!(world.was_told("cannot be reached"), "{:?}", world.notices);
    world.run(40_000);
    agree(&world);
}

/// Writes a moment in unix seconds as HTTP does (RFC 9110, section 5.6.7).
fn http_date(at: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let stamp = glue_proto::wire::argus::time::encode(at);
    let number = |from: usize, to: usize| stamp[from..to].parse::<usize>().expect("digits");
    let day = DAYS[usize::try_from(at / 86_400 % 7).expect("after 1970")];
    let month = MONTHS[number(5, 7) - 1];
    format!("{day}, {:02} {month} {} {} GMT", number(8, 10), &stamp[..4], &stamp[11..19])
}

/// Lets Argus answer 503 with a date to come back at, so many seconds from now.
fn throttle_until(world: &mut World, seconds: i64) {
    let outage = Outage { status: 503, retry_after: Some(http_date(world.wall() + seconds)) };
    world.argus.edit_options(|options| options.outage = Some(outage));
}

#[test]
fn b51_a_pause_until_a_date_is_kept() {
    assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    let mut world = quiet_world(settings());
    throttle_until(&mut world, 30);
    open(&mut world, "gw1");
    world.run(200);
    world.argus.edit_options(|options| options.outage = None);
    world.run(28_500);
    assert_eq!(world.argus.incidents().count(), 0, "{}", shown(&world));
    world.run(3_000);
    agree(&world);
    assert_eq!(world.argus.incidents().count(), 1, "{}", shown(&world));
}
