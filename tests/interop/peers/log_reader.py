"""Stands between a program and its log file, and can stop reading: then the pipe fills up, as behind a paused terminal."""

import fcntl
import os
import threading
from pathlib import Path

# As small as a pipe can be: the next record but a few finds no room.
PIPE_SIZE = 4096


class LogReader:
    """Reads what one run of a program writes; a thread of its own does it, until the program has ended."""

    def __init__(self) -> None:
        self._goes_on = threading.Event()
        self._goes_on.set()

    def connect(self, log: Path) -> int:
        """Begins to read into a file, and returns the descriptor for the program; whoever asked for it closes it."""
        ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        threading.Thread(target=self._read, args=(ours, log), daemon=True).start()
        return theirs

    def pause(self) -> None:
        """Reads nothing any more, but for what it waits for already."""
        self._goes_on.clear()

    def resume(self) -> None:
        """Reads on."""
        self._goes_on.set()

    def _read(self, pipe: int, log: Path) -> None:
        with log.open("ab", buffering=0) as sink, open(pipe, "rb", buffering=0) as source:
            while chunk := source.read(PIPE_SIZE):
                sink.write(chunk)
                self._goes_on.wait()
