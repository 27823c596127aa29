"""The lines as text: a table for people, the file of results, and selections of it for other pages."""

from pathlib import Path

from .line import Line, times, with_unit

HEAD = ("work", "Python glue", "floor", "ours", "ours / floor", "Python / ours", "goal", "reached")
ESSENCE_HEAD = ("work", "Python glue", "floor", "ours")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
# What the project's README shows.
FEW = ("cold sync, 1000 cases, each request 20 ms", "notification to POST, 20 ms: p50",
       "acknowledged or closed in Argus until Zino knows: median", "peak memory, 1000 cases")
# What the notes of the bench show: the beginnings of the lines, and what may not be in them.
ESSENCE = ("cold sync", "warm start", "notification to POST", "500 cases at once", "acknowledged", "requests in each",
           "peak memory", "processor time", "start until", "program", "failover")
LEFT_OUT = (": listings and writes", ": p99", "silent primary:", "real Zino", "memory, warm", "until every case")


def cells(line: Line) -> list[str]:
    """The cells of a line."""
    reached = {None: "", True: "yes", False: "**no**"}[line.is_reached]
    figures = [with_unit(value, line.unit) for value in (line.python, line.floor, line.ours)]
    return [line.what, *figures, times(line.times_floor), times(line.times_faster), line.goal, reached]


def markdown(head: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table, aligned so that it can be read as it is."""
    widths = [max(len(row[at]) for row in [list(head), *rows]) for at in range(len(head))]
    shown = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in [head, *rows]]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])


def full(lines: list[Line]) -> str:
    """The whole table with its notes."""
    text = markdown(HEAD, [cells(line) for line in lines])
    notes = [f"* {line.what}: {line.note}." for line in lines if line.note]
    return text + "\n" + ("\n" + "\n".join(notes) + "\n" if notes else "")


def results(lines: list[Line], facts: dict[str, str], command: str, minutes: float) -> str:
    """The file of results."""
    about = "\n".join(f"* {name}: {value}" for name, value in facts.items())
    return (f"# Results of the end-to-end bench\n\nWritten by the bench itself; [its notes](README.md) say what each "
            f"line means.\n\n{about}\n* command: `{command}`, {minutes:.0f} minutes\n\n{full(lines)}")


def few(lines: list[Line], facts: dict[str, str]) -> str:
    """The lines that the project's README shows."""
    return _selection([line for line in lines if line.what in FEW], facts)


def essence(lines: list[Line], facts: dict[str, str]) -> str:
    """The lines that the notes of the bench show."""
    return _selection([line for line in lines if line.what.startswith(ESSENCE)
                       and not any(part in line.what for part in LEFT_OUT)], facts)


def _selection(lines: list[Line], facts: dict[str, str]) -> str:
    rows = [cells(line)[: len(ESSENCE_HEAD)] for line in lines]
    busy = " on a busy machine" if "busy" in facts["load before"] else ""
    return f"{markdown(ESSENCE_HEAD, rows)}\n\nMeasured {facts['date']}{busy}: {facts['machine']}.\n"


def put_into(page: Path, text: str) -> None:
    """Replaces what stands between the two marks of a file."""
    before, mark, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"{page}: no {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
