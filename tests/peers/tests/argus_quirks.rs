//! Quirks of the simulated Argus that a test asks for: incidents at which it fails, and small pages.

use glue_sim::argus::{ArgusServer, HttpReply, Options, PermanentFailure};
use serde_json::json;
use std::collections::BTreeSet;

const NOW: i64 = 1_795_357_544;
const TOKEN: Option<&str> = Some("Token secret");

fn server(change: impl FnOnce(&mut Options)) -> ArgusServer {
    let mut server = ArgusServer::new("zino", "secret");
    let mut options = Options::default();
    change(&mut options);
    server.set_options(options);
    server
}

fn create(server: &mut ArgusServer, id: u64) -> HttpReply {
    let body = json!({ "start_time": "2026-11-22T12:00:00Z", "source_incident_id": id, "tags": [] });
    server.request(NOW, "POST", "incidents/", TOKEN, body.to_string().as_bytes())
}

fn comment(server: &mut ArgusServer, pk: u64) -> HttpReply {
    let body = json!({ "timestamp": "2026-11-22T12:00:01Z", "type": "OTH", "description": "text" });
    server.request(NOW, "POST", &format!("incidents/{pk}/events/"), TOKEN, body.to_string().as_bytes())
}

#[test]
fn every_write_about_a_failing_incident_fails_and_every_other_request_does_not() {
    for is_done in [false, true] {
        let mut server = server(|_| ());
        assert_eq!(create(&mut server, 7).status, 201);
        let mut options = server.options().clone();
        options.permanent_failures =
            ["7", "8"].map(|id| PermanentFailure { id: id.into(), is_done }).to_vec();
        server.set_options(options);
        let pk = server.find("zino", "7").unwrap().pk;
        assert_eq!(comment(&mut server, pk).status, 500);
        assert_eq!(server.incident(pk).unwrap().events.len(), if is_done { 2 } else { 1 });
        assert_eq!(create(&mut server, 8).status, 500);
        assert_eq!(server.find("zino", "8").is_some(), is_done);
        assert_eq!(create(&mut server, 9).status, 201);
        assert_eq!(server.request(NOW, "GET", &format!("incidents/{pk}/events/"), TOKEN, b"").status, 200);
    }
}

/// Follows a listing to its end; returns how many rows came, and how many different ones.
fn listed(server: &mut ArgusServer) -> (usize, usize) {
    let (mut rows, mut different) = (0, BTreeSet::new());
    let mut target = String::from("incidents/mine/?page_size=5000");
    for _ in 0..100 {
        let page = server.request(NOW, "GET", &target, TOKEN, b"").json();
        for row in page["results"].as_array().into_iter().flatten() {
            rows += 1;
            different.insert(row["pk"].as_u64());
        }
        let Some((_, query)) = page["next"].as_str().and_then(|next| next.split_once('?')) else { break };
        target = format!("incidents/mine/?{query}");
    }
    (rows, different.len())
}

#[test]
fn a_small_page_loses_rows_that_begin_together_and_other_ones_each_time() {
    let mut server = server(|options| options.page_limit = Some(2));
    for id in 0..7 {
        create(&mut server, id);
    }
    let lists: Vec<_> = (0..10).map(|_| listed(&mut server)).collect();
    assert!(lists.iter().all(|(rows, _)| *rows == 7), "{lists:?}");
    assert!(lists.iter().any(|(_, different)| *different < 7), "{lists:?}");
    let counts: BTreeSet<usize> = lists.iter().map(|(_, different)| *different).collect();
    assert!(counts.len() > 1, "{lists:?}");
}
