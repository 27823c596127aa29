"""From a change in Zino to the request at Argus, one change at a time, while other work goes on."""

import random
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from . import floor, onlooker
from .argus import StandIn
from .sync import AFTER_START, LULL, fill, pair, running
from .zino import Zino
from .waiting import wait

FLOOR = "floor"
# Our daemon has shorter rounds here than by default, so that its rounds meet many changes: harder than in real life.
SHORT_ROUNDS = {"sync": {"refresh_interval": 2, "reconcile_interval": 5}}
# The pause between two changes, in seconds.
PAUSE = (0.1, 0.3)
PROBE = re.compile(r"probe-\d{6}")


@dataclass(frozen=True)
class Latency:
    """Sorted milliseconds, and how many changes there were: each must have made exactly one request."""

    milliseconds: list[float]
    changes: int
    requests: int
    memory: float = 0.0  # the peak of the daemon, MiB

    def at(self, share: float) -> float:
        """The latency that this share of the changes does not exceed."""
        return self.milliseconds[min(int(share * len(self.milliseconds)), len(self.milliseconds) - 1)]


@contextmanager
def silent_primary() -> Iterator[dict[str, Any]]:
    """An SNMP agent that never answers, and the tables that name it as the primary."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        yield {"failover": {"primary_server": "127.0.0.1", "primary_snmp_port": agent.getsockname()[1],
                            "ping_timeout": 1, "threshold": 1}}


def measure(kind: str, zino_kind: str, cases: int, delay: int, seconds: float, silent: bool = False,
            watched: bool = False) -> Latency:
    """Changes Zino for so long, with so many cases there, and tells when Argus got to know of each change."""
    with pair(zino_kind) as (zino, argus), ExitStack() as stack:
        fill(zino, argus, cases)
        argus.set_delay(delay)
        tables = stack.enter_context(silent_primary()) if silent else {}
        tables |= stack.enter_context(onlooker.looking()) if watched else {}
        subject = None
        if kind == FLOOR:
            stack.enter_context(floor.notifying(zino, argus))
        else:
            subject = stack.enter_context(running(kind, zino, argus, ours=SHORT_ROUNDS, **tables))
        prober = _Prober(zino, argus, cases)
        wait(prober.has_effect, "the first change arrives", interval=0.5)
        prober.forget()
        found = prober.probe(seconds)
        return replace(found, memory=subject.peak_memory()) if subject else found


class _Prober:
    """Makes changes that can be told apart, and finds them again."""

    def __init__(self, zino: Zino, argus: StandIn, cases: int) -> None:
        self._zino, self._argus = zino, argus
        self._random = random.Random(4711)
        self._cases = [number for number in range(1, cases + 1) if number % 10]  # the mix: each tenth has no incident
        self._made: dict[str, float] = {}
        self._last = 0

    def has_effect(self) -> bool:
        """Makes one change and tells whether any has arrived: until a daemon is at work it may ignore some."""
        found = self._arrivals()
        if not found:
            self._change()
        return bool(found)

    def forget(self) -> None:
        """Waits until the start is over, with all that a daemon spares Argus just behind it."""
        time.sleep(AFTER_START + LULL)
        self._made.clear()

    def probe(self, seconds: float) -> Latency:
        """Makes changes for so long, then waits for the last."""
        end = time.time() + seconds
        while time.time() < end:
            self._change()
            time.sleep(self._random.uniform(*PAUSE))
        wait(lambda: len(self._arrivals()) == len(self._made), "every change arrives")
        time.sleep(LULL)  # for what might come twice
        found = self._arrivals()
        latencies = sorted((min(times) - self._made[name]) * 1000 for name, times in found.items())
        return Latency(latencies, len(self._made), sum(map(len, found.values())))

    def _change(self) -> None:
        self._last += 1
        name = f"probe-{self._last:06}"
        if self._last % 2:
            self._made[name] = self._zino.note(self._random.choice(self._cases), name)
        else:
            self._made[name] = self._zino.open_case(f"{name}.example.org")[1]

    def _arrivals(self) -> dict[str, list[float]]:
        """When the incident or the event of each change arrived; the event that repeats an incident's name is none."""
        found: dict[str, list[float]] = {}
        for one in self._argus.seen():
            if one.method == "POST" and one.status == 201:
                name = PROBE.search(one.body)
                if name and name[0] in self._made:
                    found.setdefault(name[0], []).append(one.arrived)
        return found
