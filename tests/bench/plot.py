"""The lines that are times as a bar chart on a logarithmic scale, as SVG."""

import math
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from .line import Line, with_unit

WIDTH, LABELS, RIGHT, TOP = 980, 380, 90, 70
BAR, GAP = 11, 14
# A goal so close behind a bar would cross out the bar's figure.
MARGIN = 44
COLOURS = {"python": "#c2571a", "floor": "#9aa5b1", "ours": "#1f6feb"}
NAMES = {"python": "Python glue", "floor": "floor (a bare client)", "ours": "zinoargus"}
IN_SECONDS = {"s": 1.0, "ms": 0.001}
INK, GRID, GOAL = "#24292f", "#d8dee4", "#1a7f37"
FONT = "font-family='system-ui, sans-serif'"


def svg(lines: list[Line], subtitle: str) -> str:
    """The whole picture; a line without a figure of ours is left out."""
    shown = [line for line in lines if line.unit in IN_SECONDS and line.ours]
    values = [value for line in shown for _, value in _bars(line)]
    values += [line.limit * IN_SECONDS[line.unit] for line in shown if line.limit]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    heights = [len(_bars(line)) * BAR + GAP for line in shown]
    bottom = TOP + sum(heights)

    def x(value: float) -> float:
        return LABELS + (math.log10(value) - low) / (high - low) * (WIDTH - LABELS - RIGHT)

    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {bottom + 34}' {FONT} font-size='12'>",
             f"<rect width='{WIDTH}' height='{bottom + 34}' fill='white'/>",
             _text(16, 24, "How long it takes (logarithmic; shorter is better)", size=15, weight="bold"),
             _text(16, 42, subtitle, size=11), *_legend()]
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts += [f"<line x1='{at:.1f}' x2='{at:.1f}' y1='{TOP - 6}' y2='{bottom}' stroke='{GRID}'/>",
                  _text(at, bottom + 16, _tick(power), anchor="middle")]
    y = float(TOP)
    for line, height in zip(shown, heights):
        parts += _group(line, y, height, x)
        y += height
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(line: Line) -> list[tuple[str, float]]:
    scale = IN_SECONDS[line.unit]
    found = (("python", line.python), ("floor", line.floor), ("ours", line.ours))
    return [(name, value * scale) for name, value in found if value]


def _group(line: Line, y: float, height: float, x: Callable[[float], float]) -> Iterator[str]:
    goal = x(line.limit * IN_SECONDS[line.unit]) if line.limit else 0.0
    yield _text(LABELS - 10, y + (height - GAP) / 2 + 4, line.what, anchor="end", size=11)
    for number, (name, value) in enumerate(_bars(line)):
        at, end = y + number * BAR, x(value)
        yield (f"<rect x='{LABELS}' y='{at:.1f}' width='{max(end - LABELS, 1):.1f}' height='{BAR - 2}' "
               f"fill='{COLOURS[name]}'/>")
        beside = goal if end < goal < end + MARGIN else end
        yield _text(beside + 4, at + BAR - 3, _figure(value), size=10)
    if goal:
        yield (f"<line x1='{goal:.1f}' x2='{goal:.1f}' y1='{y - 2}' y2='{y + height - GAP + 1}' stroke='{GOAL}' "
               "stroke-width='2'/>")


def _legend() -> Iterator[str]:
    at = 545
    for name, label in NAMES.items():
        yield f"<rect x='{at}' y='15' width='10' height='10' fill='{COLOURS[name]}'/>"
        yield _text(at + 14, 24, label, size=11)
        at += 30 + 6.2 * len(label)
    yield f"<line x1='{at}' x2='{at}' y1='14' y2='26' stroke='{GOAL}' stroke-width='2'/>"
    yield _text(at + 6, 24, "goal", size=11)


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12, weight: str = "normal") -> str:
    return (f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' font-weight='{weight}' "
            f"fill='{INK}'>{escape(text)}</text>")


def _figure(seconds: float) -> str:
    return with_unit(seconds, "s") if seconds >= 1 else with_unit(seconds * 1000, "ms")


def _tick(power: int) -> str:
    return f"{10**power:g} s" if power >= 0 else f"{10 ** (power + 3):g} ms"
