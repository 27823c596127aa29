//! Whatever the clocks say and whatever was configured: `handle` returns, and then nothing is overdue.

use core::time::Duration;
use glue_proto::{
    AckState, Action, CallId, Channel, ConnId, Daemon, FailoverSettings, HttpCause, HttpFailure, HttpRequest,
    Input, Millis, Mono, Now, Operator, ProbeFailure, ProbeId, Response, Secret, Settings, Wall,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;

/// The longest interval that settings accept, in milliseconds.
const LONGEST: u64 = 366 * 24 * 60 * 60 * 1000;
const BEGIN: i64 = 1_795_357_544;
/// Longer than any of these tests takes; one that waits for it has met a `handle` that does not return.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test, and fails if it does not end.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever watches a machine that spins needs a thread of its own"
)]
fn ends(test: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match wait.recv_timeout(PATIENCE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("handle does not return"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// Something that was asked of the outside and not answered yet.
#[derive(Clone, Debug)]
enum Asked {
    Connection(ConnId, Channel),
    Lines(ConnId, String),
    Request(CallId, HttpRequest),
    Probe(ProbeId, Vec<u8>),
}

/// What becomes of the thing that was asked for first.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Well,
    Badly,
    Never,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Wake,
    Answer(Answer),
    /// Zino says something by itself.
    Notified(&'static str),
    Cut,
    Reconcile,
    Shutdown,
}

/// What the monotonic clock says next.
#[derive(Clone, Copy, Debug)]
enum Clock {
    At(u64),
    Later(u64),
    /// When the machine wants to be woken, or as much later.
    Wakeup(u64),
}

/// A machine with peers that answer one question each.
struct Machine {
    daemon: Daemon,
    asked: VecDeque<Asked>,
    conns: Vec<(ConnId, Channel)>,
    /// What the clock says, and the latest that it has ever said.
    clock: u64,
    latest: u64,
}

impl Machine {
    fn new(settings: Settings, now: Now) -> Self {
        let daemon = Daemon::new(settings, now, 1);
        let mut machine =
            Self { daemon, asked: VecDeque::new(), conns: Vec::new(), clock: now.mono.0, latest: now.mono.0 };
        machine.drain();
        machine
    }

    /// Lets something happen, and demands that nothing is overdue afterwards.
    fn step(&mut self, event: Event, clock: Clock, wall: i64) {
        let wakeup = self.daemon.next_wakeup().map_or(u64::MAX, |wakeup| wakeup.at.0);
        self.clock = match clock {
            Clock::At(moment) => moment,
            Clock::Later(span) => self.clock.saturating_add(span),
            Clock::Wakeup(span) => wakeup.saturating_add(span),
        };
        let now = Now { mono: Mono(self.clock), wall: Wall(wall) };
        match event {
            Event::Wake => self.handle(now, Input::Wake),
            Event::Answer(answer) => self.answer(answer, now),
            Event::Notified(line) => {
                if let Some((conn, _)) = self.conns.iter().find(|(_, channel)| *channel == Channel::Notify) {
                    let conn = *conn;
                    self.handle(now, Input::Received { conn, bytes: line.as_bytes() });
                }
            }
            Event::Cut => {
                if let Some((conn, _)) = self.conns.pop() {
                    let reason = glue_proto::Disconnect::Reset;
                    self.handle(now, Input::Disconnected { conn, reason });
                }
            }
            Event::Reconcile => self.handle(now, Input::Command(Operator::Reconcile)),
            Event::Shutdown => self.handle(now, Input::Shutdown),
        }
        self.drain();
        if let Some(wakeup) = self.daemon.next_wakeup() {
            let is_later = wakeup.at > Mono(self.latest) || wakeup.at == Mono(u64::MAX);
            assert!(is_later, "{wakeup:?} is overdue at {}", self.latest);
        }
    }

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.latest = self.latest.max(now.mono.0);
        self.daemon.handle(now, input);
    }

    fn drain(&mut self) {
        while let Some(action) = self.daemon.poll_action() {
            match action {
                Action::Connect { conn, channel } => self.asked.push_back(Asked::Connection(conn, channel)),
                Action::Send { conn, bytes } => {
                    let lines = String::from_utf8_lossy(&bytes).into_owned();
                    self.asked.push_back(Asked::Lines(conn, lines));
                }
                Action::Close { conn } => self.conns.retain(|(other, _)| *other != conn),
                Action::Http { call, request } => self.asked.push_back(Asked::Request(call, request)),
                Action::SendDatagram { probe, bytes } => self.asked.push_back(Asked::Probe(probe, bytes)),
                Action::CancelHttp { .. }
                | Action::AskHealth { .. }
                | Action::ReadSecret { .. }
                | Action::Notice(_)
                | Action::Exit(_) => {}
            }
        }
    }

    fn answer(&mut self, answer: Answer, now: Now) {
        let Some(asked) = self.asked.pop_front() else { return };
        match (asked, answer) {
            (_, Answer::Never) => {}
            (Asked::Connection(conn, channel), Answer::Well) => {
                self.conns.push((conn, channel));
                self.handle(now, Input::Connected { conn });
                let greeting = match channel {
                    Channel::Api => "200 0123456789abcdef0123456789abcdef01234567 Hello, there\r\n",
                    Channel::Notify => "0123456789abcdef0123456789abcdef01234567\r\n",
                };
                self.handle(now, Input::Received { conn, bytes: greeting.as_bytes() });
            }
            (Asked::Connection(conn, _), Answer::Badly) => {
                let reason = glue_proto::Disconnect::Refused;
                self.handle(now, Input::Disconnected { conn, reason });
            }
            (Asked::Lines(conn, lines), answer) => {
                for line in lines.lines() {
                    let reply = zino(line, matches!(answer, Answer::Well));
                    self.handle(now, Input::Received { conn, bytes: reply.as_bytes() });
                }
            }
            (Asked::Request(call, request), Answer::Well) => {
                self.handle(now, Input::HttpConnected { call });
                let (status, body) = argus(&request);
                let response = Response { status, retry_after: None, date: None, body: body.as_bytes() };
                self.handle(now, Input::HttpDone { call, response });
            }
            (Asked::Request(call, _), Answer::Badly) => {
                if call.0.is_multiple_of(2) {
                    let response = Response { status: 503, retry_after: Some("60"), date: None, body: b"" };
                    self.handle(now, Input::HttpDone { call, response });
                } else {
                    let (failure, cause) = (HttpFailure::Ambiguous, HttpCause::Reset);
                    self.handle(now, Input::HttpFailed { call, failure, cause });
                }
            }
            (Asked::Probe(probe, bytes), Answer::Well) => {
                self.handle(now, Input::Datagram { probe, bytes: &agent(bytes) });
            }
            (Asked::Probe(probe, _), Answer::Badly) => {
                self.handle(now, Input::DatagramFailed { probe, reason: ProbeFailure::Refused });
            }
        }
    }
}

/// Answers a line of the API with a case that is open, or as a server does that will not.
fn zino(line: &str, is_well: bool) -> &'static str {
    let word = line.split(' ').next().unwrap_or_default();
    match word {
        _ if !is_well => "500 event does not exist\r\n",
        "caseids" => "304 list of active cases follows\r\n1\r\n.\r\n",
        "getattrs" => {
            "303 simple attributes follow\r\nid: 1\r\nrouter: gw1\r\ntype: reachability\r\nstate: open\r\n\
             opened: 1795357544\r\nupdated: 1795357544\r\npriority: 100\r\n.\r\n"
        }
        "gethist" => "301 history follows\r\n1795357546 alice\r\n I look at it\r\n.\r\n",
        "getlog" => "300 log follows\r\n.\r\n",
        _ => "200 ok\r\n",
    }
}

/// Answers a request as an Argus without incidents does, that takes whatever it is given.
fn argus(request: &HttpRequest) -> (u16, String) {
    let target = request.target.as_str();
    let time = "2026-11-22T14:25:44+00:00";
    if target.contains("count=1") {
        (200, "{\"count\":0}".into())
    } else if target.starts_with("incidents/mine/") {
        (200, "{\"next\":null,\"previous\":null,\"results\":[]}".into())
    } else if target == "incidents/" {
        let source = "{\"pk\":1,\"name\":\"zino\",\"type\":{\"name\":\"zino\"},\"user\":7,\"base_url\":\"\"}";
        let text = format!(
            "{{\"pk\":1,\"start_time\":\"{time}\",\"end_time\":\"infinity\",\"source\":{source},\
             \"source_incident_id\":\"1\",\"description\":\"\",\"level\":3,\"ticket_url\":\"\",\"open\":true,\
             \"acked\":false,\"stateful\":true,\"tags\":[]}}"
        );
        (201, text)
    } else {
        let text = format!(
            "{{\"pk\":1,\"incident\":1,\"actor\":{{\"pk\":7,\"username\":\"zino\"}},\"timestamp\":\"{time}\",\
             \"received\":\"{time}\",\"type\":{{\"value\":\"OTH\",\"display\":\"Other\"}},\"description\":\"\"}}"
        );
        (201, text)
    }
}

/// Answers a probe as the agent does: the question sent back as a response, with a number in the place of the null.
fn agent(mut question: Vec<u8>) -> Vec<u8> {
    const RESPONSE: u8 = 0xa2;
    // Every length is a single byte: a header of two, the version in three, the community, then the PDU with the request
    // id and twice three bytes in front of the list of one variable.
    let pdu = 2 + 3 + 2 + usize::from(question[6]);
    let list = pdu + 2 + 2 + usize::from(question[pdu + 3]) + 3 + 3;
    question[pdu] = RESPONSE;
    question.truncate(question.len() - 2);
    question.extend([2, 1, 42]);
    for header in [0, pdu, list, list + 2] {
        question[header + 1] += 1;
    }
    question
}

fn secondary(span: Millis) -> Settings {
    let failover = FailoverSettings::builder().ping_interval(span).ping_timeout(span).threshold(1);
    Settings::example()
        .to_builder()
        .argus_timeout(span)
        .write_timeout(span)
        .refresh_interval(span)
        .reconcile_interval(span)
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        .failover(Some(failover))
        .build()
        .expect("every span is in its range")
}

#[test]
fn a_clock_that_has_reached_its_end_holds_up_nothing() {
    ends(|| {
        for span in [Millis(1), Millis::from_secs(10), Millis(LONGEST)] {
            for begin in [0, u64::MAX - LONGEST, u64::MAX - 1, u64::MAX] {
                let now = Now { mono: Mono(begin), wall: Wall(BEGIN) };
                let mut machine = Machine::new(secondary(span), now);
                for _ in 0..30 {
                    machine.step(Event::Answer(Answer::Well), Clock::Later(1), BEGIN);
                }
                for event in [Event::Wake, Event::Reconcile, Event::Cut, Event::Answer(Answer::Badly)] {
                    machine.step(event, Clock::At(u64::MAX), BEGIN);
                    machine.step(Event::Wake, Clock::At(u64::MAX), BEGIN);
                }
                machine.step(Event::Shutdown, Clock::At(u64::MAX), BEGIN);
                machine.step(Event::Wake, Clock::At(u64::MAX), BEGIN);
            }
        }
    });
}

fn clock() -> impl Strategy<Value = Clock> {
    let ends = prop::sample::select(vec![0, 1, u64::MAX / 2, u64::MAX - LONGEST, u64::MAX - 1, u64::MAX]);
    prop_oneof![
        1 => ends.prop_map(Clock::At),
        1 => any::<u64>().prop_map(Clock::At),
        8 => (0..100_000_u64).prop_map(Clock::Later),
        4 => Just(Clock::Wakeup(0)),
        2 => (0..=LONGEST).prop_map(Clock::Wakeup),
    ]
}

fn wall() -> impl Strategy<Value = i64> {
    let ends = prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX]);
    prop_oneof![6 => BEGIN..BEGIN + 100_000, 1 => ends, 1 => any::<i64>()]
}

fn event() -> impl Strategy<Value = Event> {
    let notified = prop::sample::select(vec![
        "1 state embryonic open\r\n",
        "1 history 1\r\n",
        "2 state open closed\r\n",
        "1 scavenged\r\n",
        "what\r\n",
    ]);
    prop_oneof![
        8 => Just(Event::Wake),
        24 => Just(Event::Answer(Answer::Well)),
        2 => Just(Event::Answer(Answer::Badly)),
        1 => Just(Event::Answer(Answer::Never)),
        2 => notified.prop_map(Event::Notified),
        1 => Just(Event::Cut),
        1 => Just(Event::Reconcile),
    ]
}

/// Spans at both ends of what is accepted, and any between.
fn span() -> impl Strategy<Value = Millis> {
    prop_oneof![Just(1), 1..1_000_u64, 1..=LONGEST, Just(LONGEST)].prop_map(Millis)
}

fn settings() -> impl Strategy<Value = Settings> {
    let spans = prop::collection::vec(span(), 6);
    let failover = (any::<bool>(), prop_oneof![1..4_i64, 1..=i64::from(u32::MAX)]);
    let sync = (any::<bool>(), any::<bool>(), any::<bool>());
    (spans, failover, sync, 1..=100_i64, any::<bool>()).prop_map(
        |(spans, (has_primary, threshold), (acknowledge, ticket, update), concurrency, accept)| {
            let failover = FailoverSettings::builder()
                .community(Secret::new(String::new()))
                .ping_timeout(spans[0])
                .ping_interval(spans[1])
                .threshold(threshold);
            Settings::example()
                .to_builder()
                .argus_timeout(spans[2])
                .write_timeout(spans[3])
                .refresh_interval(spans[4])
                .reconcile_interval(spans[5])
                .concurrency(concurrency)
                .acknowledge(acknowledge.then_some(AckState::Waiting))
                .ticket(ticket)
                .update(update)
                .failover(has_primary.then_some(failover))
                .accept_state_loss(accept)
                .build()
                .expect("every value is in its range")
        },
    )
}

#[test]
fn no_settings_and_no_clock_hold_up_the_machine() {
    ends(|| {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        let steps = prop::collection::vec((event(), clock(), wall()), 0..120);
        let input = (settings(), any::<bool>(), prop_oneof![Just(0), Just(u64::MAX), any::<u64>()], steps);
        let tested = TestRunner::new(config).run(&input, |(settings, shuts_down, begin, steps)| {
            let now = Now { mono: Mono(begin), wall: Wall(BEGIN) };
            let mut machine = Machine::new(settings, now);
            for (event, clock, wall) in steps {
                machine.step(event, clock, wall);
            }
            if shuts_down {
                machine.step(Event::Shutdown, Clock::Later(0), BEGIN);
                machine.step(Event::Wake, Clock::Wakeup(0), BEGIN);
            }
            Ok(())
        });
        if let Err(error) = tested {
            panic!("{error}");
        }
    });
}
