"""A slow or bad line to Zino costs what it hits, and for seconds (behaviour B14, B27, B50).

The limits hold what the rule allows and `SLACK` for a machine that has other work.
"""

import pytest

import boards
from peers.process import wait_until
from peers.zino_line import ZinoLine
from rig import Rig

SLACK = 10.0
# Invariant 11: what changed is in Argus so soon.
PROMPT = 5.0
# B14, B27: the pause after a case could not be read, and how long readings must have failed for it to count as gone.
ASIDE = 5.0
# B50: the longest silence of a reply, and the first pause before a new session.
SILENCE, RECONNECT = 10.0, 5.5
RATE, PASTED, ENTRIES = 2000, 320_000, 40
# Nothing is read unless something was announced.
RARELY = {"reconcile_interval": 600}


def sessions(rig: Rig) -> int:
    """How many sessions the daemon has begun."""
    return rig.zino.commands("user")


def paste(rig: Rig, case: int) -> None:
    """Gives a case a history of 320 kB, as somebody does who pastes configurations."""
    row = "set interfaces ge-0/0/0 unit 0 family inet\n"
    rig.zino.note(case, *(f"part {part}\n" + row * (PASTED // ENTRIES // len(row)) for part in range(ENTRIES)))


def test_a_long_history_on_a_slow_line(rig: Rig) -> None:
    """B50, B14: 320 kB at 2 kB/s end no session, and an outage of meanwhile waits for that one reply at most."""
    line = rig.line_to_zino()
    pasted, other = rig.zino.create(), rig.zino.create()
    paste(rig, pasted)
    line.rate = RATE
    longest = 1.5 * PASTED / RATE
    rig.start(sync={"reconcile_interval": 60})
    wait_until(lambda: rig.zino.commands("gethist"), 30, "the history is asked for")
    outage = rig.zino.create()
    for case in (outage, other):
        wait_until(lambda: str(case) in {one.source_id for one in rig.incidents()}, longest + PROMPT + SLACK, f"case {case}")
    wait_until(lambda: not rig.differences(), longest + SLACK, "the long history", interval=1)
    assert sessions(rig) == 1
    line.rate = None
    rig.zino.note(pasted, "found it")
    rig.zino.close(outage)
    wait_until(lambda: not rig.differences(), longest + SLACK, "what happened last", interval=1)
    assert sessions(rig) == 1


# A log that has shown what makes a case interesting is not read again.
TWICE = [("getattrs", False), ("gethist", False), ("getlog", False), ("getattrs", True), ("gethist", True)]


@pytest.mark.parametrize(("command", "announced"), TWICE)
def test_a_reply_that_comes_twice_once(rig: Rig, command: str, announced: bool) -> None:
    """B14, B50: the case waits for seconds, nobody gets its words, and what is announced goes on."""
    line = rig.line_to_zino()
    # Every other case has a log that makes no incident: it must not be given that of its neighbour.
    cases = [rig.zino.create(logs=["port ix 1 flapping"] if number % 2 else None) for number in range(8)]
    for case in cases:
        rig.zino.note(case, f"words about {case}")
    hit = cases[4]
    if announced:
        rig.start(sync=RARELY)
        wait_until(lambda: not rig.differences() and rig.zino.tied() == 1, 30, "the first agreement")
    fault = line.inject("double", f"{command} {hit}", times=1)
    if not announced:
        rig.start(sync=RARELY)
    rig.zino.note(hit, "and more")
    wait_until(lambda: fault.hits, 20, "the reply came twice")
    outage = rig.zino.create()
    wait_until(lambda: str(outage) in {one.source_id for one in rig.incidents()}, RECONNECT + PROMPT + SLACK, "the outage")
    wait_until(lambda: not rig.differences(), ASIDE + RECONNECT + PROMPT + SLACK, "the case that was hit")
    assert sessions(rig) <= 2
    # Words that had gone elsewhere would still be there, but an incident could have been put right again.
    assert rig.proxy.requests("PATCH") == []
    rig.zino.note(hit, "more")
    rig.zino.close(cases[2])
    wait_until(lambda: not rig.differences(), PROMPT + SLACK, "what was announced")


def unreadable(line: ZinoLine, case: int) -> None:
    """Makes the attributes of a case such that nobody can read them."""
    line.inject("edit", f"getattrs {case}", find=b"priority: 100", put=b"priority: abc")


def test_closed_and_unreadable(rig: Rig) -> None:
    """B27: an outage that is over ends, although its case cannot be read; its last words follow when it can."""
    line = rig.line_to_zino()
    case, _ = rig.zino.create(), rig.zino.create()
    rig.start(sync=RARELY)
    wait_until(lambda: not rig.differences(), 30, "the first agreement")
    unreadable(line, case)
    rig.zino.note(case, "unread")
    rig.zino.close(case, "harriet")
    wait_until(lambda: not rig.incident(case).open, ASIDE + PROMPT + SLACK, "the incident ends")
    end, = rig.incident(case).of_kind("END")
    assert end.text == boards.CLOSED
    line.heal()
    rig.zino.note(case, "read again")
    wait_until(lambda: not rig.differences(), 4 * ASIDE + SLACK, "the last words")
    assert sessions(rig) == 1


ONCE = {
    "attributes fail": ("fails", "getattrs", {}),
    "history fails": ("fails", "gethist", {}),
    "attributes are garbled": ("edit", "getattrs", {"find": b"priority: 100", "put": b"priority: abc"}),
    "history is late": ("late", "gethist", {"seconds": 40.0}),
}


@pytest.mark.parametrize("fault", ONCE)
def test_closed_and_unreadable_once(rig: Rig, fault: str) -> None:
    """B27: one reading that fails as a case is closed does not cost its incident the true last words."""
    line = rig.line_to_zino()
    case, _ = rig.zino.create(), rig.zino.create()
    rig.start(sync=RARELY)
    wait_until(lambda: not rig.differences() and rig.zino.tied() == 1, 30, "the first agreement")
    kind, command, options = ONCE[fault]
    hurt = line.inject(kind, f"{command} {case}", times=1, **options)
    rig.zino.close(case, "harriet")
    patience = SILENCE + RECONNECT if kind == "late" else 0
    wait_until(lambda: not rig.incident(case).open, patience + ASIDE + PROMPT + SLACK, "the incident ends")
    assert hurt.hits == 1
    end, = rig.incident(case).of_kind("END")
    assert end.text == "state change open -> closed (harriet)"
    wait_until(lambda: not rig.differences(), PROMPT + SLACK, "all is told")
