//! What its reader can do about a finding. No hint quotes a value: those stand in the finding.

use super::finding::{Checked, Finding, Verdict};
use super::item::{Item, Peer};
use crate::face::{Channel, Disconnect, HttpCause, ProbeFailure, TlsFailure};
use crate::wire::argus::ArgusError;

const SYSTEM: &str = "this machine or its limits for the service (LimitNOFILE, MemoryMax) stand in the way";
const NEW_TOKEN: &str = "make a new token for the user of the source system in Argus, and put it into argus.token or its \
                         file; tokens expire after 14 days, unless Argus is set otherwise";
const NOT_ARGUS: &str = "argus.url is the base of the API, and ends with /api/v2/";
const SERVER_ERROR: &str = "Argus itself has trouble: its log says which";
const ASLEEP: &str = "a firewall on the way, or an Argus that has too much to do (argus.timeout)?";

const NOT_HEALTH: &str =
    "failover.primary_health_url ends with /active, and its port is that of status.health_listen there";
const UNHEARD: &str =
    "does the firewall let the port of failover.primary_health_url through? Until then SNMP alone counts";

/// Returns the hint for a finding about an item.
pub(super) const fn hint(checked: &Checked) -> Option<&'static str> {
    let Checked { item, finding, verdict } = checked;
    Some(match finding {
        Finding::LoggedIn { .. }
        | Finding::Tied
        | Finding::CaseRead { .. }
        | Finding::NoCase
        | Finding::CaseGone { .. }
        | Finding::TokenAccepted { .. }
        | Finding::SourceSystem { .. }
        | Finding::Supported
        | Finding::PrimaryAnswered { .. }
        | Finding::PeerHealth { status: 200 }
        | Finding::NotTried(_)
        | Finding::Interrupted => return None,
        Finding::Clock { .. } => match verdict {
            Verdict::Ok => return None,
            Verdict::NotTried | Verdict::Warning | Verdict::Failed | Verdict::Refused => {
                "set both machines by NTP; until then the times of incidents do not fit the log of this one"
            }
        },
        Finding::NoDate => {
            "a proxy on the way removes the header Date; the clock of this machine is used instead"
        }
        Finding::NotAmong { .. } => {
            "it took too long to look at all of them; the daemon finds out at its first incident"
        }
        Finding::NotTold(_) => "it does no harm; a proxy or a much older Argus may answer so",
        Finding::NotSupported => unsupported(*item),
        Finding::CaseUnreadable { .. } => {
            "the daemon puts such a case aside and goes on; zinoargus explain shows it"
        }
        Finding::LoginRefused { .. } => {
            "zino.user and zino.secret are a line \"user secret\" of the secrets file of this Zino"
        }
        Finding::TokenRefused(_) => NEW_TOKEN,
        Finding::NoSource { .. } => {
            "make a token for the user of a source system, and put it into argus.token"
        }
        Finding::NotTied { .. } => "zino.notify_port is a port of the same Zino as zino.port",
        Finding::NotListed { .. } => "the log of Zino says why",
        Finding::NotZino(_) => not_zino(*item),
        Finding::Disconnected { channel, reason } => disconnected(*channel, *reason),
        Finding::PeerHealth { status: 503 } => {
            "its /readyz and its log say why; meanwhile each probe of it counts as failed"
        }
        Finding::PeerHealth { .. } => NOT_HEALTH,
        Finding::Unanswered(cause) => match item.peer() {
            Peer::Peer => peer_unanswered(*cause),
            Peer::Zino | Peer::Argus | Peer::Primary => unanswered(*cause),
        },
        Finding::NotArgus(error) => not_argus(error),
        Finding::Silent { .. } => silent(*item, *verdict),
        Finding::ProbeFailed(reason) => probe_failed(*reason, *verdict),
        Finding::NotThePrimary(_) => {
            "failover.primary_snmp_port is the port of the agent of Zino, not of the machine"
        }
    })
}

const fn unsupported(item: Item) -> &'static str {
    match item {
        Item::Reopening => {
            "an incident that this program ended cannot be opened again; an Argus of 2.10 or later can do it"
        }
        Item::Login
        | Item::Notifications
        | Item::Case
        | Item::Token
        | Item::Source
        | Item::Heartbeat
        | Item::Clock
        | Item::Name
        | Item::Address(_)
        | Item::Health => {
            "Argus cannot notice that this program is silent; an Argus of 2.10 or later can do it"
        }
    }
}

const fn not_zino(item: Item) -> &'static str {
    match item {
        Item::Notifications => {
            "something else listens there: zino.notify_port is that of Zino, by default 8002"
        }
        Item::Login
        | Item::Case
        | Item::Token
        | Item::Source
        | Item::Heartbeat
        | Item::Reopening
        | Item::Clock
        | Item::Name
        | Item::Address(_)
        | Item::Health => "something else listens there: zino.port is that of Zino's API, by default 8001",
    }
}

const fn disconnected(channel: Channel, reason: Disconnect) -> &'static str {
    match (channel, reason) {
        (_, Disconnect::Unresolved) => {
            "is zino.server spelt right, and does this machine have a name server?"
        }
        (_, Disconnect::Local(_)) => SYSTEM,
        (Channel::Api, Disconnect::Refused) => {
            "does Zino run on zino.server, on zino.port, and does it listen on that address?"
        }
        (Channel::Notify, Disconnect::Refused) => {
            "does Zino listen on zino.notify_port, and does the firewall let both ports through?"
        }
        (_, Disconnect::Unreachable) => {
            "is there a route to zino.server, and does the firewall let both ports through?"
        }
        (_, Disconnect::Closed | Disconnect::Reset | Disconnect::Other) => {
            "the log of Zino says why; does it let this machine in?"
        }
    }
}

const fn unanswered(cause: HttpCause) -> &'static str {
    match cause {
        HttpCause::Refused => "does Argus run on the host and port of argus.url?",
        HttpCause::Unreachable => {
            "is there a route to the host of argus.url, or is a proxy needed (HTTPS_PROXY)?"
        }
        HttpCause::Unresolved => {
            "is the host of argus.url spelt right, and does this machine have a name server?"
        }
        HttpCause::Tls(failure) => tls(failure),
        HttpCause::Proxy(_) => {
            "the proxy stands in HTTPS_PROXY or HTTP_PROXY; NO_PROXY leaves it out for a host"
        }
        HttpCause::Reset | HttpCause::Cancelled => ASLEEP,
        HttpCause::NotHttp => "is the port of argus.url the right one, and should it be http or https?",
        HttpCause::Local(_) => SYSTEM,
        HttpCause::TooLarge | HttpCause::Other => NOT_ARGUS,
    }
}

const fn peer_unanswered(cause: HttpCause) -> &'static str {
    match cause {
        HttpCause::Refused => {
            "does the primary's daemon run, with status.health_listen on this address and port? Each probe of it counts as failed"
        }
        HttpCause::Local(_) => SYSTEM,
        HttpCause::Tls(_) => {
            "the daemon itself speaks http; https is for a proxy before it, whose certificate argus.ca_file names"
        }
        HttpCause::Unreachable
        | HttpCause::Unresolved
        | HttpCause::Proxy(_)
        | HttpCause::Reset
        | HttpCause::Cancelled
        | HttpCause::TooLarge
        | HttpCause::NotHttp
        | HttpCause::Other => UNHEARD,
    }
}

const fn tls(failure: TlsFailure) -> &'static str {
    match failure {
        TlsFailure::Expired => {
            "whoever runs Argus has to renew its certificate; is the clock of this machine right?"
        }
        TlsFailure::NotYetValid => "is the clock of this machine right?",
        TlsFailure::OtherName => "argus.url has to name a host that stands in the certificate",
        TlsFailure::UnknownIssuer => {
            "name the certificate of whoever signed it in argus.ca_file, or install it on this machine"
        }
        TlsFailure::NotTls => "argus.url says https: is it http, or another port?",
        TlsFailure::Certificate
        | TlsFailure::Incompatible
        | TlsFailure::Refused
        | TlsFailure::Cut
        | TlsFailure::Other => "the log of the web server in front of Argus says why",
    }
}

const fn not_argus(error: &ArgusError) -> &'static str {
    match error {
        ArgusError::Server { .. } | ArgusError::Throttled { .. } => SERVER_ERROR,
        ArgusError::Unauthorized { .. }
        | ArgusError::Forbidden { .. }
        | ArgusError::NoSource { .. }
        | ArgusError::Missing
        | ArgusError::Duplicate
        | ArgusError::UnsupportedType { .. }
        | ArgusError::Refused { .. }
        | ArgusError::Redirected { .. }
        | ArgusError::Unreadable { .. } => NOT_ARGUS,
    }
}

const fn silent(item: Item, verdict: Verdict) -> &'static str {
    match (item.peer(), item) {
        (_, Item::Notifications) => "does the firewall let zino.notify_port through as well?",
        (Peer::Zino, _) => "does the firewall let zino.port through, and does Zino still answer others?",
        (Peer::Argus, _) => ASLEEP,
        (Peer::Peer, _) => UNHEARD,
        (Peer::Primary, _) => agent(
            verdict,
            "does the firewall let UDP to failover.primary_snmp_port through, and is failover.snmp_community right?",
        ),
    }
}

const fn probe_failed(reason: ProbeFailure, verdict: Verdict) -> &'static str {
    match reason {
        ProbeFailure::Unresolved => {
            "is failover.primary_server spelt right, and does this machine have a name server?"
        }
        ProbeFailure::Local(_) => SYSTEM,
        ProbeFailure::Refused => {
            agent(verdict, "does Zino run there, with its SNMP agent on failover.primary_snmp_port?")
        }
        ProbeFailure::Unreachable | ProbeFailure::Other => {
            agent(verdict, "is there a route to this address?")
        }
    }
}

/// Returns the hint for an address, or what to say where another address speaks for the host.
const fn agent(verdict: Verdict, otherwise: &'static str) -> &'static str {
    match verdict {
        Verdict::Warning => {
            "the primary counts as alive by another address; take this one out of its name, or mend it"
        }
        Verdict::Ok | Verdict::NotTried | Verdict::Failed | Verdict::Refused => otherwise,
    }
}
