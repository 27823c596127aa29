"""Planned maintenances, which Zino's own code makes cases of (behaviour B20)."""

import pytest

from peers.process import wait_until
from rig import Rig

STEADY = ("gw1.example.org", "gw2.example.org")
REBOOTED = "gw3.example.org"
# Invariant 11, and a machine with other work.
PROMPT, SLACK = 5.0, 10.0


def maintain(rig: Rig) -> None:
    """A maintenance of three routers, of which one goes down for a while, from its begin to its end."""
    rig.zino.maintain(*STEADY, REBOOTED)
    for answers in (True, False, True):
        for router in STEADY:
            rig.zino.poll(router, answers=True)
        rig.zino.poll(REBOOTED, answers)
        rig.settle()
    assert rig.incidents() == []
    rig.zino.end_maintenance()
    states = {case.state for case in rig.cases().values()}
    assert len(rig.cases()) == 9 and states == {"open"}, states


@pytest.mark.parametrize("restarted", [False, True])
def test_routers_that_stayed_up(rig: Rig, restarted: bool) -> None:
    """B20: a maintenance leaves no outage of what never was down; what went down, or does so later, is one."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    maintain(rig)
    wait_until(rig.incidents, PROMPT + SLACK, "the outage of the router that was down")
    rig.settle()
    if restarted:
        rig.restart()
        rig.settle()
    assert [one.description for one in rig.incidents()] == [f"{REBOOTED} is not reachable"]
    rig.zino.poll(STEADY[0], answers=False)
    wait_until(lambda: len(rig.incidents()) == 2, PROMPT + SLACK, "an outage after the maintenance")
    rig.settle()


def test_routers_that_stayed_up_are_wanted(rig: Rig) -> None:
    """B20: with sync.never_down = "sync" each router of a maintenance has an incident at its end."""
    rig.policy.skip_never_down = False
    rig.start(sync={"never_down": "sync"})
    rig.settle(lambda: rig.zino.tied() == 1)
    maintain(rig)
    wait_until(lambda: len(rig.incidents()) == 3, PROMPT + SLACK, "all three")
    rig.settle()
