"""Starts PostgreSQL and Argus once for the whole run, gives each scenario a rig, and reports one line a scenario."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from peers import argus, versions
from peers.argus import Accounts, ArgusFront, Source
from peers.postgres import Postgres
from rig import Rig, Shared

SOURCES = 400
_shared_key = pytest.StashKey[Shared]()
_work_key = pytest.StashKey[Path]()
_peers_key = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--subject python` runs what both glues must do alike against the Python glue: it tests the suite itself.

    `--front` says what Argus stands behind: two sync workers of gunicorn; threads, which keep connections alive; or
    nginx with TLS and HTTP/2 in front of the workers.
    """
    parser.addoption("--subject", choices=("ours", "python"), default="ours")
    parser.addoption("--front", choices=("workers", "threads", "nginx"), default="workers")


def pytest_configure(config: pytest.Config) -> None:
    """Takes over the shared peers in a worker; the process that controls the workers starts them."""
    config.addinivalue_line("markers", "alike: the Python glue does the same, so it may stand in for ours")
    config.addinivalue_line("markers", "matrix(column): tried with older servers too, in this column of the matrix")
    config.addinivalue_line("markers", "since(zino=..., argus=...): only with these versions or later ones")
    config.addinivalue_line("markers", "before(zino=..., argus=...): what becomes of it with versions before these")
    handed = getattr(config, "workerinput", {}).get("interop")
    if handed:
        accounts = Accounts([Source(**row) for row in handed["sources"]], handed["operators"])
        config.stash[_shared_key] = Shared(handed["database_url"], handed["argus_port"], accounts, handed["subject"],
                                           handed["front"])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the shared peers, in the one process that has them."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as for ^C: everything is put away
    work = Path(tempfile.mkdtemp(prefix="interop-"))
    postgres = Postgres()
    config.stash[_work_key], config.stash[_peers_key] = work, [postgres]
    postgres.start()
    accounts = argus.set_up(postgres.url, SOURCES)
    kind = config.getoption("front")
    front = ArgusFront(postgres.url, work / "argus.log", argus.THREADS if kind == "threads" else argus.SYNC)
    config.stash[_peers_key].insert(0, front)
    front.start()
    config.stash[_shared_key] = Shared(postgres.url, front.port, accounts, config.getoption("subject"), kind)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the shared peers, also after a failed start."""
    for peer in config.stash.get(_peers_key, []):
        peer.stop()
    if _work_key in config.stash:
        shutil.rmtree(config.stash[_work_key], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist where the shared peers are."""
    shared = node.config.stash[_shared_key]
    node.workerinput["interop"] = {"database_url": shared.database_url, "argus_port": shared.argus_port,
                                   "sources": [asdict(source) for source in shared.accounts.sources],
                                   "operators": shared.accounts.operators, "subject": shared.subject,
                                   "front": shared.front}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what the servers cannot do, or can by now, and for the Python glue what it does otherwise."""
    for item in items:
        for name, fits in (("since", lambda has, named: has >= named), ("before", lambda has, named: has < named)):
            for server, named in (pair for mark in item.iter_markers(name) for pair in mark.kwargs.items()):
                if not fits(versions.version(server), versions.numbers(named)):
                    item.add_marker(pytest.mark.skip(reason=f"only {name} {server.capitalize()} {named}"))
    if config.getoption("subject") == "python":
        skip = pytest.mark.skip(reason="the Python glue does this otherwise")
        for item in items:
            if not item.get_closest_marker("alike"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def sources(request: pytest.FixtureRequest) -> Iterator[Source]:
    """The source systems that are this process's own: each is used once."""
    worker = getattr(request.config, "workerinput", {"workerid": "gw0", "workercount": 1})
    first = int(worker["workerid"].removeprefix("gw"))
    return iter(request.config.stash[_shared_key].accounts.sources[first :: worker["workercount"]])


@pytest.fixture
def rig(request: pytest.FixtureRequest, sources: Iterator[Source], tmp_path: Path) -> Iterator[Rig]:
    """A scenario's own Zino, source system, proxy and daemon."""
    made = Rig(request.config.stash[_shared_key], next(sources), tmp_path)
    try:
        yield made
        if made.daemon.running and made.subject == "ours":
            assert made.daemon.stop() == 0
        made.check_logs()
    except BaseException:
        print("\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-6000:]}"
                        for path in sorted(tmp_path.glob("*.log"))))
        raise
    finally:
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Shows the daemon's log with a failure, and carries to the summary what the scenario is about.

    That is the first line of its docstring; and for the matrix its column, and whether it shows a lack.
    """
    report = yield
    about = (getattr(item, "function", item).__doc__ or "").strip().partition("\n")[0]
    report.user_properties.append(("about", about))
    if column := item.get_closest_marker("matrix"):
        report.user_properties.append(("column", column.args[0]))
        report.user_properties.append(("lack", str(item.get_closest_marker("before") is not None)))
    work = getattr(item, "funcargs", {}).get("tmp_path")
    if report.when == "call" and report.failed and work:
        for path in sorted(work.glob("zinoargus*.log")):
            report.sections.append((path.name, path.read_text(errors="replace")[-6000:]))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each scenario."""
    terminalreporter.section("scenarios")
    rows = {}
    for outcome in ("passed", "skipped", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            if outcome != "passed" or report.when == "call":
                about = dict(report.user_properties).get("about", "")
                rows[report.nodeid] = f"{outcome.upper():8}{report.duration:6.1f} s  {report.nodeid}  {about}"
    for nodeid in sorted(rows):
        terminalreporter.write_line(rows[nodeid])
