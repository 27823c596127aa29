"""Refused credentials, bad configurations and the way the daemon ends (behaviour B1 to B3, B52)."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from peers.daemon import ours
from peers.process import wait_until
from rig import Rig

EX_USAGE, EX_TEMPORARY, EX_REFUSED, EX_CONFIG = 2, 75, 77, 78
# B52: one more try after 10 s.
RETRY = 10.0

GOOD = """[argus]
url = "http://127.0.0.1:9/api/v2/"
token = "token-of-nobody"

[zino]
server = "127.0.0.1"
user = "glue"
secret = "secret-of-nobody"
"""


def check(rig: Rig) -> tuple[int, str]:
    """What `check` ends with and says, with the configuration that the daemon was started with last."""
    file = sorted(rig.work.glob("zinoargus-*.toml"))[-1]
    done = subprocess.run([*ours(), "-c", str(file), "check"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30)
    return done.returncode, done.stdout


@pytest.mark.parametrize("what", ["secret", "user", "token"])
def test_refused_for_good(rig: Rig, what: str) -> None:
    """B52: one retry after 10 s, then the end with status 77."""
    begun = time.monotonic()
    table = "argus" if what == "token" else "zino"
    rig.start(**{table: {what: "wrong-" + "0" * 30}})
    assert rig.daemon.exit_status(RETRY * 3) == EX_REFUSED
    assert time.monotonic() - begun >= RETRY - 0.5
    if what == "token":
        assert {seen.status for seen in rig.proxy.requests()} == {401}
    else:
        assert rig.zino.commands("user") == 2
    assert "0" * 30 not in rig.daemon.log() or what == "user"


def test_a_token_of_a_person(rig: Rig) -> None:
    """B52: one error instead of one for each case, status 77 of `check`; over once the token is a source system's."""
    for _ in range(5):
        rig.zino.create()
    rig.start(argus={"token": rig.olga.token})
    rig.daemon.wait_for_log("ERROR Argus: our credentials belong to a user without a source system", 20)
    status, text = check(rig)
    assert status == EX_REFUSED and "REFUSED: the token belongs to olga, a user without" in text, text
    assert rig.daemon.stop() == 0
    log = rig.daemon.log()
    assert log.count("without a source system") == 1 and "refused" not in log, log
    rig.start(argus={"token": rig.source.token})
    rig.settle()
    status, text = check(rig)
    assert status == 0 and "WARNING" not in text, text
    for line in ("  source system  ok: ", "  heartbeat      ok: supported", "  reopening      ok: supported"):
        assert line in text, text


def test_refused_only_once(rig: Rig) -> None:
    """B52: a file may be just being rewritten: a refusal that does not last is survived."""
    rig.proxy.inject("status", times=1, status=401)
    rig.zino.create()
    rig.start()
    rig.settle()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end(rig: Rig, number: int) -> None:
    """B2: status 0 within 2 s, also while nothing answers."""
    rig.zino.create()
    rig.start()
    rig.settle()
    rig.daemon.send(number)
    assert rig.daemon.exit_status(3.0) == 0


@pytest.mark.parametrize("dead", ["argus stalled", "zino stalled", "both refuse"])
def test_asked_to_end_in_bad_times(rig: Rig, dead: str) -> None:
    """B2: gone within 2 s, whatever it waits for."""
    rig.zino.create()
    if dead == "argus stalled":
        rig.proxy.inject("delay", seconds=30)
    elif dead == "zino stalled":
        rig.zino.stall()
    else:
        rig.proxy.refuse()
        rig.zino.stop()
    rig.start()
    wait_until(lambda: rig.proxy.requests() or dead != "argus stalled", 20, "a request is under way")
    wait_until(lambda: rig.daemon.catches_signals(), 10, "the daemon is up")
    assert rig.daemon.stop() == 0


def run(tmp_path: Path, text: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the daemon on a configuration that it should refuse."""
    path = tmp_path / "zinoargus.toml"
    if text is not None:
        path.write_text(text)
    return subprocess.run([*ours(), *(arguments or ("-c", str(path)))], cwd=tmp_path, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20)


BAD_CONFIGS: dict[str, tuple[str, list[str]]] = {
    "not TOML": (GOOD + "[sync\n", ["9"]),
    "unknown table": (GOOD + "[synk]\n", ["synk", "sync"]),
    "misspelt key": (GOOD.replace("secret =", "secert ="), ["secert", "secret", "8"]),
    "missing token": (GOOD.replace('token = "token-of-nobody"\n', ""), ["argus.token"]),
    "wrong type": (GOOD + "port = true\n", ["zino.port", "9"]),
    "port out of range": (GOOD + "port = 70000\n", ["zino.port", "9"]),
    "empty secret": (GOOD.replace("secret-of-nobody", ""), ["zino.secret"]),
    "bad url": (GOOD.replace("http://", "ftp://"), ["argus.url"]),
    "timeout zero": (GOOD.replace("[zino]", "timeout = 0\n[zino]"), ["argus.timeout"]),
    "unknown state": (GOOD + '[sync.acknowledge]\nsetstate = "closed"\n', ["sync.acknowledge.setstate"]),
    "level 6": (GOOD + "[sync.severity]\ndefault = 6\n", ["sync.severity.default"]),
    "two equal bands": (GOOD + "[[sync.severity.thresholds]]\nmin_priority = 1\nlevel = 1\n" * 2, ["min_priority"]),
    "threshold zero": (GOOD + '[failover]\nprimary_server = "a"\nthreshold = 0\n', ["failover.threshold"]),
    "failover of nobody": (GOOD + "[failover]\nthreshold = 2\n", ["failover.primary_server"]),
    "two at once": (GOOD.replace("url =", "uri =") + "port = 0\n", ["uri", "zino.port"]),
}


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_bad_configurations(tmp_path: Path, name: str) -> None:
    """B2, B3: status 78, and a message with file, line, key and the nearest right one; never a secret."""
    text, needles = BAD_CONFIGS[name]
    done = run(tmp_path, text)
    assert done.returncode == EX_CONFIG, done.stderr
    for needle in ["zinoargus.toml", *needles]:
        assert needle in done.stderr, done.stderr
    assert "of-nobody" not in done.stdout + done.stderr


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    """B1, B2: the default file is zinoargus.toml here; none, a directory and bytes that are no text: status 78."""
    assert run(tmp_path, None, "-v").returncode == EX_CONFIG
    assert run(tmp_path, None, "-c", str(tmp_path)).returncode == EX_CONFIG
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\0")
    assert run(tmp_path, None, "--config-file", "bytes.toml").returncode == EX_CONFIG


def test_usage(tmp_path: Path) -> None:
    """B1, B2: help and version are status 0, nonsense is 2."""
    for arguments, status in ((["--nonsense"], EX_USAGE), (["-h"], 0), (["-V"], 0), (["-c"], EX_USAGE)):
        done = run(tmp_path, None, *arguments)
        assert done.returncode == status, arguments
        assert (done.stderr if status else done.stdout).strip(), arguments
