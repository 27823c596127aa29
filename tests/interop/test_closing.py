"""Closing on either side (behaviour B27, B28, B30, B31, B42)."""

import time

import pytest

import boards
from peers.process import wait_until
from rig import Rig

# B28: two complete reads at least 10 s apart; rounds of one second come on top.
GONE_PAUSE = 10.0


def started_with(rig: Rig, count: int) -> list[int]:
    """Starts the daemon over so many cases, and waits until all have their incident."""
    cases = [rig.zino.create() for _ in range(count)]
    rig.start()
    rig.settle()
    return cases


@pytest.mark.matrix("closed in Zino")
@pytest.mark.alike
def test_closed_in_zino(rig: Rig) -> None:
    """B27: a case that is closed ends its incident once, with the last entry's time and text."""
    first, second = started_with(rig, 2)
    rig.zino.close(first)
    rig.settle()
    end, = rig.incident(first).of_kind("END")
    assert end.text == "state change open -> closed (monitor)"
    assert end.timestamp == rig.zino.case(first).history[-1].at
    assert rig.incident(second).open


def test_closed_in_zino_with_unsent_history(rig: Rig) -> None:
    """B27: history that is still missing goes first."""
    case, = started_with(rig, 1)
    rig.proxy.refuse()
    rig.zino.note(case, "nearly done", at=time.time() - 5)
    rig.zino.close(case, "harriet")
    rig.proxy.accept()
    rig.settle()
    kinds = [event.kind for event in sorted(rig.incident(case).events, key=lambda event: event.pk)]
    assert kinds == ["STA", "OTH", "END"]


@pytest.mark.matrix("restart")
def test_closed_in_zino_while_down(rig: Rig) -> None:
    """B27, B28: a case that was closed while the daemon was down is read by number, and ended with its own words."""
    first, second, third = started_with(rig, 3)
    assert rig.daemon.stop() == 0
    rig.zino.close(first, "harriet")
    rig.zino.note(second, "last words")
    rig.zino.close(second)
    rig.start()
    rig.settle()
    assert "harriet" in rig.incident(first).of_kind("END")[0].text
    rig.restart()
    rig.settle()
    assert rig.incident(third).open


@pytest.mark.matrix("closed in Zino")
def test_closed_and_scavenged_at_once(rig: Rig) -> None:
    """B27: a closing that was notified is proof even if the case can no longer be read."""
    case, _ = started_with(rig, 2)
    rig.policy.gone.add(rig.incident(case).pk)
    begun = time.monotonic()
    rig.zino.set_state(case, "closed", scavenge=True)
    rig.settle()
    assert time.monotonic() - begun < GONE_PAUSE + 5


def test_scavenged_after_the_closing(rig: Rig) -> None:
    """B31: scavenging a case whose incident was ended sends nothing."""
    case, _ = started_with(rig, 2)
    rig.zino.close(case)
    rig.settle()
    mark = rig.proxy.mark()
    rig.policy.gone.add(rig.incident(case).pk)
    rig.zino.scavenge(case)
    rig.settle()
    rig.restart()
    rig.settle()
    assert rig.proxy.writes(since=mark) == []


def test_closed_and_scavenged_while_down(rig: Rig) -> None:
    """B28: a case that is gone in two reads 10 s apart ends its incident, and no sooner."""
    case, _, _ = started_with(rig, 3)
    pk = rig.incident(case).pk
    assert rig.daemon.stop() == 0
    rig.zino.set_state(case, "closed", scavenge=True)
    rig.policy.gone.add(pk)
    begun = time.time()
    rig.start()
    rig.settle()
    end, = next(one for one in rig.incidents() if one.pk == pk).of_kind("END")
    assert end.text == boards.GONE
    assert end.timestamp >= begun + GONE_PAUSE - 1


def test_vanished(rig: Rig) -> None:
    """B28: a case that is gone without a word, while the daemon runs, is ended after the second look."""
    case, _, _ = started_with(rig, 3)
    pk = rig.incident(case).pk
    begun = time.time()
    rig.zino.vanish(case)
    rig.policy.gone.add(pk)
    rig.settle()
    end, = next(one for one in rig.incidents() if one.pk == pk).of_kind("END")
    assert end.text == boards.GONE
    assert end.timestamp >= begun + GONE_PAUSE - 1


@pytest.mark.parametrize("restarted", [False, True])
def test_all_cases_are_gone(rig: Rig, restarted: bool) -> None:
    """B28: if Zino has lost its state, no incident is ended, until the operator says so; new cases are served."""
    cases = started_with(rig, 4)
    pks = {one.pk for one in rig.incidents()}
    if restarted:
        assert rig.daemon.stop() == 0
    rig.policy.orphans = pks
    for case in cases:
        rig.zino.vanish(case)
    begun = time.monotonic()
    if restarted:
        rig.start()
    rig.settle()
    # Twice the pause: a daemon that ended them would have done it by now.
    wait_until(lambda: time.monotonic() > begun + 2 * GONE_PAUSE, 3 * GONE_PAUSE, "the pause is over")
    rig.zino.create()
    rig.settle()
    assert len(rig.incidents()) == 5
    rig.policy.orphans, rig.policy.gone = set(), pks
    rig.restart("--accept-state-loss")
    rig.settle()


@pytest.mark.matrix("closed in Argus")
@pytest.mark.alike
@pytest.mark.parametrize("down", [False, True])
def test_closed_in_argus(rig: Rig, down: bool) -> None:
    """B42: a close by hand becomes a note and closes the case, also when the daemon was down."""
    texts = {"fixed": "fixed (olga)", "": "(olga)", "two\nlines": "two\nlines (olga)"}
    cases = started_with(rig, len(texts) + 1)
    if down:
        rig.daemon.stop()
    for case, text in zip(cases, texts):
        rig.olga.close(rig.incident(case).pk, text)
    if down:
        rig.start()

    def all_closed() -> bool:
        return all(rig.notes(case) == [texts[text]] for case, text in zip(cases, texts))

    rig.settle(all_closed)
    rig.daemon.stop()
    rig.start()
    rig.settle(all_closed)
    assert rig.zino.case(cases[-1]).state == "open"
    assert all(not rig.incident(case).of_kind("END") for case in cases[:-1])


def test_ended_by_somebody_else(rig: Rig) -> None:
    """B42: an END that is not ours counts as a close too."""
    case, _ = started_with(rig, 2)
    rig.foreigner.post_event(rig.incident(case).pk, "END", "cleaned up")
    rig.settle(lambda: rig.zino.case(case).state == "closed")
    assert rig.notes(case) == [f"cleaned up ({rig.foreigner.name})"]


def test_closed_on_both_sides(rig: Rig) -> None:
    """B42: a case that is closed already needs nothing."""
    case, _ = started_with(rig, 2)
    assert rig.daemon.stop() == 0
    rig.zino.close(case, "harriet")
    rig.olga.close(rig.incident(case).pk, "me too")
    rig.policy.unchecked.add(case)  # closed on both sides while nobody looked: its last words need not arrive
    rig.start()
    rig.settle()
    assert rig.notes(case) == []
    assert rig.incident(case).of_kind("END") == []


@pytest.mark.matrix("reopening")
@pytest.mark.since(argus="2.10.0")
def test_our_own_end_was_wrong(rig: Rig) -> None:
    """B30: our own END on an incident whose case is open after all is undone."""
    case, _ = started_with(rig, 2)
    rig.as_source.post_event(rig.incident(case).pk, "END", boards.GONE)
    rig.settle(lambda: rig.incident(case).open)
    assert rig.zino.case(case).state == "open"
    assert rig.notes(case) == []
