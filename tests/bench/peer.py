"""A peer in a process of its own that takes orders as JSON lines."""

import json
import os
import random
import socket
import subprocess
from pathlib import Path
from typing import Any

from peers.process import MORTAL, reap

TOP = Path(__file__).resolve().parent.parent.parent
BENCH_PEERS = TOP / "target" / "release" / "bench_peers"
NOTIFY_PORT = 8002


class Peer:
    """One child and its orders; `ready` is what it said when it was."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen([*MORTAL, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment or os.environ.copy())
        self.ready: Any = self._answer()

    def order(self, name: str, **arguments: Any) -> Any:
        """Gives one order and returns its result."""
        self.process.stdin.write(json.dumps({"do": name} | arguments).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        """Ends it."""
        reap(self.process)
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()

    def _answer(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a peer ended: {self.process.args}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.process.args}: {answer['error']}")
        return answer["ok"]


def own_address() -> str:
    """Finds a loopback address on which nobody serves Zino's notifications: the Python glue knows one port only."""
    while True:
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        with socket.socket() as probe:
            try:
                probe.bind((address, NOTIFY_PORT))
            except OSError:
                continue
        return address
