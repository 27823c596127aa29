"""The line to Zino's command port: as slow as a scenario wants it, and with answers that come late, wrong or twice.

The notification channel does not go this way: what Zino announces arrives at once.
"""

import re
import threading
import time
from dataclasses import dataclass

from .lines import LineProxy, Peer, lines, reply

INTERNAL_ERROR = b"500 internal error\r\n"
# A slow line brings its bytes in so many pieces a second: none of its silences is long.
PIECES = 10


@dataclass
class Fault:
    """What happens to the answers of the commands that match, for the first `times` of them (None: all)."""

    kind: str  # "late", "double", "fails" (a 500 in its place) or "edit"
    command: str
    times: int | None = None
    seconds: float = 0.0
    find: bytes = b""
    put: bytes = b""
    hits: int = 0

    def matches(self, command: str) -> bool:
        """Tells whether the answer to this command is to suffer."""
        left = self.times is None or self.hits < self.times
        return left and bool(re.fullmatch(self.command, command))


class ZinoLine(LineProxy):
    """Carries one command at a time to Zino, and its answer back."""

    def __init__(self, target: tuple[str, int]) -> None:
        """Listens on Zino's own address: the daemon reaches both of its ports there."""
        self.rate: int | None = None  # bytes a second, from Zino to us
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        super().__init__(target, target[0])

    def inject(self, kind: str, command: str, **options: object) -> Fault:
        """Breaks the answers to the commands that match from now on; the fault that is returned counts its hits."""
        fault = Fault(kind, command, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Breaks nothing any more; the line is as slow as it was."""
        with self._lock:
            self._faults.clear()

    def _serve(self, client: Peer, zino: Peer) -> None:
        client.send(zino.line())
        for line in lines(client, zino):
            zino.send(line)
            answer = reply(zino)
            self._send(client, self._spoil(line.decode(errors="replace").strip(), answer))
            if answer.startswith(b"302"):
                zino.send(b"".join(iter(client.line, b".\r\n")) + b".\r\n")
                self._send(client, reply(zino))

    def _spoil(self, command: str, answer: bytes) -> bytes:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.matches(command)), None)
            if fault is None:
                return answer
            fault.hits += 1
        if fault.kind == "late":
            time.sleep(fault.seconds)
        if fault.kind == "edit":
            return answer.replace(fault.find, fault.put)
        return {"late": answer, "double": answer + answer, "fails": INTERNAL_ERROR}[fault.kind]

    def _send(self, client: Peer, answer: bytes) -> None:
        while answer and self.rate is not None:
            size = max(1, self.rate // PIECES)
            piece, answer = answer[:size], answer[size:]
            client.send(piece)
            time.sleep(1 / PIECES)
        client.send(answer)
