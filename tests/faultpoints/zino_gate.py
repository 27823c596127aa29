"""The proxies before Zino's two TCP ports: they name commands and notifications, and break the one of the run."""

import time
from collections.abc import Callable

from peers.lines import Gone, LineProxy, Peer, lines, reply

from .faults import REFUSED
from .points import Passage, Register, Shot

ADDRESS = "127.0.0.1"
# A command's second word is a case.
OF_A_CASE = ("getattrs", "gethist", "getlog", "addhist", "setstate")


class LineGate(LineProxy):
    """A proxy that tells the register what passes."""

    channel = ""

    def __init__(self, address: str, port: int, register: Register, kill: Callable[[], None]) -> None:
        self.register = register
        self.kill = kill
        super().__init__((address, port), ADDRESS)

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
        for line in lines(client, zino):
            words = line.decode(errors="replace").split()
            answer = self._pass(self._name(words), client, zino, line, lambda: reply(zino))
            if answer.startswith(b"302"):
                text = b"".join(iter(client.line, b".\r\n")) + b".\r\n"
                self._pass(f"text({self._role(words)})", client, zino, text, lambda: reply(zino))
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
        for line in lines(zino, client):
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
