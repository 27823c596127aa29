"""The results as tables: in Markdown one row for each kind of point, in HTML one for each point."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timezone
from html import escape

from .faults import FAULTS
from .points import Point
from .sweep import BAD, VERDICTS, Result

TITLES = {"argus": "Requests to Argus", "zino": "Commands to Zino", "notify": "Notifications of Zino",
          "probe": "Probes of the primary"}
STYLE = """body { font: 14px sans-serif; margin: 2em } table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #ccc; padding: 2px 6px; text-align: center }
td:first-child, th:first-child { text-align: left }
th { background: #eee } .ok { background: #dfd } .missed { color: #888 } .late { background: #fe9 }
.lost, .double, .wrong, .ended, .error { background: #f99; font-weight: bold }"""


def markdown(results: list[Result], commit: str) -> str:
    """A page with one table for each channel: kinds of points down, faults across."""
    runs = [one for one in results if one.point]
    text = [f"# What became of every fault\n\n{_summary(runs, commit)}\n",
            "A cell counts the runs in which both sides agreed within the bound; other verdicts are named. A dash: the",
            "fault makes no sense there. `(a)` and the step are left out: the page `results.html` that",
            "`tests/faultpoints/run --html` writes has a row for each point.\n"]
    for channel, title in TITLES.items():
        mine = [one for one in runs if Point.parse(one.point).channel == channel]
        if not mine:
            continue
        names = list(FAULTS[channel])
        text += [f"## {title}\n", "| point | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
        for kind in sorted({Point.parse(one.point).kind for one in mine}):
            cells = [_cell([one for one in mine if one.fault == name and Point.parse(one.point).kind == kind])
                     for name in names]
            text.append(f"| {kind} | " + " | ".join(cells) + " |")
        text.append("")
    text += _bad(runs)
    return "\n".join(text)


def html(results: list[Result], commit: str) -> str:
    """The whole result on one page: a table for each story and channel."""
    runs = [one for one in results if one.point]
    text = ["<!doctype html><meta charset=utf-8><title>Fault points</title>", f"<style>{STYLE}</style>",
            f"<h1>What became of every fault</h1><p>{escape(_summary(runs, commit))}</p>"]
    for story in dict.fromkeys(one.story for one in runs):
        text.append(f"<h2>Story: {escape(story)}</h2>")
        for channel, title in TITLES.items():
            mine = {(one.point, one.fault): one for one in runs
                    if one.story == story and Point.parse(one.point).channel == channel}
            if mine:
                text += _channel(title, channel, mine)
    return "\n".join(text) + "\n"


def _channel(title: str, channel: str, mine: dict[tuple[str, str], Result]) -> Iterable[str]:
    names = list(FAULTS[channel])
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    yield f"<h3>{title}</h3><table><tr><th>point</th>{heads}</tr>"
    for point in dict.fromkeys(point for point, _ in mine):
        cells = []
        for name in names:
            one = mine.get((point, name))
            about = "" if one is None else escape(f"{one.spare} s left; " + " ".join(one.found)[:600], True)
            cells.append("<td></td>" if one is None else f'<td class={one.verdict} title="{about}">{one.verdict}</td>')
        yield f"<tr><td>{escape(point.partition(' ')[2])}</td>{''.join(cells)}</tr>"
    yield "</table>"


def _summary(runs: list[Result], commit: str) -> str:
    counts = Counter(one.verdict for one in runs)
    found = ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(VERDICTS) if counts[verdict])
    points = len({(one.story, one.point) for one in runs})
    faults = len({one.fault for one in runs})
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    stories = len({one.story for one in runs})
    return (f"Commit {commit}, {date}: {stories} stories, {points} fault points, {faults} faults, {len(runs)} runs: "
            f"{found}.")


def _cell(mine: list[Result]) -> str:
    if not mine:
        return "-"
    counts = Counter(one.verdict for one in mine)
    return ", ".join(f"{counts[verdict]}" if verdict == "ok" else f"**{counts[verdict]} {verdict}**"
                     if verdict in BAD else f"({counts[verdict]})" for verdict in reversed(VERDICTS) if counts[verdict])


def _bad(runs: list[Result]) -> list[str]:
    """Every run that did not go well, by name."""
    bad = sorted((one for one in runs if one.verdict in BAD), key=lambda one: VERDICTS.index(one.verdict))
    if not bad:
        return []
    lines = [f"* {one.verdict}: `{one.story}: {one.point}: {one.fault}`" for one in bad]
    return ["## What did not go well\n", *lines, ""]
