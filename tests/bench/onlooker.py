"""Somebody who looks at our daemon: its page, its data and its metrics, every five seconds."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# How often everything is asked for, in seconds.
INTERVAL = 5.0
PATHS = ("/metrics", "/status.json", "/")
PATIENCE = 10.0


@contextmanager
def looking() -> Iterator[dict[str, Any]]:
    """Asks for everything again and again. What it gives is for the daemon: where it serves, and that it records."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        place, done, seen = Path(home) / "status", threading.Event(), [0]

        def look() -> None:
            while not done.wait(INTERVAL):
                for path in PATHS:
                    _ask(place, path)
                seen[0] += 1

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        yield {"status": {"listen": f"unix:{place}"}, "arguments": ["--record", str(Path(home) / "record")]}
        done.set()
        thread.join()
        if not seen[0]:
            raise AssertionError("nobody could look at the daemon")


def _ask(place: Path, path: str) -> None:
    """Asks for one thing; a daemon that is not there yet, or not any more, has nothing to say."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(PATIENCE)
        try:
            stream.connect(str(place))
        except (FileNotFoundError, ConnectionRefusedError):
            return
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        begin = stream.recv(12)
        if begin != b"HTTP/1.1 200":
            raise AssertionError(f"{path}: {begin!r}")
        while stream.recv(1 << 16):
            pass
