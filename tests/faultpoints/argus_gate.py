"""The proxy before Argus: names every request, keeps the answers, and breaks the one request of the run."""

import json
import re
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from peers.proxy import ADDRESS, Handler, Proxy, Seen
from peers.proxy import Fault as Refusal

from .faults import REFUSED
from .points import Passage, Register, Shot

Answer = tuple[int, list[tuple[str, str]], bytes]
CREATES = ("incidents/", "incidents/mine/")


class ArgusGate(Proxy):
    """A proxy of the interop suite that knows the fault points."""

    def __init__(self, upstream_port: int, register: Register, kill: Callable[[], None]) -> None:
        self.register = register
        self.kill = kill
        self._answers: dict[str, list[tuple[int, Answer]]] = defaultdict(list)
        self._cases: dict[str, int] = {}  # number of the case by pk of its incident
        self._guard = threading.Lock()
        super().__init__(upstream_port)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What serves a connection."""
        return _GateHandler

    def arrive(self, method: str, path: str, body: bytes) -> tuple[Seen, Passage, Shot | None]:
        """Notes a request and names it."""
        seen, _ = self._note(method, path, body)
        passage, shot = self.register.arrive("argus", self._name(method, path, body))
        return seen, passage, shot

    def learn(self, seen: Seen, answer: Answer) -> None:
        """Keeps what was answered: it is stale one day; and which incident belongs to which case."""
        if seen.method == "GET":
            with self._guard:
                self._answers[seen.path].append((self.register.epoch, answer))
                del self._answers[seen.path][:-20]
            return
        if seen.is_write:
            self.register.changed()
        if answer[0] == 201 and _resource(seen.path) in CREATES:
            made = json.loads(answer[2])
            with self._guard:
                self._cases[str(made["pk"])] = _number(made["source_incident_id"])

    def stale(self, path: str) -> Answer | None:
        """The newest answer to this request from before the last write."""
        now = self.register.epoch
        with self._guard:
            older = [answer for epoch, answer in self._answers[path] if epoch < now]
        return older[-1] if older else None

    def _name(self, method: str, path: str, body: bytes) -> str:
        resource, query = _resource(path), path.partition("?")[2]
        if resource in CREATES:
            if method == "POST":
                return f"create({self._role(_number(_field(body, 'source_incident_id')))})"
            asked = re.search(r"source_incident_id=(\d+)", query)
            if asked:
                return f"lookup({self._role(int(asked[1]))})"
            return ("count" if "count=" in query else "listing") + _filter(query)
        if resource == "incidents/events/":
            return "feed, older" if "cursor=" in query else "feed"
        if "heartbeat" in resource:
            return "heartbeat"
        found = re.match(r"incidents/(\d+)/(events/)?", resource)
        if not found:
            return f"{method} {resource}"
        with self._guard:
            role = self._role(self._cases.get(found[1]))
        if found[2]:
            return f"events({role})" if method == "GET" else f"{_field(body, 'type')}({role})"
        return f"{'incident' if method == 'GET' else method.lower()}({role})"

    def _role(self, number: int | None) -> str:
        return self.register.role(number)


class _GateHandler(Handler):
    """One connection of the daemon."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gate: ArgusGate = self.server.proxy
        seen, passage, shot = gate.arrive(self.command, self.path, body)
        if shot is None:
            try:
                self._hand_over(seen, passage, self._ask(gate, seen, body))
            except OSError:
                self._cut()
            return
        try:
            getattr(self, f"_at_{shot.fault.kind}")(gate, seen, body, shot, passage)
        except OSError:
            self._cut()
        finally:
            shot.end()

    def _ask(self, gate: ArgusGate, seen: Seen, body: bytes) -> Answer:
        answer = self._forward(gate, body)
        gate.learn(seen, answer)
        return answer

    def _hand_over(self, seen: Seen, passage: Passage, answer: Answer) -> None:
        seen.status = answer[0]
        passage.note += f"{answer[0]}"
        self._reply(*answer, close=True)

    def _at_kill_before(self, gate: ArgusGate, _seen: Seen, _body: bytes, _shot: Shot, _passage: Passage) -> None:
        gate.kill()
        self._cut()

    def _at_kill_sent(self, gate: ArgusGate, seen: Seen, body: bytes, _shot: Shot, _passage: Passage) -> None:
        killer = threading.Thread(target=gate.kill)
        killer.start()
        self._ask(gate, seen, body)
        killer.join()
        self._cut()

    def _at_kill_late(self, gate: ArgusGate, seen: Seen, body: bytes, shot: Shot, _passage: Passage) -> None:
        gate.kill()
        time.sleep(shot.fault.value)
        self._ask(gate, seen, body)
        self._cut()

    def _at_kill_after(self, gate: ArgusGate, seen: Seen, body: bytes, _shot: Shot, passage: Passage) -> None:
        self._hand_over(seen, passage, self._ask(gate, seen, body))
        self.wfile.flush()
        gate.kill()

    def _at_lose(self, gate: ArgusGate, seen: Seen, body: bytes, _shot: Shot, _passage: Passage) -> None:
        self._ask(gate, seen, body)
        self._cut()

    def _at_refuse(self, gate: ArgusGate, _seen: Seen, _body: bytes, _shot: Shot, _passage: Passage) -> None:
        gate.refuse()
        self._cut()
        time.sleep(REFUSED)
        gate.accept()

    def _at_cut_request(self, gate: ArgusGate, _seen: Seen, body: bytes, _shot: Shot, _passage: Passage) -> None:
        """Argus gets the head and half the body, or half the head, and then the end of the connection."""
        lines = [f"{self.command} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        head = "\r\n".join([*lines, "", ""]).encode()
        sent = head + body[: len(body) // 2] if body else head[: len(head) // 2]
        with socket.create_connection((ADDRESS, gate.upstream_port)) as upstream:
            upstream.sendall(sent)
        self._cut()

    def _at_cut_answer(self, gate: ArgusGate, seen: Seen, body: bytes, _shot: Shot, passage: Passage) -> None:
        """The daemon gets the head and half the body, or half the head, and then a reset."""
        status, headers, answer = self._ask(gate, seen, body)
        passage.note += f"{status}, half of it"
        if not answer:
            self.wfile.write(b"HTTP/1.1 204 No Con")
        else:
            self.send_response_only(status)
            self.send_header("Content-Type", dict(headers).get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[: len(answer) // 2])
        self.wfile.flush()
        self._cut()

    def _at_status(self, _gate: ArgusGate, seen: Seen, _body: bytes, shot: Shot, passage: Passage) -> None:
        passage.note += f"{shot.fault.value}"
        self._refuse(seen, Refusal("status", status=shot.fault.value))

    def _at_slow(self, gate: ArgusGate, seen: Seen, body: bytes, shot: Shot, passage: Passage) -> None:
        answer = self._ask(gate, seen, body)
        time.sleep(shot.fault.value)
        self._hand_over(seen, passage, answer)

    def _at_late(self, gate: ArgusGate, seen: Seen, body: bytes, shot: Shot, passage: Passage) -> None:
        time.sleep(shot.fault.value)
        self._hand_over(seen, passage, self._ask(gate, seen, body))

    def _at_stale(self, gate: ArgusGate, seen: Seen, body: bytes, _shot: Shot, passage: Passage) -> None:
        older = gate.stale(seen.path)
        passage.note += "" if older else "(nothing older) "
        self._hand_over(seen, passage, older or self._ask(gate, seen, body))

    def _cut(self) -> None:
        """Resets the connection at once, also where this thread goes on."""
        self.close_connection = True
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()  # the socket is closed with the last file that is made of it
            self.connection.close()
        except OSError:
            pass  # it was closed already

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve


def _resource(path: str) -> str:
    return path.partition("?")[0].partition("/api/v2/")[2]


def _filter(query: str) -> str:
    """What sets one listing or count apart from another."""
    words = [name for name in ("acked", "ticket") if f"{name}=" in query]
    return f" {words[0]}" if words else ""


def _field(body: bytes, name: str) -> str:
    try:
        return str(json.loads(body).get(name, ""))
    except ValueError:
        return ""


def _number(source_id: str) -> int:
    digits = source_id.partition("@")[0]
    return int(digits) if digits.isdecimal() else 0
