"""What a reader of the figures must know of the machine."""

import os
import platform
import subprocess
import time
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from .peer import TOP
from .subject import BINARY

# More processes than this that want to run, before we start: the figures are those of a busy machine.
BUSY = 0.5
# How long we wait for that to change, in seconds.
PATIENCE = 300


def facts() -> dict[str, str]:
    """Name and value of each fact."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {_memory()} GiB, {_kernel()}",
        "ours": _version(),
        "Python glue": f"zino-argus-glue {metadata.version('zino-argus-glue')}, Python {platform.python_version()}",
        "servers": f"Zino {metadata.version('zino')}, Argus {metadata.version('argus-server')} behind gunicorn with 2 "
                   "workers, and stand-ins for both",
        "load before": f"{os.getloadavg()[0]:.2f}" + (" (busy: these figures are provisional)" if is_busy() else ""),
    }


def settle() -> None:
    """Waits until what setting up and building have left behind is over: the load is an average of a minute."""
    deadline = time.monotonic() + PATIENCE
    while is_busy() and time.monotonic() < deadline:
        time.sleep(1)


def is_busy() -> bool:
    """Whether others use the machine."""
    return os.getloadavg()[0] > BUSY


def _kernel() -> str:
    return f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    line = Path("/proc/meminfo").read_text().splitlines()[0]
    return round(int(line.split()[1]) / (1 << 20))


def _version() -> str:
    version = _said([str(BINARY), "--version"])
    if "BENCH_BINARY" in os.environ:
        return f"{version}, another program than that of this commit"
    return f"{version} of commit {_said(['git', '-c', 'safe.directory=*', '-C', str(TOP), 'describe', '--always'])}"


def _said(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
