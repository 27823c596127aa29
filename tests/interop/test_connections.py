"""How the two servers are reached (behaviour section 2, B51, B53)."""

import pytest

from peers import certificates
from peers.process import free_port, wait_until
from rig import Rig


@pytest.mark.alike
@pytest.mark.parametrize("ending", ["", "/"])
def test_base_url(rig: Rig, ending: str) -> None:
    """Section 2: the url of Argus may end with a slash or not."""
    rig.zino.create()
    rig.start(argus={"url": rig.proxy.url.rstrip("/") + ending})
    rig.settle()
    assert not rig.proxy.requests(path="//")


def test_another_notification_port(rig: Rig) -> None:
    """Section 2: zino.notify_port, which the Python glue does not have."""
    rig.zino.stop()
    rig.zino.notify_port = free_port(rig.zino.address)
    rig.zino.start()
    rig.start(zino={"notify_port": rig.zino.notify_port})
    rig.settle(lambda: rig.zino.tied() == 1)
    rig.zino.create()
    rig.settle()


def test_tls(rig: Rig) -> None:
    """B51: TLS with the authorities of SSL_CERT_FILE."""
    authority, certificate = certificates.make(rig.work)
    rig.proxy.use_tls(certificate)
    rig.daemon.environment["SSL_CERT_FILE"] = str(authority)
    case = rig.zino.create()
    rig.start(argus={"url": rig.proxy.url})
    rig.settle()
    rig.zino.close(case)
    rig.settle()


def test_tls_of_a_stranger(rig: Rig) -> None:
    """B51: a certificate that nobody vouches for gets no request, and so no token."""
    _, certificate = certificates.make(rig.work)
    rig.proxy.use_tls(certificate)
    rig.zino.create()
    rig.start(argus={"url": rig.proxy.url})
    rig.let_rounds_pass(3)
    assert rig.proxy.requests() == [] and rig.incidents() == []


def test_forward_proxy(rig: Rig) -> None:
    """B51: HTTP_PROXY is used, and NO_PROXY makes exceptions."""
    rig.daemon.environment["HTTP_PROXY"] = rig.daemon.environment["http_proxy"] = rig.proxy.url.partition("/api")[0]
    rig.zino.create()
    rig.start(argus={"url": "http://argus.invalid/api/v2/"})
    rig.settle()
    assert rig.daemon.stop() == 0
    rig.daemon.environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9",
                               "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    rig.zino.create()
    rig.start(argus={"url": rig.proxy.url})
    rig.settle()


def test_a_redirect_is_not_followed(rig: Rig) -> None:
    """B51: an answer that points elsewhere does not take the token there."""
    other = rig.another_proxy()
    rig.proxy.inject("status", status=301, location=other.url)
    rig.zino.create()
    rig.start()
    rig.let_rounds_pass(3)
    assert rig.proxy.requests() and not other.requests()


@pytest.mark.matrix("heartbeat")
@pytest.mark.since(argus="2.10.0")
def test_heartbeat(rig: Rig) -> None:
    """B53: a heartbeat every 60 s at most, while all is well."""
    rig.start()
    wait_until(lambda: rig.proxy.requests("POST", "heartbeat"), 75, "the first heartbeat")
    beat = rig.proxy.requests("POST", "heartbeat")[0]
    wait_until(lambda: beat.status == 204, 5, "Argus knows heartbeats")
