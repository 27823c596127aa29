"""What the proxies before Zino are made of: both of its ports speak in lines, and each command has one answer."""

import re
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator

from .process import free_port


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


class LineProxy:
    """Listens on a port that it keeps, and joins each connection with one to Zino."""

    def __init__(self, target: tuple[str, int], address: str) -> None:
        self.address = address
        self.port = free_port(address)
        self._target = target
        self._listener: socket.socket | None = None
        self._open: set[Peer] = set()
        self.accept()

    def accept(self) -> None:
        """Listens (again)."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
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


def lines(talks: Peer, listens: Peer) -> Iterator[bytes]:
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


def reply(zino: Peer) -> bytes:
    """One whole answer: of a list all lines up to its dot."""
    answer = [zino.line()]
    if re.match(rb"30[0134]\D", answer[0]):
        while answer[-1] not in (b".\r\n", b"500 internal error\r\n"):
            answer.append(zino.line())
    return b"".join(answer)
