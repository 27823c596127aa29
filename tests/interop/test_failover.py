"""A secondary Zino's glue: it watches, takes over, and gives back (behaviour B60 to B65)."""

import urllib.error
import urllib.request
from typing import Any

import pytest

import boards
from peers.process import free_port, wait_until
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


def test_a_dead_daemon_beside_a_living_zino(rig: Rig) -> None:
    """B78: the primary's daemon is killed while its Zino lives, and the secondary takes over and gives back."""
    primary = rig.another_zino("primary")
    primary.snmp(True)
    port = free_port("127.0.0.1")
    first = rig.new_daemon()
    zino = {"server": primary.address, "port": primary.api_port, "notify_port": primary.notify_port}
    # Each has a source system of its own, as it should.
    rig.start(daemon=first, zino=zino, argus={"token": rig.foreigner.token}, status={"health_listen": f"127.0.0.1:{port}"})
    wait_until(lambda: _status(port) == 200, SWITCH_TIMEOUT, "the primary's daemon is at work")
    del rig.config["status"]
    zino = {"server": rig.zino.address, "port": rig.zino.api_port, "notify_port": rig.zino.notify_port}
    table = failover(primary, primary_health_url=f"http://127.0.0.1:{port}/active")
    rig.start(zino=zino, argus={"token": rig.source.token}, failover=table)
    rig.daemon.wait_for_log("STANDBY", SWITCH_TIMEOUT)
    case = rig.zino.create()
    rig.let_rounds_pass(4)
    assert "ACTIVE" not in rig.daemon.log()
    assert rig.incidents() == []
    # A lost SNMP path beside a healthy daemon changes nothing.
    primary.snmp(False)
    rig.daemon.wait_for_log("(?s)(primary: no answer.*){4}", SWITCH_TIMEOUT)
    assert "ACTIVE" not in rig.daemon.log()
    primary.snmp(True)
    first.kill()
    rig.daemon.wait_for_log("2 probes in a row failed, changing from STANDBY to ACTIVE", SWITCH_TIMEOUT)
    rig.settle()
    assert rig.incident(case).open
    before = len(rig.daemon.log())
    first.start()
    rig.daemon.wait_for_log("changing from ACTIVE to STANDBY", SWITCH_TIMEOUT, after=before)
    assert first.stop() == 0


def test_failback_by_hand(rig: Rig) -> None:
    """B61, B77: with failback = "manual" it takes over by itself, and gives back only when it is told to."""
    primary = rig.another_zino("primary")
    primary.snmp(True)
    socket = rig.work / "control"
    rig.start(failover=failover(primary, failback="manual"), status={"control": f"unix:{socket}"})
    rig.daemon.wait_for_log("STANDBY", SWITCH_TIMEOUT)
    switch(rig, primary, well=False)
    case = rig.zino.create()
    rig.settle()
    before = len(rig.daemon.log())
    primary.snmp(True)
    # A probe is sent each second, and so is a reading begun.
    rig.let_rounds_pass(6)
    # B75: a configuration that is read again changes no mode.
    assert "is in force" in rig.daemon.ask("reload")
    rig.let_rounds_pass(2)
    assert "STANDBY" not in rig.daemon.log()[before:]
    rig.daemon.ask("failover", "standby", "--yes")
    mark = rig.proxy.mark()
    rig.zino.note(case, "in STANDBY")
    assert_silent(rig, mark)
    rig.daemon.ask("failover", "resume")
    switch(rig, primary, well=False)
    rig.settle()


def _status(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/active", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


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
