//! Which path gets which answer.

use super::{Beside, Loop, Scope, Snapshot, metrics, page};
use crate::explain;
use bytes::Bytes;
use glue_proto::model::CaseId;
use glue_proto::{Daemon, DeliveryTimes, Histogram};
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) type Answer = Response<Full<Bytes>>;

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const STANDS_STILL: &str = "the loop does not turn\n";
/// The version of `/status.json`: it grows when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

/// Answers a request.
pub(super) async fn answer<B>(scope: Scope, request: &Request<B>, machine: &Loop) -> Answer {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let path = request.uri().path();
    let is_known = match scope {
        Scope::All => ["/", "/healthz", "/readyz", "/active", "/metrics", "/status.json"].contains(&path),
        Scope::Health => ["/healthz", "/readyz", "/active", "/metrics"].contains(&path),
    };
    if let Some(case) = path.strip_prefix("/explain/").filter(|_| matches!(scope, Scope::All)) {
        return explained(case, machine).await;
    }
    if !is_known {
        return plain(StatusCode::NOT_FOUND, TEXT, "there is no such page\n");
    }
    let Some(snapshot) = machine.snapshot().await else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, STANDS_STILL);
    };
    match path {
        "/healthz" => plain(StatusCode::OK, TEXT, "ok\n"),
        "/readyz" => ready(&snapshot),
        "/active" => active(&snapshot),
        "/metrics" => {
            let accept = request.headers().get_all(ACCEPT).iter();
            let form = metrics::Form::of(accept.filter_map(|value| value.to_str().ok()));
            plain(StatusCode::OK, form.content_type(), metrics::render(form, snapshot))
        }
        "/" => {
            let mut answer = plain(StatusCode::OK, HTML, page::render(&snapshot, &machine.beside));
            answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(page::POLICY));
            answer
        }
        _ => plain(StatusCode::OK, JSON, status_json(&snapshot, &machine.beside)),
    }
}

/// Says what is known of a case, and what follows from it.
async fn explained(case: &str, machine: &Loop) -> Answer {
    let Ok(case) = case.parse() else {
        return plain(StatusCode::NOT_FOUND, TEXT, "a case has a number\n");
    };
    let explain = move |daemon: &Daemon, now| explain::data(daemon, CaseId(case), now);
    match machine.ask(explain).await {
        Some(json) => plain(StatusCode::OK, JSON, format!("{json}\n")),
        None => plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, STANDS_STILL),
    }
}

/// Says whether the daemon does its job, with one reason a line where it does not.
fn ready(snapshot: &Snapshot) -> Answer {
    if snapshot.status.is_ready() {
        return plain(StatusCode::OK, TEXT, "ready\n");
    }
    let reasons = snapshot.status.not_ready.iter().map(|reason| format!("{reason}\n"));
    plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, reasons.collect::<String>())
}

/// Says whether the daemon is ACTIVE and able to work as far as that lies with itself.
fn active(snapshot: &Snapshot) -> Answer {
    let mode = snapshot.status.mode;
    if snapshot.status.is_working {
        plain(StatusCode::OK, TEXT, format!("{mode}\n"))
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{mode}, not at work\n"))
    }
}

fn status_json(snapshot: &Snapshot, beside: &Beside) -> String {
    let configuration: BTreeMap<_, _> = beside.configuration().into_iter().collect();
    let json = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "now": snapshot.now,
        "status": snapshot.status,
        "recording": snapshot.recorded,
        "log": { "is_blocked": snapshot.log.is_blocked, "dropped": snapshot.log.dropped },
        "deliveries": percentiles(&snapshot.status.counters.deliveries),
        "history": beside.history.points(),
        "notices": beside.recent.notices(),
        "configuration": configuration,
    });
    format!("{json}\n")
}

/// Says how long deliveries took, in seconds.
fn percentiles(deliveries: &DeliveryTimes) -> Value {
    let of = |histogram: &Histogram| {
        let percentile = |percent| histogram.percentile(percent).map(metrics::seconds);
        let [p50, p95, p99] = [50, 95, 99].map(percentile);
        json!({ "count": histogram.count(), "p50": p50, "p95": p95, "p99": p99 })
    };
    json!({ "to_argus": of(&deliveries.to_argus), "to_zino": of(&deliveries.to_zino) })
}

pub(super) fn plain(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    const NOSNIFF: (HeaderName, &str) = (http::header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    for (name, value) in [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store"), NOSNIFF] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
