"""Argus as its users see it: acknowledge, close, comment, set a ticket; and list what a source system has made."""

import json
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from .argus import Source

PATIENCE = 60.0


@dataclass(frozen=True)
class ArgusEvent:
    """One event of an incident."""

    pk: int
    kind: str
    actor: str
    timestamp: float
    text: str


@dataclass(frozen=True)
class Incident:
    """One incident with its events, oldest first."""

    pk: int
    source_id: str
    start: float
    open: bool
    acked: bool
    level: int
    description: str
    ticket_url: str
    end_time: str
    tags: list[str]
    events: list[ArgusEvent] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[ArgusEvent]:
        """The events of these kinds, oldest first."""
        return [event for event in self.events if event.kind in kinds]


class ArgusUser:
    """One user's view of one Argus; it goes straight to the server, past the proxy."""

    def __init__(self, base_url: str, token: str, name: str) -> None:
        self.name = name
        self._base = base_url
        self._token = token

    def incidents(self, source: Source, with_events: bool = True) -> list[Incident]:
        """Everything that a source system has made, open and closed, oldest first."""
        query = urlencode({"source__id__in": source.pk, "page_size": 100000})
        rows = self.call("GET", f"incidents/?{query}")["results"]
        return [self._incident(row, with_events) for row in sorted(rows, key=lambda row: row["pk"])]

    def post_event(self, pk: int, kind: str, text: str = "", at: float | None = None) -> None:
        """Adds an event: CLO closes, REO reopens, OTH comments; END and RES are for sources."""
        self.call("POST", f"incidents/{pk}/events/", {"timestamp": _iso(at), "type": kind, "description": text})

    def close(self, pk: int, text: str = "") -> None:
        """Closes an incident by hand."""
        self.post_event(pk, "CLO", text)

    def acknowledge(self, pk: int, text: str = "", at: float | None = None) -> None:
        """Acknowledges an incident."""
        self.call("POST", f"incidents/{pk}/acks/", {"timestamp": _iso(at), "description": text})

    def set_ticket(self, pk: int, url: str) -> None:
        """Gives an incident a ticket."""
        self.call("PUT", f"incidents/{pk}/ticket_url/", {"ticket_url": url})

    def patch(self, pk: int, **fields: Any) -> None:
        """Edits an incident."""
        self.call("PATCH", f"incidents/{pk}/", fields)

    def create(self, start: float, tags: list[str], **fields: Any) -> int:
        """Makes an incident, as another program of the source would, and returns its number."""
        body = {"start_time": _iso(start), "end_time": "infinity", "tags": [{"tag": tag} for tag in tags]}
        return self.call("POST", "incidents/", body | fields)["pk"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request; an error status raises."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self._token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self._base + path, data, headers, method=method)
        with _direct.open(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _incident(self, row: dict[str, Any], with_events: bool) -> Incident:
        events: list[ArgusEvent] = []
        if with_events:
            answer = self.call("GET", f"incidents/{row['pk']}/events/")
            events = [ArgusEvent(e["pk"], e["type"]["value"], e["actor"]["username"], _epoch(e["timestamp"]),
                                 e["description"]) for e in answer]
        return Incident(row["pk"], row["source_incident_id"], _epoch(row["start_time"]), row["open"], row["acked"],
                        row["level"], row["description"], row["ticket_url"], row["end_time"],
                        [tag["tag"] for tag in row["tags"]], sorted(events, key=lambda e: (e.timestamp, e.pk)))


# The loopback is never behind a proxy of the environment.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _iso(at: float | None = None) -> str:
    moment = datetime.now(timezone.utc) if at is None else datetime.fromtimestamp(at, timezone.utc)
    return moment.isoformat()


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
