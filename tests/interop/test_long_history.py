"""A case with thousands of history entries is a case like any other (behaviour B12, B14)."""

from peers.process import wait_until
from rig import Rig

# Ten thousand are told in the same way; but the real Argus takes some minutes for them, ten on a machine with other work.
ENTRIES = 2000
ALL_TOLD = 400.0
# Invariant 11: so soon is in Argus what changes in Zino, and, a refresh later, in Zino what people do in Argus.
PROMPT, SLACK = 5.0, 10.0
# B13: after a start what an earlier run may have sent waits for argus.timeout and argus.write_timeout.
UNDER_WAY = 12.0
# An acknowledgement is looked up among all events of its incident, which takes Argus seconds where these are thousands.
LOOKING_UP = 10.0
EVENTS = r"/events/$"


def test_thousands_of_entries(rig: Rig) -> None:
    """B12, B14: all are told, then the newest, an acknowledgement and the closing; and no other case waits for them."""
    rig.proxy.keep_alive = True
    case = rig.zino.create()
    rig.zino.note(case, *(f"entry {number}" for number in range(ENTRIES)))
    rig.start(sync={"reconcile_interval": 5})
    wait_until(lambda: rig.proxy.requests("POST", EVENTS), 30, "the first entry")
    outage = rig.zino.create(notes=[{"text": "harriet\nnote"}])
    wait_until(lambda: len(rig.incidents()) == 2 and rig.incident(outage).of_kind("OTH"), PROMPT + SLACK, "another outage")
    rig.zino.close(outage)
    wait_until(lambda: not rig.incident(outage).open, PROMPT + SLACK, "its end")
    assert len(rig.proxy.requests("POST", EVENTS)) < ENTRIES, "they were told before anybody could wait for them"
    wait_until(lambda: len(rig.proxy.requests("POST", EVENTS)) >= ENTRIES, ALL_TOLD, "all entries", interval=1)
    wait_until(lambda: not rig.differences(), PROMPT + SLACK, "both sides agree", interval=1)
    rig.zino.note(case, "the newest")
    wait_until(lambda: not rig.differences(), PROMPT + SLACK, "the newest entry", interval=0.5)
    rig.olga.acknowledge(rig.incident(case).pk, "mine")
    wait_until(lambda: rig.notes(case) == ["mine (olga)"], PROMPT + LOOKING_UP + SLACK, "the acknowledgement",
               interval=0.5)
    mark = rig.proxy.mark()
    rig.restart()
    rig.zino.note(case, "after the restart")
    wait_until(lambda: not rig.differences(), UNDER_WAY + PROMPT + SLACK, "what was written after the restart", interval=0.5)
    rig.zino.close(case)
    wait_until(lambda: not rig.incident(case).open, PROMPT + SLACK, "the closing", interval=0.5)
    assert rig.differences() == []
    assert len(rig.proxy.writes(since=mark)) == 2
