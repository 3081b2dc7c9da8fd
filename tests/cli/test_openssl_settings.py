"""The groups of the key exchange, which a Python program can choose for OpenSSL by its settings alone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Listener, Refuse, Rule
from tests.proxy.conftest import authority, proxy_of  # noqa: F401 - the wire kit's fixtures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.proxy.wire import Proxy

SETTINGS = """
openssl_conf = settings
[settings]
ssl_conf = protocols
[protocols]
system_default = every_context
[every_context]
Groups = {group}
"""
HANDSHAKE = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 15) as sock:
    try:
        context.wrap_socket(sock, server_hostname="site.test").close()
    except ssl.SSLError:
        sys.exit(3)
"""
REFUSED = 3


def settings_with(directory: Path, group: str) -> dict[str, str]:
    """An environment in which OpenSSL knows one group alone."""
    file = directory / f"{group}.cnf"
    file.write_text(SETTINGS.format(group=group))
    return {**os.environ, "OPENSSL_CONF": str(file)}


def offers(proxy: Proxy, group: str) -> bool:
    """Whether a client that knows one group alone comes to terms with the proxy."""
    done = subprocess.run(
        [sys.executable, "-c", HANDSHAKE, proxy.host, str(proxy.tls_port)],
        env=settings_with(proxy.directory, group),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, REFUSED}, done.stderr
    return done.returncode == 0


@pytest.fixture
def proxy(proxy_of: Callable[..., Proxy]) -> Proxy:  # noqa: F811 - the fixture above
    proxy = proxy_of()
    proxy.listeners = (Listener(name="tls", host=proxy.host, port=proxy.tls_port, tls=True, certificates=("site",)),)
    proxy.rules = (Rule(name="all", listeners=("tls",), hosts=("*",), action=Refuse(reason="only TLS matters")),)
    return proxy


def test_groups_are_those_of_mozillas_intermediate_profile(proxy: Proxy) -> None:
    """Finite-field groups let a client that calculates nothing keep a server calculating (CVE-2002-20001)."""
    proxy.start()
    groups = ("X25519", "P-256", "P-384", "P-521", "X448", "ffdhe2048", "ffdhe8192")
    assert [group for group in groups if offers(proxy, group)] == ["X25519", "P-256", "P-384"]


def test_an_administrators_own_settings_count(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSSL_CONF", settings_with(proxy.directory, "P-521")["OPENSSL_CONF"])
    proxy.start()
    assert [group for group in ("X25519", "P-521") if offers(proxy, group)] == ["P-521"]
