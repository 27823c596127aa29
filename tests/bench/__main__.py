"""Runs the bench: see README.md beside this file, or `run --help`."""

import argparse
import shlex
import signal
import sys
import time
import traceback
from pathlib import Path

from . import machine, plot, short, table
from .line import Line
from .rows import ROWS, Plan


def main() -> int:
    """Returns the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as for ^C: everything is put away
    options = _options()
    return _short() if options.short else _long(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Our daemon, the Python glue and the floor.")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of {','.join(ROWS)} (default: all)")
    parser.add_argument("--cases", type=int, default=1000, help="cases of Zino (default 1000; five times as many too)")
    parser.add_argument("--real-cases", type=int, default=300, help="cases for the row `real` (default 300)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of short measurements, for a median (default 3)")
    parser.add_argument("--short", action="store_true", help="only count, never time; fails if a count is wrong")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the table with date, machine and command")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the times as an SVG picture")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="put a few lines between the marks of this file")
    parser.add_argument("--notes", type=Path, metavar="FILE", help="put the essence between the marks of this file")
    options = parser.parse_args()
    unknown = set(options.rows.split(",")) - set(ROWS)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    if min(options.cases, options.real_cases) < 40 or options.rounds < 1:
        parser.error("at least 40 cases and one round")
    return options


def _short() -> int:
    failed = 0
    for name, holds, figure in short.checks():
        failed += not holds
        print(f"{'ok   ' if holds else 'WRONG'} {name}: {figure}", flush=True)
    print(f"bench: {failed} counts are wrong" if failed else "bench: every count is right")
    return 1 if failed else 0


def _long(options: argparse.Namespace) -> int:
    machine.settle()
    begun, facts = time.monotonic(), machine.facts()
    if machine.is_busy():
        _say("bench: the machine is busy: these are not the figures of a quiet one")
    plan = Plan(options.cases, options.real_cases, options.rounds, lambda text: _say(f"  {text}"))
    lines: list[Line] = []
    failed = [name for name in options.rows.split(",") if not _row(name, plan, lines)]
    minutes = (time.monotonic() - begun) / 60
    print(table.full(lines))
    if options.results:
        command = shlex.join(["tests/bench/run", *sys.argv[1:]])
        options.results.write_text(table.results(lines, facts, command, minutes))
    if options.plot:
        options.plot.write_text(plot.svg(lines, f"{facts['machine']}; {facts['date']}"))
    if options.readme:
        table.put_into(options.readme, table.few(lines, facts))
    if options.notes:
        table.put_into(options.notes, table.essence(lines, facts))
    if failed:
        _say(f"bench: rows that could not be measured: {', '.join(failed)}")
    return 1 if failed else 0


def _row(name: str, plan: Plan, lines: list[Line]) -> bool:
    """Adds the lines of a row; a row that fails does not take the others with it."""
    since = time.monotonic()
    try:
        for line in ROWS[name](plan):
            lines.append(line)
    except Exception:  # whatever it was: it is shown, and the exit status tells
        traceback.print_exc()
        return False
    _say(f"{name}: {time.monotonic() - since:.0f} s")
    return True


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
