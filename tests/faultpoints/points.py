"""Fault points: everything that passes between the daemon and its peers, by names that the next run finds again.

The daemon does some things at once, so a point is not known by its place among all others but by what it is, for which
case, in which step of the story, and which one of its kind it is in that step: `argus close/END(a)#1`.
"""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from .faults import WRITES, Fault

# What comes again and again by itself: only the first one of a step is a point.
PERIODIC = {"feed", "feed, older", "listing", "count", "heartbeat", "caseids", "getattrs", "gethist", "getlog",
            "incident", "version", "probe"}
# Of what belongs to a change, the first ones of a step are.
FIRST = 3


@dataclass(frozen=True, order=True)
class Point:
    """One passage of one run, found again in another run of the same story."""

    channel: str  # "argus", "zino", "notify" or "probe"
    step: str
    what: str  # for instance "create(a)"
    number: int

    def __str__(self) -> str:
        return f"{self.channel} {self.step}/{self.what}#{self.number}"

    @staticmethod
    def parse(text: str) -> "Point":
        """Reads what `str` has written."""
        found = re.fullmatch(r"(\w+) ([^/]+)/(.+)#(\d+)", text)
        if not found:
            raise ValueError(f"not a fault point: {text!r}")
        return Point(found[1], found[2], found[3], int(found[4]))

    @property
    def kind(self) -> str:
        """What it is, whatever the case: `create(a)` is a `create`."""
        return re.sub(r"\([^)]*\)", "", self.what).strip()

    @property
    def counts(self) -> bool:
        """Whether a run is made for it."""
        return self.number <= (1 if self.kind in PERIODIC or self.kind.split(" ")[0] in PERIODIC else FIRST)


@dataclass
class Shot:
    """The one fault of a run: at which point, and when it began and was over."""

    point: Point
    fault: Fault
    fired: float | None = None
    over: float | None = None

    def end(self) -> None:
        """From here on, nothing is broken any more."""
        self.over = time.monotonic()


@dataclass
class Passage:
    """What passed, and what became of it."""

    point: Point
    at: float = field(default_factory=time.monotonic)
    note: str = ""


class Register:
    """Names what passes, and tells the proxy where the fault of the run strikes. Many threads use it."""

    def __init__(self, shot: Shot | None = None) -> None:
        self.shot = shot
        self._lock = threading.Lock()
        self._step = "setup"
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._passages: list[Passage] = []
        self._roles: dict[int, str] = {}
        self._epoch = 0
        self._begun = time.monotonic()

    def begin(self, step: str) -> None:
        """The next step of the story begins."""
        with self._lock:
            self._step = step
        self.changed()

    def changed(self) -> None:
        """Something has been written on either side: what was read before is stale from now on."""
        with self._lock:
            self._epoch += 1

    @property
    def epoch(self) -> int:
        """How often something has been written."""
        with self._lock:
            return self._epoch

    def name_case(self, number: int, role: str) -> None:
        """Tells what the story calls a case."""
        with self._lock:
            self._roles[number] = role

    def role(self, number: int | None) -> str:
        """What the story calls a case."""
        with self._lock:
            return self._roles.get(number or 0, "?")

    def arrive(self, channel: str, what: str) -> tuple[Passage, Shot | None]:
        """Names what has just come; returns the fault, if it strikes here."""
        with self._lock:
            key = (channel, self._step, what)
            self._counts[key] += 1
            passage = Passage(Point(channel, self._step, what, self._counts[key]))
            self._passages.append(passage)
            shot = self.shot
            if shot is None or shot.fired is not None or shot.point != passage.point:
                return passage, None
            shot.fired = passage.at
            passage.note = f"*** {shot.fault.name} ***"
            return passage, shot

    def points(self) -> list[Point]:
        """The fault points of this run, in the order in which they came."""
        with self._lock:
            return [one.point for one in self._passages if one.point.counts and one.point.step != "setup"]

    def seen(self, channel: str, kind: str) -> int:
        """How many of a kind have come so far."""
        with self._lock:
            return sum(one.point.channel == channel and one.point.kind == kind for one in self._passages)

    def writes(self, step: str) -> list[str]:
        """What has changed incidents or cases in a step; a heartbeat does not."""
        with self._lock:
            return [str(one.point) for one in self._passages if one.point.step == step
                    and one.point.kind.split(" ")[0] in WRITES - {"heartbeat"}]

    def log(self) -> str:
        """All passages, one a line, with their time in seconds."""
        with self._lock:
            return "".join(f"{one.at - self._begun:8.3f}  {one.point}  {one.note}\n" for one in self._passages)
