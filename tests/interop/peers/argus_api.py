"""What users and other programs do in Argus: acknowledge, close, comment, edit, set a ticket."""

import json
import urllib.request
from datetime import datetime, timezone
from typing import Any

PATIENCE = 60.0


class ArgusUser:
    """One user of one Argus, who goes straight to the server, past the proxy."""

    def __init__(self, base_url: str, token: str, name: str) -> None:
        self.name = name
        self._base = base_url
        self.token = token

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
        headers = {"Authorization": f"Token {self.token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self._base + path, data, headers, method=method)
        with _direct.open(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None


# The loopback is never behind a proxy of the environment.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _iso(at: float | None = None) -> str:
    moment = datetime.now(timezone.utc) if at is None else datetime.fromtimestamp(at, timezone.utc)
    return moment.isoformat()
