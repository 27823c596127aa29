"""Zino, the real one or the stand-in, filled with the bench's mix of cases and watched."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from peers.process import free_port
from peers.zino import COMMUNITY, SECRET, USER

from .peer import BENCH_PEERS, NOTIFY_PORT, Peer, own_address

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Heard:
    """One command of a client, or the connecting (an empty text); the time is a Unix time."""

    at: float
    session: int
    text: str


class Zino:
    """A running server. `kind` is `stand-in` or `real`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.address = own_address()
        if kind == "real":
            paths = f"{HERE.parent}{os.pathsep}{HERE.parent / 'interop'}"
            environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
            ports = [free_port(self.address), free_port(self.address, socket.SOCK_DGRAM)]
            command = [sys.executable, "-m", "bench.zino_process", self.address, *map(str, ports)]
            self._peer = Peer(command, environment)
            told = {"api": ports[0], "snmp": ports[1], "user": USER, "secret": SECRET, "community": COMMUNITY}
        else:
            self._peer = Peer([str(BENCH_PEERS), "zino", self.address])
            told = self._peer.ready
        self.api_port, self.notify_port, self.snmp_port = told["api"], NOTIFY_PORT, told["snmp"]
        self.user, self.secret, self.community = told["user"], told["secret"], told["community"]
        self._heard: list[Heard] = []
        self._taken = 0

    def fill(self, count: int, notes: int = 2, plain: bool = False) -> tuple[int, float]:
        """Opens cases; returns how many of them deserve an incident, and when it began."""
        done = self._peer.order("fill", count=count, notes=notes, plain=int(plain))
        return done["deserving"], done["at"]

    def open_case(self, router: str) -> tuple[int, float]:
        """Opens a case; returns its number and when."""
        done = self._peer.order("new", router=router)
        return done["case"], done["at"]

    def note(self, case: int, text: str) -> float:
        """Adds a note to a case's history; returns when."""
        return self._peer.order("note", case=case, text=text)["at"]

    def heard(self) -> list[Heard]:
        """Every command since the start, oldest first."""
        rows = self._peer.order("seen", skip=self._taken)
        self._taken += len(rows)
        for at, session, text in rows:
            self._heard += [Heard(at, session, line) for line in text.split("\r\n")[:-1] or [text]]
        return self._heard

    def floor_words(self) -> list[str]:
        """How the bare client is told where this is."""
        return [f"zino={self.address}:{self.api_port}", f"notify={self.address}:{self.notify_port}",
                f"user={self.user}", f"secret={self.secret}"]

    def stop(self) -> None:
        """Ends it."""
        self._peer.stop()


def words_of(heard: list[Heard]) -> dict[str, int]:
    """How often each command was given."""
    counts: dict[str, int] = {}
    for one in heard:
        word = one.text.split(" ")[0]
        counts[word] = counts.get(word, 0) + 1
    return counts
