"""A secondary Zino's glue: it watches, takes over, and gives back (behaviour B60 to B65)."""

from typing import Any

import pytest

import boards
from peers.process import wait_until
from peers.zino import COMMUNITY, Zino
from rig import Rig

SWITCH_TIMEOUT = 20.0
# Before, no Zino answers SNMP.
pytestmark = pytest.mark.since(zino="2.3.0")


def failover(primary: Zino, **changes: Any) -> dict[str, Any]:
    """A [failover] table with short rounds."""
    return {"primary_server": primary.address, "primary_snmp_port": primary.snmp_port, "snmp_community": COMMUNITY,
            "ping_timeout": 1, "ping_interval": 1, "threshold": 2} | changes


def started_in_standby(rig: Rig, **changes: Any) -> Zino:
    """Starts the daemon while the primary is well."""
    primary = rig.another_zino("primary")
    primary.snmp(True)
    rig.start(failover=failover(primary, **changes))
    rig.daemon.wait_for_log("STANDBY", SWITCH_TIMEOUT)
    rig.let_rounds_pass(4)
    return primary


def switch(rig: Rig, primary: Zino, well: bool) -> None:
    """Switches the primary's agent and waits until the daemon has noticed."""
    before = len(rig.daemon.log())
    primary.snmp(well)
    rig.daemon.wait_for_log("STANDBY" if well else "ACTIVE", SWITCH_TIMEOUT, after=before)


def assert_silent(rig: Rig, mark: int) -> None:
    """B62: nothing was written, on either side."""
    rig.let_rounds_pass(4)
    assert rig.proxy.writes(since=mark) == []
    assert rig.zino.commands("addhist") == rig.zino.commands("setstate") == 0


@pytest.mark.matrix("failover")
def test_there_and_back(rig: Rig) -> None:
    """B61-B63: nothing is written in STANDBY; on ACTIVE everything is made good, also what happened before."""
    early, dead = rig.zino.create(notes=[{"text": "harriet\nearly"}]), rig.zino.create()
    primary = started_in_standby(rig)
    during = rig.zino.create()
    rig.zino.note(during, "during STANDBY")
    rig.zino.close(dead)
    assert_silent(rig, 0)
    switch(rig, primary, well=False)
    rig.settle()
    assert {one.source_id for one in rig.incidents()} == {str(early), str(during)}
    rig.zino.create()
    rig.settle()
    switch(rig, primary, well=True)
    mark = rig.proxy.mark()
    rig.zino.create()
    rig.zino.note(early, "second STANDBY")
    rig.zino.set(during, priority=900)
    rig.zino.close(during)
    pk = rig.incident(early).pk
    rig.olga.acknowledge(pk, "mine")
    rig.olga.set_ticket(pk, "https://tickets.example.org/1")
    assert_silent(rig, mark)
    switch(rig, primary, well=False)
    rig.settle(lambda: len(rig.notes(early)) == 2 and rig.zino.case(early).state == "working")


@pytest.mark.matrix("failover")
def test_closed_in_argus_during_standby(rig: Rig) -> None:
    """B42, B62, B63: a close by hand during STANDBY reaches Zino only after the next activation."""
    case = rig.zino.create()
    primary = started_in_standby(rig)
    switch(rig, primary, well=False)
    rig.settle()
    switch(rig, primary, well=True)
    mark = rig.proxy.mark()
    rig.olga.close(rig.incident(case).pk, "done")
    assert_silent(rig, mark)
    assert rig.zino.case(case).state == "open"
    switch(rig, primary, well=False)
    rig.settle(lambda: rig.notes(case) == ["done (olga)"])
    assert rig.zino.case(case).state == "closed"


@pytest.mark.matrix("reopening")
@pytest.mark.since(argus="2.10.0")
def test_handing_over_closes(rig: Rig) -> None:
    """B64: with on_standby = "close" our incidents are ended, and reopened or made again by the next activation."""
    stays, goes = rig.zino.create(), rig.zino.create()
    primary = started_in_standby(rig, on_standby="close")
    switch(rig, primary, well=False)
    rig.settle()
    switch(rig, primary, well=True)

    def handed_over() -> bool:
        # Argus ends the incident first, and stores the event a moment later.
        ends = [(one.open, [end.text for end in one.of_kind("END")][-1:]) for one in rig.incidents()]
        return all(end == (False, [boards.HANDED_OVER]) for end in ends)

    wait_until(handed_over, SWITCH_TIMEOUT, "all incidents are ended")
    assert {case.state for case in rig.cases().values()} == {"open"}
    mark = rig.proxy.mark()
    rig.zino.close(goes)
    rig.zino.create()
    assert_silent(rig, mark)
    switch(rig, primary, well=False)
    wait_until(lambda: rig.incident(stays).open, SWITCH_TIMEOUT, "the open case has an open incident again")
    rig.policy.unchecked = {goes}
    rig.settle()
    assert not rig.incident(goes).open
    assert rig.notes(stays) == [] and rig.zino.case(stays).state == "open"


def test_the_mode_outlives_reconnects(rig: Rig) -> None:
    """B61: losing Zino or the daemon's sessions changes no mode."""
    primary = started_in_standby(rig)
    switch(rig, primary, well=False)
    rig.settle()
    before = len(rig.daemon.log())
    rig.zino.kick()
    rig.zino.create()
    rig.settle(lambda: rig.zino.tied() == 1, timeout=60)
    assert "STANDBY" not in rig.daemon.log()[before:]
    switch(rig, primary, well=True)
    mark = rig.proxy.mark()
    rig.zino.kick()
    rig.zino.create()
    wait_until(lambda: rig.zino.tied() == 1, 60, "the session is back")
    assert_silent(rig, mark)


@pytest.mark.parametrize("why", ["dead", "no such name", "other community", "stalled"])
def test_a_primary_that_does_not_answer(rig: Rig, why: str) -> None:
    """B60, B65: no agent, no name, a foreign community or silence: all are failed probes, and it takes over."""
    primary = rig.another_zino("primary")
    primary.snmp(why != "dead")
    changes = {"no such name": {"primary_server": "primary.invalid"},
               "other community": {"snmp_community": "not-that-one"}}.get(why, {})
    if why == "stalled":
        primary.stall()
    rig.zino.create()
    rig.start(failover=failover(primary, **changes))
    rig.daemon.wait_for_log("ACTIVE", SWITCH_TIMEOUT)
    rig.settle()
    assert rig.daemon.log().index("STANDBY") < rig.daemon.log().index("ACTIVE")
