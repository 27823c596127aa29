"""A throw-away PostgreSQL cluster, reached by a socket file only."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from .process import reap, wait_until

DATABASE = "argus"
START_TIMEOUT = 30.0
# A test database may lose everything when the machine stops: speed is all that counts.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class Postgres:
    """One cluster in a directory of its own, owned by the user `postgres` where the suite runs as root."""

    def __init__(self) -> None:
        # A socket path may have about 100 bytes, so the cluster is in the short temporary directory.
        self.home = Path(tempfile.mkdtemp(prefix="interop-pg-"))
        self._data = self.home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._as_root = os.geteuid() == 0
        if self._as_root:
            owner = pwd.getpwnam("postgres")
            os.chown(self.home, owner.pw_uid, owner.pw_gid)

    @property
    def url(self) -> str:
        """The database as Django's `DATABASE_URL` names it."""
        return f"postgres://postgres@{quote(str(self.home), safe='')}/{DATABASE}"

    def start(self) -> None:
        """Makes the cluster and its one database, and starts it."""
        self._run("initdb", "--pgdata", str(self._data), "--username=postgres", "--auth=trust", "--no-sync",
                  "--encoding=UTF8", "--locale=C.UTF-8")
        settings = SETTINGS | {"unix_socket_directories": str(self.home)}
        command = [*self._as_owner(), _tool("postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.home / "log").open("ab") as sink:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.home,
                                             process_group=0)
        wait_until(self._ready, START_TIMEOUT, f"PostgreSQL is ready (see {self.home / 'log'})")
        self._run("createdb", "--host", str(self.home), "--username=postgres", DATABASE)

    def stop(self) -> None:
        """Stops the cluster and removes every trace of it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # its word for: at once
        reap(self._process)
        shutil.rmtree(self.home, ignore_errors=True)

    def _as_owner(self) -> list[str]:
        """What a command begins with, to run as the cluster's owner and not to outlive us."""
        owner = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if self._as_root else []
        return ["setpriv", *owner, "--pdeathsig=QUIT", "--"]

    def _ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(self.home / 'log').read_text(errors='replace')[-2000:]}")
        probe = [_tool("pg_isready"), "--quiet", "--host", str(self.home)]
        return subprocess.run(probe, stdin=subprocess.DEVNULL).returncode == 0

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run([*self._as_owner(), _tool(tool), *arguments], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.home)
        if done.returncode:
            raise RuntimeError(f"{tool} failed: {done.stdout[-2000:]}")


def _tool(name: str) -> str:
    """Finds a tool on the PATH or where Debian keeps it: the newest version wins."""
    found = shutil.which(name)
    if found:
        return found
    candidates = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    if not candidates:
        raise RuntimeError(f"{name} is not installed: run setup.sh")
    return max(candidates, key=lambda path: int(path.split("/")[4]))
