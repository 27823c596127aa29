"""The program under test: started with a configuration of its own, watched, stopped and killed."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .log_reader import LogReader
from .process import MORTAL, reap, wait_until

HERE = Path(__file__).resolve().parent.parent
# Rule B2: gone within 2 s after SIGTERM. The rest is the slack of a loaded machine.
STOP_LIMIT = 2.0
SLACK = 1.0
# How long a one-shot command may take.
COMMAND_LIMIT = 30.0


def ours() -> list[str]:
    """The command of the binary under test."""
    default = HERE.parent.parent / "target" / "release" / "zinoargus"
    return [os.environ.get("INTEROP_BINARY") or str(default)]


def python_glue() -> list[str]:
    """The command of the Python glue."""
    return [sys.executable, "-m", "peers.python_glue"]


class Daemon:
    """One run after another of one command with one configuration; the log of all runs is one file."""

    def __init__(self, command: list[str], config: Path, log: Path) -> None:
        self.command = command
        self._config = config
        self._log = log
        self.environment: dict[str, str] = {}
        self.reader: LogReader | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, text: str) -> None:
        """Writes its configuration file."""
        self._config.write_text(text)
        self._config.chmod(0o600)

    def start(self, *arguments: str) -> None:
        """Starts it, with all its logging."""
        assert self._process is None, "it runs already"
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environ |= {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"} | self.environment
        with self._log.open("ab") as sink:
            sink.write(b"---- started\n")
            sink.flush()
            errors = self.reader.connect(self._log) if self.reader else sink
            command = [*MORTAL, *self.command, "-vv", "-c", str(self._config), *arguments]
            self._process = subprocess.Popen(command, env=environ, cwd=HERE, stdin=subprocess.DEVNULL,
                                             stdout=sink, stderr=errors)
            if self.reader:
                os.close(errors)

    def ask(self, *arguments: str) -> str:
        """Gives the running daemon a command, and returns what it answers."""
        done = subprocess.run([*self.command, "-c", str(self._config), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=COMMAND_LIMIT)
        assert done.returncode == 0, f"{arguments}: status {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    def exit_status(self, timeout: float) -> int:
        """Waits for it to end by itself and returns its status."""
        assert self._process is not None
        wait_until(lambda: self._process.poll() is not None, timeout, "the daemon ends by itself")
        status, self._process = self._process.returncode, None
        return status

    def stop(self) -> int:
        """Asks it to end and returns its status; taking longer than B2 allows is a failure."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self.exit_status(STOP_LIMIT + SLACK)
        finally:
            self.clean_up()
        assert time.monotonic() - begun <= STOP_LIMIT + SLACK
        return status

    def send(self, number: int) -> None:
        """Sends it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def catches_signals(self) -> bool:
        """Whether SIGTERM would reach a handler by now: before that it ends any program at once."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def kill(self) -> None:
        """Ends it without a chance to do anything (kill -9)."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def clean_up(self) -> None:
        """Makes sure that nothing is left of it."""
        reap(self._process)
        self._process = None

    def log(self) -> str:
        """Everything that it has said so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def wait_for_log(self, pattern: str, timeout: float, after: int = 0) -> re.Match[str]:
        """Waits for a line that matches, from the character `after` on."""
        return wait_until(lambda: re.search(pattern, self.log()[after:]), timeout, f"the log says {pattern!r}")


def to_toml(table: dict[str, Any], prefix: str = "") -> str:
    """Writes a nested dictionary as TOML: scalars first, then its tables."""
    lines = [f"{key} = {_scalar(value)}" for key, value in table.items() if not _is_table(value)]
    text = "\n".join(lines) + "\n"
    for key, value in table.items():
        for part in value if isinstance(value, list) and _is_table(value) else [value] if _is_table(value) else []:
            head = f"[[{prefix}{key}]]" if isinstance(value, list) else f"[{prefix}{key}]"
            text += f"\n{head}\n" + to_toml(part, f"{prefix}{key}.")
    return text


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
