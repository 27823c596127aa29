"""Which Zino and Argus are under test: those beside the suite, unless the environment names other interpreters."""

import functools
import os
import subprocess
import sys

PACKAGES = {"argus": "argus-server", "zino": "zino"}


def python(server: str) -> str:
    """The interpreter that runs `argus` or `zino`."""
    return os.environ.get(f"INTEROP_{server.upper()}_PYTHON") or sys.executable


@functools.cache
def version(server: str) -> tuple[int, ...]:
    """The version of `argus` or `zino`, as numbers that can be compared."""
    ask = f"import importlib.metadata; print(importlib.metadata.version({PACKAGES[server]!r}))"
    done = subprocess.run([python(server), "-c", ask], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=True)
    return numbers(done.stdout)


def numbers(text: str) -> tuple[int, ...]:
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in text.strip().split("."))
