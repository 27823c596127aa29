"""One scenario's set-up: its own Zino, its own source system in the shared Argus, the proxy, and the daemon between."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boards
from peers import certificates
from peers import zino as zino_peer
from peers.argus import Accounts, ArgusFront, Source
from peers.argus_api import ArgusUser
from peers.argus_board import Board, Incident
from peers.daemon import Daemon, ours, python_glue, to_toml
from peers.nginx import Nginx
from peers.proxy import Proxy
from peers.zino import Case, Zino
from peers.zino_line import ZinoLine

SETTLE_TIMEOUT = 45.0
# How long an observer that cannot see the daemon's rounds looks on before nothing counts as nothing.
QUIET = 2.5


@dataclass(frozen=True)
class Shared:
    """What all scenarios use together."""

    database_url: str
    argus_port: int
    accounts: Accounts
    subject: str  # "ours" or "python"
    front: str = "workers"  # what Argus stands behind: "workers", "threads" or "nginx"


class Rig:
    """Everything that a scenario touches."""

    def __init__(self, shared: Shared, source: Source, work: Path, zino: Zino | None = None,
                 proxy: Proxy | None = None) -> None:
        """A Zino that is handed in runs already and outlives the rig; a proxy is the rig's from now on."""
        self.source = source
        self.work = work
        self.subject = shared.subject
        self._shared = shared
        self.zino = zino or Zino(work)
        if zino is None:
            self.zino.start()
        self.proxy = proxy or Proxy(shared.argus_port)
        self.proxy.keep_alive = shared.front == "threads"
        self._proxies = [self.proxy]
        self._fronts: list[ArgusFront] = []
        self._lines: list[ZinoLine] = []
        self._zinos = [self.zino] if zino is None else []
        self.board = Board(shared.database_url, source)
        self._base = f"http://127.0.0.1:{shared.argus_port}/api/v2/"
        self.olga, self.nils = (ArgusUser(self._base, shared.accounts.operators[name], name)
                                for name in ("olga", "nils"))
        # Another source system: Argus lets it write to our incidents.
        self.foreigner = ArgusUser(self._base, shared.accounts.sources[-1].token, shared.accounts.sources[-1].user)
        self.as_source = ArgusUser(self._base, source.token, source.user)
        self.policy = boards.Policy(user=zino_peer.USER, actor=source.user,
                                    copies_own_states=shared.subject == "python")
        self._daemons: list[Daemon] = []
        self.config = self._default_config()
        self._nginx = self._start_nginx() if shared.front == "nginx" else None
        self.daemon: Daemon = self.new_daemon()

    def _default_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "argus": {"url": self.proxy.url, "token": self.source.token, "timeout": 2.0},
            "zino": {"server": self.zino.address, "port": self.zino.api_port, "user": zino_peer.USER,
                     "secret": zino_peer.SECRET, "default_domain": self.policy.domain},
            "sync": {"acknowledge": {"setstate": "working"}, "ticket": {"enable": True},
                     "severity": {"default": self.policy.default_level,
                                  "thresholds": [{"min_priority": low, "level": level}
                                                 for low, level in self.policy.bands]}},
        }
        return config

    def _start_nginx(self) -> Nginx:
        """Puts nginx between the daemon and the proxy, which sees what nginx hands on."""
        authority, certificate = certificates.make(self.work)
        nginx = Nginx(self.work / "nginx", certificate, self.proxy.port)
        nginx.start()
        self.config["argus"] |= {"url": nginx.url, "ca_file": str(authority)}
        return nginx

    def fast(self) -> dict[str, dict[str, Any]]:
        """The keys that the Python glue does not know: short rounds, so that scenarios are short."""
        return {"argus": {"write_timeout": 10}, "zino": {"notify_port": self.zino.notify_port},
                "sync": {"refresh_interval": 1, "reconcile_interval": 1}}

    def new_daemon(self, subject: str | None = None) -> Daemon:
        """Makes a daemon that is configured when it starts; `subject` as in `Shared`."""
        subject = subject or self.subject
        number = len(self._daemons)
        daemon = Daemon(ours() if subject == "ours" else python_glue(), self.work / f"zinoargus-{number}.toml",
                        self.work / f"zinoargus-{number}.log")
        self._daemons.append(daemon)
        return daemon

    def start(self, *arguments: str, daemon: Daemon | None = None, **changes: dict[str, Any]) -> None:
        """Starts the daemon; `changes` are kept: tables of keys that override the usual ones."""
        daemon = daemon or self.daemon
        _merge(self.config, changes)
        config: dict[str, Any] = {}
        if daemon.command == ours():
            _merge(config, self.fast())
        _merge(config, self.config)
        daemon.configure(to_toml(config))
        daemon.start(*arguments)

    def restart(self, *arguments: str) -> None:
        """Stops the daemon in order and starts it again."""
        assert self.daemon.stop() == 0
        self.start(*arguments)

    def own_argus(self) -> ArgusFront:
        """Puts a front of our own between the proxy and the database, to be stopped and stalled at will."""
        front = ArgusFront(self._shared.database_url, self.work / "argus.log")
        self._fronts.append(front)
        front.start()
        self.proxy.upstream_port = front.port
        return front

    def another_proxy(self) -> Proxy:
        """One more proxy in front of the shared Argus."""
        self._proxies.append(Proxy(self._shared.argus_port))
        return self._proxies[-1]

    def line_to_zino(self) -> ZinoLine:
        """Puts a line that can be slow or bad between the daemon and Zino's command port."""
        line = ZinoLine((self.zino.address, self.zino.api_port))
        self._lines.append(line)
        self.config["zino"]["port"] = line.port
        return line

    def another_zino(self, name: str) -> Zino:
        """Starts one more Zino, for instance a primary."""
        zino = Zino(self.work, name)
        self._zinos.append(zino)
        zino.start()
        return zino

    def cases(self) -> dict[int, Case]:
        """What Zino has."""
        return self.zino.cases()

    def incidents(self) -> list[Incident]:
        """What Argus has of our source."""
        return self.board.incidents()

    def incident(self, number: int) -> Incident:
        """The one incident of a case."""
        case = self.zino.case(number)
        found = [one for one in self.incidents() if boards.belongs(one, case)]
        assert len(found) == 1, f"case {number} has {len(found)} incidents"
        return found[0]

    def notes(self, number: int) -> list[str]:
        """What the daemon has written into a case's history."""
        return boards.notes_of(self.zino.case(number), zino_peer.USER)

    def differences(self) -> list[str]:
        """What does not agree at the moment."""
        return boards.compare(self.cases(), self.incidents(), self.policy)

    def settle(self, also: Callable[[], Any] = lambda: True, timeout: float = SETTLE_TIMEOUT, what: str = "") -> None:
        """Waits until both sides agree and `also` holds, and goes on agreeing while the daemon reads all again."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.differences() or ([] if also() else [what or "the scenario's own condition"])
            if not found:
                mark = self.proxy.mark()
                self.let_rounds_pass()
                if not self.proxy.writes(since=mark) and not self.differences() and also():
                    return
            assert self.daemon.running, f"the daemon ended:\n{self.daemon.log()[-3000:]}"
            assert time.monotonic() < deadline, "not settled:\n" + "\n".join(found[:20])
            time.sleep(0.2)

    def let_rounds_pass(self, rounds: int = 1, timeout: float = 20.0) -> None:
        """Waits until the daemon has read all of Zino again that often, or just looks on where that cannot be seen."""
        if self.daemon.command != ours():
            time.sleep(QUIET)
            return
        target = self.zino.commands("caseids") + rounds + 1
        deadline = time.monotonic() + timeout
        while self.zino.commands("caseids") < target:
            assert time.monotonic() < deadline, "the daemon does not read Zino any more"
            assert self.daemon.running, f"the daemon ended:\n{self.daemon.log()[-3000:]}"
            time.sleep(0.1)

    def close(self) -> None:
        """Ends everything; afterwards nothing of the scenario runs."""
        for daemon in self._daemons:
            daemon.clean_up()
        self.board.close()
        for proxy in self._proxies:
            proxy.refuse()
        for line in self._lines:
            line.close()
        for peer in [*self._zinos, *self._fronts, *([self._nginx] if self._nginx else [])]:
            peer.stop()

    def check_logs(self) -> None:
        """Rules B4 and invariant 9: no secret was logged, and nothing panicked. Where HTTP/2 can be had, it was used."""
        if self._nginx is not None:
            assert self._nginx.protocols() == {"HTTP/2.0"}
        for daemon in self._daemons:
            if daemon.command != ours():
                continue
            log = daemon.log()
            for secret in (zino_peer.SECRET, self.source.token, zino_peer.COMMUNITY):
                assert secret not in log, "a secret is in the log"
            assert "panicked" not in log, log[-3000:]


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
