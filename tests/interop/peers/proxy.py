"""A proxy in front of Argus that notes every request and breaks those that a scenario wants broken."""

import http.client
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ADDRESS = "127.0.0.1"
UPSTREAM_TIMEOUT = 120.0
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
HTML_ERROR = b"<!doctype html><html><head><title>Server Error (500)</title></head><body>oh no</body></html>"


@dataclass
class Fault:
    """What happens to the requests that match, for the first `times` of them (None: all)."""

    kind: str  # "delay", "status", "cut" (before Argus sees it) or "lose" (Argus did it, the answer is lost)
    method: str = ".*"
    path: str = ".*"
    times: int | None = None
    seconds: float = 0.0
    status: int = 503
    retry_after: int | None = None
    location: str | None = None
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Tells whether this request is to suffer."""
        left = self.times is None or self.hits < self.times
        return left and bool(re.fullmatch(self.method, method) and re.search(self.path, path))


@dataclass
class Seen:
    """One request and what became of it; `status` is what the client got, None for nothing."""

    method: str
    path: str
    body: bytes
    at: float = field(default_factory=time.monotonic)
    status: int | None = None

    @property
    def is_write(self) -> bool:
        """Whether it changes an incident (the heartbeat is no incident)."""
        return self.method not in ("GET", "OPTIONS") and "heartbeat" not in self.path


class Proxy:
    """Listens on a port that it keeps; may be pointed at another Argus at any time."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.keep_alive = False
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: list[Seen] = []
        self._server: _Server | None = None
        self._tls: ssl.SSLContext | None = None
        self.port = 0
        self.accept()

    @property
    def url(self) -> str:
        """The base url for the daemon's configuration."""
        return f"{'https' if self._tls else 'http'}://{ADDRESS}:{self.port}/api/v2/"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What serves a connection."""
        return Handler

    def use_tls(self, certificate: Path) -> None:
        """Speaks TLS from now on, with this certificate and key."""
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self.refuse()
        self.accept()

    def accept(self) -> None:
        """Listens (again)."""
        self._server = _Server((ADDRESS, self.port), self.handler())
        self._server.tls = self._tls
        self._server.proxy = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def refuse(self) -> None:
        """Stops listening: connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def inject(self, kind: str, **options: object) -> Fault:
        """Breaks requests from now on; the fault that is returned counts its hits."""
        fault = Fault(kind, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Breaks nothing any more."""
        with self._lock:
            self._faults.clear()

    def mark(self) -> int:
        """A place in the log of requests, for the questions below."""
        with self._lock:
            return len(self._seen)

    def requests(self, method: str = ".*", path: str = ".*", since: int = 0) -> list[Seen]:
        """The requests that match, in the order in which they came."""
        with self._lock:
            return [one for one in self._seen[since:] if re.fullmatch(method, one.method) and re.search(path, one.path)]

    def writes(self, since: int = 0) -> list[Seen]:
        """The requests that change incidents."""
        return [one for one in self.requests(since=since) if one.is_write]

    def _note(self, method: str, path: str, body: bytes) -> tuple[Seen, Fault | None]:
        with self._lock:
            seen = Seen(method, path, body)
            self._seen.append(seen)
            fault = next((fault for fault in self._faults if fault.matches(method, path)), None)
            if fault is not None:
                fault.hits += 1
            return seen, fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    proxy: Proxy
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        """Shakes hands in the connection's own thread, so that a bad client holds up nobody."""
        super().finish_request(self.tls.wrap_socket(request, server_side=True) if self.tls else request, client_address)

    def server_bind(self) -> None:
        """Binds without asking the resolver for our name."""
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    # Head and body are two writes: the second would wait for the client's delayed acknowledgement of the first.
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        if self.path.startswith("http://"):  # a client that takes us for a forward proxy
            self.path = self.path[self.path.index("/", len("http://")) :]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.server.proxy
        seen, fault = proxy._note(self.command, self.path, body)
        kind = fault.kind if fault else ""
        if kind == "cut":
            return self._cut()
        if kind == "status":
            return self._refuse(seen, fault)
        if kind == "delay":
            time.sleep(fault.seconds)
        try:
            status, headers, answer = self._forward(proxy, body)
        except OSError:
            return self._cut()
        if kind == "lose":
            return self._cut()
        seen.status = status
        self._reply(status, headers, answer, close=not proxy.keep_alive)

    def _forward(self, proxy: Proxy, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = http.client.HTTPConnection(ADDRESS, proxy.upstream_port, timeout=UPSTREAM_TIMEOUT)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            upstream.close()

    def _refuse(self, seen: Seen, fault: Fault) -> None:
        headers = [("Content-Type", "text/html")]
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        if fault.location is not None:
            headers.append(("Location", fault.location))
        seen.status = fault.status
        self._reply(fault.status, headers, HTML_ERROR, close=True)

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes, close: bool) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        """Resets the connection, so that the client has no doubt that nothing more comes."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve
