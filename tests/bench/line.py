"""One line of the table: one figure of the Python glue, of the floor and of ours, and what ours must reach."""

from dataclasses import dataclass

# How many decimals are of any use: up to this value so many.
DECIMALS = ((0.1, 3), (10, 2), (100, 1), (float("inf"), 0))


@dataclass(frozen=True)
class Line:
    """A figure that is None was not measured, or there is no such thing. `limit` is in the unit of the figures."""

    row: str
    what: str
    unit: str
    python: float | None
    floor: float | None
    ours: float | None
    goal: str = ""
    limit: float | None = None
    note: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether ours is good enough; None if nothing is demanded."""
        return None if self.limit is None or self.ours is None else round(self.ours, 4) <= self.limit

    @property
    def times_faster(self) -> float | None:
        """How many times more the Python glue takes."""
        return self.python / self.ours if self.python and self.ours else None

    @property
    def times_floor(self) -> float | None:
        """How many times the floor ours takes."""
        return self.ours / self.floor if self.floor and self.ours is not None else None


def number(value: float | None) -> str:
    """A figure with as many decimals as are of use."""
    if value is None:
        return "-"
    decimals = next(decimals for bound, decimals in DECIMALS if value < bound or bound == float("inf"))
    return f"{value:.{decimals}f}"


def with_unit(value: float | None, unit: str) -> str:
    """A figure as a cell of the table."""
    if unit == "ms" and value is not None and value >= 1000:
        return with_unit(value / 1000, "s")
    return number(value) + (f" {unit}" if unit and value is not None else "")


def times(value: float | None) -> str:
    """A ratio as a cell of the table."""
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"
