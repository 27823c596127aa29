"""Starts PostgreSQL and Argus once for the whole run, gives each scenario a rig, and reports one line a scenario."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from peers import argus
from peers.argus import Accounts, ArgusFront, Source
from peers.postgres import Postgres
from rig import Rig, Shared

SOURCES = 400
_shared_key = pytest.StashKey[Shared]()
_work_key = pytest.StashKey[Path]()
_peers_key = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--subject python` runs what both glues must do alike against the Python glue: it tests the suite itself."""
    parser.addoption("--subject", choices=("ours", "python"), default="ours")


def pytest_configure(config: pytest.Config) -> None:
    """Takes over the shared peers in a worker; the process that controls the workers starts them."""
    config.addinivalue_line("markers", "alike: the Python glue does the same, so it may stand in for ours")
    handed = getattr(config, "workerinput", {}).get("interop")
    if handed:
        accounts = Accounts([Source(**row) for row in handed["sources"]], handed["operators"])
        config.stash[_shared_key] = Shared(handed["database_url"], handed["argus_port"], accounts, handed["subject"])


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
    front = ArgusFront(postgres.url, work / "argus.log")
    config.stash[_peers_key].insert(0, front)
    front.start()
    config.stash[_shared_key] = Shared(postgres.url, front.port, accounts, config.getoption("subject"))


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
                                   "operators": shared.accounts.operators, "subject": shared.subject}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, for the Python glue, what it does otherwise."""
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
    """Shows the daemon's log with a failure, and carries the scenario's first docstring line to the summary."""
    report = yield
    about = (getattr(item, "function", item).__doc__ or "").strip().partition("\n")[0]
    report.user_properties.append(("about", about))
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
