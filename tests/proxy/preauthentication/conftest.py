"""One proxy for many tests, with a site for each way of asking for a login; behind all of them a server that echoes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from trustme import KeyType

from bridgehead.proxy.control import ask
from bridgehead.spec import Accounts, Certificate, Forward, Rule
from tests.proxy.preauthentication.logging_in import accounts_in, login
from tests.proxy.wire import Peer, Proxy, ScriptedServer, content_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

# The shield counts what fails here, and many tests have something fail.
UNSHIELDED = {"shield": False}
SITES: dict[str, dict[str, Any]] = {
    "open": {},
    "silent": login(),
    "told": login(site_sees="header"),
    "remote": login(site_sees="header", header="Remote-User"),
    "named": login(site_sees="header", header="Intranet-User"),
    "plain-ntlm": login(schemes=["NTLM"]),
    "reversed": login(schemes=["NTLM", "Negotiate"]),
    "webmasters": login(groups=["webmasters"], site_sees="header"),
    "staff": login(groups=["CONTOSO\\Staff"], site_sees="header"),
    "bobs": login(users=["bob@contoso.com"], site_sees="header"),
    "both": login(users=["BOB"], groups=["Webmasters"]),
    "trusting": login(channel_binding="off"),
    "careful": login(channel_binding="require"),
    "strangers": login(accounts="others", site_sees="header"),
    "own": login(site_sees="own-login"),
    "small": {**login(), "body_bytes": 1000},
}
OTHERS = '[users.mallory]\npassword = "Wien-1815!"\n[users.alice]\npassword = "another"\n'


def echo(peer: Peer) -> None:
    """Answer each request with what came of it, head and body; the field `X-Connection` numbers connections."""
    connection = next(_connections)
    while True:
        head = peer.read_head()
        body = chunked_body(peer) if b"\r\nTransfer-Encoding: chunked\r\n" in head else peer.read(content_length(head))
        answer = b"" if head.startswith(b"HEAD ") else head + body
        length = len(head + body)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Connection: %d\r\n\r\n" % (length, connection) + answer)


_connections = count(1)


def chunked_body(peer: Peer) -> bytes:
    """A body in chunks, without its framing."""
    body = b""
    while size := int(peer.read_until(b"\r\n"), 16):
        body += peer.read(size)
        peer.read(2)
    peer.read_until(b"\r\n")
    return body


@dataclass
class House:
    """What is published: `silent.wild.test`, `told.wild.test` and so on."""

    proxy: Proxy
    server: ScriptedServer

    def connect(self) -> Peer:
        return self.proxy.connect()

    def connect_tls(self, site: str, ciphers: str = "") -> Peer:
        """A TLS connection; with ciphers of TLS 1.2, which choose one of the two certificates."""
        context = self.proxy.client_context()
        if ciphers:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(ciphers)
        return self.proxy.connect_tls(f"{site}.wild.test", context)

    def counter(self, name: str) -> int:
        """A counter of all workers together."""
        return int(ask(self.proxy.control, "status")["counters"].get(name, 0))


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with ScriptedServer(script=echo) as server:
        accounts = (accounts_in(directory), accounts_in(directory, OTHERS, name="others", domain="ELSEWHERE"))
        rules = tuple(
            Rule(
                name=name,
                listeners=("plain", "tls"),
                hosts=(f"{name}.wild.test",),
                action=Forward.model_validate({"pool": "pool", **UNSHIELDED, **how}),
            )
            for name, how in SITES.items()
        )
        # Two sites of one name: a connection may come to both.
        paths = tuple(
            Rule(
                name=f"/{name}",
                listeners=("plain", "tls"),
                hosts=("site.test",),
                path=f"/{name}/*",
                action=Forward.model_validate({"pool": "pool", **UNSHIELDED, **how}),
            )
            for name, how in SITES.items()
        )
        proxy = Proxy(directory, authority, (server,), rules=(*rules, *paths), accounts=accounts)
        names = ("site.test", "*.wild.test")
        kinds = {"rsa": KeyType.RSA, "ecdsa": KeyType.ECDSA}
        pairs = tuple(proxy.key_pair(*names, kind=kind, key_type=key_type) for kind, key_type in kinds.items())
        proxy.certificates = (Certificate(name="site", pairs=pairs),)
        try:
            proxy.start()
            yield House(proxy, server)
        finally:
            proxy.stop()


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    """The proxy with all sites, in whose time nothing must go wrong that it did not foresee."""
    before = len(_house.proxy.said())
    yield _house
    said = _house.proxy.said()[before:]
    assert "Traceback" not in said, said[:4000]


@pytest.fixture
def guarded(start: Callable[..., Proxy], tmp_path: Path) -> Callable[..., Proxy]:
    """A proxy of the test's own before one server, with these settings of the login."""

    def begin(
        server: ScriptedServer,
        *,
        accounts: tuple[Accounts, ...] = (),
        limits: dict[str, Any] | None = None,
        workers: int = 1,
        **how: object,
    ) -> Proxy:
        return start(
            server,
            action=login(**how),
            accounts=accounts or (accounts_in(tmp_path),),
            limits=limits or {},
            workers=workers,
        )

    return begin
