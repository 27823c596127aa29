"""The proxies before Zino's two TCP ports: they name commands and notifications, and break the one of the run."""

import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

from peers.process import free_port

from .faults import REFUSED
from .points import Passage, Register, Shot

ADDRESS = "127.0.0.1"
# A command's second word is a case.
OF_A_CASE = ("getattrs", "gethist", "getlog", "addhist", "setstate")


class Gone(OSError):
    """One of the two sides has closed its connection."""


class Peer:
    """One side of a connection, read line by line."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._buffer = b""

    def line(self) -> bytes:
        """The next line, with its end."""
        while b"\n" not in self._buffer:
            got = self.socket.recv(65536)
            if not got:
                raise Gone
            self._buffer += got
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"

    @property
    def has_line(self) -> bool:
        """Whether a line can be read without waiting."""
        return b"\n" in self._buffer

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        self.socket.sendall(data)

    def reset(self) -> None:
        """Ends the connection at once."""
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        except OSError:
            pass  # it was closed already

    def shut(self) -> None:
        """Ends the connection in order; the threads that wait for it wake up."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it was closed already
        self.socket.close()


class LineGate:
    """Listens on a port that it keeps, and joins each connection with one to Zino."""

    channel = ""

    def __init__(self, address: str, port: int, register: Register, kill: Callable[[], None]) -> None:
        self.register = register
        self.kill = kill
        self.port = free_port(ADDRESS)
        self._target = (address, port)
        self._listener: socket.socket | None = None
        self._open: set[Peer] = set()
        self.accept()

    def accept(self) -> None:
        """Listens (again)."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, self.port))
        listener.listen(16)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Stops listening."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def close(self) -> None:
        """Ends everything."""
        self.refuse()
        for peer in list(self._open):
            peer.shut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(connection,), daemon=True).start()

    def _join(self, connection: socket.socket) -> None:
        client = Peer(connection)
        try:
            zino = Peer(socket.create_connection(self._target, timeout=60))
        except OSError:
            return client.reset()
        self._open |= {client, zino}
        try:
            self._serve(client, zino)
        except (OSError, ValueError):  # a socket that another thread has closed is no socket any more
            pass
        finally:
            for peer in (client, zino):
                peer.shut()
                self._open.discard(peer)

    def _serve(self, client: Peer, zino: Peer) -> None:
        raise NotImplementedError

    def _refuse_for_a_while(self, client: Peer) -> None:
        self.refuse()
        client.reset()
        time.sleep(REFUSED)
        self.accept()


class CommandGate(LineGate):
    """Before the API port: one command at a time, so that each has its answer."""

    channel = "zino"

    def _serve(self, client: Peer, zino: Peer) -> None:
        self._pass("connect", client, zino, b"", lambda: zino.line())
        for line in _lines(client, zino):
            words = line.decode(errors="replace").split()
            answer = self._pass(self._name(words), client, zino, line, lambda: _reply(zino))
            if answer.startswith(b"302"):
                text = b"".join(iter(client.line, b".\r\n")) + b".\r\n"
                self._pass(f"text({self._role(words)})", client, zino, text, lambda: _reply(zino))
            if words and words[0].lower() in ("addhist", "setstate"):
                self.register.changed()

    def _name(self, words: list[str]) -> str:
        word = words[0].lower() if words else "nothing"
        state = f" {words[2]}" if word == "setstate" and len(words) > 2 else ""
        return f"{word}({self._role(words)}){state}" if word in OF_A_CASE else word

    def _role(self, words: list[str]) -> str:
        return self.register.role(int(words[1])) if len(words) > 1 and words[1].isdecimal() else "?"

    def _pass(self, what: str, client: Peer, zino: Peer, command: bytes, read: Callable[[], bytes]) -> bytes:
        """Carries a command there and its answer back."""
        passage, shot = self.register.arrive(self.channel, what)
        if shot is None:
            zino.send(command)
            answer = read()
            passage.note = answer[:30].partition(b"\r")[0].decode(errors="replace")
            client.send(answer)
            return answer
        try:
            return self._break(shot, client, zino, command, read)
        finally:
            shot.end()

    def _break(self, shot: Shot, client: Peer, zino: Peer, command: bytes, read: Callable[[], bytes]) -> bytes:
        kind = shot.fault.kind
        if kind == "kill_before":
            self.kill()
            raise Gone
        if kind == "refuse":
            self._refuse_for_a_while(client)
            raise Gone
        if kind == "cut_request":
            zino.send(command[: len(command) // 2])
            client.reset()
            raise Gone
        if kind == "status":
            client.send(b"500 internal error\r\n")
            return b""
        zino.send(command)
        if kind == "kill_sent":
            self.kill()
        answer = read()
        if kind == "slow":
            time.sleep(shot.fault.value)
        if kind in ("kill_sent", "lose"):
            client.reset()
            raise Gone
        client.send(answer[: len(answer) // 2] if kind == "cut_answer" else answer)
        if kind == "cut_answer":
            client.shut()
            raise Gone
        if kind == "kill_after":
            self.kill()
            raise Gone
        return answer


class NotificationGate(LineGate):
    """Before the notification port."""

    channel = "notify"

    def _serve(self, client: Peer, zino: Peer) -> None:
        nonce = zino.line()
        passage, shot = self.register.arrive(self.channel, "connect")
        self._carry(client, nonce, passage, shot)
        for line in _lines(zino, client):
            words = line.decode(errors="replace").split()
            if not words or not words[0].isdecimal():
                client.send(line)
                continue
            rest = " ".join(words[1:])
            passage, shot = self.register.arrive(self.channel, f"{rest} ({self.register.role(int(words[0]))})")
            self._carry(client, line, passage, shot)

    def _carry(self, client: Peer, line: bytes, passage: Passage, shot: Shot | None) -> None:
        if shot is None:
            return client.send(line)
        try:
            self._break(shot, client, line)
        finally:
            shot.end()

    def _break(self, shot: Shot, client: Peer, line: bytes) -> None:
        kind = shot.fault.kind
        if kind == "kill_before":
            self.kill()
        elif kind == "refuse":
            self._refuse_for_a_while(client)
        elif kind == "kill_after":
            client.send(line)
            self.kill()
        elif kind == "double":
            client.send(line + line)
        elif kind == "cut_answer":
            client.send(line[: len(line) // 2])
            client.shut()
        elif kind == "slow":
            time.sleep(shot.fault.value)
            client.send(line)
        # "lose": nothing at all


def _lines(talks: Peer, listens: Peer) -> Iterator[bytes]:
    """The lines of one side, as long as the other one is there."""
    while True:
        while not talks.has_line:
            ready, _, _ = select.select([talks.socket, listens.socket], [], [])
            if talks.socket in ready:
                break
            if not listens.socket.recv(1, socket.MSG_PEEK):
                return
            time.sleep(0.05)  # it speaks unasked: nobody reads that before its turn
        yield talks.line()


def _reply(zino: Peer) -> bytes:
    """One whole answer: of a list all lines up to its dot."""
    lines = [zino.line()]
    if re.match(rb"30[0134]\D", lines[0]):
        while lines[-1] not in (b".\r\n", b"500 internal error\r\n"):
            lines.append(zino.line())
    return b"".join(lines)
