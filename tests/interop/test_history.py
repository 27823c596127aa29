"""What is written in Zino is copied to Argus, once (behaviour B26)."""

import time

import pytest

from rig import Rig

LONG = "".join(f"line {number} of a long story\n" for number in range(4000))


@pytest.mark.matrix("history")
@pytest.mark.alike
def test_entries_before_and_after_the_start(rig: Rig) -> None:
    """B26: every entry becomes one event, also the state changes that people make."""
    opened = int(time.time()) - 100
    case = rig.zino.create(opened=opened, notes=[{"text": "harriet\nfirst", "at": opened + 10}])
    rig.start()
    rig.settle()
    rig.zino.note(case, "second\n\nwith three lines", at=opened + 20)
    rig.settle()
    rig.zino.set_state(case, "waiting", "harriet")
    rig.settle()
    assert len(rig.incident(case).of_kind("OTH")) == 3


@pytest.mark.matrix("history")
def test_entries_of_one_second(rig: Rig) -> None:
    """B26: entries of one second are different events, in one commit and in several, also that of the opening."""
    opened = int(time.time())
    case = rig.zino.create(opened=opened, notes=[{"text": "harriet\nat once", "at": opened}])
    rig.start()
    rig.settle()
    rig.zino.note(case, "one", "two", "three", at=opened + 1)
    rig.settle()
    for text in ("four", "five"):
        rig.zino.note(case, text, at=opened + 1)
    rig.zino.note(case, "one", user="nils", at=opened + 1)
    rig.settle()
    rig.zino.note(case, "six", at=opened + 1)
    rig.restart()
    rig.settle()
    assert len(rig.incident(case).of_kind("OTH")) == 8


def test_odd_texts(rig: Rig) -> None:
    """B23, B26: whatever Zino can hold arrives as Argus stores it."""
    texts = ["æøå \u2603 \U0001f426", "   blanks around   ", "tab\tinside", "control \x01\x1b[31m characters",
             "nul \0 byte", "1795357544 harriet\nlooks like a header", ".", "..",
             "a\u0085b\u2028c", " \n \nempty lines first", "<b>&amp;", LONG]
    case = rig.zino.create()
    now = int(time.time())
    rig.start()
    rig.settle()
    for number, text in enumerate(texts):
        rig.zino.note(case, text, at=now + number)
    rig.settle()
    rig.restart()
    rig.settle()
    assert len(rig.incident(case).of_kind("OTH")) == len(texts)


@pytest.mark.alike
def test_our_own_entries_are_not_copied(rig: Rig) -> None:
    """B26: what was written by our own Zino user does not come back."""
    opened = int(time.time()) - 100
    case = rig.zino.create(opened=opened)
    rig.start()
    rig.settle()
    rig.zino.note(case, "by the glue", user="glue", at=opened + 10)
    rig.zino.note(case, "by a person", at=opened + 20)
    rig.settle()
    assert [event.text for event in rig.incident(case).of_kind("OTH")] == ["harriet\nby a person"]


def test_entries_written_while_down(rig: Rig) -> None:
    """B26: what was written while the daemon was down is found at the next start, and once only."""
    cases = [rig.zino.create() for _ in range(3)]
    rig.start()
    rig.settle()
    assert rig.daemon.stop() == 0
    for case in cases:
        rig.zino.note(case, "in the dark", "and again")
    rig.zino.set_state(cases[0], "waiting", "harriet")
    rig.start()
    rig.settle()
    rig.restart()
    rig.settle()


def test_entries_written_while_argus_was_away(rig: Rig) -> None:
    """B13, B26: refused events are sent later, in the order in which they were written."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    rig.proxy.refuse()
    now = int(time.time())
    for number in range(4):
        rig.zino.note(case, f"number {number}", at=now)
    rig.proxy.accept()
    rig.settle()
    events = sorted(rig.incident(case).of_kind("OTH"), key=lambda event: event.pk)
    assert [event.text[-1] for event in events] == ["0", "1", "2", "3"]


def test_a_note_after_the_closing(rig: Rig) -> None:
    """B20, B26: an incident that a case has is kept in step, also when both are closed."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    rig.zino.close(case)
    rig.settle()
    rig.zino.note(case, "it was the fuse", at=time.time() + 2)
    rig.settle()
    assert len(rig.incident(case).of_kind("END")) == 1
