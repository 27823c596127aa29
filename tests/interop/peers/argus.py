"""The real Argus: its database set up once, and any number of web fronts on it.

Scenarios share one front; a scenario that stops, stalls or breaks Argus starts a front of its own, so that it disturbs
nobody else. `INTEROP_ARGUS_PYTHON` names the interpreter that has another version of Argus.
"""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .process import MORTAL, accepts, free_port, reap, wait_until
from .versions import python

ADDRESS = "127.0.0.1"
HERE = Path(__file__).resolve().parent.parent
# Two sync workers are what the official start script runs; threads keep connections alive, and sync workers never do.
SYNC = ["--workers", "2"]
THREADS = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "5"]
START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Source:
    """A source system: what the daemon is for Argus."""

    pk: int
    user: str
    token: str


@dataclass(frozen=True)
class Accounts:
    """All accounts of the suite."""

    sources: list[Source]
    operators: dict[str, str]


def environment(database_url: str) -> dict[str, str]:
    """The environment of every Argus process."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "peers.argus_settings",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def set_up(database_url: str, sources: int) -> Accounts:
    """Migrates an empty database and makes the accounts."""
    environ = environment(database_url)
    _manage(environ, "-m", "django", "migrate", "--verbosity=0")
    answer = json.loads(_manage(environ, "-m", "peers.argus_accounts", str(sources)).splitlines()[-1])
    return Accounts([Source(**source) for source in answer["sources"]], answer["operators"])


def _manage(environ: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([python("argus"), *arguments], env=environ, cwd=HERE, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Argus: {arguments} failed:\n{done.stderr[-3000:]}")
    return done.stdout


class ArgusFront:
    """One gunicorn, on a port that it keeps."""

    def __init__(self, database_url: str, log: Path, workers: list[str] = SYNC) -> None:
        self._workers = workers
        self.port = free_port(ADDRESS)
        self._environment = environment(database_url)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base url of the API, as the daemon's configuration wants it."""
        return f"http://{ADDRESS}:{self.port}/api/v2/"

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        command = [*MORTAL, python("argus"), "-m", "gunicorn", *self._workers, "--bind", f"{ADDRESS}:{self.port}",
                   "--log-level", "warning", "--preload", "argus.site.wsgi"]
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(command, env=self._environment, cwd=HERE, stdin=subprocess.DEVNULL,
                                             stdout=sink, stderr=sink, process_group=0)
        wait_until(lambda: accepts(ADDRESS, self.port), START_TIMEOUT, f"Argus listens (see {self._log})")

    def stop(self) -> None:
        """Stops the server, workers and all."""
        if self._process is not None:
            self._signal(signal.SIGCONT)
        reap(self._process)
        self._process = None

    def stall(self) -> None:
        """Freezes the server: connections are accepted by the system and nothing ever answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen server go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)
