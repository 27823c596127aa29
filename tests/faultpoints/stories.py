"""The stories. Each is short, and goes to its end whatever breaks on the way.

Every step is named; its name is part of the names of its fault points. To add a story, write a function and put it into
`STORIES`.
"""

import time
from collections.abc import Callable

from . import faults
from .world import World

TICKET = "https://tickets.example.org/4711"


def port(world: World) -> None:
    """A port goes down: history, an acknowledgement, closed in Zino."""
    world.step("start", world.start)
    world.step("open", lambda: world.create("a", "portstate", notes=[{"text": "harriet\nfirst"}]))
    world.step("note", lambda: world.zino.note(world.number("a"), "second", "third"))

    def acknowledge() -> None:
        world.expect_note("a", "mine (olga)")
        world.expect_state("a", "working")
        world.rig.olga.acknowledge(world.incident("a"), "mine")

    world.step("ack", acknowledge, by_people=True)

    def close() -> None:
        world.expect_state("a", "closed")
        world.zino.close(world.number("a"), "harriet")

    world.step("close", close)


def router(world: World) -> None:
    """A router was unreachable before the daemon began: a ticket, a restart, closed by hand in Argus."""
    world.create("a", "reachability", opened=time.time() - 600, notes=[{"text": "harriet\nold"}])
    world.create("b", "reachability")
    world.step("start", world.start)

    def ticket() -> None:
        world.expect_note("a", f"Ticket {TICKET} added by Argus user olga")
        world.rig.olga.set_ticket(world.incident("a"), TICKET)

    world.step("ticket", ticket, by_people=True)

    def restart() -> None:
        world.stop()
        world.zino.note(world.number("a"), "while down")
        world.start()

    world.step("restart", restart, more=faults.UNDER_WAY)

    def close() -> None:
        world.expect_note("a", "done (olga)")
        world.expect_state("a", "closed")
        world.rig.olga.close(world.incident("a"), "done")

    world.step("close", close, by_people=True)


def session(world: World) -> None:
    """A BGP session that was known before: its priority changes, the daemon is killed, closed in Zino meanwhile."""
    world.create("a", "bgp", notes=[{"text": "harriet\nold"}])
    world.create("b", "bgp")
    world.step("start", world.start)
    world.step("update", lambda: world.zino.set(world.number("a"), priority=700))

    def crash() -> None:
        world.zino.note(world.number("a"), "just before")
        world.kill()
        world.expect_state("b", "closed")
        world.zino.close(world.number("b"), "harriet")

    world.step("crash", crash, more=faults.UNDER_WAY)
    world.step("both", lambda: (world.zino.set(world.number("a"), priority=100), world.zino.close(world.number("a"))))


def alarm(world: World) -> None:
    """An alarm that is acknowledged twice, and scavenged as soon as it is closed; another one stays."""
    world.step("start", world.start)
    world.step("open", lambda: (world.create("a", "alarm"), world.create("b", "alarm")))

    def acknowledge() -> None:
        for user in (world.rig.olga, world.rig.nils):
            world.expect_note("a", f"seen ({user.name})")
            user.acknowledge(world.incident("a"), "seen")
        world.expect_state("a", "working")

    world.step("acks", acknowledge, by_people=True)

    def close() -> None:
        world.rig.policy.gone.add(world.incident("a"))
        world.zino.set_state(world.number("a"), "closed", scavenge=True)

    world.step("scavenge", close)


def maintenance(world: World) -> None:
    """A planned maintenance: a placeholder that is ignored, and what is down when it is over."""
    world.create("b", "portstate")
    world.step("start", world.start)
    world.step("begin", lambda: world.create("a", "reachability", logs=[]))
    world.step("ignore", lambda: world.zino.set(world.number("a"), state="ignored"))

    def over() -> None:
        world.zino.set_state(world.number("a"), "open")
        world.zino.log(world.number("a"), "gw no-response")

    world.step("over", over)
    world.step("close", lambda: world.zino.close(world.number("a")))


def failover(world: World) -> None:
    """A secondary: it stands by, takes over, gives back and takes over again."""
    world.more = 3 * faults.PROBE  # B61: a daemon that was killed stands by at first, again
    world.zino.snmp(True)
    world.create("a", "portstate", notes=[{"text": "harriet\nearly"}])
    world.look_on("standby", lambda: world.start(failover=world.failover()), lambda: world.has_looked(2), silent=True)
    world.step("take over", lambda: world.zino.snmp(False), more=3 * faults.PROBE)
    world.step("active", lambda: world.create("b", "bgp"))
    world.look_on("give back", lambda: world.zino.snmp(True), lambda: world.stands_by() and world.has_looked(2))

    def change() -> None:
        world.zino.note(world.number("a"), "meanwhile")
        world.rig.olga.acknowledge(world.incident("a"), "mine")
        world.zino.close(world.number("b"), "harriet")

    world.look_on("meanwhile", change, lambda: world.has_looked(2), silent=True)

    def take_over() -> None:
        world.expect_note("a", "mine (olga)")
        world.expect_state("a", "working")
        world.zino.snmp(False)

    world.step("again", take_over, by_people=True, more=3 * faults.PROBE)


STORIES: dict[str, Callable[[World], None]] = {
    story.__name__: story for story in (port, router, session, alarm, maintenance, failover)}
