"""The primary falls silent: when the standby writes for the first time, and when all of its cases are there."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .sync import pair, running
from .zino import Zino
from .waiting import wait

THRESHOLD, INTERVAL, TIMEOUT = 3, 5, 1
# The last of so many questions in a row must have timed out.
FLOOR = (THRESHOLD - 1) * INTERVAL + TIMEOUT


@dataclass(frozen=True)
class TakeOver:
    """Seconds from the first question that was not answered; how many cases had an incident in the end."""

    first: float
    last: float
    there: int
    cases: int


class _Relay:
    """Stands before the primary's agent until it is told to be silent; knows when it first did not answer."""

    def __init__(self, port: int) -> None:
        self._agent = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port = self._socket.getsockname()[1]
        self.answered, self.silent = 0, threading.Event()
        self.first_unanswered: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
            agent.settimeout(1.0)
            while not self._over.is_set():
                try:
                    question, client = self._socket.recvfrom(65536)
                except TimeoutError:
                    continue
                if self.silent.is_set():
                    self.first_unanswered = self.first_unanswered or time.time()
                    continue
                agent.sendto(question, self._agent)
                self._socket.sendto(agent.recv(65536), client)
                self.answered += 1


@contextmanager
def _relay(zino: Zino) -> Iterator[_Relay]:
    relay = _Relay(zino.snmp_port)
    try:
        yield relay
    finally:
        relay.close()


def measure(kind: str, cases: int, watch: float, **changes: object) -> TakeOver:
    """A standby over so many cases; once the primary is silent one case changes each second, for `watch` seconds."""
    with pair("stand-in") as (zino, argus), _relay(zino) as relay:
        zino.fill(cases, notes=0, plain=True)
        table = {"primary_server": "127.0.0.1", "primary_snmp_port": relay.port, "snmp_community": zino.community,
                 "ping_timeout": TIMEOUT, "threshold": THRESHOLD}
        with running(kind, zino, argus, failover=table, **changes) as subject:
            wait(lambda: relay.answered >= 2, "the standby asks the primary")
            assert argus.progress().incidents == 0, "a standby has written"
            relay.silent.set()
            begun = wait(lambda: relay.first_unanswered, "a question that is not answered")
            changed = 0
            while time.time() < begun + watch:
                subject.check()
                changed += 1
                zino.note(changed, "still down")
                time.sleep(1.0)
            posts = [one.answered for one in argus.seen() if one.kind == "incident" and one.status == 201]
            assert min(posts, default=begun) >= begun, "a standby has written"
    last = max(posts) - begun if posts else float("inf")
    return TakeOver(min(posts) - begun if posts else float("inf"), last, len(posts), cases)
