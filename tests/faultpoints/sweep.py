"""Runs stories in many worlds at a time, each world a process of its own beside one Argus for all."""

import contextlib
import multiprocessing
import re
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from peers import argus
from peers.argus import ArgusFront, Source
from peers.postgres import Postgres
from peers.zino import Zino
from rig import Shared

from .faults import FAULTS, applies
from .points import Point, Shot
from .stories import STORIES
from .world import Ended, NotAgreed, World

# Verdicts, the worst first.
VERDICTS = ("double", "lost", "wrong", "ended", "late", "error", "missed", "ok")
BAD = VERDICTS[:6]


@dataclass(frozen=True)
class Job:
    """One run: a story without a fault, or with one."""

    story: str
    point: str = ""
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.story}: {self.point}: {self.fault}" if self.point else f"{self.story}: without faults"

    def shot(self) -> Shot | None:
        """The fault of this run."""
        if not self.point:
            return None
        point = Point.parse(self.point)
        return Shot(point, FAULTS[point.channel][self.fault])


@dataclass
class Result:
    """What became of a run. Times are seconds; `spare` is what was left of the bound in the tightest step."""

    story: str
    point: str
    fault: str
    verdict: str
    spare: float = 0.0
    took: float = 0.0
    found: list[str] = field(default_factory=list)
    steps: list[tuple[str, float, float]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    kept: str = ""


@dataclass(frozen=True)
class Ground:
    """What all runs share, as a worker needs it."""

    shared: Shared
    work: Path
    keep: Path


_zino: Zino | None = None


@contextlib.contextmanager
def ground(sources: int, keep: Path) -> Iterator[Ground]:
    """One database and one Argus, with so many source systems: each run uses up one."""
    work = Path(tempfile.mkdtemp(prefix="faultpoints-"))
    postgres = Postgres()
    front: ArgusFront | None = None
    try:
        postgres.start()
        accounts = argus.set_up(postgres.url, sources + 1)
        front = ArgusFront(postgres.url, work / "argus.log")
        front.start()
        yield Ground(Shared(postgres.url, front.port, accounts, "ours"), work, keep)
    finally:
        if front is not None:
            front.stop()
        postgres.stop()
        shutil.rmtree(work, ignore_errors=True)


def run_all(jobs: list[Job], place: Ground, sources: Iterable[Source], at_once: int) -> Iterator[Result]:
    """Runs every job, so many at a time, and hands out the results as they come."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(at_once, len(jobs)) or 1, mp_context=context)
    try:
        waiting = [pool.submit(_run, job, place, source) for job, source in zip(jobs, sources)]
        for done in as_completed(waiting):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def jobs_for(baselines: list[Result]) -> list[Job]:
    """Every fault at every point that all runs of a story without faults have in common."""
    jobs = []
    for story in dict.fromkeys(one.story for one in baselines):
        lists = [one.points for one in baselines if one.story == story]
        for text in dict.fromkeys(lists[0]):
            point = Point.parse(text)
            if all(text in other for other in lists):
                jobs += [Job(story, text, name) for name, fault in FAULTS[point.channel].items()
                         if applies(point.channel, point.kind, fault)]
    return jobs


def _run(job: Job, place: Ground, source: Source) -> Result:
    """Runs one job in this process, whose Zino serves one run after another."""
    global _zino
    begun = time.monotonic()
    work = Path(tempfile.mkdtemp(dir=place.work))
    if _zino is None:
        _zino = Zino(Path(tempfile.mkdtemp(dir=place.work)))
        _zino.start()
    world, shot = None, job.shot()
    result = Result(job.story, job.point, job.fault, "error")
    try:
        world = World(place.shared, source, _zino, work, shot)
        STORIES[job.story](world)
        world.finish()
        result.verdict = "ok" if shot is None or shot.fired is not None else "missed"
    except NotAgreed as error:
        result.verdict, result.found = _judge(error.found), [str(error)]
    except Ended as error:
        result.verdict, result.found = "ended", [str(error)]
    except Exception:  # whatever it was: it is one run among many, and its verdict says so
        result.found = [traceback.format_exc()[-2000:]]
    finally:
        if world is not None:
            _note(result, world)
            _put_away(result, world, work, place, job)
    if result.verdict == "error":
        _zino.stop()
        _zino = None
    shutil.rmtree(work, ignore_errors=True)
    result.took = round(time.monotonic() - begun, 1)
    return result


def _judge(found: list[str]) -> str:
    """What is worst of what differs at the end."""
    text = "\n".join(found)
    if re.search(r"too many|\d incidents: |has [2-9] END", text):
        return "double"
    if re.search(r"missing|no incident|is open and the case is closed|is not ended once|is open, not closed", text):
        return "lost"
    return "wrong"


def _note(result: Result, world: World) -> None:
    result.steps = [(one.step, round(one.took, 1), round(one.bound, 1)) for one in world.agreed]
    result.spare = min((round(one.bound - one.took, 1) for one in world.agreed), default=0.0)
    if result.verdict == "ok" and result.spare < 0:
        result.verdict = "late"
    result.points = [str(point) for point in world.register.points()] if world.shot is None else []


def _put_away(result: Result, world: World, work: Path, place: Ground, job: Job) -> None:
    """Ends the world; what a bad run has left behind is kept."""
    with contextlib.suppress(Exception):
        world.close()
    if result.verdict in BAD:
        name = "".join(letter if letter.isalnum() else "-" for letter in str(job))
        kept = place.keep / name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(work, kept)
        (kept / "passages.txt").write_text(world.register.log())
        (kept / "result.txt").write_text("\n".join([str(job), *(f"{k}: {v}" for k, v in asdict(result).items())]))
        result.kept = name


def row(result: Result, commit: str) -> dict[str, Any]:
    """A result as a line of the results file."""
    return {"commit": commit} | asdict(result)
