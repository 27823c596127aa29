"""Nothing happens: memory, processor time and requests; and then people act in Argus."""

import random
import time
from collections import Counter
from dataclasses import dataclass

from .argus import StandIn
from .sync import NOTES, LULL, pair, running
from .zino import Zino
from .waiting import wait

# How long after everything is there it counts as idle: longer than what a daemon does just after its start.
SETTLING = 8.0


@dataclass(frozen=True)
class Quiet:
    """What a daemon took to do nothing for so long, and how fast it told Zino what people did, in seconds, sorted."""

    open: int
    seconds: float
    memory: float  # the peak, MiB
    cpu: float
    requests: Counter[str]
    told: list[float]
    orders: int  # with which Zino was told of it
    different: int  # requests, each counted once: a refresh of a daemon that never asks the same twice in one

    def per_cycle(self, interval: float) -> float:
        """Requests in each refresh, one in so many seconds; the heartbeat is none of it."""
        return sum(count for kind, count in self.requests.items() if kind != "heartbeat") * interval / self.seconds


def measure(kind: str, cases: int, seconds: float, actions: int = 0, spread: float = 0.0, **changes: object) -> Quiet:
    """A cold start with so many cases, then silence, then so many acknowledgements and as many closings by hand."""
    with pair("stand-in") as (zino, argus):
        deserving, _ = zino.fill(cases, NOTES)
        with running(kind, zino, argus, **changes) as subject:
            def is_done() -> bool:
                subject.check()
                now = argus.progress()
                return now.incidents >= deserving and now.events >= deserving * NOTES

            wait(is_done, "the cold start", interval=LULL)
            done = time.time()
            time.sleep(SETTLING)
            memory, before, begun = subject.peak_memory(), subject.cpu(), time.time()
            time.sleep(seconds)
            cpu, ended = subject.cpu() - before, time.time()
            late = [one for one in argus.seen() if one.arrived >= done]
            seen = [one for one in late if begun <= one.arrived < ended]
            told, orders = _actions(zino, argus, deserving, actions, spread)
            memory = max(memory, subject.peak_memory())
    different = len({one.target for one in late if one.kind != "heartbeat"})
    return Quiet(deserving, seconds, memory, cpu, Counter(one.kind for one in seen), told, orders, different)


def _actions(zino: Zino, argus: StandIn, deserving: int, actions: int, spread: float) -> tuple[list[float], int]:
    """Acknowledges and closes at moments spread over so many seconds.

    Returns after how long Zino was told of each, and with how many orders.
    """
    if not actions:
        return [], 0
    draw = random.Random(4711)
    cases = draw.sample([number for number in range(1, deserving + 1) if number % 10], actions * 2)
    moments = sorted(draw.uniform(0, spread) for _ in cases)
    begun, done = time.time(), {}
    for index, (case, moment) in enumerate(zip(cases, moments)):
        time.sleep(max(0.0, begun + moment - time.time()))
        act, state = (argus.acknowledge, "working") if index % 2 else (argus.close, "closed")
        done[f"setstate {case} {state}"] = act(case, f"action {index}")

    def told() -> dict[str, float]:
        return {one.text: one.at for one in reversed(zino.heard()) if one.text in done}

    wait(lambda: len(told()) == len(done), "Zino is told of everything")
    time.sleep(LULL)  # for what might come twice
    orders = [one.text for one in zino.heard() if one.text.startswith("setstate ")]
    return sorted(told()[name] - at for name, at in done.items()), len(orders)
