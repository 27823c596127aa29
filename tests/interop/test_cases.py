"""Which cases get an incident, and what it looks like (behaviour B20 to B24)."""

import hashlib

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


@pytest.mark.matrix("create")
@pytest.mark.alike
def test_cases_that_are_there_at_the_start(rig: Rig) -> None:
    """B20-B24: each type and filter, for cases older than the daemon."""
    make_one_of_each(rig)
    rig.start()
    rig.settle()
    assert len(rig.incidents()) == 8


@pytest.mark.matrix("create")
@pytest.mark.alike
def test_cases_that_come_later(rig: Rig) -> None:
    """B20-B24: each type and filter, for cases that are announced."""
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    make_one_of_each(rig)
    rig.settle()
    assert len(rig.incidents()) == 8


def test_interest_is_judged_anew(rig: Rig) -> None:
    """B20: a case that was left out gets its incident as soon as it has what it lacked."""
    quiet = rig.zino.create("portstate", logs=["port ix 1 flapping"])
    nameless = rig.zino.create("portstate", descr="nocomma")
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    assert rig.incidents() == []
    rig.zino.log(quiet, "port ix 1 linkDown")
    rig.zino.set(nameless, descr="now, with a comma")
    rig.settle()
    assert len(rig.incidents()) == 2


def test_a_placeholder_of_planned_maintenance(rig: Rig) -> None:
    """B20: a case that has never been updated is not interesting yet, whatever its state."""
    early = rig.zino.create("reachability", logs=[])
    rig.zino.set(early, state="ignored")
    rig.start()
    rig.settle(lambda: rig.zino.tied() == 1)
    late = rig.zino.create("portstate", logs=[])
    rig.zino.set(late, state="ignored")
    rig.settle()
    assert rig.incidents() == []
    rig.zino.set_state(early, "open", "harriet")
    rig.zino.log(early, "gw1 no-response")
    rig.zino.log(late, "linkDown")
    rig.settle()
    assert [incident.source_id for incident in rig.incidents()] == [str(early)]


def test_ignored_cases_are_skipped(rig: Rig) -> None:
    """B20: no new incident for an ignored case; an incident that it has already stays open and is kept in step."""
    never = rig.zino.create(state="ignored")
    later = rig.zino.create(state="ignored")
    once = rig.zino.create()
    rig.start()
    rig.settle()
    rig.zino.set_state(once, "ignored", "harriet")
    rig.zino.note(once, "known problem")
    rig.zino.set_state(later, "open", "harriet")
    rig.settle()
    assert {one.source_id for one in rig.incidents()} == {str(later), str(once)}
    rig.zino.close(once)
    rig.zino.close(never)
    rig.settle()
    assert not rig.incident(once).open


def test_ignored_cases_are_wanted(rig: Rig) -> None:
    """B20: with sync.ignored = "sync" an ignored case is a case like any other."""
    rig.zino.create(state="ignored")
    rig.policy.skip_ignored = False
    rig.start(sync={"ignored": "sync"})
    rig.settle(lambda: len(rig.incidents()) == 1)
    rig.zino.create(state="ignored")
    rig.settle(lambda: len(rig.incidents()) == 2)


@pytest.mark.matrix("create")
def test_odd_attributes(rig: Rig) -> None:
    """B22, B23: missing, empty, long and strange values never block an incident."""
    noise = hashlib.sha512(b"incompressible").hexdigest() * 25
    rig.zino.create("portstate", port="")
    rig.zino.create("portstate", descr="  blåbær, smultron \u2603 \U0001f426  ")
    rig.zino.create("portstate", descr=f"long, {noise}")
    rig.zino.create("portstate", descr="long, " + "æ\u2603" * 400)
    rig.zino.create("portstate", descr="nul \0 inside, and = signs: a=b")
    rig.zino.create("portstate", descr="two, lines\nand: a colon")
    rig.zino.create("bgp", remote_as=None)
    rig.zino.create("alarm", router="x" * 300)
    rig.start()
    rig.settle()
    assert len(rig.incidents()) == 8


@pytest.mark.parametrize("poison", ["log", "history", "attribute"])
def test_a_case_that_cannot_be_read(rig: Rig, poison: str) -> None:
    """B14: a case whose reply is broken is put aside by itself, and the others go on."""
    good = [rig.zino.create(), rig.zino.create()]
    bad = rig.zino.create(descr="one, two\r\n.\r\nthree" if poison == "attribute" else "one, two")
    rig.policy.unchecked = {bad}
    if poison == "log":
        rig.zino.log(bad, "")
    if poison == "history":
        rig.zino.break_history(bad)
    good.append(rig.zino.create())
    rig.start()
    rig.settle(lambda: len([one for one in rig.incidents() if one.source_id != str(bad)]) == 3, timeout=60)
    rig.zino.note(good[0], "still at work")
    rig.zino.close(good[1])
    rig.settle(timeout=60)
    # B20: the line that the port went down stands above the empty one, where the log breaks off.
    assert (str(bad) in {one.source_id for one in rig.incidents()}) == (poison == "log")
