"""Which cases get an incident, and what it looks like (behaviour B20 to B24)."""

import pytest

from rig import Rig


def make_one_of_each(rig: Rig) -> None:
    """Every case type, every filter, and every band of priorities."""
    rig.zino.create("reachability", priority=0, router="bare-name")
    rig.zino.create("bgp", priority=99)
    rig.zino.create("bgp", priority=100, remote_address="2001:db8::7")
    rig.zino.create("alarm", priority=300, alarm="yellow")
    rig.zino.create("alarm", priority=499, alarm="red")
    rig.zino.create("portstate", priority=500)
    rig.zino.create("portstate", priority=1000, logs=["gw: port ix 1 changed state from up to down on Mon"])
    rig.zino.create("portstate", logs=["something else", "port ix 2 lowerLayerDown"])
    rig.zino.create("portstate", descr="no comma here")
    rig.zino.create("portstate", descr=None)
    rig.zino.create("portstate", logs=["port ix 3 changed state from down to up"])
    rig.zino.create("bfd")


@pytest.mark.alike
def test_cases_that_are_there_at_the_start(rig: Rig) -> None:
    """B20-B24: each type and filter, for cases older than the daemon."""
    make_one_of_each(rig)
    rig.start()
    rig.settle()
    assert len(rig.incidents(with_events=False)) == 8


@pytest.mark.alike
def test_cases_that_come_later(rig: Rig) -> None:
    """B20-B24: each type and filter, for cases that are announced."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    make_one_of_each(rig)
    rig.settle()
    assert len(rig.incidents(with_events=False)) == 8
