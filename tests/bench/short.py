"""The short form: small numbers, counts only. It never looks at a clock, so it says the same on a busy machine."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from . import failover, notify, quiet, sync, waiting
from .subject import OURS, PYTHON

CASES = 60
# Short rounds, so that there are many of them in a few seconds.
SHORT = {"sync": {"refresh_interval": 1}}
CYCLES = 10
# Nothing here takes half as long, in seconds, also on a busy machine.
LIMIT = 60.0
Check = tuple[str, bool, str]


def checks() -> Iterator[Check]:
    """What was checked, whether it holds, and the figure."""
    waiting.limit = LIMIT
    with ThreadPoolExecutor(5) as pool:
        for part in [pool.submit(_safely, part) for part in (_cold, _warm, _calm, _changes, _take_over)]:
            yield from part.result()


def _safely(part: Callable[[], list[Check]]) -> list[Check]:
    """What never happens, or ends a daemon, is one more thing that does not hold."""
    try:
        return part()
    except (AssertionError, RuntimeError) as error:
        return [(part.__name__.strip("_"), False, str(error))]


def _cold() -> list[Check]:
    found = []
    for zino, delay in (("stand-in", 0), ("real", 5)):
        run = sync.cold(OURS, zino, CASES, delay)
        name = f"cold sync of {run.incidents} incidents, {zino} Zino, {delay} ms"
        found += [(f"{name}: requests an incident", run.per_incident == 1 + sync.NOTES, f"{run.per_incident:g}"),
                  (f"{name}: listings", run.requests["listing"] == 1, str(run.requests["listing"]))]
    python = sync.cold(PYTHON, "stand-in", CASES)
    found.append(("the Python glue: requests an incident", python.per_incident == 3 + sync.NOTES,
                  f"{python.per_incident:g}"))
    run = sync.burst(OURS, CASES, 0)
    found.append((f"{CASES} cases at once: requests a case", run.per_incident == 1, f"{run.per_incident:g}"))
    return found


def _warm() -> list[Check]:
    with sync.pair("stand-in") as (zino, argus):
        run = sync.warm(OURS, zino, argus, sync.fill(zino, argus, CASES))
    asked = dict(run.requests)
    reads, listings = asked.get("events", 0), asked.get("listing", 0)
    others = set(asked) - {"events", "listing", "count", "look", "heartbeat"}
    return [("warm start: listings", listings == 1, str(listings)),
            ("warm start: writes", run.writes == 0, str(run.writes)),
            (f"warm start: reads of events for {run.incidents} incidents", reads == run.incidents, str(reads)),
            ("warm start: anything else", not others, str(sorted(others)))]


def _calm() -> list[Check]:
    found = []
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(quiet.measure, OURS, cases, CYCLES, 4, 2.0, ours=SHORT) for cases in (CASES, CASES * 5)]
        for run in (job.result() for job in runs):
            rest = set(run.requests) - {"count", "look", "heartbeat"}
            # One cycle more than there are seconds may begin in that time, and a look that has found much has two pages.
            asked = run.requests["count"] + run.requests["look"]
            flat = 0 < asked <= 3 * (CYCLES + 1)
            found += [(f"{run.open} open: counts and looks in {CYCLES} refreshes", flat, str(asked)),
                      (f"{run.open} open: anything else", not rest, str(sorted(rest))),
                      (f"{run.open} open: orders for {len(run.told)} actions", run.orders == len(run.told) > 0,
                       str(run.orders))]
    return found


def _changes() -> list[Check]:
    found = []
    for silent in (False, True):
        run = notify.measure(OURS, "real", CASES, 0, 5.0, silent)
        name = "changes" + (", silent primary" if silent else "")
        found.append((f"{run.changes} {name}: requests", run.requests == run.changes > 0, str(run.requests)))
    return found


def _take_over() -> list[Check]:
    quick = {"failover": {"ping_interval": 1}}
    run = failover.measure(OURS, CASES, 8.0, ours=quick)
    return [(f"take-over of {run.cases} cases: there in the end", run.there == run.cases, str(run.there))]
