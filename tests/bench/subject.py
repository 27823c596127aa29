"""A daemon under measurement: ours or the Python glue, each as it comes, with its defaults and its default log."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peers.daemon import to_toml
from peers.process import MORTAL, reap

from .peer import TOP
from .zino import Zino

OURS, PYTHON = "ours", "python"
BINARY = Path(os.environ.get("BENCH_BINARY") or TOP / "target" / "release" / "zinoargus")
# A file that cannot be cut off by a full pipe; its end is shown if the daemon dies.
TAIL = 2000


def command(kind: str) -> list[str]:
    """How the program is started, without its arguments."""
    return [str(BINARY)] if kind == OURS else [str(Path(sys.executable).with_name("zinoargus"))]


def configuration(kind: str, zino: Zino, argus: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """What both are told; `changes` has tables that override it, and those below `ours` are for our daemon only."""
    config: dict[str, Any] = {
        "argus": {"url": f"http://127.0.0.1:{argus.port}/api/v2/", "token": argus.token},
        "zino": {"server": zino.address, "port": zino.api_port, "user": zino.user, "secret": zino.secret},
        "sync": {"acknowledge": {"setstate": "working"}, "ticket": {"enable": True}},
    }
    changes = dict(changes)
    ours_only = changes.pop("ours", {})
    for table in (changes, ours_only if kind == OURS else {}):
        for name, keys in table.items():
            config[name] = config.get(name, {}) | keys
    return config


class Subject:
    """One run of one program."""

    def __init__(self, kind: str, zino: Zino, argus: Any, arguments: Sequence[str] = (), **changes: Any) -> None:
        self.kind = kind
        self._work = tempfile.TemporaryDirectory(prefix="bench-")
        config, self._log = Path(self._work.name) / "zinoargus.toml", Path(self._work.name) / "log"
        config.write_text(to_toml(configuration(kind, zino, argus, changes)))
        config.chmod(0o600)
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environ.pop("PYTHONPATH", None)
        with self._log.open("wb") as sink:
            self.started = time.time()
            self._process = subprocess.Popen([*MORTAL, *command(kind), "-c", str(config), *arguments],
                                             env=environ, cwd=self._work.name, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)

    def check(self) -> None:
        """Fails if it has ended."""
        if self._process.poll() is not None:
            log = self._log.read_text(errors="replace")[-TAIL:]
            raise RuntimeError(f"{self.kind} ended with status {self._process.returncode}:\n{log}")

    def log(self) -> str:
        """Everything that it has said."""
        return self._log.read_text(errors="replace")

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its threads."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def peak_memory(self) -> float:
        """The most memory that it ever had resident, MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        """Ends it without a chance to do anything."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ends it."""
        reap(self._process, patience=2.0)
        self._work.cleanup()
