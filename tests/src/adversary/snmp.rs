//! An SNMP agent that is honest until the attack begins.

use super::say::is_wait;
use super::stage::Stage;
use super::{COMMUNITY, lock};
use glue_sim::snmp::SnmpAgent;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a datagram is waited for before it is looked what else is to be done.
const TICK: Duration = Duration::from_millis(10);

/// One datagram of the attack.
pub(super) enum Datagram {
    /// From the port that was asked.
    Here(Vec<u8>),
    /// From another port of the same address.
    OtherPort(Vec<u8>),
    /// From the same port of another address.
    OtherAddress(Vec<u8>),
}

/// Makes the datagrams in the place of an honest answer.
pub(super) type AnswerTactic = fn(&[u8]) -> Vec<Datagram>;

/// Makes one datagram out of an honest answer.
pub(super) type FloodTactic = fn(&[u8]) -> Vec<u8>;

/// How the agent is hostile.
#[derive(Clone, Copy, Default)]
pub(super) struct SnmpTactic {
    /// What is sent in the place of an answer.
    pub(super) answer: Option<AnswerTactic>,
    /// What is sent to the last one who has asked, in each hundredth of a second, and how often.
    pub(super) flood: Option<(FloodTactic, u32)>,
}

/// The agent on its port.
pub(super) struct HostileAgent {
    port: u16,
    silent: Arc<AtomicBool>,
    stage: Arc<Stage>,
    thread: Option<JoinHandle<()>>,
}

struct Sockets {
    here: UdpSocket,
    another_port: UdpSocket,
    another_address: Option<UdpSocket>,
}

impl HostileAgent {
    pub(super) fn start(stage: &Arc<Stage>, tactic: SnmpTactic) -> io::Result<Self> {
        let here = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        here.set_read_timeout(Some(TICK))?;
        let port = here.local_addr()?.port();
        let another_port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let another_address = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), port)).ok();
        let sockets = Sockets { here, another_port, another_address };
        let silent = Arc::new(AtomicBool::new(false));
        let (for_thread, is_silent) = (Arc::clone(stage), Arc::clone(&silent));
        let thread = thread::spawn(move || serve(&for_thread, tactic, &is_silent, &sockets));
        Ok(Self { port, silent, stage: Arc::clone(stage), thread: Some(thread) })
    }

    /// Returns the port.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Makes it say nothing more.
    pub(super) fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }
}

impl Drop for HostileAgent {
    fn drop(&mut self) {
        self.stage.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stage: &Stage, tactic: SnmpTactic, silent: &AtomicBool, sockets: &Sockets) {
    let agent = Mutex::new(SnmpAgent::new(COMMUNITY, 0));
    let mut last: Option<(SocketAddr, Vec<u8>)> = None;
    let mut buffer = vec![0; 65_536];
    while !stage.is_closed() {
        match sockets.here.recv_from(&mut buffer) {
            Ok((count, from)) if !silent.load(Ordering::SeqCst) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let now = i64::try_from(now).unwrap_or(i64::MAX);
                let Some(honest) = lock(&agent).answer(&buffer[..count], now) else { continue };
                send(sockets, from, answers(stage, tactic, &honest));
                last = Some((from, honest));
            }
            Ok(_) => {}
            Err(error) if is_wait(error.kind()) => {}
            Err(_) => return,
        }
        if let (Some((make, count)), Some((to, honest))) = (tactic.flood, &last)
            && stage.is_hostile()
        {
            stage.strike();
            let datagram = make(honest);
            for _ in 0..count {
                let _ = sockets.here.send_to(&datagram, to);
            }
        }
    }
}

fn answers(stage: &Stage, tactic: SnmpTactic, honest: &[u8]) -> Vec<Datagram> {
    match tactic.answer.filter(|_| stage.is_hostile()) {
        Some(tactic) => {
            stage.strike();
            tactic(honest)
        }
        None => vec![Datagram::Here(honest.to_vec())],
    }
}

fn send(sockets: &Sockets, to: SocketAddr, datagrams: Vec<Datagram>) {
    for datagram in datagrams {
        // What the system will not send was not sent.
        let _ = match datagram {
            Datagram::Here(bytes) => sockets.here.send_to(&bytes, to),
            Datagram::OtherPort(bytes) => sockets.another_port.send_to(&bytes, to),
            Datagram::OtherAddress(bytes) => match &sockets.another_address {
                Some(socket) => socket.send_to(&bytes, to),
                None => continue,
            },
        };
    }
}
