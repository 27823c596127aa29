"""Crashes, restarts and a broken network cost time, not truth (behaviour B13, B14, B50, B51)."""

import itertools
import time

import pytest

from peers.process import wait_until
from rig import Rig

CREATE, EVENTS, INCIDENT = r"incidents/(mine/)?$", r"/events/$", r"incidents/\d+/$"
FAULTS = {
    "503": {"kind": "status", "status": 503},
    "503 with Retry-After": {"kind": "status", "status": 503, "retry_after": 2},
    "429 with Retry-After": {"kind": "status", "status": 429, "retry_after": 2},
    "500 in HTML": {"kind": "status", "status": 500},
    "cut before": {"kind": "cut"},
    "answer lost": {"kind": "lose"},
    "slower than argus.timeout": {"kind": "delay", "seconds": 3.5},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_kind_of_write_goes_wrong(rig: Rig, fault: str) -> None:
    """B13: creating, an event, a PATCH and the END, each broken at first: all happen, and once."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    hurt = [rig.proxy.inject(method="POST", path=CREATE, times=2, **FAULTS[fault])]
    cases = [rig.zino.create(), rig.zino.create()]
    rig.settle(timeout=60)
    hurt.append(rig.proxy.inject(method="POST", path=EVENTS, times=2, **FAULTS[fault]))
    for case in cases:
        rig.zino.note(case, "one", "two")
    rig.settle(timeout=60)
    hurt.append(rig.proxy.inject(method="PATCH", path=INCIDENT, times=1, **FAULTS[fault]))
    rig.zino.set(cases[0], priority=800)
    rig.settle(timeout=60)
    hurt.append(rig.proxy.inject(method="POST", path=EVENTS, times=2, **FAULTS[fault]))
    for case in cases:
        rig.zino.close(case)
    rig.settle(timeout=60)
    assert [one.hits for one in hurt] == [2, 2, 1, 2]


@pytest.mark.parametrize("fault", FAULTS)
def test_reading_goes_wrong(rig: Rig, fault: str) -> None:
    """B14, B51: reads that fail or are slow are made again, and nothing is concluded from them."""
    cases = [rig.zino.create(notes=[{"text": "harriet\nnote"}]) for _ in range(2)]
    rig.start()
    rig.settle()
    rig.daemon.kill()
    rig.zino.note(cases[0], "while down")
    rig.olga.acknowledge(rig.incident(cases[1]).pk, "mine")
    rig.proxy.inject(method="GET", times=4, **FAULTS[fault])
    rig.start()
    rig.settle(lambda: rig.notes(cases[1]) == ["mine (olga)"], timeout=60)


def test_killed_with_an_answer_lost(rig: Rig) -> None:
    """B10, B13: kill -9 right behind a write whose answer nobody got leaves nothing doubled."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    case = rig.zino.create()
    for path, act in ((CREATE, lambda: None), (EVENTS, lambda: rig.zino.note(case, "one", "two")),
                      (EVENTS, lambda: rig.zino.close(case))):
        rig.settle()
        fault = rig.proxy.inject("lose", method="POST", path=path, times=1)
        act()
        if path == CREATE:
            case = rig.zino.create()
        wait_until(lambda: fault.hits, 20, f"a write to {path}")
        rig.daemon.kill()
        rig.start()
    rig.settle()


def test_killed_again_and_again(rig: Rig) -> None:
    """B10: kill -9 at any moment of the work leaves nothing undone and nothing doubled."""
    cases = [rig.zino.create(notes=[{"text": f"harriet\nnote {n}"} for n in range(3)]) for _ in range(12)]
    for count in (1, 9, 20, 33, 45):
        rig.start()
        mark = rig.proxy.mark()
        wait_until(lambda: len(rig.proxy.writes(since=mark)) >= min(count, 6) or not rig.differences(), 30, "writes")
        rig.daemon.kill()
        rig.zino.note(cases[count % 12], f"after {count}")
        rig.zino.create()
    for case in cases[:6]:
        rig.zino.close(case)
    rig.start()
    wait_until(lambda: any(one.of_kind("END") for one in rig.incidents()), 30, "the first END")
    rig.daemon.kill()
    rig.start()
    rig.settle()


def test_zino_is_restarted(rig: Rig) -> None:
    """B50: after any reconnect everything is read again; Argus is not read for what is known."""
    cases = [rig.zino.create(notes=[{"text": "harriet\nnote"}]) for _ in range(3)]
    rig.start()
    rig.settle()
    mark = rig.proxy.mark()
    rig.zino.shut_down()
    rig.zino.start(load=True)
    rig.zino.note(cases[0], "unheard")
    rig.zino.close(cases[1])
    rig.zino.create()
    rig.settle(lambda: rig.zino.tied() == 1, timeout=60)
    assert rig.proxy.requests("GET", EVENTS, since=mark) == []


def test_zino_cuts_sessions_off(rig: Rig) -> None:
    """B50: both channels go together, and what happens in between is found by reading."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    for number in range(2):
        rig.zino.kick()
        rig.zino.note(case, f"unheard {number}")
        rig.zino.create()
        rig.settle(lambda: rig.zino.tied() == 1, timeout=60)


def test_zino_stalls(rig: Rig) -> None:
    """B50: a server that says nothing any more is left after 10 s, and found again."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    begun = time.monotonic()
    rig.zino.stall()
    wait_until(lambda: time.monotonic() - begun > 14, 20, "the limit of a reply has passed")
    rig.zino.resume()
    rig.zino.note(case, "awake")
    rig.settle(lambda: rig.zino.tied() == 1, timeout=60)


@pytest.mark.parametrize("count", [2, 4])
def test_zino_starts_its_numbers_again(rig: Rig, count: int) -> None:
    """B25, B28: reused numbers get incidents of their own, `N@opened`; of many that are gone at once none is ended."""
    opened = int(time.time()) - 500
    cases = [rig.zino.create(opened=opened + n, notes=[{"text": "harriet\nold"}]) for n in range(count)]
    rig.start()
    rig.settle()
    old = {one.pk for one in rig.incidents()}
    rig.zino.stop()
    rig.zino.start()
    for number in range(count):
        assert rig.zino.create("alarm", opened=opened + 200 + number, notes=[{"text": "harriet\nnew"}]) in cases
    rig.policy.gone, rig.policy.orphans = (old, set()) if count < 3 else (set(), old)
    rig.settle(timeout=60)
    assert {one.source_id for one in rig.incidents() if one.pk not in old} == {
        f"{number}@{opened + 199 + number}" for number in cases}
    rig.zino.close(cases[0])
    rig.settle()
    rig.restart()
    rig.settle()


def test_argus_is_restarted(rig: Rig) -> None:
    """B51: while Argus is down work waits, and is done once when it is back."""
    front = rig.own_argus()
    case = rig.zino.create()
    rig.start()
    rig.settle()
    front.stop()
    rig.zino.note(case, "unsent")
    other = rig.zino.create()
    rig.let_rounds_pass(2)
    front.start()
    rig.zino.close(other)
    rig.settle(timeout=90)


def test_argus_stalls(rig: Rig) -> None:
    """B13, B51: a frozen Argus does what it was asked when it wakes up; nothing is doubled."""
    front = rig.own_argus()
    cases = [rig.zino.create() for _ in range(3)]
    rig.start(argus={"write_timeout": 5})
    rig.settle()
    front.stall()
    rig.zino.note(cases[0], "into the void")
    rig.zino.close(cases[1])
    rig.zino.create()
    mark = rig.proxy.mark()
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() - begun > 9 and rig.proxy.writes(since=mark), 30, "writes have timed out")
    front.resume()
    rig.settle(timeout=90)


def test_argus_refuses_connections(rig: Rig) -> None:
    """B51: refused connections are probed one at a time, and the work is done when they are accepted again."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    rig.proxy.refuse()
    cases = [rig.zino.create() for _ in range(20)]
    rig.zino.close(cases[0])
    rig.let_rounds_pass(3)
    rig.proxy.accept()
    rig.settle(timeout=60)
    assert len(rig.incidents()) == 19


def test_one_incident_is_refused_for_ever(rig: Rig) -> None:
    """B14: a case that Argus never accepts is put aside, and the others go on."""
    bad = rig.zino.create(router="badrouter", descr="badrouter, x")
    rig.policy.unchecked = {bad}
    fault = rig.proxy.inject("status", method="POST", path=CREATE, status=400, times=1)
    rig.start()
    wait_until(lambda: fault.hits, 20, "the first POST")
    rig.zino.create()
    rig.settle()
    rig.zino.log(bad, "linkDown again")
    rig.policy.unchecked = set()
    rig.settle(timeout=90)


@pytest.mark.parametrize("noticed_by", ["the refresh", "a write"])
def test_an_incident_was_deleted(rig: Rig, noticed_by: str) -> None:
    """B13: an incident that was deleted in Argus is simply missing, and made anew with its history."""
    case, _ = rig.zino.create(notes=[{"text": "harriet\nnote"}]), rig.zino.create()
    rig.start(sync={"refresh_interval": 600 if noticed_by == "a write" else 1})
    rig.settle()
    pk = rig.incident(case).pk
    rig.board.delete(pk)
    if noticed_by == "a write":
        rig.zino.note(case, "another")
    rig.settle(timeout=60)
    assert rig.incident(case).pk != pk


def test_storm(rig: Rig) -> None:
    """B13: every tenth request of any kind goes wrong in some way while everything happens at once."""
    cases = [rig.zino.create() for _ in range(10)]
    rig.start()
    kinds = itertools.cycle(["cut", "lose", "status"])
    for turn in range(6):
        mark = rig.proxy.mark()
        fault = rig.proxy.inject(next(kinds), times=2)
        for case in cases[turn::2]:
            rig.zino.note(case, f"turn {turn}", "and more")
        cases.append(rig.zino.create())
        wait_until(lambda: fault.hits or len(rig.proxy.requests(since=mark)) > 20, 30, "some requests")
        if turn == 3:
            rig.daemon.kill()
            rig.start()
    for case in cases[:8]:
        rig.zino.close(case)
    rig.settle(timeout=90)
    rig.olga.acknowledge(rig.incident(cases[9]).pk, "mine")
    rig.settle(lambda: rig.notes(cases[9]) == ["mine (olga)"], timeout=90)
