"""The floor: the bare client, which does the least number of requests and decides nothing."""

import json
import subprocess
from contextlib import contextmanager
from collections.abc import Iterator
from typing import Any

from peers.process import MORTAL, reap

from .argus import StandIn
from .peer import BENCH_PEERS
from .zino import Zino

JOBS = (1, 2, 4, 8, 16)
# Fewer incidents than these say nothing of a rate.
FEWEST = 40


def argus_words(argus: Any) -> list[str]:
    """How the bare client is told where Argus is."""
    return [f"argus=127.0.0.1:{argus.port}", f"token={argus.token}"]


def run(what: str, *words: str) -> float:
    """Runs it once and returns its seconds."""
    done = subprocess.run([*MORTAL, str(BENCH_PEERS), "floor", what, *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise RuntimeError(f"floor {what}: {answer['error']}")
    return answer["ok"]["seconds"]


def write(argus: Any, incidents: int, notes: int, jobs: int, first: int = 1) -> float:
    """Posts so many incidents with so many notes each."""
    return run("write", *argus_words(argus), f"incidents={incidents}", f"notes={notes}", f"jobs={jobs}",
               f"first={first}")


def best_jobs(delay: int, incidents: int, notes: int) -> int:
    """Finds the concurrency at which a stand-in is filled fastest; where requests wait, a part of the work tells."""
    def rate(jobs: int) -> float:
        part = max(incidents * jobs // JOBS[-1], FEWEST) if delay else incidents
        return part / fresh(delay, part, notes, jobs)

    return max(JOBS, key=rate)


def fresh(delay: int, incidents: int, notes: int, jobs: int) -> float:
    """Fills a new stand-in."""
    argus = StandIn(delay)
    try:
        return write(argus, incidents, notes, jobs)
    finally:
        argus.stop()


def read(zino: Zino, argus: StandIn | None = None) -> float:
    """Reads every case of Zino, and beside it lists the open incidents if there is an Argus."""
    return run("read", *zino.floor_words(), *(argus_words(argus) if argus else []))


@contextmanager
def notifying(zino: Zino, argus: StandIn) -> Iterator[None]:
    """The bare client that posts what notifications tell."""
    command = [*MORTAL, str(BENCH_PEERS), "floor", "notify", *zino.floor_words(), *argus_words(argus)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert "ok" in json.loads(child.stdout.readline())
        yield
    finally:
        reap(child)
        child.stdout.close()
