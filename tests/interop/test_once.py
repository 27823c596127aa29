"""Looking once, and bringing both sides in step once (behaviour B76)."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import pytest

import boards
from peers.zino import USER
from rig import Rig

# B13: what an earlier run may have sent is waited for, `argus.timeout` and `argus.write_timeout` long; then B28's 10 s.
PATIENCE = 60.0


def run(rig: Rig, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Runs a command to its end; returns its status and its answer as data."""
    status, text = run_for_people(rig, *arguments, "--json")
    answers = [line for line in text.splitlines() if line.startswith("{")]
    assert len(answers) == 1, answers
    return status, json.loads(answers[0])


def run_for_people(rig: Rig, *arguments: str) -> tuple[int, str]:
    """Runs a command to its end; returns its status and everything that it said."""
    before = len(rig.daemon.log())
    rig.start(*arguments)
    status = rig.daemon.exit_status(PATIENCE)
    return status, rig.daemon.log()[before:]


@dataclass(frozen=True)
class Difference:
    """What a plan has to say about one case."""

    case: int
    incident: int | None
    kind: str
    rule: str
    what: str  # a regular expression
    writes: int


SIGNS = {"create": "+", "change": "~", "end": "-", "to_zino": ">"}


class Seeds:
    """Makes differences, each on a case of its own, and says what a plan has to say about them."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.expected: list[Difference] = []

    def expect(self, case: int, kind: str, rule: str, what: str, writes: int = 1) -> None:
        """Notes one difference; the incident is the one that there is."""
        found = [one.pk for one in self._rig.incidents() if one.source_id == str(case)]
        self.expected.append(Difference(case, found[0] if found else None, kind, rule, what, writes))

    def creations(self, deleted: int) -> None:
        """Four incidents that are not there."""
        zino = self._rig.zino
        self._rig.board.delete(self._rig.incident(deleted).pk)
        self.expect(deleted, "create", "B21", "create, level 3: .* DOWN")
        self.expect(zino.create("reachability"), "create", "B21", "create, level 3: .* is not reachable")
        self.expect(zino.create(priority=700), "create", "B21", "create, level 1: ")
        case = zino.create("bgp", notes=[{"text": "harriet\none"}, {"text": "harriet\ntwo"}])
        self.expect(case, "create", "B21", ".* BGP .*, with 2 history entries", writes=3)

    def changes(self, noted: int, twice: int, worse: int, renamed: int, retagged: int, ended: int) -> None:
        """Six incidents that are not up to date."""
        zino = self._rig.zino
        zino.note(noted, "one line")
        self.expect(noted, "change", "B26", "1 history entry .*one line")
        zino.note(twice, "one line")
        zino.note(twice, "another", at=time.time() + 1)
        self.expect(twice, "change", "B26", "2 history entries", writes=2)
        zino.set(worse, priority=777)
        self.expect(worse, "change", "B29", "level 3 -> 1, priority 100 -> 777")
        zino.set(renamed, descr="moved, elsewhere")
        self.expect(renamed, "change", "B29", r"text: .*\(moved, ")
        zino.set(retagged, priority=123)
        self.expect(retagged, "change", "B29", "priority 100 -> 123")
        self._rig.as_source.post_event(self._rig.incident(ended).pk, "END", boards.CLOSED)
        self.expect(ended, "change", "B30", "reopen: ")

    def ends(self, closed: int, told: int, gone: int) -> None:
        """Three incidents whose cases are over, one of them with something to be told before."""
        zino = self._rig.zino
        zino.close(closed, "harriet")
        self.expect(closed, "end", "B27", "end: .*harriet")
        zino.note(told, "found it")
        zino.close(told, "harriet")
        self.expect(told, "change", "B26", "1 history entry .*found it")
        self.expect(told, "end", "B27", "end: .*harriet")
        self._rig.policy.gone = {self._rig.incident(gone).pk}
        zino.vanish(gone)
        self.expect(gone, "end", "B28", f"end: .*{boards.GONE}")

    def wishes(self, acked: int, at_work: int, half: int, ticketed: int, shut: int, ended: int) -> None:
        """Six things that people did in Argus and that Zino does not know."""
        olga, pk = self._rig.olga, lambda case: self._rig.incident(case).pk
        olga.acknowledge(pk(acked), "on it")
        self.expect(acked, "to_zino", "B40", r"tell Zino: .*on it \(olga\).*, state working", writes=2)
        olga.acknowledge(pk(at_work), "me too")
        self.expect(at_work, "to_zino", "B40", r"tell Zino: .*me too \(olga\)\S*")
        olga.acknowledge(pk(half), "half told")
        self._rig.zino.note(half, "half told (olga)", user=USER, at=time.time() + 1)
        self.expect(half, "to_zino", "B40", "tell Zino: state working")
        olga.set_ticket(pk(ticketed), "https://tickets.example.org/7")
        self.expect(ticketed, "to_zino", "B41", "tell Zino: .*https://tickets.example.org/7 added")
        olga.close(pk(shut), "done")
        self.expect(shut, "to_zino", "B42", r"tell Zino: .*done \(olga\).*, state closed", writes=2)
        self._rig.foreigner.post_event(pk(ended), "END", "over")
        self.expect(ended, "to_zino", "B42", "tell Zino: .*over .*, state closed", writes=2)


@pytest.mark.since(argus="2.10.0")
def test_a_plan_shows_twenty_differences_of_every_kind_and_a_sync_leaves_none(rig: Rig) -> None:
    """B76: a plan shows exactly what differs and writes nothing, a sync does that, and then there is nothing to do."""
    cases = [rig.zino.create() for _ in range(17)]
    rig.zino.set_state(cases[12], "working", "harriet")
    # In step already, and nothing to be told of.
    rig.zino.create("bfd")
    rig.zino.close(cases[16])
    rig.start()
    rig.settle()
    assert rig.daemon.stop() == 0
    seeds = Seeds(rig)
    seeds.changes(*cases[1:7])
    seeds.ends(*cases[7:10])
    rig.zino.create("bfd")
    seeds.wishes(cases[11], cases[12], cases[13], cases[14], cases[15], cases[10])
    seeds.creations(cases[0])
    expected = sorted(seeds.expected, key=lambda one: one.case)
    assert len(expected) == 20
    mark, before = rig.proxy.mark(), (rig.cases(), rig.incidents(), written(rig))

    status, plan = run(rig, "plan")
    found = [(one["case"], one["incident"], one["kind"], one["rule"], one["writes"]) for one in plan["differences"]]
    assert found == [(one.case, one.incident, one.kind, one.rule, one.writes) for one in expected]
    for difference, one in zip(plan["differences"], expected, strict=True):
        assert re.match(one.what, difference["what"]), (one, difference)
    assert plan["counts"] == {"create": 4, "change": 7, "end": 3, "to_zino": 6}
    assert (status, plan["schema"], plan["complete"], plan["held_back"]) == (1, 1, True, [])

    status, text = run_for_people(rig, "plan")
    assert status == 1
    table = re.findall(r"^([-+~>]) +(\d+)  (\d+|none) +(\S.*?) +(B\d+)$", text, re.MULTILINE)
    assert [(sign, int(case), pk, rule) for sign, case, pk, _, rule in table] == [
        (SIGNS[one.kind], one.case, str(one.incident or "none"), one.rule) for one in expected]
    assert all(re.match(one.what, what) for (_, _, _, what, _), one in zip(table, expected, strict=True)), text
    assert "20 differences: 4 create, 7 change, 3 end, 6 to Zino\nnothing was changed; " in text
    assert {seen.method for seen in rig.proxy.requests(since=mark)} == {"GET"}
    assert (rig.cases(), rig.incidents(), written(rig)) == before

    status, done = run(rig, "sync", "--once")
    assert (status, done["left"], done["held_back"]) == (0, [], [])
    assert done["done"] == {"created": 4, "history": 6, "updated": 3, "ended": 3, "reopened": 1, "notes": 5, "states": 4}
    assert rig.differences() == []
    status, plan = run(rig, "plan")
    assert (status, plan["differences"], plan["held_back"]) == (0, [], [])
    assert rig.notes(cases[11]) == ["on it (olga)"] and rig.zino.case(cases[13]).state == "working"
    assert rig.zino.case(cases[15]).state == rig.zino.case(cases[10]).state == "closed"


def written(rig: Rig) -> list[int]:
    """How often anybody has written to Zino."""
    return [rig.zino.commands(command) for command in ("addhist", "setstate")]


def test_a_case_is_explained(rig: Rig) -> None:
    """B76: without a daemon both servers are read; nothing is written."""
    case = rig.zino.create()
    mark = rig.proxy.mark()
    status, answer = run(rig, "explain", str(case))
    assert (status, answer["verdict"]["kind"], answer["incidents"]) == (1, "next", [])
    assert [one["rule"] for one in answer["differences"]] == ["B21"]
    assert rig.proxy.writes(mark) == []
