"""TLS sessions resume in whichever worker the client comes back to, before and after changes."""

from __future__ import annotations

import os
import signal
import ssl
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Certificate, Listener, ProxySpec, Refuse, Rule
from tests.proxy.conftest import authority, proxy_of  # noqa: F401 - the wire kit's fixtures
from tests.proxy.wire import Proxy, eventually, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
ATTEMPTS = 12
"""Connections that the kernel deals out to two workers: that all go to one happens once in 2,048 runs."""


@pytest.fixture
def proxy(proxy_of: Callable[..., Proxy]) -> Proxy:  # noqa: F811 - the fixture above
    """Two workers and one TLS listener."""
    proxy = proxy_of(workers=2)
    pair = proxy.key_pair("site.test")
    proxy.certificates = (Certificate(name="site", pairs=(pair,)),)
    proxy.listeners = (listener(proxy, "tls", proxy.tls_port),)
    proxy.rules = (Rule(name="all", listeners=("tls",), hosts=("*",), action=Refuse(reason="the handshake matters")),)
    proxy.start()
    return proxy


def listener(proxy: Proxy, name: str, port: int, profile: str = "intermediate") -> Listener:
    return Listener.model_validate(
        {
            "name": name,
            "host": proxy.host,
            "port": port,
            "tls": True,
            "certificates": ("site",),
            "tls_profile": profile,
        }
    )


def change(proxy: Proxy, spec: ProxySpec) -> None:
    (proxy.directory / "spec.json").write_text(spec.model_dump_json(), "utf-8")
    told = ask(proxy.control, "reload")
    assert told["ok"], told


def accepted(proxy: Proxy) -> list[int]:
    return [worker["accepted"] for worker in ask(proxy.control, "status")["workers"]]


def a_session(proxy: Proxy, context: ssl.SSLContext, port: int) -> ssl.SSLSession:
    client = proxy.connect_tls("site.test", context, port=port)
    assert isinstance(client.sock, ssl.SSLSocket)
    client.request(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")  # the ticket of TLS 1.3 comes with the first bytes
    session = client.sock.session
    assert session is not None
    return session


def resumed_by_every_worker(proxy: Proxy, version: ssl.TLSVersion, port: int) -> bool:
    """Whether one session is resumed on each of many connections, of which both workers had some."""
    context = proxy.client_context()
    context.minimum_version = context.maximum_version = version
    session = a_session(proxy, context, port)
    before = accepted(proxy)
    for _ in range(ATTEMPTS):
        with context.wrap_socket(proxy.connect(port).sock, server_hostname="site.test", session=session) as again:
            if not again.session_reused:
                return False
    assert all(now > then for now, then in zip(accepted(proxy), before, strict=True)), "one worker had them all"
    return True


@VERSIONS
def test_a_session_resumes_in_every_worker(proxy: Proxy, version: ssl.TLSVersion) -> None:
    assert resumed_by_every_worker(proxy, version, proxy.tls_port)


@VERSIONS
def test_a_session_of_before_a_certificate_swap_resumes_after_it(proxy: Proxy, version: ssl.TLSVersion) -> None:
    context = proxy.client_context()
    context.minimum_version = context.maximum_version = version
    session = a_session(proxy, context, proxy.tls_port)
    proxy.key_pair("site.test", "new.test")  # in the same files
    change(proxy, proxy.spec())
    raw = proxy.connect(proxy.tls_port).sock
    with context.wrap_socket(raw, server_hostname="site.test", session=session) as again:
        assert again.session_reused


@VERSIONS
def test_on_a_listener_that_a_change_adds_sessions_resume_in_every_worker(
    proxy: Proxy, version: ssl.TLSVersion
) -> None:
    port = free_port(proxy.host)
    spec = proxy.spec()
    change(proxy, spec.model_copy(update={"listeners": (*spec.listeners, listener(proxy, "added", port))}))
    assert resumed_by_every_worker(proxy, version, port)


@VERSIONS
def test_after_a_change_of_its_profile_a_listeners_sessions_resume_in_every_worker(
    proxy: Proxy, version: ssl.TLSVersion
) -> None:
    spec = proxy.spec()
    change(proxy, spec.model_copy(update={"listeners": (listener(proxy, "tls", proxy.tls_port, "lync-era"),)}))
    assert resumed_by_every_worker(proxy, version, proxy.tls_port)


@VERSIONS
def test_the_replacement_of_a_killed_worker_resumes_what_its_predecessor_began(
    proxy: Proxy, version: ssl.TLSVersion
) -> None:
    killed, _ = proxy.workers_running()
    os.kill(killed, signal.SIGKILL)
    proxy.wait_for("SIGKILL")
    eventually(lambda: len(accepted(proxy)) == 2 and len(proxy.workers_running()) == 2, "the replacement")
    assert resumed_by_every_worker(proxy, version, proxy.tls_port)
