"""nginx in front of Argus, as an operator would have it: TLS, HTTP/2, and kept connections towards the daemon."""

import shutil
import subprocess
from pathlib import Path

from .process import MORTAL, accepts, free_port, reap, wait_until

ADDRESS = "127.0.0.1"
START_TIMEOUT = 10.0
# It runs in the foreground and writes below its own folder only; the log has nothing but what a scenario asks for.
CONFIGURATION = """
daemon off;
master_process off;
pid {work}/pid;
error_log {work}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format protocol '$server_protocol $request_method $status';
    access_log {work}/access.log protocol;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen {address}:{port} ssl http2;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location / {{
            proxy_pass http://{address}:{upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


class Nginx:
    """One nginx on a port of its own, which hands everything on to another port."""

    def __init__(self, work: Path, certificate: Path, upstream: int) -> None:
        """`certificate` is one file with the certificate and its key."""
        self.port = free_port(ADDRESS)
        self._work = work
        self._work.mkdir()
        (self._work / "nginx.conf").write_text(CONFIGURATION.format(
            work=self._work, address=ADDRESS, port=self.port, certificate=certificate, upstream=upstream))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base url of the API behind it."""
        return f"https://{ADDRESS}:{self.port}/api/v2/"

    def start(self) -> None:
        """Starts it and waits until it listens."""
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        command = [*MORTAL, program, "-e", "stderr", "-p", str(self._work), "-c", str(self._work / "nginx.conf")]
        with (self._work / "nginx.log").open("ab") as sink:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        wait_until(lambda: accepts(ADDRESS, self.port), START_TIMEOUT, f"nginx listens (see {self._work})")

    def protocols(self) -> set[str]:
        """The versions of HTTP that requests have come by."""
        log = self._work / "access.log"
        return {line.split()[0] for line in log.read_text().splitlines()} if log.exists() else set()

    def stop(self) -> None:
        """Stops it."""
        reap(self._process)
        self._process = None
