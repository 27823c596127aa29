//! The whole daemon without any IO: a Zino and an Argus of a few lines each, and a clock that jumps.
//!
//!     cargo run -p glue-proto --example simulate
//!
//! A router goes down, somebody writes about it, it comes back. Every line shows the moment, in milliseconds since the
//! start, and what goes over the wire that is not there.

use glue_proto::{Action, Channel, ConnId, Daemon, HttpRequest, Input, Mono, Now, Response, Settings, Wall};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

const OPENED: i64 = 1_795_357_544;
/// One way on the imaginary network, in milliseconds.
const LATENCY: u64 = 2;

/// A Zino with one case, and an Argus that takes whatever it is given.
#[derive(Default)]
struct Peers {
    conns: BTreeMap<ConnId, Channel>,
    notify: Option<ConnId>,
    state: &'static str,
    history: Vec<String>,
    events: u64,
}

/// Something on its way to the daemon.
enum Parcel {
    Connected(ConnId),
    Bytes(ConnId, String),
    Reply(glue_proto::CallId, u16, String),
}

impl Peers {
    /// Answers what the daemon sent to Zino, one line of it.
    fn zino(&self, line: &str) -> String {
        let word = line.split(' ').next().unwrap_or_default();
        let history: String = self.history.iter().map(|entry| format!("{entry}\r\n")).collect();
        match (word, self.state) {
            ("caseids", "open") => "304 list of active cases follows\r\n1\r\n.\r\n".into(),
            ("caseids", _) => "304 list of active cases follows\r\n.\r\n".into(),
            (_, "") if word.starts_with("get") => "500 event \"1\" does not exist\r\n".into(),
            ("getattrs", state) => format!(
                "303 simple attributes follow\r\nid: 1\r\nrouter: gw1\r\ntype: reachability\r\nstate: {state}\r\n\
                 opened: {OPENED}\r\nupdated: {OPENED}\r\npriority: 100\r\n.\r\n"
            ),
            ("gethist", _) => format!("301 history follows\r\n{history}.\r\n"),
            ("getlog", _) => "300 log follows\r\n.\r\n".into(),
            _ => "200 ok\r\n".into(),
        }
    }

    /// Answers a request to Argus.
    fn argus(&mut self, request: &HttpRequest) -> (u16, String) {
        let target = request.target.as_str();
        let time = "2026-11-22T14:25:44+00:00";
        if target.contains("count=1") {
            return (200, "{\"count\":0}".into());
        }
        if target.starts_with("incidents/mine/") {
            return (200, "{\"next\":null,\"previous\":null,\"results\":[]}".into());
        }
        self.events += 1;
        if target == "incidents/" {
            let incident = "\"pk\":1,\"end_time\":\"infinity\",\"source\":{\"pk\":1,\"name\":\"zino\",\
                \"type\":{\"name\":\"zino\"},\"user\":7,\"base_url\":\"\"},\"source_incident_id\":\"1\",\
                \"description\":\"gw1 is not reachable\",\"level\":3,\"ticket_url\":\"\",\"open\":true,\"acked\":false,\
                \"stateful\":true,\"tags\":[]";
            return (201, format!("{{{incident},\"start_time\":\"{time}\"}}"));
        }
        let actor = "{\"pk\":7,\"username\":\"zino\"}";
        let kind = "{\"value\":\"OTH\",\"display\":\"Other\"}";
        let event = format!(
            "{{\"pk\":{},\"incident\":1,\"actor\":{actor},\"timestamp\":\"{time}\",\"received\":\"{time}\",\
             \"type\":{kind},\"description\":\"\"}}",
            self.events
        );
        (201, event)
    }
}

/// Carries out what the daemon wants, and puts the answers on their way.
fn carry_out(
    daemon: &mut Daemon,
    peers: &mut Peers,
    now: u64,
    network: &mut VecDeque<(u64, Parcel)>,
    out: &mut impl Write,
) -> io::Result<()> {
    while let Some(action) = daemon.poll_action() {
        let at = now + 2 * LATENCY;
        match action {
            Action::Connect { conn, channel } => {
                peers.conns.insert(conn, channel);
                network.push_back((at, Parcel::Connected(conn)));
                let nonce = "0123456789abcdef0123456789abcdef01234567";
                let greeting = match channel {
                    Channel::Api => format!("200 {nonce} Hello, there\r\n"),
                    Channel::Notify => format!("{nonce}\r\n"),
                };
                if channel == Channel::Notify {
                    peers.notify = Some(conn);
                }
                network.push_back((at, Parcel::Bytes(conn, greeting)));
            }
            Action::Send { conn, bytes } => {
                for line in String::from_utf8_lossy(&bytes).lines() {
                    writeln!(out, "{now:>6} to Zino    {}", line.split("  -").next().unwrap_or_default())?;
                    network.push_back((at, Parcel::Bytes(conn, peers.zino(line))));
                }
            }
            Action::Http { call, request } => {
                let body = String::from_utf8_lossy(&request.body);
                writeln!(out, "{now:>6} to Argus   {:?} {} {body}", request.method, request.target)?;
                let (status, body) = peers.argus(&request);
                network.push_back((at, Parcel::Reply(call, status, body)));
            }
            Action::Notice(notice) => writeln!(out, "{now:>6} log         {notice}")?,
            Action::Close { .. }
            | Action::CancelHttp { .. }
            | Action::SendDatagram { .. }
            | Action::AskHealth { .. }
            | Action::ReadSecret { .. }
            | Action::Exit(_) => {}
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let moment = |millis: u64| Now { mono: Mono(millis), wall: Wall(OPENED + (millis / 1000).cast_signed()) };
    let mut peers = Peers::default();
    let mut network = VecDeque::new();
    let mut daemon = Daemon::new(Settings::example(), moment(0), 1);
    let mut story = VecDeque::from([
        (
            1000,
            "open",
            format!("{OPENED} state change embryonic -> open (monitor)"),
            "1 state embryonic open\r\n",
        ),
        (2000, "open", format!("{} alice\r\n I look at it", OPENED + 2), "1 history 1\r\n"),
        (
            3000,
            "closed",
            format!("{} state change open -> closed (monitor)", OPENED + 3),
            "1 state open closed\r\n",
        ),
    ]);
    let mut now = 0;
    while now < 5000 {
        carry_out(&mut daemon, &mut peers, now, &mut network, &mut out)?;
        let wakeup = daemon.next_wakeup().map_or(u64::MAX, |wakeup| wakeup.at.0);
        let parcel = network.front().map_or(u64::MAX, |(at, _)| *at);
        let event = story.front().map_or(u64::MAX, |(at, ..)| *at);
        now = wakeup.min(parcel).min(event).max(now);
        if event == now
            && let Some((_, state, entry, notification)) = story.pop_front()
        {
            (peers.state, peers.history) = (state, [peers.history.clone(), vec![entry]].concat());
            writeln!(out, "{now:>6} from Zino  {}", notification.trim_end())?;
            if let Some(conn) = peers.notify {
                daemon.handle(moment(now), Input::Received { conn, bytes: notification.as_bytes() });
            }
        } else if parcel == now {
            match network.pop_front() {
                Some((_, Parcel::Connected(conn))) => daemon.handle(moment(now), Input::Connected { conn }),
                Some((_, Parcel::Bytes(conn, text))) => {
                    daemon.handle(moment(now), Input::Received { conn, bytes: text.as_bytes() });
                }
                Some((_, Parcel::Reply(call, status, body))) => {
                    let response = Response { status, retry_after: None, date: None, body: body.as_bytes() };
                    daemon.handle(moment(now), Input::HttpDone { call, response });
                }
                None => {}
            }
        } else {
            daemon.handle(moment(now), Input::Wake);
        }
    }
    writeln!(out, "\nafter {now} ms: {} requests that changed Argus", peers.events)
}
