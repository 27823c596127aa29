"""Runs the sweep: see README.md beside this file, or `run --help`."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from . import table
from .stories import STORIES
from .sweep import BAD, Ground, Job, Result, ground, jobs_for, row, run_all

TOP = Path(__file__).resolve().parent.parent.parent
RESULTS = TOP / "target" / "faultpoints" / "results.jsonl"
# How often a story is run without faults: what is not in both lists is no point.
BASELINES = 2


def main() -> int:
    """Returns the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as for ^C: everything is put away
    options = _options()
    if options.only_table:
        return _write(options, _known(options.results, _commit()))
    commit = _commit()
    known = _known(options.results, commit)
    stories = options.stories.split(",")
    room = 20_000 if options.sample is None else options.sample + 100
    options.results.parent.mkdir(parents=True, exist_ok=True)
    keep = options.results.parent / "failures"
    with ground(room, keep) as place:
        sources = iter(place.shared.accounts.sources)
        if options.repeat:
            jobs = [_parse(options.repeat)] * options.times
        else:
            baselines = _baselines(options, place, sources, stories, known, commit)
            jobs = _chosen(options, jobs_for(baselines), known)
        _say(f"{len(jobs)} runs, {options.jobs} at a time")
        rows = _sweep(options, jobs, place, sources, commit)
    bad = [one for one in rows if one.verdict in BAD]
    for one in bad:
        print(f"{one.verdict.upper()}: {Job(one.story, one.point, one.fault)}")
        print("".join(f"    {line}\n" for text in one.found for line in text.splitlines()[-12:]), end="")
        print(f"    kept in {keep / one.kept}")
        print(f"    tests/faultpoints/run --repeat '{Job(one.story, one.point, one.fault)}'")
    _write(options, _known(options.results, commit))
    print(f"{len(rows)} runs: " + ", ".join(f"{n} {v}" for v, n in Counter(one.verdict for one in rows).most_common()))
    return 1 if bad else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/faultpoints/run", description="Every fault at every fault point.")
    parser.add_argument("--stories", default=",".join(STORIES), help=f"some of {','.join(STORIES)} (default: all)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only runs whose name has this text")
    parser.add_argument("--jobs", type=int, default=16, help="runs at a time (default 16: most of the time they wait)")
    parser.add_argument("--sample", type=int, metavar="N", help="only N runs, others for each commit")
    parser.add_argument("--again", action="store_true", help="only what did not go well the last time")
    parser.add_argument("--repeat", metavar="NAME", help="only this run, whether it is known or not")
    parser.add_argument("--times", type=int, default=1, help="with --repeat: how often")
    parser.add_argument("--list", action="store_true", help="only name the runs")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE", help=f"default: {RESULTS}")
    parser.add_argument("--only-table", action="store_true", help="run nothing, only write the table")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the table as a page")
    options = parser.parse_args()
    unknown = set(options.stories.split(",")) - set(STORIES)
    if unknown:
        parser.error(f"there is no story {', '.join(sorted(unknown))}")
    return options


def _baselines(options: argparse.Namespace, place: Ground, sources: object, stories: list[str],
               known: list[Result], commit: str) -> list[Result]:
    """The runs without faults; those that went well once need not be run again."""
    found = [one for one in known if not one.point and one.verdict == "ok" and one.story in stories]
    missing = [Job(story) for story in stories
               for _ in range(BASELINES - sum(one.story == story for one in found))]
    if missing:
        _say("listing the fault points")
        done = _sweep(options, missing, place, sources, commit)
        bad = [one for one in done if one.verdict != "ok"]
        if bad:
            raise SystemExit("\n".join(f"{Job(one.story)}: {one.verdict}: {one.steps}\n{one.found}\n{one.kept}"
                                       for one in bad))
        found += done
    return found


def _chosen(options: argparse.Namespace, jobs: list[Job], known: list[Result]) -> list[Job]:
    """What is to be run now."""
    jobs = [job for job in jobs if options.only in str(job)]
    if options.list:
        print("\n".join(map(str, jobs)))
        return []
    if options.sample is not None:
        return random.Random(_number_of_commits()).sample(jobs, min(options.sample, len(jobs)))
    if options.again:
        bad = {(one.story, one.point, one.fault) for one in known if one.verdict in BAD}
        return [job for job in jobs if (job.story, job.point, job.fault) in bad]
    have = {(one.story, one.point, one.fault) for one in known}
    left = [job for job in jobs if (job.story, job.point, job.fault) not in have]
    random.Random(0).shuffle(left)  # the slow ones are spread, and what is seen first is of every kind
    return left


def _sweep(options: argparse.Namespace, jobs: list[Job], place: Ground, sources: object, commit: str) -> list[Result]:
    begun, done = time.monotonic(), []
    with options.results.open("a") as sink:
        for result in run_all(jobs, place, sources, options.jobs):
            done.append(result)
            sink.write(json.dumps(row(result, commit)) + "\n")
            sink.flush()
            minutes = (time.monotonic() - begun) / 60
            if result.verdict in BAD or len(done) % 10 == 0 or len(done) == len(jobs):
                _say(f"{len(done)}/{len(jobs)} in {minutes:.1f} min: {result.verdict} ({result.took:.0f} s): "
                     f"{Job(result.story, result.point, result.fault)}")
    return done


def _known(file: Path, commit: str) -> list[Result]:
    """What has been run of this commit already; of a run that was repeated, the last one counts."""
    if not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    mine = [Result(**{k: v for k, v in one.items() if k != "commit"}) for one in rows if one["commit"] == commit]
    baselines = [one for one in mine if not one.point]
    return baselines + list({(one.story, one.point, one.fault): one for one in mine if one.point}.values())


def _write(options: argparse.Namespace, known: list[Result]) -> int:
    if options.markdown:
        options.markdown.write_text(table.markdown(known, _commit()))
    if options.html:
        options.html.write_text(table.html(known, _commit()))
    return 0


def _parse(text: str) -> Job:
    story, _, rest = text.partition(": ")
    point, _, fault = rest.rpartition(": ")
    return Job(story, point, fault) if point else Job(story)


def _commit() -> str:
    """The commit under test, with a mark if the tree is another one."""
    named = os.environ.get("FAULTPOINTS_COMMIT")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "glue-proto", "glue-runtime", "Cargo.lock")
    return named or _git("rev-parse", "--short=12", "HEAD") + ("-changed" if changed else "")


def _number_of_commits() -> int:
    return int(_git("rev-list", "--count", "HEAD"))


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(TOP), "-c", "safe.directory=*", *arguments], check=True,
                          capture_output=True, text=True).stdout.strip()


def _say(text: str) -> None:
    print(f"faultpoints: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
