"""Argus, the stand-in or the real one, and what daemons asked of it."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import argus as real
from peers.postgres import Postgres

from .peer import BENCH_PEERS, Peer

SOURCES = 40
PROGRESS = """
SELECT count(*), count(*) FILTER (WHERE end_time > now()),
       (SELECT count(*) FROM argus_incident_event e JOIN argus_incident_incident j ON j.id = e.incident_id
        WHERE j.source_id = %(source)s AND e.type = 'OTH')
FROM argus_incident_incident i WHERE i.source_id = %(source)s"""


@dataclass(frozen=True)
class Progress:
    """How many incidents there are, how many of them are open, and how many notes they have."""

    incidents: int
    open: int
    events: int


@dataclass(frozen=True)
class Seen:
    """One request that was answered; the times are Unix times."""

    arrived: float
    answered: float
    method: str
    target: str
    status: int
    body: str

    @property
    def kind(self) -> str:
        """What it asks for, whatever the incident."""
        path, _, query = self.target.partition("?")
        path = re.sub(r"\d+", "N", path.partition("/api/v2/")[2])
        if "source_incident_id=" in query:
            return "look-up"
        names = {"incidents/mine/": "count" if "count=" in query else "listing" if self.method == "GET" else "incident",
                 "incidents/": "incident", "incidents/N/events/": "events" if self.method == "GET" else "event",
                 "incidents/events/": "look", "incidents/sources/heartbeat/": "heartbeat"}
        return names.get(path, f"{self.method} {path}")

    @property
    def is_write(self) -> bool:
        """Whether it changes an incident."""
        return self.method != "GET" and self.kind != "heartbeat"


class StandIn:
    """The fast stand-in: each request takes `delay` milliseconds."""

    def __init__(self, delay: int = 0) -> None:
        self._peer = Peer([str(BENCH_PEERS), "argus"])
        self.port, self.token = self._peer.ready["port"], self._peer.ready["token"]
        self._seen: list[Seen] = []
        self.set_delay(delay)

    def set_delay(self, milliseconds: int) -> None:
        """Changes how long each request takes from now on."""
        self._peer.order("delay", ms=milliseconds)

    def progress(self) -> Progress:
        """What it has."""
        return Progress(**self._peer.order("progress"))

    def seen(self) -> list[Seen]:
        """Every request since the start, in the order of the answers."""
        self._seen += [Seen(*row) for row in self._peer.order("seen", skip=len(self._seen))]
        return self._seen

    def acknowledge(self, case: int, text: str) -> float:
        """A person acknowledges the incident of a case; returns when."""
        return self._peer.order("ack", id=str(case), text=text)

    def close(self, case: int, text: str) -> float:
        """A person closes the incident of a case; returns when."""
        return self._peer.order("close", id=str(case), text=text)

    def stop(self) -> None:
        """Ends it."""
        self._peer.stop()


class RealArgus:
    """The real server with two workers over PostgreSQL; each user of it takes a source system of its own."""

    def __init__(self) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="bench-"))
        self._postgres = Postgres()
        self._front: real.ArgusFront | None = None
        try:
            self._postgres.start()
            self._sources = iter(real.set_up(self._postgres.url, SOURCES).sources)
            self._front = real.ArgusFront(self._postgres.url, self._work / "argus.log")
            self._front.start()
        except BaseException:
            self.stop()
            raise

    def source(self) -> "Desk":
        """A source system that nobody has used."""
        return Desk(self._postgres.url, self._front.port, next(self._sources))

    def stop(self) -> None:
        """Ends it and removes its data."""
        if self._front is not None:
            self._front.stop()
        self._postgres.stop()
        shutil.rmtree(self._work, ignore_errors=True)


class Desk:
    """One source system of the real Argus."""

    def __init__(self, database: str, port: int, source: real.Source) -> None:
        import psycopg  # only there in the interop suite's environment

        self.port, self.token = port, source.token
        self._pk = source.pk
        self._connection: Any = psycopg.connect(database, autocommit=True)

    def progress(self) -> Progress:
        """What it has."""
        return Progress(*self._connection.execute(PROGRESS, {"source": self._pk}).fetchone())

    def stop(self) -> None:
        """Lets go of the database."""
        self._connection.close()
