"""A throw-away PostgreSQL cluster, reached by a socket file only."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

DATABASE = "argus"
# A test database may lose everything when the machine stops: speed is all that counts.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class Postgres:
    """One cluster in a directory of its own, owned by the user `postgres` where the suite runs as root."""

    def __init__(self) -> None:
        # A socket path may have about 100 bytes, so the cluster lives in the short temporary directory.
        self.home = Path(tempfile.mkdtemp(prefix="interop-pg-"))
        self._data = self.home / "data"
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
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c unix_socket_directories='{self.home}'"
        self._run("pg_ctl", "start", "--pgdata", str(self._data), "--wait", "--log", str(self.home / "log"),
                  "--options", options)
        self._run("createdb", "--host", str(self.home), "--username=postgres", DATABASE)

    def stop(self) -> None:
        """Stops the cluster and removes every trace of it."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--pgdata", str(self._data), "--mode=immediate", "--wait")
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, tool: str, *arguments: str) -> None:
        """Runs a tool of PostgreSQL; its output goes to a file, because the server inherits it and keeps it open."""
        command = [_tool(tool), *arguments]
        if self._as_root:
            command = ["runuser", "-u", "postgres", "--", *command]
        output = self.home / f"{tool}.out"
        with output.open("ab") as sink:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.home)
        if done.returncode:
            raise RuntimeError(f"{tool} failed: {output.read_text(errors='replace')[-2000:]}")


def _tool(name: str) -> str:
    """Finds a tool on the PATH or where Debian keeps it: the newest version wins."""
    found = shutil.which(name)
    if found:
        return found
    candidates = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    if not candidates:
        raise RuntimeError(f"{name} is not installed: run setup.sh")
    return max(candidates, key=lambda path: int(path.split("/")[4]))
