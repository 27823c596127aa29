"""Child processes and polling: what every peer needs."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# What a child's command begins with, so that it does not outlive a suite that was killed.
MORTAL = ["setpriv", "--pdeathsig", "KILL", "--"]


def wait_until(probe: Callable[[], T], timeout: float, what: str, interval: float = 0.1) -> T:
    """Calls `probe` until it answers something true, and returns that; fails with `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(interval)


def free_port(address: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Returns a port of `address` that nobody has at the moment, as chosen by the system."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def accepts(address: str, port: int) -> bool:
    """Tells whether somebody listens there."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def reap(process: subprocess.Popen[bytes] | None, patience: float = 5.0) -> int | None:
    """Ends a child for good, stopped ones too, and returns its exit status."""
    if process is None:
        return None
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience)
    return process.returncode
