"""What the daemon makes of servers that lack something: what the operation page promises about older ones."""

import pytest

import boards
from peers.process import wait_until
from rig import Rig
from test_closing import started_with
from test_failover import SWITCH_TIMEOUT, failover, started_in_standby, switch

# `check` asks once and does not wait longer than argus.timeout: a busy machine is none of its business.
PATIENT = {"timeout": 20.0}
CANNOT_REOPEN = "this server does not know how to reopen it"
NO_HEARTBEAT = "this server does not accept heartbeats"
# B53: three are refused, and the second and third come 5 and 10 s after the one before. The rest is slack.
THREE_HEARTBEATS = 45 + 5 + 10 + 30


def checked(rig: Rig) -> str:
    """What `check` says beside a daemon that has agreed with both servers."""
    rig.start(argus=PATIENT)
    rig.settle()
    return rig.daemon.ask("check")


@pytest.mark.matrix("heartbeat")
@pytest.mark.before(argus="2.10.0")
def test_no_heartbeat(rig: Rig) -> None:
    """B53: three are refused, the log says so once, and everything else goes on."""
    case, = started_with(rig, 1)
    rig.daemon.wait_for_log(NO_HEARTBEAT, THREE_HEARTBEATS)
    beats = rig.proxy.requests("POST", "heartbeat")
    assert len(beats) == 3 and {beat.status for beat in beats} <= {403, 404, 405}, beats
    rig.zino.note(case, "nobody minds")
    rig.settle()
    assert rig.daemon.log().count(NO_HEARTBEAT) == 1


@pytest.mark.matrix("check")
@pytest.mark.before(argus="2.10.0")
def test_check_names_what_is_lacking(rig: Rig) -> None:
    """B30, B53: `check` warns of both, says what would help, and ends with 0: the daemon can work."""
    said = checked(rig)
    for item in ("heartbeat", "reopening"):
        assert any(line.split() == [item, "WARNING:", "not", "supported"] for line in said.splitlines()), said
    assert said.count("an Argus of 2.10 or later can do it") == 2, said


@pytest.mark.matrix("check")
@pytest.mark.since(argus="2.10.0")
def test_check_finds_nothing_lacking(rig: Rig) -> None:
    """B30, B53: `check` finds that this Argus can do all that the daemon makes use of."""
    said = checked(rig)
    assert "WARNING" not in said, said


@pytest.mark.matrix("reopening")
@pytest.mark.before(argus="2.10.0")
def test_an_incident_that_cannot_be_reopened(rig: Rig) -> None:
    """B30: our own END stays, with one warning, and history is copied all the same; a person can open it again."""
    case, other = started_with(rig, 2)
    pk = rig.incident(case).pk
    rig.as_source.post_event(pk, "END", boards.GONE)
    rig.daemon.wait_for_log(CANNOT_REOPEN, 20)
    rig.policy.unchecked.add(case)
    rig.zino.note(case, "still down")
    rig.zino.note(other, "this one goes on")
    rig.settle(lambda: "harriet\nstill down" in [event.text for event in rig.incident(case).of_kind("OTH")])
    assert not rig.incident(case).open and rig.zino.case(case).state == "open"
    assert rig.daemon.log().count(CANNOT_REOPEN) == 1
    rig.olga.post_event(pk, "REO", "it is still down")
    rig.olga.acknowledge(pk, "mine")
    rig.settle(lambda: rig.notes(case) == ["mine (olga)"] and rig.incident(case).open)


@pytest.mark.matrix("reopening")
@pytest.mark.since(zino="2.3.0")
@pytest.mark.before(argus="2.10.0")
def test_what_was_handed_over_stays_closed(rig: Rig) -> None:
    """B30, B64: with on_standby = "close" what was ended stays so; new cases get their incidents all the same."""
    case = rig.zino.create()
    primary = started_in_standby(rig, on_standby="close")
    switch(rig, primary, well=False)
    rig.settle()
    switch(rig, primary, well=True)
    wait_until(lambda: not rig.incident(case).open and rig.incident(case).of_kind("END"), SWITCH_TIMEOUT, "it is ended")
    rig.policy.unchecked.add(case)
    rig.zino.create()
    switch(rig, primary, well=False)
    rig.daemon.wait_for_log(CANNOT_REOPEN, SWITCH_TIMEOUT)
    rig.settle()
    assert not rig.incident(case).open and rig.zino.case(case).state == "open"


@pytest.mark.matrix("failover")
@pytest.mark.before(zino="2.3.0")
def test_a_primary_without_snmp(rig: Rig) -> None:
    """B61: a primary that answers no probe counts as dead: the secondary is ACTIVE and stays so."""
    primary = rig.another_zino("primary")
    rig.zino.create()
    rig.start(failover=failover(primary))
    rig.daemon.wait_for_log("ACTIVE", SWITCH_TIMEOUT)
    before = len(rig.daemon.log())
    rig.let_rounds_pass(4)
    rig.settle()
    assert "STANDBY" not in rig.daemon.log()[before:]
