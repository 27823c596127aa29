"""Drives one real Zino server: makes its cases, changes them, and hurts the server in every way that matters.

`INTEROP_ZINO_PYTHON` names the interpreter that has another version of Zino.
"""

import json
import os
import random
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .process import free_port, reap
from .versions import python

HERE = Path(__file__).resolve().parent.parent
USER, SECRET, COMMUNITY = "glue", "zino secret 4711", "interop-community"
# The Python glue knows no other notification port.
NOTIFY_PORT = 8002


@dataclass(frozen=True)
class Entry:
    """A log or history entry: Unix seconds, and its lines joined by LF."""

    at: int
    text: str


@dataclass(frozen=True)
class Case:
    """A case as a client of the protocol reads it."""

    number: int
    opened: int
    attributes: dict[str, str]
    log: list[Entry]
    history: list[Entry]

    @property
    def state(self) -> str:
        """The case's state."""
        return self.attributes["state"]


class Zino:
    """One server on a loopback address of its own, so that fixed ports never collide."""

    def __init__(self, work: Path, name: str = "zino") -> None:
        self.address = _own_address()
        self.api_port = free_port(self.address)
        self.notify_port = NOTIFY_PORT
        self.snmp_port = free_port(self.address, socket.SOCK_DGRAM)
        self._state = work / f"{name}-state.json"
        self._log = work / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, load: bool = False) -> None:
        """Starts the server, empty or from its state file, and waits until it serves."""
        command = [python("zino"), "-m", "peers.zino_server", "--address", self.address, "--user", USER,
                   "--secret", SECRET, "--community", COMMUNITY, "--state", str(self._state),
                   "--api", str(self.api_port), "--notify", str(self.notify_port), "--snmp", str(self.snmp_port)]
        environ = os.environ | {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(command + ["--load"] * load, env=environ, cwd=HERE, stderr=sink,
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answer()

    def stop(self) -> None:
        """Kills the server: nothing is saved."""
        process, self._process = self._process, None
        reap(process)
        for pipe in (process.stdin, process.stdout) if process else ():
            pipe.close()

    def shut_down(self) -> None:
        """Stops the server as its operator would, with its state saved."""
        self._order("save")
        self.stop()

    def stall(self) -> None:
        """Freezes the server: its sockets stay open and silent."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen server go on."""
        self._process.send_signal(signal.SIGCONT)

    def create(self, kind: str = "portstate", **options: Any) -> int:
        """Makes a case: see `Bench.do_create` for the options."""
        return self._order("create", kind=kind, **options)

    def next_number(self) -> int:
        """The number that the next case will have."""
        return self._order("next")

    def set_state(self, case: int, state: str, user: str = "monitor", scavenge: bool = False) -> None:
        """Changes the state of a case in the name of `user`."""
        self._order("state", case=case, state=state, user=user, scavenge=scavenge)

    def close(self, case: int, user: str = "monitor") -> None:
        """Closes a case."""
        self.set_state(case, "closed", user)

    def note(self, case: int, *texts: str, user: str = "harriet", at: float | None = None) -> None:
        """Writes user notes, several of them in one commit and one second."""
        self._order("history", case=case, texts=[f"{user}\n{text}" for text in texts], at=at)

    def break_history(self, case: int) -> None:
        """Adds an entry without any text: Zino fails in the middle of listing the history."""
        self._order("history", case=case, texts=[""])

    def log(self, case: int, text: str) -> None:
        """Adds a log entry."""
        self._order("log", case=case, text=text)

    def set(self, case: int, **attributes: Any) -> None:
        """Changes attributes of a case."""
        self._order("set", case=case, **attributes)

    def scavenge(self, case: int) -> None:
        """Deletes a closed case."""
        self._order("scavenge", case=case)

    def vanish(self, *cases: int) -> None:
        """Takes cases away at once and without a word."""
        self._order("vanish", cases=cases)

    def maintain(self, *routers: str) -> None:
        """Begins a planned maintenance of routers."""
        self._order("maintain", routers=routers)

    def end_maintenance(self) -> None:
        """Ends every planned maintenance."""
        self._order("end_maintenance")

    def poll(self, router: str, answers: bool) -> None:
        """Asks a router whether it is there."""
        self._order("poll", router=router, answers=answers)

    def save(self) -> None:
        """Writes the state file, as the server does now and then."""
        self._order("save")

    def kick(self) -> None:
        """Cuts every client off."""
        self._order("kick")

    def lose_answer(self, command: str) -> None:
        """Cuts the session off after the next `command` (addhist, setstate) was done, before it is answered."""
        self._order("lose", command=command)

    def snmp(self, on: bool) -> None:
        """Switches the SNMP agent on or off."""
        self._order("snmp", on=on)

    def cases(self) -> dict[int, Case]:
        """All cases by number."""
        return {int(number): Case(int(number), row["opened"], row["attributes"], [Entry(**e) for e in row["log"]],
                                  [Entry(**e) for e in row["history"]])
                for number, row in self._order("cases").items()}

    def case(self, number: int) -> Case:
        """One case."""
        return self.cases()[number]

    def commands(self, name: str) -> int:
        """How often clients have sent the command."""
        return self._order("traffic")["commands"].get(name, 0)

    def tied(self) -> int:
        """How many sessions have their notification channel tied."""
        return self._order("traffic")["tied"]

    def _order(self, name: str, **arguments: Any) -> Any:
        self._process.stdin.write(json.dumps({"do": name} | arguments).encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Zino is gone: {self._log.read_text(errors='replace')[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"Zino refused an order: {answer['error']}")
        return answer["ok"]


def _own_address() -> str:
    """Finds a loopback address on which nobody serves Zino notifications."""
    while True:
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        with socket.socket() as probe:
            try:
                probe.bind((address, NOTIFY_PORT))
            except OSError:
                continue
        return address
