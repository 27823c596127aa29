//! Our picture of Argus: listings, counts, and what was written beside them (behaviour B11, B13, B51).

use crate::common::{
    agree, events, incident, open, quiet_world, rarely_reconciled, reads_of_events, sent, settings, shown,
    without_feed, writes,
};
use glue_proto::{Action, CallId, Daemon, Input, Millis, Mono, Now, Operator, Response, Wall};
use glue_sim::argus::{EndTime, Options};
use glue_sim::world::{HttpFault, World};

/// How a listing of all our open incidents begins.
const LISTING: &str = "open=true&page_size";

/// The requests since there were `from` of them that hold a text.
fn requests(world: &World, from: usize, text: &str) -> usize {
    sent(world, from).iter().filter(|line| line.contains(text)).count()
}

#[test]
fn b11_what_we_have_made_and_seen_ourselves_calls_for_no_listing() {
    let mut world = quiet_world(rarely_reconciled());
    let before = world.sent.len();
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2"), open(&mut world, "gw3")];
    world.run(30_000);
    world.zino.close(ids[0], "monitor", world.wall()).unwrap();
    world.run(100_000);
    assert_eq!(requests(&world, before, "page_size=5000"), 0, "{:#?}", sent(&world, before));
}

#[test]
fn b11_without_a_feed_an_ack_and_a_ticket_call_for_one_short_listing_each_and_for_no_lookup() {
    let mut world = quiet_world(rarely_reconciled());
    without_feed(&mut world);
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2"), open(&mut world, "gw3")];
    world.run(15_000);
    for (action, listing) in [("ack", "acked=true&page_size"), ("ticket", "ticket=true&page_size")] {
        for id in &ids[..2] {
            let (pk, now, before) = (incident(&world, *id).pk, world.wall(), world.sent.len());
            match action {
                "ack" => drop(world.argus.ack("admin", pk, "mine", None, now).unwrap()),
                _ => world.argus.set_ticket("bob", pk, "https://tickets.example.org/7", now).unwrap(),
            }
            world.run(30_000);
            agree(&world);
            // Every fifth time both are listed anyway.
            let lists = |text| requests(&world, before, text);
            assert!((1..=2).contains(&lists(listing)), "{:#?}", sent(&world, before));
            assert!((1..=3).contains(&lists("page_size=5000")), "{:#?}", sent(&world, before));
            assert_eq!(requests(&world, before, "source_incident_id="), 0, "{:#?}", sent(&world, before));
        }
    }
    let (pk, now, before) = (incident(&world, ids[0]).pk, world.wall(), world.sent.len());
    world.argus.close("admin", pk, "fixed", now).unwrap();
    world.run(60_000);
    agree(&world);
    let lists = requests(&world, before, "page_size=5000");
    assert!((3..=5).contains(&lists), "it is missing from all three counts: {:#?}", sent(&world, before));
    assert_eq!(requests(&world, before, "source_incident_id="), 1, "{:#?}", sent(&world, before));
}

#[test]
fn b11_every_fifth_reconciliation_lists_our_incidents_and_reads_again_who_acknowledged_them() {
    let mut world = quiet_world(settings());
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2")];
    world.run(2_000);
    let now = world.wall();
    world.argus.ack("admin", incident(&world, ids[0]).pk, "mine", None, now).unwrap();
    world.run(26_000);
    let before = world.sent.len();
    world.run(3_600_000);
    assert_eq!(requests(&world, before, LISTING), 12);
    assert_eq!(reads_of_events(&sent(&world, before)), 12, "of the acknowledged one only");
    assert_eq!(requests(&world, before, "page_size=5000"), 12);
}

#[test]
fn b11_an_operator_who_asks_gets_a_full_listing_at_once() {
    let mut world = quiet_world(rarely_reconciled());
    let before = world.sent.len();
    world.tell(Input::Command(Operator::Reconcile));
    world.run(100);
    assert_eq!(requests(&world, before, LISTING), 1);
    assert!(world.was_told("reading both servers again on request"));
}

#[test]
fn b11_the_number_of_open_incidents_is_told_once_and_shown_from_then_on() {
    let mut world = quiet_world(settings());
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2"), open(&mut world, "gw3")];
    world.run(2_000);
    assert_eq!(world.daemon.inspect().open_incidents(), 3);
    world.zino.close(ids[0], "monitor", world.wall()).unwrap();
    world.run(2_000);
    assert_eq!(world.daemon.inspect().open_incidents(), 2);
    assert_eq!(world.daemon.inspect().incidents().count(), 3, "the ended one is remembered with its case");
    world.restart_daemon();
    world.notices.clear();
    assert_eq!(world.daemon.inspect().open_incidents(), 0);
    world.run(1_000_000);
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("our incidents were listed"));
    assert_eq!(
        told.map(ToString::to_string).collect::<Vec<_>>(),
        ["Argus: our incidents were listed, open: 2"]
    );
    assert_eq!(world.daemon.inspect().open_incidents(), 2);
}

#[test]
fn b11_a_server_that_cannot_count_is_told_of_once() {
    let mut world = World::new(settings());
    let mut options = Options::default();
    options.knows_count = false;
    world.argus.set_options(options);
    world.run(100_000);
    let told = world.notices.iter().filter(|notice| notice.to_string().contains("cannot count"));
    assert_eq!(told.count(), 1);
}

#[test]
fn b13_an_incident_that_was_deleted_calls_for_no_listing_when_its_case_finds_out() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let before = world.sent.len();
    world.argus.delete_incident(incident(&world, id).pk).unwrap();
    world.zino.set_attribute(id, "priority", Some("500"), world.wall()).unwrap();
    world.run(500);
    assert!(world.argus.find("zino", &id.to_string()).is_some(), "it does not wait\n{}", shown(&world));
    assert_eq!(world.daemon.inspect().open_incidents(), 1);
    world.run(30_000);
    agree(&world);
    assert_eq!(requests(&world, before, "page_size=5000"), 0, "{:#?}", sent(&world, before));
}

#[test]
fn b13_a_listing_that_began_before_a_write_says_nothing_of_what_was_written() {
    let mut world = quiet_world(rarely_reconciled());
    let id = open(&mut world, "gw1");
    world.run(1_000);
    let before = world.sent.len();
    // The listing shows the incident as it was before its end, and arrives after it; and it misses a new one.
    world.fail_next(LISTING, HttpFault::SlowReply(3_000));
    world.tell(Input::Command(Operator::Reconcile));
    world.run(100);
    world.zino.close(id, "monitor", world.wall()).unwrap();
    let new = open(&mut world, "gw2");
    world.run(2_500);
    assert_eq!(events(&incident(&world, id), "END"), 1);
    world.run(60_000);
    agree(&world);
    assert_eq!(events(&incident(&world, id), "END"), 1, "{}", shown(&world));
    assert_eq!(incident(&world, new).end_time, EndTime::Infinity);
    assert_eq!(requests(&world, before, "source_incident_id="), 0, "{:#?}", sent(&world, before));
}

#[test]
fn b11_a_count_beside_a_write_proves_nothing() {
    let mut world = quiet_world(rarely_reconciled());
    world.run(7_000);
    let before = world.sent.len();
    // The server counts a second after it was asked. Meanwhile it has made an incident, and has not told so yet.
    world.fail_next("open=true&count=1", HttpFault::Delay(1_000));
    assert!(world.run_until(10_000, |world| world.daemon.inspect().requests_under_way() > 0));
    world.run(100);
    world.fail_next("POST incidents/ ", HttpFault::SlowReply(5_000));
    open(&mut world, "gw1");
    world.run(60_000);
    agree(&world);
    assert_eq!(requests(&world, before, "POST incidents/ "), 1);
    assert_eq!(requests(&world, before, "page_size=5000"), 0, "{:#?}", sent(&world, before));
}

#[test]
fn b11_six_counts_beside_writes_are_passed_over_and_the_seventh_is_believed() {
    let settings = rarely_reconciled().to_builder().write_timeout(Millis::from_secs(500)).build().unwrap();
    let mut world = quiet_world(settings);
    without_feed(&mut world);
    world.run(10_000);
    let closed = open(&mut world, "gw1");
    world.run(1_000);
    world.fail_next("gw-hangs", HttpFault::Hang);
    open(&mut world, "gw-hangs");
    world.run(1_000);
    world.argus.close("admin", incident(&world, closed).pk, "fixed", world.wall()).unwrap();
    world.run(60_000 + 5_000);
    assert_eq!(world.zino.case(closed).unwrap().state(), "open");
    world.run(10_000);
    assert_eq!(world.zino.case(closed).unwrap().state(), "closed", "{}", shown(&world));
}

#[test]
fn b11_an_incident_of_ours_that_others_have_made_has_its_case_asked_for_at_once() {
    let mut world = quiet_world(rarely_reconciled());
    let now = world.wall();
    let body = "{\"start_time\":\"2026-11-22T12:00:00Z\",\"end_time\":\"infinity\",\"source_incident_id\":\"77\",\"tags\":[]}";
    let token = format!("Token {}", glue_sim::world::TOKEN);
    assert_eq!(world.argus.request(now, "POST", "incidents/", Some(&token), body.as_bytes()).status, 201);
    world.run(33_000);
    let made = world.argus.find("zino", "77").unwrap();
    assert_ne!(made.end_time, EndTime::Infinity, "there is no such case\n{}", shown(&world));
}

#[test]
fn b51_a_listing_that_fails_is_tried_again_after_one_second_doubled_up_to_fifteen() {
    let mut world = World::new(settings());
    for _ in 0..7 {
        world.fail_next(LISTING, HttpFault::Status(500, None));
    }
    world.start_log();
    world.run(100_000);
    let at = |line: &String| line.trim_start().split(' ').next().unwrap().parse::<u64>().unwrap();
    // The first one was sent before the log began.
    let asked = world.log().iter().filter(|line| line.contains("< Http(") && line.contains(LISTING)).map(at);
    let tries: Vec<u64> = core::iter::once(0).chain(asked).collect();
    let pauses: Vec<u64> = tries.windows(2).map(|pair| (pair[1] - pair[0]) / 1000).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 15, 15, 15]);
    assert!(world.was_told("a listing failed"));
    world.run(3_000);
    for _ in 0..2 {
        world.fail_next(LISTING, HttpFault::Status(500, None));
    }
    let before = world.log().len();
    world.tell(Input::Command(Operator::Reconcile));
    world.run(5_000);
    let asked =
        world.log()[before..].iter().filter(|line| line.contains("< Http(") && line.contains(LISTING));
    let asked: Vec<u64> = asked.map(at).collect();
    assert_eq!(asked.len(), 3, "after one that went well the pauses begin anew: {asked:?}");
}

/// Answers every request of a kind, and returns the targets of all that were asked meanwhile.
fn answer(daemon: &mut Daemon, at: u64, pattern: &str, body: &str) -> Vec<String> {
    let request = |action| {
        if let Action::Http { call, request } = action { Some((call, request.target)) } else { None }
    };
    let actions = core::iter::from_fn(|| daemon.poll_action());
    let asked: Vec<(CallId, String)> = actions.filter_map(request).collect();
    for (call, _) in asked.iter().filter(|(_, target)| target.contains(pattern)) {
        let response = Response { status: 200, retry_after: None, date: None, body: body.as_bytes() };
        let now = Now { mono: Mono(at), wall: Wall(glue_sim::world::BEGIN) };
        daemon.handle(now, Input::HttpDone { call: *call, response });
    }
    asked.into_iter().map(|(_, target)| target).collect()
}

#[test]
fn b51_a_listing_goes_on_behind_a_page_that_brings_nothing_new_and_ends_where_it_goes_round() {
    let mut world = quiet_world(settings());
    let ids = [open(&mut world, "gw1"), open(&mut world, "gw2")];
    world.run(2_000);
    let token = format!("Token {}", glue_sim::world::TOKEN);
    let page = |cursor: &str, id: u64| {
        let target = format!("incidents/mine/?source_incident_id={id}");
        let body = world.argus.clone().request(world.wall(), "GET", &target, Some(&token), b"").body;
        let next = format!("\"next\":\"http://elsewhere.example.org/page/?open=true&cursor={cursor}\"");
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains("\"next\":null"), "{body}");
        body.replace("\"next\":null", &next)
    };
    let (one, two) = (page("b", ids[0].0), page("c", ids[1].0));
    let now = Now { mono: Mono(0), wall: Wall(world.wall()) };
    let mut daemon = Daemon::new(settings(), now, 1);
    assert_eq!(answer(&mut daemon, 10, LISTING, &one).len(), 1);
    assert!(!daemon.inspect().is_ready());
    assert_eq!(daemon.inspect().open_incidents(), 1, "what a page shows is known at once");
    assert_eq!(answer(&mut daemon, 20, "cursor=b", &two), ["incidents/mine/?open=true&cursor=b"]);
    assert_eq!(answer(&mut daemon, 30, "cursor=c", &one), ["incidents/mine/?open=true&cursor=c"]);
    assert_eq!(answer(&mut daemon, 40, "cursor=b", &one), ["incidents/mine/?open=true&cursor=b"]);
    assert_eq!(answer(&mut daemon, 50, "nothing", ""), Vec::<String>::new(), "it goes round");
    assert_eq!(daemon.inspect().open_incidents(), 2);
}

#[test]
fn b51_a_listing_ends_after_ten_pages_that_bring_nothing_new() {
    let now = Now { mono: Mono(0), wall: Wall(glue_sim::world::BEGIN) };
    let mut daemon = Daemon::new(settings(), now, 1);
    let page = |number: u64| {
        format!(
            "{{\"next\":\"http://a.example.org/?open=true&cursor={number}\",\"previous\":null,\"results\":[]}}"
        )
    };
    let asked: Vec<usize> =
        (0..12).map(|number| answer(&mut daemon, 10 + number, "mine/?", &page(number)).len()).collect();
    assert_eq!(asked, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
}

#[test]
fn b51_a_listing_without_end_is_left_after_2000_pages_and_the_daemon_goes_on() {
    let mut world = quiet_world(settings());
    let id = open(&mut world, "gw1");
    world.run(2_000);
    let token = format!("Token {}", glue_sim::world::TOKEN);
    let target = format!("incidents/mine/?source_incident_id={id}");
    let body = world.argus.request(world.wall(), "GET", &target, Some(&token), b"").body;
    let body = String::from_utf8(body).unwrap();
    let pk = format!("\"pk\":{},", incident(&world, id).pk);
    let page = |number: u64| {
        let next = format!("\"next\":\"http://a.example.org/?open=true&cursor={number}\"");
        let body = body.replace("\"next\":null", &next).replacen(&pk, &format!("\"pk\":{number},"), 1);
        body.replace(&format!("\"source_incident_id\":\"{id}\""), "\"source_incident_id\":\"foreign\"")
    };
    let now = Now { mono: Mono(0), wall: Wall(world.wall()) };
    let mut daemon = Daemon::new(settings(), now, 1);
    let pages = (0..3_000).take_while(|number| !answer(&mut daemon, 10, "mine/?", &page(*number)).is_empty());
    assert_eq!(pages.count(), 2_000);
    assert_eq!(daemon.inspect().open_incidents(), 2_000, "what was listed is known");
}

#[test]
fn b51_what_does_not_need_the_first_listing_does_not_wait_for_it() {
    let mut world = quiet_world(settings());
    let ids = ["kept", "over", "acked"].map(|router| open(&mut world, router));
    world.run(3_000);
    world.kill_daemon();
    let now = world.wall();
    world.argus.ack("admin", incident(&world, ids[2]).pk, "mine", None, now).unwrap();
    let before = open(&mut world, "before");
    for _ in 0..9 {
        world.fail_next(LISTING, HttpFault::Hang);
    }
    let from = world.sent.len();
    world.restart_daemon();
    world.run(2_000);
    let now = world.wall();
    world.zino.close(ids[1], "alice", now).unwrap();
    world.run(2_900);
    assert!(writes(&world, from).is_empty(), "at a start all are listed at once: {}", shown(&world));
    world.run(1_000);
    assert_eq!(incident(&world, before).end_time, EndTime::Infinity);
    assert_ne!(incident(&world, ids[1]).end_time, EndTime::Infinity, "{}", shown(&world));
    let after = open(&mut world, "after");
    world.run(1_000);
    assert_eq!(incident(&world, after).end_time, EndTime::Infinity);
    let made = |line: &&String| line.starts_with("POST incidents/ ");
    assert_eq!(writes(&world, from).iter().filter(made).count(), 2, "{}", shown(&world));
    assert!(!world.daemon.inspect().is_ready(), "the listing is not there");
    world.run(400_000);
    assert!(world.daemon.inspect().is_ready());
    agree(&world);
    assert_eq!(writes(&world, from).iter().filter(made).count(), 2);
}

#[test]
fn b25_b51_without_a_listing_an_older_incident_with_the_number_of_a_case_is_not_taken_for_its() {
    let mut world = quiet_world(settings());
    let old = open(&mut world, "old");
    world.run(3_000);
    world.kill_daemon();
    world.zino.lose_state();
    world.run(7_200_000);
    let new = open(&mut world, "new");
    assert_eq!(new, old, "the numbers begin anew");
    world.restart_daemon();
    world.run(60_000);
    let count = world.incidents().count();
    assert_eq!(count, 2, "{}", shown(&world));
    for _ in 0..9 {
        world.fail_next(LISTING, HttpFault::Hang);
    }
    world.restart_daemon();
    world.run(20_000);
    assert_eq!(world.incidents().count(), count, "{}", shown(&world));
}
