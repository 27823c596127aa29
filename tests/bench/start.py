"""How soon a program is connected to Zino, and how much of it there is."""

import re
from importlib import metadata
from pathlib import Path

from .subject import BINARY
from .sync import pair, running
from .waiting import wait

GLUE = "zino-argus-glue"
MIB = 1 << 20


def connected(kind: str) -> float:
    """Seconds from the start of the program until it has connected to Zino."""
    with pair("stand-in") as (zino, argus), running(kind, zino, argus) as subject:
        first = wait(zino.heard, "a connection to Zino", interval=0.02)[0]
        return first.at - subject.started


def binary_size() -> float:
    """Our program, MiB."""
    return BINARY.stat().st_size / MIB


def package_size() -> float:
    """The Python glue with the packages that it needs, MiB, as pip installs them, without Python."""
    todo, files = [GLUE], set()
    known = set()
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in known:
            continue
        known.add(name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # only needed elsewhere
        files |= {Path(package.locate_file(file)) for file in package.files or []}
        todo += [re.match(r"[\w.-]+", need)[0] for need in package.requires or [] if "extra ==" not in need]
    return sum(file.stat().st_size for file in files if file.is_file()) / MIB
