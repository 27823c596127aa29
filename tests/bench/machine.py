"""What a reader of the figures must know of the machine."""

import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from .peer import TOP

# More processes than this that want to run, before we start: the figures are those of a busy machine.
BUSY = 0.5


def facts() -> dict[str, str]:
    """Name and value of each fact."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {_memory()} GiB, {platform.system()} {platform.release()}",
        "ours": f"zinoargus {_version()}",
        "Python glue": f"zino-argus-glue {metadata.version('zino-argus-glue')}, Python {platform.python_version()}",
        "servers": f"Zino {metadata.version('zino')}, Argus {metadata.version('argus-server')} behind gunicorn with 2 "
                   "workers, and stand-ins for both",
        "load before": f"{os.getloadavg()[0]:.2f}" + (" (busy: these figures are provisional)" if is_busy() else ""),
    }


def is_busy() -> bool:
    """Whether others use the machine."""
    return os.getloadavg()[0] > BUSY


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    line = Path("/proc/meminfo").read_text().splitlines()[0]
    return round(int(line.split()[1]) / (1 << 20))


def _version() -> str:
    command = ["git", "-c", "safe.directory=*", "-C", str(TOP), "describe", "--always", "--dirty"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "of an unknown commit"
