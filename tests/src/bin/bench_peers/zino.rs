//! The stand-in for Zino: the simulated server, which reads and answers faster than the real one.

use crate::orders::{self, Order};
use crate::{Failure, now};
use glue_proto::model::CaseId;
use glue_sim::net::{Heard, ZinoNet, serve_snmp, serve_zino_at};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::{NewCase, ZinoServer};
use serde_json::{Value, json};

const USER: &str = "glue";
const SECRET: &str = "bench-secret";
const COMMUNITY: &str = "bench-community";
/// The Python glue knows no other notification port.
const NOTIFY_PORT: u16 = 8002;

/// When the first case of a filling was opened: so long ago, in seconds, and each next one so much later.
const AGE: i64 = 86_400;
const STEP: i64 = 7;
/// How far the notes of a case lie after its opening and each other, in seconds.
const PAUSE: i64 = 60;

/// Serves until the orders end.
pub(crate) fn serve(address: &str) -> Result<(), Failure> {
    let net = serve_zino_at(ZinoServer::new(USER, SECRET), address.parse()?, 0, NOTIFY_PORT)?;
    net.record();
    let agent = serve_snmp(SnmpAgent::new(COMMUNITY, 0), 0)?;
    let ready = json!({
        "api": net.api_addr().port(), "notify": NOTIFY_PORT, "snmp": agent.addr().port(),
        "user": USER, "secret": SECRET, "community": COMMUNITY,
    });
    orders::take(&ready, |order| answer(&net, order))
}

/// `fill count notes plain`, `new router`, `note case text`, `seen skip`.
fn answer(net: &ZinoNet, order: &Order) -> Result<Value, Failure> {
    match order.name() {
        "fill" => {
            let (count, notes) = (order.number("count"), order.number("notes"));
            let plain = order.number("plain") != 0;
            net.with(|server, now| fill(server, now, count, notes, plain))
        }
        "new" => {
            let at = now();
            let case = NewCase::reachability(order.text("router")).priority(100);
            let id = net.with(|server, now| server.open_case(&case, now));
            Ok(json!({ "at": at, "case": id.0 }))
        }
        "note" => {
            let (at, id, text) = (now(), CaseId(order.number("case")), order.text("text"));
            net.with(|server, now| server.add_history(id, "harriet", text, now))?;
            Ok(json!({ "at": at, "case": id.0 }))
        }
        "seen" => Ok(net.recorded(order.size("skip")).iter().map(heard).collect()),
        other => Err(format!("no order is called {other}").into()),
    }
}

/// What was read at once: when, from which session, and the text; an empty one is a new connection.
fn heard(heard: &Heard) -> Value {
    json!([heard.at.as_secs_f64(), heard.session.0, String::from_utf8_lossy(&heard.bytes)])
}

/// Opens cases; `plain` ones all deserve an incident and have no notes. Tells how many deserve one.
fn fill(server: &mut ZinoServer, now: i64, count: u64, notes: u64, plain: bool) -> Result<Value, Failure> {
    let mut deserving = 0_u64;
    let at = crate::now();
    for index in 0..count {
        let (case, deserves) = mixed(index, plain);
        deserving += u64::from(deserves);
        let opened = if plain { now } else { now - AGE + STEP * i64::try_from(index)? };
        let id = server.open_case(&case.priority(100), opened);
        for note in 1..=notes {
            let text = format!("note {note} of case {}: the fibre was cut by a digger", id.0);
            server.add_history(id, "harriet", &text, opened + PAUSE * i64::try_from(note)?)?;
        }
    }
    Ok(json!({ "deserving": deserving, "at": at }))
}

/// The mix of the bench: of ten cases five are ports, two routers, one a BGP peer, one an alarm, and one deserves no
/// incident.
fn mixed(index: u64, plain: bool) -> (NewCase, bool) {
    let router = format!("gw{index}.example.org");
    let port = u32::try_from(index % 48).unwrap_or_default();
    let case = match index % 10 {
        9 if !plain && index % 20 == 9 => return (NewCase::bfd(&router, port), false),
        9 if !plain => return (NewCase::portstate(&router, "ge-0/0/1", port, "spare"), false),
        5 | 6 => NewCase::reachability(&router),
        7 => NewCase::bgp(&router, &format!("192.0.2.{}", index % 250), 64_512),
        8 => NewCase::alarm(&router, "yellow"),
        _ => {
            let descr = format!("{router}, to-customer-{index}, ae{port}");
            NewCase::portstate(&router, &format!("ge-0/0/{port}"), port, &descr)
        }
    };
    (case, true)
}
