"""Changes of a case's attributes reach its incident, and what users edited in Argus survives (behaviour B29)."""

import pytest

from rig import Rig


def started(rig: Rig) -> int:
    """One settled case."""
    case = rig.zino.create(priority=100)
    rig.start()
    rig.settle()
    return case


@pytest.mark.matrix("changes")
def test_changed_attributes(rig: Rig) -> None:
    """B29: level, description and tags follow Zino, with one PATCH for one change."""
    case = started(rig)
    mark = rig.proxy.mark()
    rig.zino.set(case, priority=700)
    rig.settle()
    assert len(rig.proxy.requests("PATCH", since=mark)) == 1
    rig.zino.set(case, descr="renamed, to-another-customer", port="xe-1/2/3")
    rig.settle()
    assert len(rig.proxy.requests("PATCH", since=mark)) == 2
    assert rig.proxy.requests("POST", "incidents/", since=mark) == rig.proxy.requests("POST", "heartbeat", since=mark)


def test_changed_while_down(rig: Rig) -> None:
    """B29: what was derived last is read from our own tags, so no memory is needed."""
    case = started(rig)
    rig.daemon.kill()
    rig.zino.set(case, priority=300, descr="while, down")
    rig.start()
    rig.settle()
    mark = rig.proxy.mark()
    rig.restart()
    rig.settle()
    assert rig.proxy.requests("PATCH", since=mark) == []


@pytest.mark.parametrize("restarted", [False, True])
def test_what_users_edited(rig: Rig, restarted: bool) -> None:
    """B29: a level that a user has set, and a user's tags, stay until Zino's own value changes."""
    case = started(rig)
    incident = rig.incident(case)
    rig.olga.patch(incident.pk, level=5, tags=[{"tag": tag} for tag in [*incident.tags, "team=noc"]])
    rig.policy.levels[case] = 5
    rig.settle()
    if restarted:
        rig.restart()
        rig.settle()
    rig.zino.set(case, descr="renamed, again")
    rig.settle(timeout=20)  # a tag that the daemon has not seen yet is no reason to put the case aside for long
    assert "team=noc" in rig.incident(case).tags
    del rig.policy.levels[case]
    rig.zino.set(case, priority=800)
    rig.settle()
    assert "team=noc" in rig.incident(case).tags


def test_updates_are_off(rig: Rig) -> None:
    """B29: with sync.update.enable = false nothing is patched."""
    case = rig.zino.create(priority=100)
    rig.start(sync={"update": {"enable": False}})
    rig.settle()
    before = rig.incident(case)
    rig.zino.set(case, priority=700, descr="renamed, unseen")
    rig.let_rounds_pass(3)
    assert rig.proxy.requests("PATCH") == []
    assert rig.incident(case) == before


def test_an_incident_of_an_older_glue(rig: Rig) -> None:
    """B21, B29: an incident without an event_type tag is taken over as it is, and not updated."""
    case = rig.zino.create("reachability", priority=700)
    rig.zino.create()
    pk = rig.as_source.create(rig.zino.case(case).opened, ["host=gw1.example.org"], source_incident_id=case,
                              description="made long ago", level=2)
    rig.policy.strangers.add(pk)
    rig.policy.unchecked.add(case)
    rig.start()
    rig.zino.note(case, "still here")
    rig.settle(lambda: len(rig.incident(case).of_kind("OTH")) == 1)
    rig.zino.set(case, priority=100)
    rig.let_rounds_pass(2)
    assert rig.proxy.requests("PATCH") == []
    rig.zino.close(case)
    rig.settle(lambda: not rig.incident(case).open)
    assert rig.incident(case).description == "made long ago"


def test_incidents_that_are_not_ours_to_touch(rig: Rig) -> None:
    """B25: incidents of our source with any other id, or none, are left alone."""
    opened = rig.zino.case(rig.zino.create()).opened
    for source_id in ("", "4711x", "-1", "007", "9" * 200, "1@x"):
        rig.policy.strangers.add(rig.as_source.create(opened - 50, [], source_incident_id=source_id, description="odd"))
    before = [one for one in rig.incidents() if one.pk in rig.policy.strangers]
    rig.start()
    rig.settle()
    rig.restart()
    rig.settle()
    assert [one for one in rig.incidents() if one.pk in rig.policy.strangers] == before
