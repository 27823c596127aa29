//! What is known of one case, and what follows from it, as data and for people: for the page of the running daemon, and
//! for the command that asks it (behaviour B76).

use crate::log::one_line;
use core::fmt::Write as _;
use glue_proto::decision::{Known, Tracked};
use glue_proto::model::{Case, CaseId, EndTime};
use glue_proto::wire::argus::time;
use glue_proto::{CaseVerdict, Daemon, Difference, Now, RefusedStep};
use serde_json::{Value, json};

/// The version of the data.
const SCHEMA: u32 = 1;

/// Says what a machine knows of a case, as data. It answers for cases that nobody knows, too.
pub(crate) fn data(machine: &Daemon, case: CaseId, now: Now) -> Value {
    let mut json = json!({ "schema": SCHEMA, "at": time::encode(now.wall.0), "case": case });
    let Some(explanation) = machine.explain(case) else {
        json["verdict"] = json!({ "kind": "unknown", "text": "neither Zino nor Argus knows such a case" });
        json["in_step"] = json!(false);
        return json;
    };
    let verdict = &explanation.verdict;
    json["zino"] = match &explanation.zino {
        Known::Unread => json!("unread"),
        Known::Absent => json!("absent"),
        Known::Present(case) => about_case(case),
    };
    let incidents = explanation.incidents.iter().map(|(id, tracked)| about_incident(id, tracked));
    json["incidents"] = incidents.collect();
    json["verdict"] = json!({
        "kind": verdict.word(),
        "text": verdict.to_string(),
        "remedy": if let CaseVerdict::Uninteresting(why) = verdict { why.remedy() } else { None },
    });
    json["differences"] = explanation.differences.iter().map(about_difference).collect();
    json["refused"] = explanation.refused.iter().map(|step| about_refused(step, now)).collect();
    json["in_step"] = json!(matches!(verdict, CaseVerdict::Agreed | CaseVerdict::Uninteresting(_)));
    json
}

fn about_case(case: &Case) -> Value {
    let at = &case.attributes;
    json!({
        "type": at.case_type.as_str(),
        "state": at.state.as_str(),
        "router": at.router,
        "port": at.port,
        "description": at.descr,
        "priority": at.priority,
        "opened": time::encode(at.opened),
        "went_down": case.went_down,
        "history": case.history.len(),
    })
}

fn about_incident(id: &str, tracked: &Tracked) -> Value {
    let incident = &tracked.incident;
    json!({
        "incident": incident.pk,
        "source_incident_id": id,
        "open": tracked.is_running(),
        "ended": if let EndTime::At(at) = incident.end_time { Some(time::encode(at)) } else { None },
        "level": incident.level,
        "acked": incident.acked,
        "ticket_url": incident.ticket_url,
        "events_read": !tracked.ours.is_unread(),
    })
}

fn about_difference(one: &Difference) -> Value {
    json!({ "what": one.what, "rule": format!("B{}", one.rule), "incident": one.incident })
}

fn about_refused(step: &RefusedStep, now: Now) -> Value {
    json!({ "reason": step.reason, "tries": step.tries, "again_in_ms": step.until.since(now.mono).0 })
}

/// Writes the data for people. `from` says who has answered.
pub(crate) fn text(json: &Value, from: &str) -> String {
    let word = |value: &Value| value.as_str().map(|text| one_line(text).into_owned()).unwrap_or_default();
    let mut text = format!("case {} (from {from}, {})\n", json["case"], word(&json["at"]));
    // Writing to a String never fails.
    let _ = writeln!(text, "zino      {}", zino(&json["zino"], word));
    for one in json["incidents"].as_array().into_iter().flatten() {
        let ended = if one["ended"].is_null() { String::new() } else { format!(" {}", word(&one["ended"])) };
        let state = if one["open"] == true { "open" } else { "ended" };
        let acked = if one["acked"] == true { ", acknowledged" } else { "" };
        let ticket = word(&one["ticket_url"]);
        let ticket = if ticket.is_empty() { ticket } else { format!(", ticket {ticket}") };
        let _ = writeln!(
            text,
            "incident  {} ({}): {state}{ended}, level {}{acked}{ticket}",
            one["incident"],
            word(&one["source_incident_id"]),
            one["level"]
        );
    }
    let _ = writeln!(text, "verdict   {}", word(&json["verdict"]["text"]));
    if let Some(remedy) = json["verdict"]["remedy"].as_str() {
        let _ = writeln!(text, "          to get one: {remedy}");
    }
    for one in json["differences"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "to do     {} ({})", word(&one["what"]), word(&one["rule"]));
    }
    for one in json["refused"].as_array().into_iter().flatten() {
        let seconds = one["again_in_ms"].as_u64().unwrap_or_default().div_ceil(1000);
        let _ = writeln!(
            text,
            "refused   {}; tries: {}, next in {seconds} s",
            word(&one["reason"]),
            one["tries"]
        );
    }
    text
}

fn zino(json: &Value, word: impl Fn(&Value) -> String) -> String {
    if json.is_null() {
        return String::from("does not know it");
    }
    if let Some(text) = json.as_str() {
        let is_absent = text == "absent";
        return String::from(if is_absent { "does not know it any more" } else { "has not been read" });
    }
    let port = word(&json["port"]);
    let port = if port.is_empty() { port } else { format!(" {port}") };
    let description = word(&json["description"]);
    let description = if description.is_empty() { description } else { format!(" ({description})") };
    format!(
        "{} {}{port}{description}, {}, opened {}, priority {}, history: {}",
        word(&json["type"]),
        word(&json["router"]),
        word(&json["state"]),
        word(&json["opened"]),
        json["priority"],
        json["history"]
    )
}
