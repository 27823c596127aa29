"""Waiting for something that must happen."""

from collections.abc import Callable
from typing import TypeVar

from peers.process import wait_until

T = TypeVar("T")
# How long anything may take, in seconds; what takes longer will never happen.
limit = 600.0


def wait(probe: Callable[[], T], what: str, interval: float = 0.1) -> T:
    """Calls `probe` until it answers something true, and returns that."""
    return wait_until(probe, limit, what, interval)
