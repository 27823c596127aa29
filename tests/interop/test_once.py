"""Looking once, and bringing both sides in step once (behaviour B76)."""

import json
import time
from typing import Any

from rig import Rig

# B13: what an earlier run may have sent is waited for, `argus.timeout` and `argus.write_timeout` long; then B28's 10 s.
PATIENCE = 60.0


def run(rig: Rig, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Runs a command to its end; returns its status and its answer as data."""
    before = len(rig.daemon.log())
    rig.start(*arguments, "--json")
    status = rig.daemon.exit_status(PATIENCE)
    answers = [line for line in rig.daemon.log()[before:].splitlines() if line.startswith("{")]
    assert len(answers) == 1, answers
    return status, json.loads(answers[0])


def entries(rig: Rig) -> int:
    """How many entries all histories in Zino have."""
    return sum(len(case.history) for case in rig.cases().values())


def test_a_plan_shows_every_difference_and_a_sync_leaves_none(rig: Rig) -> None:
    """B76: a plan writes nothing, a sync does what was planned, and then there is nothing left to do."""
    cases = [rig.zino.create() for _ in range(10)]
    rig.start()
    rig.settle()
    assert rig.daemon.stop() == 0
    noted, twice, closed, gone, changed, acked, ticketed, shut, deleted, _ = cases
    rig.zino.note(noted, "one line")
    rig.zino.note(twice, "one line")
    rig.zino.note(twice, "another", at=time.time() + 1)
    rig.zino.close(closed, "harriet")
    rig.zino.vanish(gone)
    rig.zino.set(changed, priority=777)
    rig.olga.acknowledge(rig.incident(acked).pk, "on it")
    rig.olga.set_ticket(rig.incident(ticketed).pk, "https://tickets.example.org/7")
    rig.olga.close(rig.incident(shut).pk, "done")
    rig.board.delete(rig.incident(deleted).pk)
    new = rig.zino.create()
    mark, histories = rig.proxy.mark(), entries(rig)

    status, plan = run(rig, "plan")
    expected = [(noted, "change", "B26"), (twice, "change", "B26"), (closed, "end", "B27"), (gone, "end", "B28"),
                (changed, "change", "B29"), (acked, "to_zino", "B40"), (ticketed, "to_zino", "B41"),
                (shut, "to_zino", "B42"), (deleted, "create", "B21"), (new, "create", "B21")]
    found = [(one["case"], one["kind"], one["rule"]) for one in plan["differences"]]
    assert found == sorted(expected)
    assert (status, plan["schema"], plan["complete"], plan["held_back"]) == (1, 1, True, [])
    assert rig.proxy.writes(mark) == []
    assert entries(rig) == histories

    status, done = run(rig, "sync", "--once")
    assert (status, done["left"], done["held_back"]) == (0, [], [])
    assert (done["done"]["created"], done["done"]["history"], done["done"]["ended"]) == (2, 3, 2)
    status, plan = run(rig, "plan")
    assert (status, plan["differences"], plan["held_back"]) == (0, [], [])
    assert rig.zino.case(shut).state == "closed" and rig.notes(acked) == ["on it (olga)"]


def test_a_case_is_explained(rig: Rig) -> None:
    """B76: without a daemon both servers are read; nothing is written."""
    case = rig.zino.create()
    mark = rig.proxy.mark()
    status, answer = run(rig, "explain", str(case))
    assert (status, answer["verdict"]["kind"], answer["incidents"]) == (1, "next", [])
    assert [one["rule"] for one in answer["differences"]] == ["B21"]
    assert rig.proxy.writes(mark) == []
