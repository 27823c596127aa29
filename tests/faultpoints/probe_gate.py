"""The proxy before an SNMP agent: one datagram there, one back."""

import socket
import threading
import time
from collections.abc import Callable

from .points import Register, Shot

ADDRESS = "127.0.0.1"
PATIENCE = 2.0


class ProbeGate:
    """Listens on a UDP port of its own."""

    def __init__(self, address: str, port: int, register: Register, kill: Callable[[], None]) -> None:
        self._target = (address, port)
        self._register = register
        self._kill = kill
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, 0))
        self.port = self._socket.getsockname()[1]
        self._closed = False
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._closed = True
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (ADDRESS, self.port))  # wakes the thread up

    def _serve(self) -> None:
        with self._socket:
            while True:
                question, client = self._socket.recvfrom(65536)
                if self._closed:
                    return
                threading.Thread(target=self._carry, args=(question, client), daemon=True).start()

    def _carry(self, question: bytes, client: tuple[str, int]) -> None:
        passage, shot = self._register.arrive("probe", "probe")
        try:
            if shot is not None and shot.fault.kind == "kill_before":
                return self._kill()
            answer = self._ask(question)
            passage.note += "answered" if answer else "no answer"
            if answer:
                self._give(shot, answer, client)
        except OSError:
            pass  # the run is over
        finally:
            if shot is not None:
                shot.end()

    def _give(self, shot: Shot | None, answer: bytes, client: tuple[str, int]) -> None:
        kind = shot.fault.kind if shot else ""
        if kind == "lose":
            return
        if kind == "slow":
            time.sleep(shot.fault.value)
        for _ in range(2 if kind == "double" else 1):
            self._socket.sendto(answer, client)
        if kind == "kill_after":
            self._kill()

    def _ask(self, question: bytes) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
            upstream.settimeout(PATIENCE)
            upstream.connect(self._target)
            try:
                upstream.send(question)
                return upstream.recv(65536)
            except OSError:
                return b""  # silence is what the daemon hears, too
