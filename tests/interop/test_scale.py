"""Many cases at once, and how little the daemon asks for (behaviour B11, B12, B21, B26, invariant 6)."""

import re

from peers.process import wait_until
from rig import Rig

MANY = 500
COUNTING = r"incidents/mine/\?.*count="
LOOKING = r"incidents/events/\?"
# The server has scenarios beside this one: where these make more events than one look reads, the incidents are listed.
LISTING = r"incidents/mine/\?open=true.*page_size=5000"
IDLE = re.compile("|".join([COUNTING, LOOKING, LISTING, "heartbeat"]))


def test_a_burst(rig: Rig) -> None:
    """B12: 500 cases at once, then all closed at once: every one is there, once."""
    rig.proxy.keep_alive = True
    rig.start(sync={"reconcile_interval": 5})
    rig.settle(lambda: rig.zino.tied() == 1)
    cases = [rig.zino.create() for _ in range(MANY)]
    rig.zino.note(cases[-1], "the last one")
    wait_until(lambda: len(rig.incidents()) >= MANY, 180, "all incidents", interval=2)
    rig.settle(timeout=120)
    for case in cases:
        rig.zino.close(case)
    wait_until(lambda: not any(one.open for one in rig.incidents()), 180, "all closed", interval=2)
    rig.settle(timeout=120)


def test_a_crowd_of_one_second(rig: Rig) -> None:
    """B51: 120 incidents with one start time, over a page of Argus's: found again by a warm start, none doubled."""
    opened = 1_700_000_000
    for _ in range(120):
        rig.zino.create(opened=opened)
    rig.start(sync={"reconcile_interval": 5})
    rig.settle(timeout=120)
    rig.daemon.kill()
    mark = rig.proxy.mark()
    rig.start()
    rig.settle(timeout=60)
    assert rig.proxy.writes(since=mark) == []


def test_a_new_case_costs_no_reads(rig: Rig) -> None:
    """B21, B26: one POST for the incident and one for each history entry, and nothing else."""
    rig.start(sync={"reconcile_interval": 600})
    wait_until(lambda: rig.zino.tied() == 1, 20, "tied")
    wait_until(lambda: rig.proxy.requests("GET", COUNTING), 20, "the first refresh")
    mark = rig.proxy.mark()
    case = rig.zino.create(notes=[{"text": "harriet\none"}, {"text": "harriet\ntwo"}])
    wait_until(lambda: not rig.differences(), 20, "the incident and its history")
    rig.zino.note(case, "three")
    wait_until(lambda: not rig.differences(), 20, "the third entry")
    rounds = len(rig.proxy.requests("GET", COUNTING))
    wait_until(lambda: len(rig.proxy.requests("GET", COUNTING)) > rounds + 2, 30, "two more refreshes")
    rest = [(one.method, re.sub(r"\d+", "N", one.path.partition("api/v2")[2])) for one in rig.proxy.requests(since=mark)
            if not IDLE.search(one.path)]
    assert rest == [("POST", "/incidents/")] + [("POST", "/incidents/N/events/")] * 3
    rig.zino.close(case)
    wait_until(lambda: not rig.differences(), 20, "the END")
    assert len([one for one in rig.proxy.requests(since=mark) if not IDLE.search(one.path)]) == 5


def test_a_warm_restart_is_cheap(rig: Rig) -> None:
    """B11, B26: over N cases without notes a restart costs a listing, no look-up, no read of events and no write."""
    for _ in range(15):
        rig.zino.create()
    rig.start(sync={"reconcile_interval": 600})
    wait_until(lambda: not rig.differences(), 30, "the first agreement")
    assert rig.daemon.stop() == 0
    mark = rig.proxy.mark()
    rig.start()
    wait_until(lambda: len(rig.proxy.requests("GET", COUNTING, since=mark)) > 2, 30, "two refreshes")
    rest = [(one.method, one.path) for one in rig.proxy.requests(since=mark) if not IDLE.search(one.path)]
    assert rest == []
    assert rig.proxy.requests("GET", LISTING, since=mark)
    assert rig.differences() == []


def test_quiet(rig: Rig) -> None:
    """Invariant 6: when both sides agree only looks, counts, listings, the heartbeat and Zino's reads go on.

    The events of an acknowledged incident may be read now and then: an ack may be dated back so far that no look finds it.
    """
    opened = [rig.zino.create(notes=[{"text": "harriet\nnote"}]) for _ in range(5)]
    closed = [rig.zino.create() for _ in range(5)]
    rig.start()
    rig.settle()
    for case in closed:
        rig.zino.close(case)
    rig.olga.acknowledge(rig.incident(opened[0]).pk, "mine")
    rig.olga.set_ticket(rig.incident(opened[1]).pk, "https://tickets.example.org/1")
    rig.settle(lambda: rig.notes(opened[0]) and rig.notes(opened[1]))
    mark = rig.proxy.mark()
    rig.let_rounds_pass(8, timeout=60)
    assert rig.proxy.writes(since=mark) == []
    acked = f"/api/v2/incidents/{rig.incident(opened[0]).pk}/events/"
    other = {one.path for one in rig.proxy.requests("GET", since=mark) if not re.search(LOOKING + r"|incidents/mine/\?", one.path)}
    assert other <= {acked}
