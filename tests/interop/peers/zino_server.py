"""The real Zino 2: its own API server, notification channel and SNMP agent, over cases that a scenario makes up.

Runs as a process of its own (`python -m peers.zino_server`). Orders come as one JSON object a line on standard input,
`{"do": NAME, ...arguments}`, and each is answered with one JSON line: `{"ok": RESULT}` or `{"error": TEXT}`. Nothing
polls any router: the cases are all there is, but every byte on the sockets is made by Zino's own code.
"""

import argparse
import asyncio
import collections
import contextlib
import functools
import importlib.util
import ipaddress
import json
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import zino.state
import zino.time
from zino.api.legacy import Zino1BaseServerProtocol, Zino1ServerProtocol
from zino.api.notify import Zino1NotificationProtocol
from zino.api.server import ZinoServer
from zino.config.models import Configuration, PollDevice
from zino.planned_maintenance import PlannedMaintenances
from zino.snmp import import_snmp_backend
from zino.state import ZinoState
from zino.statemodels import (
    AlarmEvent,
    BFDEvent,
    BFDSessState,
    BGPAdminStatus,
    BGPEvent,
    BGPOperState,
    DeviceMaintenance,
    Event,
    EventState,
    InterfaceState,
    LogEntry,
    MatchType,
    PortStateEvent,
    ReachabilityEvent,
    ReachabilityState,
)
from zino.tasks.errors import DeviceUnreachableError
from zino.tasks.reachabletask import ReachableTask

# Before 2.3.0 there was none.
if importlib.util.find_spec("zino.snmp.agent"):
    from zino.snmp.agent import ZinoSnmpAgent
else:
    ZinoSnmpAgent = None


def moment(epoch: float) -> datetime:
    """A Unix time as Zino keeps it."""
    return datetime.fromtimestamp(epoch, timezone.utc)


def entry(message: str, at: float | None = None) -> LogEntry:
    """A log or history entry, of now if no time is given."""
    return LogEntry(message=message) if at is None else LogEntry(message=message, timestamp=moment(at))


def shown(entries: list[LogEntry]) -> list[dict[str, Any]]:
    """Entries as a client of the protocol sees them: whole seconds, and every kind of line end is one."""
    return [{"at": int(one.timestamp.timestamp()), "text": "\n".join(one.message.splitlines())} for one in entries]


class Factory:
    """Makes an uncommitted case of each type, with the attributes that Zino's own tasks would set."""

    def __init__(self, state: ZinoState) -> None:
        self._events = state.events

    def make(self, kind: str, router: str, index: int, options: dict[str, Any]) -> Event:
        """Makes a case of `kind`; `index` tells apart what is on one router."""
        return getattr(self, f"_{kind}")(router, index, options)

    def _reachability(self, router: str, _index: int, _options: dict[str, Any]) -> Event:
        event = self._events.create_event(router, None, ReachabilityEvent)
        event.reachability = ReachabilityState.NORESPONSE
        return event

    def _portstate(self, router: str, index: int, options: dict[str, Any]) -> Event:
        event = self._events.create_event(router, index, PortStateEvent)
        event.ifindex = index
        event.port = options.get("port", f"ge-0/0/{index}")
        event.portstate = InterfaceState.DOWN
        event.descr = options.get("descr", f"{router}, to-customer-{index}, ae{index}")
        return event

    def _bgp(self, router: str, index: int, options: dict[str, Any]) -> Event:
        peer = ipaddress.ip_address(options.get("remote_address", f"192.0.2.{index % 250 + 1}"))
        event = self._events.create_event(router, peer, BGPEvent)
        event.remote_address = peer
        event.remote_as = options.get("remote_as", 64512 + index % 1000)
        event.operational_state, event.admin_status = BGPOperState.DOWN, BGPAdminStatus.RUNNING
        return event

    def _alarm(self, router: str, _index: int, options: dict[str, Any]) -> Event:
        color = options.get("alarm", "yellow")
        event = self._events.create_event(router, color, AlarmEvent)
        event.alarm_type, event.alarm_count = color, 1
        return event

    def _bfd(self, router: str, index: int, _options: dict[str, Any]) -> Event:
        event = self._events.create_event(router, index, BFDEvent)
        event.ifindex = event.bfdix = index
        event.bfdstate = BFDSessState.DOWN
        return event


DEFAULT_LOGS = {
    "portstate": '{router}: intf "{port}" ix {index} linkDown',
    "reachability": "{router} no-response",
    "bgp": "{router} peer {index} is down (running)",
    "alarm": "{router} yellow alarms went from 0 to 1",
    "bfd": "Port {index} changed BFD state to down",
}


class Poll(ReachableTask):
    """Zino's check of a router, without the packets: whether it answers is said beforehand."""

    def __init__(self, router: str, answers: bool, state: ZinoState, config: Configuration) -> None:
        import_snmp_backend("pysnmp")
        super().__init__(PollDevice(name=router, address="192.0.2.1"), state, config)
        self._answers = answers

    async def ask(self) -> None:
        """One check. A router that was down is checked by a job of its own until it is back."""
        if self._extra_job_is_running():
            return await self._run_extra_job()
        with contextlib.suppress(DeviceUnreachableError):
            await self.run()

    async def _get_uptime(self) -> int:
        if not self._answers:
            raise TimeoutError
        return 1


class Bench:
    """The running servers and the orders that they take."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._work = Path(tempfile.mkdtemp(dir=Path(options.state).parent, prefix="zino-"))
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        loaded = ZinoState.load_state_from_file(options.state) if options.load else None
        self._state = zino.state.state = loaded or ZinoState()
        self._config = zino.state.config = self._configuration()
        self._agent: Any = None
        self._commands: collections.Counter[str] = collections.Counter()
        self._losses: collections.Counter[str] = collections.Counter()
        self._count_commands()
        for command in ("addhist", "setstate"):
            self._make_losable(command)
        ZinoServer.API_PORT, ZinoServer.NOTIFY_PORT = options.api, options.notify
        self._server = ZinoServer(loop=self._loop, state=self._state, polldevs={}, config=self._config)
        self._server.serve(address=options.address)

    def _configuration(self) -> Configuration:
        secrets = self._work / "secrets"
        secrets.write_text(f"{self._options.user} {self._options.secret}\n")
        routers = self._work / "polldevs.cf"
        routers.write_text("")
        return Configuration(authentication={"file": str(secrets)}, polling={"file": str(routers)},
                             archiving={"old_events_dir": str(self._work / "old")})

    def _count_commands(self) -> None:
        """Notes every command word that a client sends."""
        dispatch, commands = Zino1BaseServerProtocol._dispatch_command, self._commands

        def counting(protocol: Zino1BaseServerProtocol, message: str) -> Any:
            commands[message.split(" ")[0].lower()] += 1
            return dispatch(protocol, message)

        Zino1BaseServerProtocol._dispatch_command = counting

    def _make_losable(self, command: str) -> None:
        """Lets a scenario cut the session off after the command was done and before it is answered."""
        original, losses = getattr(Zino1ServerProtocol, f"do_{command}"), self._losses

        @functools.wraps(original)
        async def losing(protocol: Zino1ServerProtocol, *arguments: str) -> None:
            await original(protocol, *arguments)
            if losses[command] > 0:
                losses[command] -= 1
                protocol.transport.abort()

        setattr(Zino1ServerProtocol, f"do_{command}", losing)

    def run(self) -> None:
        """Takes orders until standard input ends."""
        self._loop.run_until_complete(self._take_orders())

    async def _take_orders(self) -> None:
        reader = asyncio.StreamReader(limit=2**24)
        await self._loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        print(json.dumps({"ok": "ready"}), flush=True)
        while line := await reader.readline():
            order = json.loads(line)
            try:
                result = getattr(self, "do_" + order.pop("do"))(**order)
                answer = {"ok": await result if asyncio.iscoroutine(result) else result}
            except Exception as error:  # the scenario shall see it, and the server goes on
                answer = {"error": repr(error)}
            print(json.dumps(answer), flush=True)

    def do_create(self, kind: str, router: str | None = None, logs: list[str] | None = None,
                  opened: float | None = None, notes: list[dict[str, Any]] = (), priority: int = 100,
                  **options: Any) -> int:
        """Commits a new case and returns its number."""
        index = self._state.events.last_event_id + 1
        router = router or f"gw{index}.example.org"
        event = Factory(self._state).make(kind, router, index, options)
        event.priority = priority
        if logs is None:
            logs = [DEFAULT_LOGS[kind].format(router=router, index=index, port=getattr(event, "port", ""))]
        for text in logs:
            event.add_log(text)
        event.set_state(EventState.OPEN)
        if opened is not None:
            event.opened = event.history[0].timestamp = moment(opened)
        event.history.extend(entry(note["text"], note.get("at")) for note in notes)
        if "state" in options:
            event.set_state(EventState(options["state"]), "harriet")
        self._state.events.commit(event)
        return event.id

    def do_next(self) -> int:
        """Returns the number that the next case will have."""
        return self._state.events.last_event_id + 1

    def do_state(self, case: int, state: str, user: str, scavenge: bool = False) -> None:
        """Changes a case's state; `scavenge` deletes the closed case in the same breath."""
        event = self._state.events.checkout(case)
        event.set_state(EventState(state), user)
        self._state.events.commit(event)
        if scavenge:
            self._state.events._delete(event)

    def do_history(self, case: int, texts: list[str], at: float | None = None) -> None:
        """Adds history entries in one commit."""
        event = self._state.events.checkout(case)
        event.history.extend(entry(text, at) for text in texts)
        self._state.events.commit(event)

    def do_log(self, case: int, text: str) -> None:
        """Adds a log entry."""
        event = self._state.events.checkout(case)
        event.add_log(text)
        self._state.events.commit(event)

    def do_set(self, case: int, **attributes: Any) -> None:
        """Sets attributes by the names that Zino uses inside; a state set like this leaves no history entry."""
        event = self._state.events.checkout(case)
        for name, value in attributes.items():
            setattr(event, name, EventState(value) if name == "state" else value)
        self._state.events.commit(event)

    def do_scavenge(self, case: int) -> None:
        """Deletes a closed case, as the real server does hours after the closing."""
        self._state.events._delete(self._state.events[case])

    def do_vanish(self, cases: list[int]) -> None:
        """Takes cases away at once and without a word, as when an old state file is put back."""
        for case in cases:
            event = self._state.events.events.pop(case)
            for index in (self._state.events._events_by_index, self._state.events._closed_events_by_index):
                for key in [key for key, value in index.items() if value.id == event.id]:
                    del index[key]

    def do_maintain(self, routers: list[str]) -> None:
        """Begins a planned maintenance of routers, which Zino knows from now on."""
        for router in routers:
            self._state.devices.get(router)
        begin = zino.time.now()
        match = "^(" + "|".join(routers) + ")$"
        self._plans().create_planned_maintenance(begin, begin + timedelta(days=1), DeviceMaintenance, MatchType.REGEXP, match)
        self._plans().update_pm_states(self._state)

    def do_end_maintenance(self) -> None:
        """Ends every planned maintenance, as if its time were over."""
        for plan in self._plans().planned_maintenances.values():
            plan.end_time = zino.time.now()
        self._plans().update_pm_states(self._state)

    def _plans(self) -> PlannedMaintenances:
        return self._state.planned_maintenances

    async def do_poll(self, router: str, answers: bool) -> None:
        """Lets Zino ask a router whether it is there; Zino's own task makes of the answer what it makes of it."""
        await Poll(router, answers, self._state, self._config).ask()

    def do_cases(self) -> dict[int, dict[str, Any]]:
        """All cases, closed ones too, as the protocol shows them."""
        return {number: {"attributes": event.model_dump_simple_attrs(), "opened": int(event.opened.timestamp()),
                         "log": shown(event.log), "history": shown(event.history)}
                for number, event in self._state.events.events.items()}

    def do_kick(self) -> None:
        """Cuts every client off."""
        for client in list(self._server.active_clients):
            client.transport.abort()

    def do_lose(self, command: str) -> None:
        """Loses the next answer to a command that writes."""
        self._losses[command] += 1

    def do_snmp(self, on: bool) -> None:
        """Switches the SNMP agent on or off."""
        if on and self._agent is None:
            self._agent = ZinoSnmpAgent(self._options.address, self._options.snmp, self._options.community)
            self._loop.create_task(self._agent.open())
        elif not on and self._agent is not None:
            self._agent.close()
            self._agent = None

    def do_traffic(self) -> dict[str, Any]:
        """The commands seen so far by name, and how many clients have a tied notification channel now."""
        channels = self._server.notification_channels.values()
        return {"commands": dict(self._commands), "tied": sum(1 for one in channels if isinstance(
            one, Zino1NotificationProtocol) and one.tied_to)}

    def do_save(self) -> None:
        """Writes the state to its file."""
        self._state.dump_state_to_file(self._options.state)


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser()
    for name in ("address", "user", "secret", "community", "state"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("api", "notify", "snmp"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--load", action="store_true", help="start from the state file")
    Bench(parser.parse_args()).run()


if __name__ == "__main__":
    main()
