//! What the recordings of Argus do not show byte by byte: lengths, lost rows, what other versions know, and people.

use glue_sim::argus::{ArgusServer, HttpReply, Options, Outage, PeopleError, Restart};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TOKEN: Option<&str> = Some("Token secret");
const NOW: i64 = 1_800_000_000;

fn server() -> ArgusServer {
    ArgusServer::new("zino", "secret")
}

fn post(server: &mut ArgusServer, target: &str, body: &Value) -> HttpReply {
    server.request(NOW, "POST", target, TOKEN, body.to_string().as_bytes())
}

fn get(server: &mut ArgusServer, target: &str) -> Value {
    let reply = server.request(NOW, "GET", target, TOKEN, b"");
    assert_eq!(reply.status, 200, "{target}");
    reply.json()
}

fn create(server: &mut ArgusServer, id: &str, tags: &Value) -> HttpReply {
    let body = json!({ "start_time": "2026-11-22T12:00:00Z", "source_incident_id": id, "tags": tags });
    post(server, "incidents/", &body)
}

fn event(server: &mut ArgusServer, pk: u64, event_type: &str) -> u16 {
    let body = json!({ "timestamp": "2026-11-22T13:00:00Z", "type": event_type });
    post(server, &format!("incidents/{pk}/events/"), &body).status
}

/// A text that no database can compress.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + u8::try_from(state >> 59).expect("five bits"))
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn long_tags_and_ids_crash_the_server_unless_they_compress() {
    let tag = |value: &str| json!([{ "tag": format!("description={value}") }]);
    let table = [(255, 201), (2000, 201), (2600, 201), (2704, 500), (10_000, 500)];
    for (length, status) in table {
        let text = noise(length);
        assert_eq!(create(&mut server(), "1", &tag(&text)).status, status, "a tag of {length}");
        assert_eq!(create(&mut server(), &text, &json!([])).status, status, "an id of {length}");
    }
    let same = "x".repeat(10_000);
    assert_eq!(create(&mut server(), &same, &tag(&same)).status, 201);
}

#[test]
fn a_body_over_the_limit_gets_a_page_of_html() {
    let body = vec![b' '; 2_621_441];
    let reply = server().request(NOW, "POST", "incidents/", TOKEN, &body);
    assert_eq!((reply.status, reply.body.starts_with(b"<head>")), (400, true));
}

/// Follows `next` and returns how many rows came, and how many different ones.
fn walk(server: &mut ArgusServer, page_size: usize) -> (usize, usize) {
    let mut target = format!("incidents/mine/?open=true&page_size={page_size}");
    let (mut rows, mut different) = (0, BTreeSet::new());
    for _ in 0..100 {
        let page = get(server, &target);
        let results = page["results"].as_array().expect("a list").clone();
        rows += results.len();
        different.extend(results.iter().filter_map(|row| row["pk"].as_u64()));
        let Some(next) = page["next"].as_str() else { break };
        target = next.trim_start_matches("http://127.0.0.1").to_owned();
    }
    (rows, different.len())
}

#[test]
fn pages_smaller_than_a_tie_lose_five_rows_as_measured() {
    let mut server = server();
    for id in 0..404 {
        let minute = if id < 4 { id } else { 30 };
        let body = json!({
            "start_time": format!("2026-11-22T12:{minute:02}:00Z"), "source_incident_id": id, "tags": [],
        });
        assert_eq!(post(&mut server, "incidents/", &body).status, 201);
    }
    for page_size in [50, 100, 150] {
        assert_eq!(walk(&mut server, page_size), (404, 399), "pages of {page_size}");
    }
    assert_eq!(walk(&mut server, 404), (404, 404));
    assert_eq!(walk(&mut server, 10_000), (404, 404));
    assert_eq!(get(&mut server, "incidents/mine/?count=1&open=true")["count"], 404);
}

#[test]
fn more_than_a_thousand_ties_go_round_for_ever() {
    let mut server = server();
    for id in 0..1300 {
        assert_eq!(create(&mut server, &id.to_string(), &json!([])).status, 201);
    }
    let (rows, different) = walk(&mut server, 100);
    assert!(rows == 100 * 100 && different < 1300, "{rows} rows, {different} of them different");
}

#[test]
fn the_feed_has_the_events_of_everybody_the_newest_timestamp_first() {
    let mut server = server();
    for (id, minute) in [("1", 0), ("2", 20), ("3", 10)] {
        let body = json!({ "start_time": format!("2026-11-22T12:{minute:02}:00Z"), "source_incident_id": id, "tags": [] });
        assert_eq!(post(&mut server, "incidents/", &body).status, 201);
    }
    server.ack("admin", 1, "mine", None, NOW).expect("it is there");
    let first = get(&mut server, "incidents/events/?page_size=2");
    let next =
        first["next"].as_str().expect("a second page").trim_start_matches("http://127.0.0.1").to_owned();
    let second = get(&mut server, &next);
    let rows = [&first, &second].into_iter().flat_map(|page| page["results"].as_array().expect("rows"));
    let rows: Vec<_> = rows.map(|row| (row["incident"].as_u64(), row["type"]["value"].as_str())).collect();
    let start = |pk| (Some(pk), Some("STA"));
    assert_eq!(rows, [(Some(1), Some("ACK")), start(2), start(3), start(1)]);
    assert!(second["next"].is_null());
    server.edit_options(|options| options.knows_feed = false);
    assert_eq!(server.request(NOW, "GET", "incidents/events/", TOKEN, b"").status, 404);
}

#[test]
fn older_servers_know_less() {
    let mut server = server();
    let restart = |server: &mut ArgusServer, restart, pk| {
        let mut options = Options::default();
        (options.restart, options.knows_count, options.knows_heartbeat) = (restart, false, false);
        server.set_options(options);
        assert_eq!(event(server, pk, "END"), 201);
        (event(server, pk, "RES"), get(server, &format!("incidents/{pk}/"))["open"].clone())
    };
    let pk = create(&mut server, "1", &json!([])).json()["pk"].as_u64().expect("a pk");
    assert_eq!(restart(&mut server, Restart::Reopens, pk), (201, json!(true)));
    assert_eq!(restart(&mut server, Restart::Recorded, pk), (201, json!(false)));
    assert_eq!(restart(&mut server, Restart::Refused, pk), (400, json!(false)));
    assert!(get(&mut server, "incidents/mine/?count=1").get("results").is_some());
    assert_eq!(post(&mut server, "incidents/sources/heartbeat/", &json!({})).status, 404);
}

#[test]
fn an_outage_hides_the_server_and_changes_nothing() {
    let mut server = server();
    let mut options = Options::default();
    options.outage = Some(Outage { status: 503, retry_after: Some(String::from("7")) });
    server.set_options(options);
    let reply = create(&mut server, "1", &json!([]));
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
    server.set_options(Options::default());
    assert_eq!(server.incidents().count(), 0);
}

#[test]
fn people_ack_close_reopen_and_set_tickets() {
    let mut server = server();
    let pk = create(&mut server, "1", &json!([])).json()["pk"].as_u64().expect("a pk");
    let field = |server: &mut ArgusServer, name: &str| get(server, &format!("incidents/{pk}/"))[name].clone();
    server.ack("alice", pk, " mine ", Some(NOW + 10), NOW).expect("an incident");
    assert_eq!(field(&mut server, "acked"), json!(true));
    let acks = get(&mut server, &format!("incidents/{pk}/acks/"));
    assert_eq!(acks[0]["event"]["description"], "mine");
    let later = server.request(NOW + 11, "GET", &format!("incidents/{pk}/"), TOKEN, b"").json();
    assert_eq!(later["acked"], json!(false), "it has expired");
    server.set_ticket("alice", pk, "https://tickets.example.org/42", NOW).expect("an incident");
    assert_eq!(get(&mut server, "incidents/mine/?ticket=true&count=1")["count"], 1);
    server.close("bob", pk, "done", NOW).expect("open");
    assert_eq!(server.close("bob", pk, "again", NOW), Err(PeopleError::Closed));
    assert_eq!(field(&mut server, "open"), json!(false));
    server.reopen("bob", pk, "not yet", NOW).expect("closed");
    assert_eq!(field(&mut server, "end_time"), json!("infinity"));
    server.delete_incident(pk).expect("an incident");
    assert_eq!(create(&mut server, "1", &json!([])).status, 201, "the id is free again");
}

#[test]
fn a_removed_token_is_refused() {
    let mut server = server();
    server.remove_token("secret");
    assert_eq!(server.request(NOW, "GET", "incidents/mine/", TOKEN, b"").status, 401);
}

#[test]
fn whoever_asks_is_told_who_they_are_and_what_there_is_without_a_write() {
    let mut server = server();
    server.add_token("bob", "of-bob");
    assert_eq!(get(&mut server, "auth/user/")["username"], "zino");
    let bob = server.request(NOW, "GET", "auth/user/", Some("Token of-bob"), b"");
    assert_eq!(bob.json()["username"], "bob");
    let sources = get(&mut server, "incidents/sources/");
    let ours = sources.as_array().and_then(|sources| sources.iter().find(|source| source["name"] == "zino"));
    let user = &ours.expect("it is listed")["user"];
    assert_eq!(get(&mut server, &format!("auth/users/{user}/"))["username"], "zino");
    for (target, status) in [("auth/users/99/", 404), ("auth/users/x/", 404), ("auth/", 404)] {
        assert_eq!(server.request(NOW, "GET", target, TOKEN, b"").status, status, "{target}");
    }
    assert_eq!(server.request(NOW, "GET", "auth/user/", None, b"").status, 401);
    let types = |server: &mut ArgusServer| {
        let form = server.request(NOW, "OPTIONS", "incidents/0/events/", TOKEN, b"").json();
        let choices = form["actions"]["POST"]["type"]["choices"].as_array().cloned().unwrap_or_default();
        choices
            .iter()
            .filter_map(|choice| choice["value"].as_str().map(String::from))
            .collect::<BTreeSet<_>>()
    };
    assert!(types(&mut server).contains("RES"));
    server.edit_options(|options| options.restart = Restart::Refused);
    let known = types(&mut server);
    assert!(!known.contains("RES") && known.contains("END") && server.heartbeats() == 0);
}
