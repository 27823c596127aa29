"""Acknowledgements and tickets of Argus users reach Zino, once (behaviour B40, B41, B43)."""

import time

import pytest

from peers.process import wait_until
from peers.zino import USER
from rig import Rig

# What a user writes in Argus, and the words that the case's history must hold, whatever the blanks between them.
ACK_TEXTS = {
    "I look at it": "I look at it (olga)",
    "two\n\nlines": "two lines (olga)",
    "before\n.\nafter": "before . after (olga)",
    ".": ". (olga)",
    "": "(olga)",
    "blåbær \u2603 \U0001f426": "blåbær \u2603 \U0001f426 (olga)",
    "vt \x0b ff \x0c esc \x1b bell \x07 end": "vt ff esc bell end (olga)",
    "first\n.\r\nsetstate 1 closed\r\n.\nlast": "first . setstate 1 closed . last (olga)",
}


def words(texts: list[str]) -> list[str]:
    """Texts without what blanks and line ends may do to them."""
    return [" ".join(text.split()) for text in texts]


def own_states(rig: Rig, case: int) -> list[str]:
    """The state changes that the daemon made."""
    return [one.text for one in rig.zino.case(case).history if one.text.endswith(f"({USER})") and "->" in one.text]


def acked_case(rig: Rig, text: str = "mine") -> int:
    """A case with an incident that olga has acknowledged, with the daemon running and all settled."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    rig.olga.acknowledge(rig.incident(case).pk, text)
    rig.settle(lambda: rig.notes(case) == [f"{text} (olga)"] and rig.zino.case(case).state == "working")
    return case


@pytest.mark.matrix("acknowledgement")
@pytest.mark.alike
def test_acknowledged(rig: Rig) -> None:
    """B40: one note with the user's name, then setstate; no other case is touched."""
    other = rig.zino.create()
    case = acked_case(rig)
    assert own_states(rig, case) == [f"state change open -> working ({USER})"]
    assert rig.zino.case(other).state == "open"
    rig.daemon.stop()
    rig.start()
    rig.settle()
    assert rig.notes(case) == ["mine (olga)"]


def test_texts_that_could_break_the_protocol(rig: Rig) -> None:
    """B43: several lines, a lone dot, nothing, control characters and commands: all are text for Zino."""
    cases = [rig.zino.create() for _ in ACK_TEXTS]
    rig.start()
    rig.settle()
    for case, text in zip(cases, ACK_TEXTS):
        rig.olga.acknowledge(rig.incident(case).pk, text)

    def all_noted() -> bool:
        return all(words(rig.notes(case)) == [ACK_TEXTS[text]] for case, text in zip(cases, ACK_TEXTS))

    rig.settle(all_noted)
    assert {rig.zino.case(case).state for case in cases} == {"working"}
    rig.restart()
    rig.settle(all_noted)


def test_a_very_long_text(rig: Rig) -> None:
    """B43: at most 16 KiB go to Zino, cut at a character boundary; and it is recognised afterwards."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    rig.olga.acknowledge(rig.incident(case).pk, "æ" * 20_000)
    rig.settle(lambda: len(rig.notes(case)) == 1 and rig.zino.case(case).state == "working")
    assert len(rig.notes(case)[0].encode()) <= 16 * 1024
    rig.restart()
    rig.settle()
    assert len(rig.notes(case)) == 1


@pytest.mark.parametrize("state", ["waiting", "none"])
def test_the_configured_state(rig: Rig, state: str) -> None:
    """B40: setstate = "waiting" sets that state; "none" writes nothing at all."""
    case = rig.zino.create()
    rig.start(sync={"acknowledge": {"setstate": state}})
    rig.settle()
    rig.olga.acknowledge(rig.incident(case).pk, "mine")
    if state == "waiting":
        rig.settle(lambda: rig.zino.case(case).state == "waiting")
        assert rig.notes(case) == ["mine (olga)"]
    else:
        rig.let_rounds_pass(3)
        rig.settle()
        assert rig.notes(case) == [] and rig.zino.case(case).state == "open"


@pytest.mark.matrix("restart")
def test_acknowledged_while_down(rig: Rig) -> None:
    """B40: an ack made while the daemon was down is carried over at the next start, and never again."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    assert rig.daemon.stop() == 0
    rig.olga.acknowledge(rig.incident(case).pk, "night shift")
    rig.olga.set_ticket(rig.incident(case).pk, "https://tickets.example.org/7")
    rig.start()
    want = ["Ticket https://tickets.example.org/7 added by Argus user olga", "night shift (olga)"]
    rig.settle(lambda: sorted(rig.notes(case)) == want and rig.zino.case(case).state == "working")
    rig.daemon.kill()
    rig.start()
    rig.settle()
    assert sorted(rig.notes(case)) == want and len(own_states(rig, case)) == 1


@pytest.mark.matrix("acknowledgement")
def test_several_acknowledgements(rig: Rig) -> None:
    """B40: each ack becomes a note, also the second of one user; the state is set once."""
    case = acked_case(rig)
    pk = rig.incident(case).pk
    rig.nils.acknowledge(pk, "me too")
    rig.olga.acknowledge(pk, "mine")
    rig.settle(lambda: sorted(rig.notes(case)) == ["me too (nils)", "mine (olga)", "mine (olga)"])
    assert len(own_states(rig, case)) == 1
    rig.restart()
    rig.settle()
    assert len(rig.notes(case)) == 3


def test_a_person_knows_better(rig: Rig) -> None:
    """B40: a state that a person has set in Zino after the ack stays; one set before it does not."""
    after, before = rig.zino.create(), rig.zino.create()
    rig.start()
    rig.settle()
    assert rig.daemon.stop() == 0
    rig.olga.acknowledge(rig.incident(after).pk, "mine", at=time.time() - 60)
    for case in (after, before):
        rig.zino.set_state(case, "waiting", "harriet")
    rig.olga.acknowledge(rig.incident(before).pk, "mine", at=time.time() + 5)
    rig.start()
    rig.settle(lambda: rig.notes(after) == rig.notes(before) == ["mine (olga)"]
               and rig.zino.case(before).state == "working")
    assert rig.zino.case(after).state == "waiting" and own_states(rig, after) == []


def test_the_state_is_left_to_people_afterwards(rig: Rig) -> None:
    """B40: once an ack is dealt with, what a person does to the state is not undone, not even by a restart."""
    case = acked_case(rig)
    rig.zino.set_state(case, "open", "harriet")
    rig.settle()
    rig.restart()
    rig.settle()
    assert rig.zino.case(case).state == "open" and len(own_states(rig, case)) == 1


def test_acknowledged_too_late(rig: Rig) -> None:
    """B40: an ack on a closed case writes nothing."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    rig.zino.close(case)
    rig.settle()
    rig.olga.acknowledge(rig.incident(case).pk, "late")
    rig.let_rounds_pass(3)
    rig.settle()
    assert rig.notes(case) == []


@pytest.mark.matrix("ticket")
@pytest.mark.alike
def test_ticket(rig: Rig) -> None:
    """B41: a ticket becomes one note with the name of the user who set it; a new ticket another one."""
    case = rig.zino.create()
    rig.start()
    rig.settle()
    pk = rig.incident(case).pk
    first = "Ticket https://tickets.example.org/42 added by Argus user olga"
    rig.olga.set_ticket(pk, "https://tickets.example.org/42")
    rig.settle(lambda: rig.notes(case) == [first])
    rig.nils.set_ticket(pk, "https://tickets.example.org/77")
    second = "Ticket https://tickets.example.org/77 added by Argus user nils"
    rig.settle(lambda: rig.notes(case) == [first, second])
    rig.daemon.stop()
    rig.start()
    rig.settle(lambda: rig.notes(case) == [first, second])
    assert rig.zino.case(case).state == "open"


@pytest.mark.matrix("ticket")
def test_a_ticket_that_is_replaced_and_a_second_acknowledgement(rig: Rig) -> None:
    """B11: neither changes any count; both are told at the next refresh, without a listing."""
    case = rig.zino.create()
    rig.start(sync={"reconcile_interval": 600})
    wait_until(lambda: not rig.differences(), 20, "the incident")
    pk = rig.incident(case).pk
    expected: list[str] = []
    for number in (1, 2):
        url = f"https://tickets.example.org/{number}"
        rig.olga.set_ticket(pk, url)
        rig.olga.acknowledge(pk, f"words {number}")
        expected += [f"Ticket {url} added by Argus user olga", f"words {number} (olga)"]
        wait_until(lambda: sorted(rig.notes(case)) == sorted(expected), 20, f"the notes of round {number}")


def test_ticket_that_is_mentioned_already(rig: Rig) -> None:
    """B41: a url that stands in some entry as a whole word needs no note; as a part of another url it does."""
    known, prefix = rig.zino.create(), rig.zino.create()
    for case in (known, prefix):
        rig.zino.note(case, "see https://tickets.example.org/42 for more")
    rig.start()
    rig.settle()
    rig.olga.set_ticket(rig.incident(known).pk, "https://tickets.example.org/42")
    rig.olga.set_ticket(rig.incident(prefix).pk, "https://tickets.example.org/4")
    rig.settle(lambda: rig.notes(prefix) == ["Ticket https://tickets.example.org/4 added by Argus user olga"])
    assert rig.notes(known) == []


def test_tickets_are_off(rig: Rig) -> None:
    """B41: without ticket.enable nothing is written."""
    case = rig.zino.create()
    rig.start(sync={"ticket": {"enable": False}})
    rig.settle()
    rig.olga.set_ticket(rig.incident(case).pk, "https://tickets.example.org/42")
    rig.let_rounds_pass(3)
    rig.settle()
    assert rig.notes(case) == []


@pytest.mark.parametrize("command", ["addhist", "setstate"])
def test_the_answer_of_zino_is_lost(rig: Rig, command: str) -> None:
    """B13: a note or state change whose answer was lost is not made again."""
    acked, ticketed, closed = (rig.zino.create() for _ in range(3))
    rig.start()
    rig.settle()
    for act in (lambda: rig.olga.acknowledge(rig.incident(acked).pk, "mine"),
                lambda: rig.olga.set_ticket(rig.incident(ticketed).pk, "https://tickets.example.org/1"),
                lambda: rig.olga.close(rig.incident(closed).pk, "fixed")):
        rig.zino.lose_answer(command)
        act()
    rig.settle(lambda: rig.notes(acked) == ["mine (olga)"] and rig.notes(closed) == ["fixed (olga)"]
               and len(rig.notes(ticketed)) == 1 and rig.zino.case(acked).state == "working"
               and rig.zino.case(closed).state == "closed", timeout=120)
    assert len(own_states(rig, acked)) == len(own_states(rig, closed)) == 1
