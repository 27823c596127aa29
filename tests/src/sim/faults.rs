//! What goes wrong.

use super::events::FaultKind;
use super::run::{End, Sim};
use glue_proto::{Input, Operator};
use glue_sim::argus::{Outage, PermanentFailure};
use glue_sim::world::{DatagramFault, HttpFault, LastingFault, NotifyFault};

/// Which requests the next failure is meant for.
const PATTERNS: [&str; 6] =
    ["POST incidents/ ", "/events/ {", "PATCH ", "GET incidents/mine/", "/events/", ""];
/// How long the machine may go on once it was told to stop, milliseconds.
const LAST_RESPITE: u64 = 1000;
/// How long a worker of the server goes on with what nobody waits for any more, milliseconds: less than the 30 s after
/// which it is ended.
const WORKER_MILLIS: u64 = 20_000;
/// How long lasting faults last, seconds.
const SPANS: [u64; 8] = [1, 2, 5, 9, 15, 31, 70, 200];

impl Sim {
    /// Lets something go wrong. Returns what, for people.
    pub(super) fn begin_fault(&mut self, fault: FaultKind, how: u8, seconds: u8) -> String {
        let span = SPANS[usize::from(seconds) % SPANS.len()] * 1000;
        match fault {
            FaultKind::Http => {
                let pattern = PATTERNS[usize::from(how) % PATTERNS.len()];
                let fault = http_fault(seconds);
                let text = format!("next {pattern:?} goes wrong: {fault:?}");
                self.world.fail_next(pattern, fault);
                return text;
            }
            FaultKind::ArgusDown => self.last(LastingFault::ArgusDown, span),
            FaultKind::ArgusSlow => self.last(LastingFault::ArgusSlow, span),
            FaultKind::ZinoDown => self.last(LastingFault::ZinoDown, span),
            FaultKind::ZinoSilent => self.last(LastingFault::ZinoSilent, span),
            FaultKind::ZinoStuck => self.last(LastingFault::ZinoStuck, span),
            FaultKind::PrimarySilent => self.last(LastingFault::PrimarySilent, span),
            FaultKind::ArgusOutage => self.begin_outage(how, span),
            FaultKind::TokenRefused => {
                let token = self.world.token().to_string();
                self.world.argus.remove_token(&token);
                self.until(span.min(40_000), End::Token);
            }
            FaultKind::ZinoCut => self.world.cut_zino_after(usize::from(how)),
            FaultKind::ZinoHalfOpen => self.world.half_open_zino(),
            FaultKind::ZinoRestart => {
                self.world.zino.restart();
                self.last(LastingFault::ZinoDown, 2000);
            }
            FaultKind::ZinoLosesSeconds => {
                self.expected.goes_back(&self.world);
                self.world.zino.restart_losing(usize::from(how % 6));
                self.last(LastingFault::ZinoDown, 2000);
            }
            FaultKind::ZinoLosesState => {
                self.expected.goes_back(&self.world);
                self.world.zino.lose_state();
                self.last(LastingFault::ZinoDown, 2000);
            }
            FaultKind::ZinoVanish => {
                let cases: Vec<_> = self.world.zino.cases().map(glue_sim::zino::ZinoCase::id).collect();
                if let Some(id) = cases.get(usize::from(how) % cases.len().max(1)) {
                    self.expected.goes_back(&self.world);
                    let _ = self.world.zino.vanish(*id);
                    return format!("case {id} vanishes");
                }
            }
            FaultKind::Notification => self.world.fail_next_notification(notify_fault(how)),
            FaultKind::Datagram => self.world.fail_next_datagram(self.datagram_fault(how)),
            FaultKind::Crash => self.world.kill_daemon_after(u32::from(how % 32)),
            FaultKind::Kill => {
                self.world.kill_daemon();
                self.until(span.min(70_000), End::Restart);
            }
            FaultKind::ClockStep => self.world.skew += i64::from(how.cast_signed()),
            FaultKind::Shutdown => {
                if !self.world.is_dead() && self.world.has_run_for(1000) {
                    self.world.tell(Input::Shutdown);
                    self.until(LAST_RESPITE, End::Shutdown);
                }
            }
            FaultKind::UserRefused => {
                let user = self.world.settings().zino.user.clone();
                self.world.zino.set_user(&user, "another secret");
                self.until(span.min(40_000), End::User);
            }
            FaultKind::Command => self.world.tell(Input::Command(Operator::Reconcile)),
            FaultKind::PermanentFailure => return self.begin_permanent_failure(how, span),
            FaultKind::Freeze => self.world.freeze_daemon(span, how.is_multiple_of(2)),
        }
        format!("{fault:?} ({how}) for up to {span} ms")
    }

    fn last(&mut self, fault: LastingFault, span: u64) {
        self.world.set_fault(fault, true);
        self.until(span, End::Fault(fault));
    }

    /// Argus fails at everything that is written about a case.
    fn begin_permanent_failure(&mut self, how: u8, span: u64) -> String {
        let failure = PermanentFailure { id: (1 + how % 8).to_string(), is_done: how >= 128 };
        let told = format!("Argus fails at case {} (done all the same: {})", failure.id, failure.is_done);
        self.world.argus.edit_options(|options| options.permanent_failures.push(failure));
        self.until(span, End::PermanentFailure);
        told
    }

    fn begin_outage(&mut self, how: u8, span: u64) {
        let status = [500, 502, 503, 429, 504][usize::from(how) % 5];
        let retry_after = (how >= 128).then(|| (how % 16).to_string());
        self.world.argus.edit_options(|options| options.outage = Some(Outage { status, retry_after }));
        self.until(span, End::Outage);
    }

    /// Ends whatever is wrong with the servers, and what waits for its occasion.
    pub(super) fn heal(&mut self) {
        for end in std::mem::take(&mut self.ends) {
            // Not even a second has passed since it was told to stop.
            if end.1 != End::Shutdown {
                self.end(end.1);
            }
        }
        self.world.heal();
        // A listing that loses rows may lose the same one each time, and then nothing ever shows it.
        self.world.argus.edit_options(|options| options.page_limit = None);
        self.world.spare_daemon();
        self.world.thaw_daemon();
        self.world.skew = 0;
        if self.plan.setup.failover.is_some() && !self.plan.setup.primary_stays {
            self.world.set_fault(LastingFault::PrimarySilent, true);
        }
        if self.world.is_dead() {
            self.world.restart_daemon();
        }
    }

    fn datagram_fault(&self, how: u8) -> DatagramFault {
        // Late enough to come upon the next probe, before its own answer.
        let next = (u64::from(self.plan.setup.ping) * 1000).saturating_sub(self.plan.setup.latency);
        match how % 8 {
            0 | 1 => DatagramFault::Lose,
            2 => DatagramFault::Late(3000),
            3 => DatagramFault::Late(next),
            4 => DatagramFault::Double,
            5 => DatagramFault::Foreign,
            6 => DatagramFault::Malformed,
            _ => DatagramFault::Refused,
        }
    }

    /// Ends one fault.
    pub(super) fn end(&mut self, end: End) {
        match end {
            End::Fault(fault) => self.world.set_fault(fault, false),
            End::User => {
                let settings = self.world.settings().zino.clone();
                self.world.zino.set_user(&settings.user, settings.secret.expose());
            }
            End::Shutdown => {
                if !self.world.is_dead() && !self.world.is_frozen() {
                    self.broken.get_or_insert_with(|| {
                        String::from("B2: told to stop, it still runs after a second")
                    });
                }
            }
            End::Token => {
                let (source, token) = (self.world.source().to_string(), self.world.token().to_string());
                self.world.argus.add_token(&source, &token);
            }
            End::Outage => self.world.argus.edit_options(|options| options.outage = None),
            End::PermanentFailure => {
                let permanent_failures = self.plan.setup.permanent_failures();
                self.world.argus.edit_options(|options| options.permanent_failures = permanent_failures);
            }
            End::Restart => {
                if self.world.is_dead() {
                    self.ends.retain(|(_, end)| *end != End::Shutdown);
                    self.world.restart_daemon();
                }
            }
        }
    }
}

const fn http_fault(how: u8) -> HttpFault {
    match how % 16 {
        0 => HttpFault::Refuse,
        1 => HttpFault::Unreachable,
        2 => HttpFault::CutBefore,
        3 => HttpFault::LoseReply,
        4 if how & 16 == 0 => HttpFault::CutWhileAtWork(WORKER_MILLIS),
        4 => HttpFault::GatewayTimeout(WORKER_MILLIS),
        5 => HttpFault::Delay(1500),
        6 => HttpFault::Delay(28_000),
        7 => HttpFault::SlowReply(4000),
        8 => HttpFault::SlowReply(31_500),
        9 => HttpFault::Hang,
        10 => HttpFault::Status(429, Some(7)),
        11 => HttpFault::Status(503, None),
        12 => HttpFault::Status(500, None),
        13 => HttpFault::StatusAfter(502),
        14 => HttpFault::Html,
        _ => HttpFault::HalfBody,
    }
}

fn notify_fault(how: u8) -> NotifyFault {
    match how % 8 {
        0..=2 => NotifyFault::Lose,
        3 | 4 => NotifyFault::Double,
        5 => NotifyFault::Before(b"9999 state open closed\r\n".to_vec()),
        6 => NotifyFault::Before(b"9999 attr priority\r\n9998 scavenged \r\n".to_vec()),
        _ => NotifyFault::Before(b"what is this\r\n\xff\xfe \r\n".to_vec()),
    }
}
