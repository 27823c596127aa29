"""Cold and warm starts, and a burst: how long until everything that must be in Argus is there, and what it took."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .argus import Seen, StandIn
from .subject import OURS, Subject
from .zino import Zino, words_of
from .waiting import wait

# How often the real Argus is looked at: each look is a query of its database.
LOOK = 0.1
# Nothing for so long means that a start is over; longer than the pause with which our daemon spares Argus.
LULL = 0.8
# Our daemon waits five seconds after a start before it compares histories.
AFTER_START = 5.0
NOTES = 2


@dataclass(frozen=True)
class Sync:
    """One run: seconds, the incidents that had to be made, and the requests by their kind."""

    seconds: float
    lead: float  # how much of that was over when work at Argus began: it does not grow with the cases
    incidents: int
    requests: Counter[str]

    @property
    def per_incident(self) -> float:
        """Requests for each incident; what is asked for regardless of their number is left out."""
        return sum(count for kind, count in self.requests.items() if kind not in FIXED) / self.incidents

    def times(self, parts: int) -> float:
        """The seconds that so many times the cases would take."""
        return self.lead + (self.seconds - self.lead) * parts


# What does not depend on the number of incidents.
FIXED = ("listing", "count", "look", "heartbeat")


@contextmanager
def pair(zino_kind: str, delay: int = 0, argus: Any = None) -> Iterator[tuple[Zino, Any]]:
    """A Zino, and a stand-in for Argus unless one is given."""
    zino = Zino(zino_kind)
    try:
        argus = argus or StandIn(delay)
        try:
            yield zino, argus
        finally:
            argus.stop()
    finally:
        zino.stop()


@contextmanager
def running(kind: str, zino: Zino, argus: Any, **changes: Any) -> Iterator[Subject]:
    """A daemon between the two."""
    subject = Subject(kind, zino, argus, **changes)
    try:
        yield subject
    finally:
        subject.stop()


def cold(kind: str, zino_kind: str, cases: int, delay: int = 0, argus: Any = None) -> Sync:
    """From the start of the program until the last event is posted."""
    with pair(zino_kind, delay, argus) as (zino, argus):
        deserving, _ = zino.fill(cases, NOTES)
        with running(kind, zino, argus) as subject:
            return _watch(subject, argus, subject.started, deserving, deserving * NOTES)


def fill(zino: Zino, argus: StandIn, cases: int) -> int:
    """Brings both sides together with our daemon, quickly, and leaves; returns how many incidents there are."""
    deserving, _ = zino.fill(cases, NOTES)
    with running(OURS, zino, argus) as subject:
        _watch(subject, argus, subject.started, deserving, deserving * NOTES)
        subject.kill()
    return deserving


def burst(kind: str, cases: int, delay: int) -> Sync:
    """From the opening of so many cases at once until the last incident is posted."""
    with pair("stand-in", delay) as (zino, argus), running(kind, zino, argus) as subject:
        wait(lambda: words_of(zino.heard()).get("caseids"), "the first read of Zino")
        wait(lambda: _is_quiet(zino, argus), "the start is over")
        deserving, begun = zino.fill(cases, notes=0, plain=True)
        return _watch(subject, argus, begun, deserving, 0)


def _watch(subject: Subject, argus: Any, begun: float, incidents: int, events: int) -> Sync:
    recorded = isinstance(argus, StandIn)

    began: list[float] = []

    def is_done() -> bool:
        subject.check()
        now = argus.progress()
        if now.incidents and not began:
            began.append(time.time())
        return now.incidents >= incidents and now.events >= events

    wait(is_done, f"{incidents} incidents and {events} events", interval=0.02 if recorded else LOOK)
    ended = time.time()
    if not recorded:
        return Sync(ended - begun, began[0] - begun, incidents, Counter())
    # The recorder notes a request just behind its effect.
    time.sleep(0.1)
    seen = [one for one in argus.seen() if one.arrived >= begun]
    last = max(one.answered for one in seen if one.is_write)
    assert argus.progress().incidents == incidents, "more incidents than cases"
    first = min(one.arrived for one in seen if one.is_write)
    return Sync(last - begun, first - begun, incidents, Counter(one.kind for one in seen))


@dataclass(frozen=True)
class Warm:
    """A start over what is there already."""

    agreed: float  # seconds until the listing and every case of Zino were read
    compared: float | None  # seconds until the last history was read, if any was
    incidents: int
    requests: Counter[str]
    writes: int
    memory: float  # the peak, MiB


def warm(kind: str, zino: Zino, argus: StandIn, incidents: int) -> Warm:
    """Starts a daemon over a Zino and an Argus that agree, and watches it until it rests."""
    with running(kind, zino, argus) as subject:
        begun = subject.started
        wait(lambda: _listed(argus, begun), "the listing")
        wait(lambda: _is_quiet(zino, argus, subject), "the start is over", interval=0.05)
        reads = [one for one in zino.heard() if one.at >= begun and one.text.startswith("get")]
        burst_end = _end_of_burst([one.at for one in reads])
        listing = max(one.answered for one in _listed(argus, begun))
        if kind == OURS:
            time.sleep(max(0.0, begun + AFTER_START + LULL - time.time()))
            wait(lambda: _is_quiet(zino, argus, subject), "histories are compared", interval=0.05)
        seen, memory = [one for one in argus.seen() if one.arrived >= begun], subject.peak_memory()
    compared = [one.answered for one in seen if one.kind == "events"]
    return Warm(max(burst_end, listing) - begun, max(compared) - begun if compared else None, incidents,
                Counter(one.kind for one in seen), sum(one.is_write for one in seen), memory)


def _listed(argus: StandIn, begun: float) -> list[Seen]:
    return [one for one in argus.seen() if one.arrived >= begun and one.kind == "listing"]


def _end_of_burst(times: list[float]) -> float:
    """When reads that follow each other closely stop for the first time."""
    for earlier, later in zip(times, times[1:]):
        if later - earlier > LULL / 2:
            return earlier
    return times[-1]


def _is_quiet(zino: Zino, argus: StandIn, subject: Subject | None = None) -> bool:
    """Whether nothing but counts, looks and heartbeats has happened on either side for a moment."""
    if subject:
        subject.check()
    asked = [one.answered for one in argus.seen() if one.kind not in ("count", "look", "heartbeat")]
    last = max(asked[-1:] + [one.at for one in zino.heard()[-1:]] + [0.0])
    return time.time() - last > LULL
