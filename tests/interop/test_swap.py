"""The Python glue is replaced by ours, and the other way round, at any time (behaviour B10, B25, B26)."""

import time

import pytest

from rig import Rig


@pytest.mark.alike
def test_python_to_ours_and_back(rig: Rig) -> None:
    """A case, a note, an ack, a closing on either side under each glue: nothing lost, nothing doubled, no END."""
    rig.policy.copies_own_states = True
    opened = int(time.time()) - 1000
    python = rig.new_daemon("python")
    under_test = rig.daemon
    lasting = rig.zino.create(opened=opened, notes=[{"text": "harriet\nfirst", "at": opened + 1}])
    expected_notes: list[str] = []
    for turn, daemon in enumerate((python, under_test, python, under_test)):
        rig.daemon = daemon
        mark = rig.proxy.mark()
        rig.start(daemon=daemon)
        rig.settle(lambda: rig.zino.tied() == 1)
        if turn:
            assert rig.proxy.writes(since=mark) == []
        at = opened + 100 * (turn + 1)
        fresh = [rig.zino.create(opened=at + n, notes=[{"text": "harriet\nnew", "at": at + 10 + n}]) for n in range(3)]
        rig.settle()
        rig.zino.note(lasting, f"turn {turn}", at=at + 20)
        rig.zino.close(fresh[0])
        rig.olga.close(rig.incident(fresh[1]).pk, "by hand")
        rig.olga.set_ticket(rig.incident(fresh[2]).pk, f"https://tickets.example.org/{turn}")
        rig.settle(lambda: rig.notes(fresh[1]) == ["by hand (olga)"] and len(rig.notes(fresh[2])) == 1
                   and rig.zino.case(fresh[1]).state == "closed")
        if turn == 0:
            rig.olga.acknowledge(rig.incident(lasting).pk, "mine")
            expected_notes = ["mine (olga)"]
        rig.settle(lambda: rig.notes(lasting) == expected_notes)
        daemon.stop()
    assert len(rig.incidents()) == 13


def test_incidents_of_the_python_glue_in_the_wrong_hour(rig: Rig) -> None:
    """B25, B26: what the Python glue has stamped one hour wrong around a change of the clocks is recognised."""
    opened = int(time.time()) - 10_000
    case = rig.zino.create("reachability", opened=opened, notes=[{"text": "harriet\nnote", "at": opened + 60}])
    pk = rig.as_source.create(opened + 3600, ["host=gw1.example.org", "event_type=reachability", "priority=100"],
                              source_incident_id=case, description="gw1.example.org is not reachable", level=3)
    rig.as_source.post_event(pk, "OTH", "harriet\nnote", at=opened + 3660)
    rig.policy.strangers.add(pk)
    rig.policy.unchecked.add(case)
    rig.zino.create()
    rig.start()
    rig.settle()
    found = next(one for one in rig.incidents() if one.pk == pk)
    assert found.open and len(found.events) == 2
    assert rig.proxy.requests("POST", rf"/{pk}/events/") == []
    rig.zino.close(case)
    rig.settle(lambda: not next(one for one in rig.incidents() if one.pk == pk).open)
