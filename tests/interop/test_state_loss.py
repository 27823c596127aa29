"""Zino without its state: what it does not have any more is held, until the operator says so (behaviour B28, B77)."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import boards
from peers.process import wait_until
from rig import Rig

# B28: two complete reads so far apart end what is gone. Twice as long, and a daemon that ends it would have done so.
GONE_PAUSE = 10.0
# Further back than the hour of B25.
AGE = 7200


@pytest.fixture
def control() -> Iterator[dict[str, str]]:
    """Keys of [status] for a socket that takes commands: in a short directory, because its path may have 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="interop-") as home:
        yield {"control": f"unix:{Path(home) / 'control'}"}


def hold_and_accept(rig: Rig, lost: set[int]) -> None:
    """The lost incidents stay open while everything else goes on, and end on command."""
    rig.policy.orphans = lost
    rig.daemon.wait_for_log("Zino has probably lost its state", 2 * GONE_PAUSE)
    begun = time.monotonic()
    rig.zino.note(max(rig.cases()), "still at work")
    rig.settle()
    wait_until(lambda: time.monotonic() > begun + 2 * GONE_PAUSE, 3 * GONE_PAUSE, "the pause is over")
    rig.zino.create(router="fresh.example.org")
    rig.settle()
    assert "done" in rig.daemon.ask("accept-state-loss")
    rig.policy.orphans, rig.policy.gone = set(), lost
    wait_until(lambda: not rig.differences(), 15, "the lost ones are ended")
    rig.settle()
    for one in rig.incidents():
        assert [event.text for event in one.of_kind("END")] == [boards.GONE] * (one.pk in lost)


@pytest.mark.parametrize("backup", [False, True])
def test_numbers_that_come_again_while_down(rig: Rig, control: dict[str, str], backup: bool) -> None:
    """B28: while the daemon is down Zino loses its state, or gets an old one back, and uses its numbers again."""
    begin = int(time.time()) - AGE
    kept = {rig.zino.create(opened=begin + number) for number in range(2)}
    rig.zino.save()
    lost = [rig.zino.create(opened=begin + 60 + number, notes=[{"text": "harriet\nold"}]) for number in range(4)]
    rig.start(status=control)
    rig.settle()
    gone = {one.pk for one in rig.incidents() if not backup or one.source_id not in map(str, kept)}
    assert rig.daemon.stop() == 0
    rig.zino.stop()
    rig.zino.start(load=backup)
    again = [rig.zino.create("alarm", notes=[{"text": "harriet\nnew"}]) for _ in range(2)]
    assert set(again) <= (set(lost) if backup else kept)
    rig.start()
    hold_and_accept(rig, gone)


def test_most_of_the_cases_are_gone_at_once(rig: Rig, control: dict[str, str]) -> None:
    """B28: of 20 cases 12 vanish without a word: none of them is ended."""
    cases = [rig.zino.create() for _ in range(20)]
    rig.start(status=control)
    rig.settle()
    lost = {rig.incident(case).pk for case in cases[:12]}
    rig.zino.vanish(*cases[:12])
    hold_and_accept(rig, lost)


def test_an_outage_that_is_open_again(rig: Rig) -> None:
    """B28: of what is held, an outage that Zino has again under another number is ended, so that it is shown once."""
    begin = int(time.time()) - AGE
    for number in range(4):
        rig.zino.create(opened=begin + number)
    rig.start()
    rig.settle()
    # Several are made at once, in any order.
    again, *held = sorted(rig.incidents(), key=lambda one: int(one.source_id))
    assert rig.daemon.stop() == 0
    rig.zino.stop()
    rig.zino.start()
    rig.zino.create("alarm")
    case = rig.zino.create(router="gw1.example.org", port="ge-0/0/1")
    rig.policy.orphans, rig.policy.gone = {one.pk for one in held}, {again.pk}
    rig.start()
    wait_until(lambda: not rig.differences(), 2 * GONE_PAUSE, "it is ended")
    rig.settle()
    ended, = (one for one in rig.incidents() if one.pk == again.pk)
    end, = ended.of_kind("END")
    assert end.text == f"Zino's numbering was restarted: now case {case}"
