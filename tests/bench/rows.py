"""The rows of the table: what is measured for each, in which order, and what ours must reach."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

from . import failover, floor, notify, onlooker, quiet, start, sync
from .argus import RealArgus
from .line import Line
from .subject import OURS, PYTHON

# Where each request takes long the Python glue does a part of the work, and its time is multiplied.
PYTHON_PART = 5
# How long changes are made, in seconds: the Python glue looks at every incident once in 30 s, and that must be in it.
OURS_SECONDS, PYTHON_SECONDS, PYTHON_SECONDS_DELAYED = 25.0, 36.0, 60.0
IDLE_SECONDS = 60.0
ACTIONS, ACTIONS_SPREAD = 20, 35.0
FAILOVER_CASES, FAILOVER_WATCH = 128, 25.0
STARTS = 5
BURST = 500
# How often our daemon looks for what people did in Argus, by default.
REFRESH = 10.0
# The most memory that ours may take, MiB, at the two sizes.
MEMORY = (10, 20)
# What it may cost to be looked at and to record.
WATCHED_MILLISECONDS, WATCHED_MEMORY = 1, 4


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    cases: int
    real_cases: int
    rounds: int
    say: Callable[[str], None]


def cold(plan: Plan) -> Iterable[Line]:
    """Cold sync on the stand-in of Argus."""
    for delay, factor in ((0, 1.5), (20, 1.2)):
        part = PYTHON_PART if delay else 1
        jobs = floor.best_jobs(delay, plan.cases, sync.NOTES)
        runs: dict[str, list[Any]] = {PYTHON: [], OURS: [], "floor": []}
        for turn in range(plan.rounds):
            if not turn or not delay:
                runs[PYTHON].append(sync.cold(PYTHON, "stand-in", plan.cases // part, delay))
            runs[OURS].append(sync.cold(OURS, "stand-in", plan.cases, delay))
            runs["floor"].append(floor.fresh(delay, runs[OURS][-1].incidents, sync.NOTES, jobs))
        low = median(runs["floor"])
        yield Line("cold", f"cold sync, {plan.cases} cases, each request {delay} ms", "s",
                   _seconds(runs[PYTHON], part), low, _seconds(runs[OURS]), f"<= {factor} x floor", low * factor,
                   _note(jobs, plan.cases, part))
        yield Line("cold", f"requests an incident, each {delay} ms", "", runs[PYTHON][0].per_incident, 1 + sync.NOTES,
                   max(run.per_incident for run in runs[OURS]), f"{1 + sync.NOTES}", 1 + sync.NOTES)
    yield _cold_real_zino(plan)


def _cold_real_zino(plan: Plan) -> Line:
    runs = {kind: [sync.cold(kind, "real", plan.cases) for _ in range(1 if kind == PYTHON else plan.rounds)]
            for kind in (PYTHON, OURS)}
    with sync.pair("real") as (zino, _):
        zino.fill(plan.cases)
        low = median(floor.read(zino) for _ in range(plan.rounds))
    return Line("cold", f"cold sync, {plan.cases} cases, 0 ms, real Zino", "s", _seconds(runs[PYTHON]), low,
                _seconds(runs[OURS]), note="floor: reading the real Zino alone takes so long")


def real(plan: Plan) -> Iterable[Line]:
    """Cold sync on the real Argus."""
    argus = RealArgus()
    try:
        part, incidents = PYTHON_PART // 2, plan.real_cases * 9 // 10
        few = max(plan.real_cases // 5, 10)
        jobs = min(floor.JOBS, key=lambda jobs: floor.write(argus.source(), few, sync.NOTES, jobs))
        plan.say(f"the real Argus is filled fastest {jobs} at a time")
        python = sync.cold(PYTHON, "real", plan.real_cases // part, argus=argus.source())
        ours, low = [], []
        for _ in range(plan.rounds):
            ours.append(sync.cold(OURS, "real", plan.real_cases, argus=argus.source()))
            low.append(floor.write(argus.source(), incidents, sync.NOTES, jobs))
    finally:
        argus.stop()
    yield Line("real", f"cold sync, {plan.real_cases} cases, real Argus and Zino", "s",
               python.times(part), median(low), _seconds(ours), "<= 1.15 x floor", median(low) * 1.15,
               _note(jobs, plan.real_cases, part))


def warm(plan: Plan) -> Iterable[Line]:
    """Starts over what is there already."""
    for cases, memory in zip((plan.cases, plan.cases * 5), MEMORY):
        with sync.pair("stand-in") as (zino, argus):
            incidents = sync.fill(zino, argus, cases)
            runs: dict[str, list[sync.Warm]] = {PYTHON: [], OURS: []}
            low = []
            for _ in range(plan.rounds):
                for kind, found in runs.items():
                    found.append(sync.warm(kind, zino, argus, incidents))
                low.append(floor.read(zino, argus))
        ours = runs[OURS]
        compared = median(run.compared or 0.0 for run in ours)
        bound = median(low) * 1.3
        yield Line("warm", f"warm start, {cases} cases, until both sides are known", "s",
                   median(run.agreed for run in runs[PYTHON]), median(low), median(run.agreed for run in ours),
                   "<= 1.3 x floor", bound,
                   f"ours has compared every history after {compared:.2f} s, the Python glue never does")
        asked = max(run.requests["listing"] + run.writes for run in ours)
        yield Line("warm", f"warm start, {cases} cases: listings and writes", "",
                   max(run.requests["listing"] + run.writes for run in runs[PYTHON]), 1, asked, "1", 1,
                   f"and {max(run.requests['events'] for run in ours)} reads of events for {incidents} incidents")
        yield Line("warm", f"peak memory, warm start, {cases} cases", "MiB", max(run.memory for run in runs[PYTHON]),
                   None, max(run.memory for run in ours), f"<= {memory} MiB", memory)


def notifications(plan: Plan) -> Iterable[Line]:
    """From a change in Zino to the request at Argus."""
    variants = ((0, False, "0 ms", (2, 5, 25)), (20, False, "20 ms", (25, 60, 150)),
                (0, True, "0 ms, silent primary", (2, 5, 25)))
    for delay, silent, name, goals in variants:
        plan.say(f"notifications: {name}")
        python_seconds = PYTHON_SECONDS_DELAYED if delay else PYTHON_SECONDS
        python = notify.measure(PYTHON, "real", plan.cases, delay, python_seconds, silent)
        ours = notify.measure(OURS, "real", plan.cases, delay, OURS_SECONDS, silent)
        low = None if delay or silent else notify.measure(notify.FLOOR, "real", plan.cases, delay, OURS_SECONDS)
        for share, word, goal in zip((0.5, 0.99, 1.0), ("p50", "p99", "max"), goals):
            yield Line("notify", f"notification to POST, {name}: {word}", "ms", python.at(share),
                       low.at(share) if low else None, ours.at(share), f"<= {goal} ms", goal,
                       f"{plan.cases} cases; {ours.changes} changes" if word == "p50" else "")
        if ours.requests != ours.changes:
            raise AssertionError(f"{ours.changes} changes made {ours.requests} requests")


def watched(plan: Plan) -> Iterable[Line]:
    """What it costs our daemon to be looked at, and to record."""
    cases, seconds, runs = plan.cases * 5, OURS_SECONDS * 2, dict[bool, notify.Latency]()
    for is_watched in (False, True):
        plan.say(f"{'looked at and recording' if is_watched else 'left alone'}, {cases} cases")
        runs[is_watched] = notify.measure(OURS, "stand-in", cases, 0, seconds, watched=is_watched)
    alone, seen = runs[False], runs[True]
    for unit, name, before, now, more in (
            ("ms", "notification to POST: p99", alone.at(0.99), seen.at(0.99), WATCHED_MILLISECONDS),
            ("MiB", "peak memory", alone.memory, seen.memory, WATCHED_MEMORY)):
        yield Line("watched", f"{name}, {cases} cases, left alone", unit, None, None, before)
        yield Line("watched", f"{name}, {cases} cases, looked at every {onlooker.INTERVAL:g} s and recording", unit, None,
                   None, now, f"<= {more} {unit} more", before + more, f"{seen.changes} changes" if unit == "ms" else "")


def quiet_rows(plan: Plan) -> Iterable[Line]:
    """Memory, processor time and requests while nothing happens, and what people do in Argus."""
    sizes = (plan.cases, plan.cases * 5)
    with ThreadPoolExecutor(4) as pool:  # side by side: they wait more than they work
        jobs = {(kind, cases): pool.submit(quiet.measure, kind, cases, IDLE_SECONDS,
                                           *((ACTIONS, ACTIONS_SPREAD) if cases == plan.cases else ()))
                for cases in sizes for kind in (PYTHON, OURS)}
        runs = {key: job.result() for key, job in jobs.items()}
    for cases, memory, cpu in zip(sizes, MEMORY, (0.05, 0.1)):
        python, ours = runs[PYTHON, cases], runs[OURS, cases]
        yield Line("memory", f"peak memory, {cases} cases", "MiB", python.memory, None, ours.memory,
                   f"<= {memory} MiB", memory)
        yield Line("idle", f"processor time in an idle minute, {ours.open} open", "s", python.cpu * 60 / IDLE_SECONDS,
                   None, ours.cpu * 60 / IDLE_SECONDS, f"<= {cpu} s", cpu)
        yield Line("refresh", f"requests in each refresh, {ours.open} open", "", python.different, 1,
                   ours.per_cycle(REFRESH), "<= 3", 3)
    python, ours = (runs[kind, plan.cases].told for kind in (PYTHON, OURS))
    name = "acknowledged or closed in Argus until Zino knows"
    yield Line("acks", f"{name}: median", "s", median(python), None, median(ours), "<= 6 s", 6)
    yield Line("acks", f"{name}: longest", "s", python[-1], None, ours[-1], "<= 12 s", 12)


def burst(plan: Plan) -> Iterable[Line]:
    """Many cases at once."""
    for delay in (0, 20):
        part = PYTHON_PART if delay else 1
        jobs = floor.best_jobs(delay, BURST, 0)
        runs: dict[str, list[Any]] = {PYTHON: [], OURS: [], "floor": []}
        for turn in range(plan.rounds):
            if not turn or not delay:
                runs[PYTHON].append(sync.burst(PYTHON, BURST // part, delay))
            runs[OURS].append(sync.burst(OURS, BURST, delay))
            runs["floor"].append(floor.fresh(delay, BURST, 0, jobs))
        low = median(runs["floor"])
        yield Line("burst", f"{BURST} cases at once, each request {delay} ms", "s", _seconds(runs[PYTHON], part), low,
                   _seconds(runs[OURS]), "<= 1.5 x floor", low * 1.5, _note(jobs, BURST, part))


def starts(plan: Plan) -> Iterable[Line]:
    """The program itself."""
    del plan
    soon = {kind: median(start.connected(kind) for _ in range(STARTS)) for kind in (PYTHON, OURS)}
    yield Line("start", "start until connected to Zino", "s", soon[PYTHON], None, soon[OURS], "<= 0.02 s", 0.02)
    yield Line("start", "program on disk", "MiB", start.package_size(), None, start.binary_size(), "<= 8 MiB", 8,
               "Python glue: its packages, without Python")


def take_over(plan: Plan) -> Iterable[Line]:
    """The primary falls silent."""
    del plan
    with ThreadPoolExecutor(2) as pool:
        jobs = {kind: pool.submit(failover.measure, kind, FAILOVER_CASES, FAILOVER_WATCH) for kind in (PYTHON, OURS)}
        runs = {kind: job.result() for kind, job in jobs.items()}
    python, ours = runs[PYTHON], runs[OURS]
    yield Line("failover", "failover: silent primary until the first write", "s", python.first, failover.FLOOR,
               ours.first, "<= 12 s", 12, f"from the first question without an answer; {failover.THRESHOLD} failures, "
               f"every {failover.INTERVAL} s, timeout {failover.TIMEOUT} s")
    yield Line("failover", "failover: from then until every case is there", "s", _all_there(python), None,
               _all_there(ours), "<= 2 s", 2, f"Python glue: {python.there} of {python.cases} cases after "
               f"{FAILOVER_WATCH:g} s, only those that changed meanwhile")


def _all_there(run: failover.TakeOver) -> float | None:
    return run.last - run.first if run.there == run.cases else None


def _note(jobs: int, cases: int, part: int) -> str:
    python = f"; Python glue: {cases // part} cases, times {part}" if part > 1 else ""
    return f"floor: {jobs} at a time{python}"


def _seconds(runs: list[sync.Sync], parts: int = 1) -> float:
    return median(run.times(parts) for run in runs)


ROWS: dict[str, Callable[[Plan], Iterable[Line]]] = {
    "start": starts, "cold": cold, "warm": warm, "burst": burst, "notify": notifications, "watched": watched,
    "quiet": quiet_rows, "failover": take_over, "real": real,
}
