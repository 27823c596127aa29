"""One world: a Zino, a source system of Argus, the gates between, the daemon; and the question whether all agree."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boards
from peers.argus import Source
from peers.zino import COMMUNITY, USER, Zino
from rig import Rig, Shared

from . import faults
from .argus_gate import ArgusGate
from .points import Register, Shot
from .probe_gate import ProbeGate
from .zino_gate import CommandGate, NotificationGate

POLL = 0.2
# How long after the bound a run goes on, to tell "late" from "never".
PATIENCE = 75.0


class NotAgreed(Exception):
    """The two sides do not agree; `found` says in what."""

    def __init__(self, step: str, found: list[str]) -> None:
        super().__init__(f"{step}: " + "; ".join(found[:5]))
        self.found = found


class Ended(Exception):
    """The daemon has ended by itself."""


@dataclass
class Agreed:
    """How long a step took to agree, and how long it might, both in seconds after it began."""

    step: str
    took: float
    bound: float


@dataclass
class World:
    """What a story acts in. Cases are known by a name of one letter."""

    shared: Shared
    source: Source
    zino: Zino
    work: Path
    shot: Shot | None = None
    agreed: list[Agreed] = field(default_factory=list)
    more: float = 0.0  # what the story adds to the time after a fault, in seconds

    def __post_init__(self) -> None:
        self.register = Register(self.shot)
        self.zino.snmp(False)
        proxy = ArgusGate(self.shared.argus_port, self.register, self.kill)
        self.rig = Rig(self.shared, self.source, self.work, self.zino, proxy)
        self._commands = CommandGate(self.zino.address, self.zino.api_port, self.register, self.kill)
        self._notes = NotificationGate(self.zino.address, self.zino.notify_port, self.register, self.kill)
        self._probes = ProbeGate(self.zino.address, self.zino.snmp_port, self.register, self.kill)
        self._numbers: dict[str, int] = {}
        self._expected: dict[str, list[str]] = {}
        self._states: dict[str, str] = {}
        self._at_begin = 0
        # A daemon is killed by the kernel when the thread that started it ends: so one thread starts them all.
        self._starter = ThreadPoolExecutor(1)
        self._handling = threading.RLock()

    def start(self, **changes: dict[str, Any]) -> None:
        """Starts the daemon; `changes` are tables of its configuration."""
        config = {"argus": {"write_timeout": faults.WRITE_TIMEOUT, "timeout": float(faults.TIMEOUT)},
                  "zino": {"server": "127.0.0.1", "port": self._commands.port, "notify_port": self._notes.port},
                  "sync": {"refresh_interval": faults.REFRESH, "reconcile_interval": faults.RECONCILE}}
        with self._handling:
            self._starter.submit(self.rig.start, **(config | changes)).result()

    def failover(self) -> dict[str, Any]:
        """A [failover] table: the primary's agent is the one of our Zino."""
        return {"primary_server": "127.0.0.1", "primary_snmp_port": self._probes.port, "snmp_community": COMMUNITY,
                "ping_timeout": 1, "ping_interval": 1, "threshold": 3}

    def stop(self) -> None:
        """Stops the daemon in order."""
        with self._handling:
            status = self.rig.daemon.stop()
        if status != 0:
            raise Ended(f"status {status} after SIGTERM")

    def kill(self) -> None:
        """Kills the daemon and starts it again at once; where the story has stopped it, it stays stopped."""
        with self._handling:
            if self.rig.daemon.running:
                self.rig.daemon.kill()
                self._starter.submit(self.rig.start).result()

    def create(self, role: str, kind: str, **options: Any) -> None:
        """Makes a case and gives it a name."""
        number = self.zino.next_number()
        self.register.name_case(number, role)
        self._numbers[role] = number
        self._expected[role] = []
        made = self.zino.create(kind, **options)
        assert made == number, f"case {made} instead of {number}"

    def number(self, role: str) -> int:
        """The number of a case."""
        return self._numbers[role]

    def incident(self, role: str) -> int:
        """The pk of the one incident of a case."""
        return self.rig.incident(self._numbers[role]).pk

    def expect_note(self, role: str, text: str) -> None:
        """From now on, the history of the case has to have this note of ours once."""
        self._expected[role].append(text)

    def expect_state(self, role: str, state: str) -> None:
        """From now on, the case has to be in this state."""
        self._states[role] = state

    def differences(self) -> list[str]:
        """What does not agree at the moment, on both sides."""
        cases = self.zino.cases()
        found = boards.compare(cases, self.rig.incidents(), self.rig.policy)
        for role, expected in self._expected.items():
            case = cases.get(self._numbers[role])
            if case is None:
                continue  # it was scavenged: nobody can look any more
            have = boards.notes_of(case, USER)
            found += [f"a note is missing on {role}: {text!r}"
                      for text in set(expected) if have.count(text) < expected.count(text)]
            found += [f"a note too many on {role}: {text!r}"
                      for text in set(have) if have.count(text) > expected.count(text)]
            if case.state != self._states.get(role, case.state):
                found.append(f"{role} is {case.state}, not {self._states[role]}")
        return found

    def step(self, name: str, action: Callable[[], object], by_people: bool = False, more: float = 0) -> None:
        """Does something, and waits until both sides agree and the daemon has looked at both once more.

        `by_people` says that it is done in Argus. `more` is what the step itself may take, in seconds.
        """
        begun = self._begin(name, action)
        prompt = faults.PROMPT + (faults.REFRESH if by_people else 0) + faults.SLACK + more
        marks, wrong = None, begun
        while True:
            found = self.differences()
            now = time.monotonic()
            if found:
                wrong, marks = now, None
            elif self._is_shooting():
                marks = None
            elif marks is None:
                marks = self._looks()
            elif all(after > before for after, before in zip(self._looks(), marks)):
                break
            if not self.rig.daemon.running and not self._handling_daemon():
                raise Ended(self.rig.daemon.log()[-1500:])
            if now > self._bound(begun, prompt) + PATIENCE:
                raise NotAgreed(name, found or ["the daemon does not look at both servers any more"])
            time.sleep(POLL)
        self.agreed.append(Agreed(name, wrong - begun, self._bound(begun, prompt) - begun))

    def look_on(self, name: str, action: Callable[[], object], until: Callable[[], bool], silent: bool = False) -> None:
        """Does something and waits for a condition instead of agreement; `silent`: nothing may be written meanwhile."""
        begun = self._begin(name, action)
        while not until() or self._is_shooting():
            if time.monotonic() > self._bound(begun, faults.PROMPT) + PATIENCE:
                raise NotAgreed(name, ["the condition of the step does not come true"])
            time.sleep(POLL)
        written = self.register.writes(name) if silent else []
        if written:
            raise NotAgreed(name, [f"too many writes while standing by: {written}"])

    def has_looked(self, times: int) -> bool:
        """Whether the daemon has read the list of cases so often in this step."""
        return self.register.seen("zino", "caseids") >= self._at_begin + times

    def stands_by(self) -> bool:
        """What its log has said last."""
        log = self.rig.daemon.log()
        return log.rfind("STANDBY") > log.rfind("ACTIVE")

    def _begin(self, name: str, action: Callable[[], object]) -> float:
        self.register.begin(name)
        self._at_begin = self.register.seen("zino", "caseids")
        begun = time.monotonic()
        action()
        self.register.changed()
        return begun

    def _bound(self, begun: float, prompt: float) -> float:
        """When both sides have to agree at the latest, by the rules."""
        shot = self.shot
        if shot is None or shot.fired is None:
            return begun + prompt
        more = faults.extra(shot.point.channel, shot.point.kind, shot.fault)
        return max(begun, shot.fired + more + self.more) + prompt

    def _is_shooting(self) -> bool:
        return self.shot is not None and self.shot.fired is not None and self.shot.over is None

    def _looks(self) -> tuple[int, int]:
        """How often the daemon has read the list of cases, and what people did in Argus.

        From a feed that was too slow three times it goes back to counts (B11).
        """
        from_argus = self.register.seen("argus", "feed") + self.register.seen("argus", "count acked")
        return self.register.seen("zino", "caseids"), from_argus

    def _handling_daemon(self) -> bool:
        """Whether somebody starts or kills the daemon at this moment."""
        if self._handling.acquire(blocking=False):
            self._handling.release()
            return self.rig.daemon.running
        return True

    def finish(self) -> None:
        """The end of a run that went well: the daemon stops in order and has said nothing that it must not."""
        self.stop()
        self.rig.check_logs()

    def close(self) -> None:
        """Ends everything but Zino, which is left without cases."""
        with self._handling:
            self.rig.close()
        for gate in (self._commands, self._notes, self._probes):
            gate.close()
        self._starter.shutdown()
        for number in self.zino.cases():
            self.zino.vanish(number)
