"""Incidents about the daemon itself: why the board stands still (behaviour B80)."""

import re

from peers.argus_board import Incident
from peers.process import wait_until
from rig import Rig

ON = {"self_incidents": True}


def about(rig: Rig, word: str) -> list[Incident]:
    """The incidents about a trouble of the daemon; from now on they belong to no case."""
    found = [one for one in rig.incidents() if re.fullmatch(rf"zinoargus-{word}@\d+", one.source_id)]
    rig.policy.strangers |= {one.pk for one in found}
    return found


def test_zino_out_of_reach(rig: Rig) -> None:
    """Zino out of reach for more than two reconcile intervals has an incident each time, as long as it lasts."""
    case = rig.zino.create()
    rig.start(status=ON)
    rig.settle()
    for time in (1, 2):
        rig.zino.shut_down()
        # Not before 12 s after the start (argus.timeout and argus.write_timeout), in which an earlier run may be heard of.
        wait_until(lambda: len(about(rig, "zino-unreachable")) == time, 30, "the incident is there")
        one = about(rig, "zino-unreachable")[-1]
        assert one.open and one.level == 1 and one.tags == ["zinoargus=zino-unreachable"]
        assert one.description == "zinoargus cannot reach Zino: its incidents are not kept up to date"
        rig.zino.start(load=True)
        rig.zino.note(case, f"unheard {time}")
        rig.settle(lambda: not about(rig, "zino-unreachable")[-1].open, timeout=90)
        assert [event.text for event in about(rig, "zino-unreachable")[-1].of_kind("END")] == [
            "Zino can be reached again"]
    assert len(about(rig, "zino-unreachable")) == 2


def test_killed_while_zino_is_out_of_reach(rig: Rig) -> None:
    """B13: the next run takes over what the one before has made, and makes no second one."""
    rig.zino.create()
    rig.start(status=ON)
    rig.settle()
    rig.zino.shut_down()
    wait_until(lambda: about(rig, "zino-unreachable"), 30, "the incident is there")
    rig.daemon.kill()
    rig.zino.start(load=True)
    rig.start()
    rig.settle(lambda: not about(rig, "zino-unreachable")[0].open, timeout=60)
    assert len(about(rig, "zino-unreachable")) == 1
    assert len(about(rig, "zino-unreachable")[0].of_kind("END")) == 1
