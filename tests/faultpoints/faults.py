"""The faults, where each applies, and how long agreement may then take by the rules of the behaviour."""

from dataclasses import dataclass

# How the daemon under test is configured, in seconds: short, so that runs are.
TIMEOUT, WRITE_TIMEOUT, REFRESH, RECONCILE = 2, 10, 2, 3
# Invariant 11: what changes in Zino is in Argus after 5 s; what people do in Argus is in Zino after a refresh and 5 s.
PROMPT = 5
# B60: how long one probe takes that fails, with the pause before it.
PROBE = 2
# B13, B51: how long a write whose answer is missing may be under way; also after a start.
UNDER_WAY = TIMEOUT + WRITE_TIMEOUT
# B50: the first backoff, with its jitter; and the silence of a reply after which the session ends.
RECONNECT, SILENCE = 5.5, 10
# B51: one probe each 5 s finds out whether an outage is over; the patience of a listing.
OUTAGE, LISTING = 5, 30
# B52: how often credentials that were refused are tried again.
CREDENTIALS = 60
# What a loaded machine may add: many runs share two cores.
SLACK = 3
# How long refused connections are refused.
REFUSED = 2


@dataclass(frozen=True)
class Fault:
    """A fault by its name, what a proxy does for it, and its number: seconds or a status."""

    name: str
    kind: str
    value: int = 0


def _table(*faults: Fault) -> dict[str, Fault]:
    return {fault.name: fault for fault in faults}


KILLS = (Fault("killed before", "kill_before"), Fault("killed when sent", "kill_sent"),
         Fault("killed after", "kill_after"))
BROKEN = (Fault("answer lost", "lose"), Fault("refused", "refuse"), Fault("request cut", "cut_request"),
          Fault("answer cut", "cut_answer"))
SLOW = (Fault("3 s", "slow", 3), Fault("8 s", "slow", 8), Fault("40 s", "slow", 40))
FAULTS = {
    "argus": _table(*KILLS, Fault("killed, sent late", "kill_late", 8), *BROKEN, Fault("500", "status", 500),
                    Fault("503", "status", 503), Fault("401", "status", 401), *SLOW, Fault("8 s late", "late", 8),
                    Fault("stale", "stale")),
    "zino": _table(*KILLS, *BROKEN, Fault("500", "status", 500), *SLOW),
    "notify": _table(Fault("killed before", "kill_before"), Fault("killed after", "kill_after"),
                     Fault("lost", "lose"), Fault("doubled", "double"), Fault("cut", "cut_answer"), *SLOW),
    "probe": _table(Fault("killed before", "kill_before"), Fault("killed after", "kill_after"), Fault("lost", "lose"),
                    Fault("doubled", "double"), Fault("3 s", "slow", 3)),
}
# What can be answered by what was true before. The rest either writes, or is Zino's, which has one view.
STALE = {"feed", "listing", "count", "lookup", "events", "incident"}
WRITES = {"create", "OTH", "END", "RES", "patch", "addhist", "text", "setstate", "heartbeat"}


def applies(channel: str, kind: str, fault: Fault) -> bool:
    """Whether a fault makes sense at points of this kind."""
    word = kind.split(" ")[0].rstrip(",")
    if fault.kind == "stale":
        return word in STALE
    if fault.kind in ("kill_late", "late"):
        return word in WRITES  # of what is only read, nothing arrives late
    if channel in ("zino", "notify") and word == "connect":
        return fault.kind in ("kill_before", "refuse", "cut_answer", "slow")
    return True


def extra(channel: str, kind: str, fault: Fault) -> float:
    """What a fault may add to the time until both sides agree, in seconds from the fault on."""
    if fault.kind.startswith("kill"):
        return UNDER_WAY + PROMPT + (RECONNECT if fault.kind == "kill_before" and kind == "connect" else 0)
    return {"argus": _at_argus, "zino": _at_zino, "notify": _at_notify, "probe": _at_probe}[channel](kind, fault)


def _at_argus(kind: str, fault: Fault) -> float:
    writes = kind.split(" ")[0] in WRITES
    patience = WRITE_TIMEOUT if writes else LISTING if kind in ("listing", "events") else TIMEOUT
    if fault.kind == "status" and fault.value == 401:
        return CREDENTIALS + OUTAGE
    if fault.kind in ("slow", "late"):
        return min(fault.value, patience) + UNDER_WAY
    if fault.kind == "refuse":
        return REFUSED + OUTAGE + (UNDER_WAY if writes else 0)
    if fault.kind == "stale":
        return 5 * RECONCILE  # B11: what leaves no trace in the feed is found by the next full listing
    return UNDER_WAY if writes else OUTAGE


def _at_zino(kind: str, fault: Fault) -> float:
    waits = min(fault.value, SILENCE) if fault.kind == "slow" else REFUSED if fault.kind == "refuse" else 0
    put_aside = 5 if fault.kind in ("slow", "cut_answer", "lose", "cut_request", "status") else 0  # B14
    return waits + RECONNECT + put_aside + (RECONCILE if kind == "caseids" else 0)


def _at_notify(_kind: str, fault: Fault) -> float:
    if fault.kind == "cut_answer":
        return RECONNECT
    return 0 if fault.kind == "double" else RECONCILE


def _at_probe(_kind: str, fault: Fault) -> float:
    return fault.value
