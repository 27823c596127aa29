"""The real Zino as a process with the orders of the stand-in: `python -m zino_process ADDRESS API SNMP`.

Every byte on the sockets is made by Zino's own code; the cases are made up as in the stand-in.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from peers.zino import COMMUNITY, NOTIFY_PORT, SECRET, USER
from peers.zino_server import Bench, Zino1BaseServerProtocol

# When the first case of a filling was opened, and how far the next one and the notes lie behind, in seconds.
AGE, STEP, PAUSE = 86_400, 7, 60


class Server(Bench):
    """The interop suite's server with other orders."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._seen: list[tuple[float, int, str]] = []
        super().__init__(options)

    def _count_commands(self) -> None:
        super()._count_commands()
        seen = self._seen
        dispatch, made = Zino1BaseServerProtocol._dispatch_command, Zino1BaseServerProtocol.connection_made

        def noting(protocol: Zino1BaseServerProtocol, message: str) -> Any:
            seen.append((time.time(), id(protocol), message + "\r\n"))
            return dispatch(protocol, message)

        def connecting(protocol: Zino1BaseServerProtocol, transport: Any) -> None:
            seen.append((time.time(), id(protocol), ""))
            made(protocol, transport)

        Zino1BaseServerProtocol._dispatch_command = noting
        Zino1BaseServerProtocol.connection_made = connecting

    def do_fill(self, count: int, notes: int, plain: int) -> dict[str, Any]:
        """Opens cases."""
        at = time.time()
        deserving = sum(self._mixed(index, notes, bool(plain), at) for index in range(count))
        return {"deserving": deserving, "at": at}

    def _mixed(self, index: int, notes: int, plain: bool, now: float) -> int:
        """Opens the case of this index in the mix; returns 1 if it deserves an incident."""
        opened = int(now) if plain else int(now) - AGE + STEP * index
        number = self._state.events.last_event_id + 1
        texts = [{"text": f"harriet\nnote {note} of case {number}: the fibre was cut by a digger",
                  "at": opened + PAUSE * note} for note in range(1, notes + 1)]
        place, options = index % 10, {}
        if place == 9 and not plain:
            kind, options = ("bfd", {}) if index % 20 == 9 else ("portstate", {"descr": "spare"})
        elif place in (5, 6):
            kind = "reachability"
        else:
            kind = {7: "bgp", 8: "alarm"}.get(place, "portstate")
        self.do_create(kind, f"gw{index}.example.org", opened=opened, notes=texts, **options)
        return int(place != 9 or plain)

    def do_new(self, router: str) -> dict[str, Any]:
        """Opens one case."""
        at = time.time()
        return {"at": at, "case": self.do_create("reachability", router)}

    def do_note(self, case: int, text: str) -> dict[str, Any]:
        """Adds a note."""
        at = time.time()
        self.do_history(case, [f"harriet\n{text}"])
        return {"at": at, "case": case}

    def do_seen(self, skip: int) -> list[tuple[float, int, str]]:
        """What clients did."""
        return self._seen[skip:]


def main() -> None:
    """Serves until the orders end."""
    address, api, snmp = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        Server(argparse.Namespace(
            address=address, user=USER, secret=SECRET, community=COMMUNITY, state=str(Path(work) / "state.json"),
            api=int(api), notify=NOTIFY_PORT, snmp=int(snmp), load=False)).run()


if __name__ == "__main__":
    main()
