//! The stand-in for Argus: the simulated server, each of whose requests takes as long as it is told.

use crate::orders::{self, Order};
use crate::{Failure, now};
use glue_sim::argus::ArgusServer;
use glue_sim::net::{ArgusNet, Conduct, serve_argus};
use serde_json::{Value, json};
use std::time::Duration;

const SOURCE: &str = "zino";
const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const PERSON: &str = "olga";

/// Serves until the orders end.
pub(crate) fn serve() -> Result<(), Failure> {
    let net = serve_argus(ArgusServer::new(SOURCE, TOKEN), 0)?;
    net.record();
    let ready = json!({ "port": net.addr().port(), "token": TOKEN });
    orders::take(&ready, |order| answer(&net, order))
}

/// `delay ms`, `progress`, `seen skip`, `ack id text`, `close id text`.
fn answer(net: &ArgusNet, order: &Order) -> Result<Value, Failure> {
    match order.name() {
        "delay" => {
            let mut conduct = Conduct::default();
            conduct.delay = Duration::from_millis(order.number("ms"));
            net.set_conduct(conduct);
            Ok(Value::Null)
        }
        "progress" => Ok(progress(net)),
        "seen" => Ok(seen(net, order.size("skip"))),
        "ack" | "close" => by_hand(net, order),
        other => Err(format!("no order is called {other}").into()),
    }
}

/// How many incidents there are, how many of them are open, and how many events were posted to them.
fn progress(net: &ArgusNet) -> Value {
    net.with(|server, now| {
        let now = now.saturating_mul(1_000_000);
        let open = server.incidents().filter(|incident| incident.is_open(now)).count();
        let events: usize = server.incidents().map(|incident| incident.events_of_type("OTH").count()).sum();
        json!({ "incidents": server.incidents().count(), "open": open, "events": events })
    })
}

/// The requests that were answered: arrived, answered, method, target, status, body.
fn seen(net: &ArgusNet, skip: usize) -> Value {
    let row = |seen: &glue_sim::net::Seen| {
        let body = String::from_utf8_lossy(&seen.body);
        let (arrived, answered) = (seen.arrived.as_secs_f64(), seen.answered.as_secs_f64());
        json!([arrived, answered, seen.method, seen.target, seen.status, body])
    };
    net.recorded(skip).iter().map(row).collect()
}

/// What a person does with the incident of a case; tells when.
fn by_hand(net: &ArgusNet, order: &Order) -> Result<Value, Failure> {
    let (id, text) = (order.text("id"), order.text("text"));
    let at = now();
    net.with(|server, now| {
        let pk = server.find(SOURCE, id).map(|incident| incident.pk).ok_or("there is no such incident")?;
        match order.name() {
            "ack" => server.ack(PERSON, pk, text, None, now)?,
            _ => server.close(PERSON, pk, text, now)?,
        };
        Ok(json!(at))
    })
}
