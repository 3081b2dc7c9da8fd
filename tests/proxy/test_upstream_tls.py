"""What a pool's server must prove, and what the log says when it does not."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from bridgehead.proxy.upstream_tls import upstream_context
from bridgehead.spec import Pool, Server
from tests.proxy.wire import GET, OK, Peer, Proxy, ScriptedServer, answering, body_of, server_tls, status_of

if TYPE_CHECKING:
    from collections.abc import Callable


def served(proxy_of: Callable[..., Proxy], context: ssl.SSLContext, **pool: object) -> tuple[bytes, dict[str, Any]]:
    """The answer that a client gets through a proxy whose server has this context, and its line in the log."""
    with ScriptedServer(answering(OK), tls=context) as server:
        proxy = proxy_of(server, pool=pool)
        proxy.start()
        answer = proxy.connect().request(GET)
        return answer, proxy.log()[0]


def refused(proxy_of: Callable[..., Proxy], context: ssl.SSLContext, **pool: object) -> str:
    """Why the server was not trusted. The client hears nothing of it."""
    answer, line = served(proxy_of, context, **pool)
    assert status_of(answer) == 502
    assert line["refused"] == "pool-untrusted"
    detail: str = line["detail"]
    assert detail.encode() not in body_of(answer)
    assert b"inside.test" not in body_of(answer)
    return detail


def test_the_right_server_is_trusted(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    answer, _ = served(proxy_of, server_tls(authority, "inside.test"))
    assert answer == OK


def test_another_name_is_not(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    detail = refused(proxy_of, server_tls(authority, "outside.test"))
    assert "inside.test" in detail
    assert "outside.test" in detail
    assert "verify_name" in detail


def test_an_expired_certificate_is_not(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    context = server_tls(authority, "inside.test", not_before=past, not_after=past + dt.timedelta(days=1))
    assert "expired" in refused(proxy_of, context)


def test_an_unknown_root_is_not(proxy_of: Callable[..., Proxy]) -> None:
    detail = refused(proxy_of, server_tls(trustme.CA(), "inside.test"))
    assert "trust" in detail
    assert "stops short" in detail or "root" in detail


def test_a_chain_without_its_intermediate_is_explained(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    issued = authority.create_child_ca().issue_cert("inside.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with issued.private_key_pem.tempfile() as key, issued.cert_chain_pems[0].tempfile() as alone:
        context.load_cert_chain(alone, key)
    detail = refused(proxy_of, context)
    assert "stops short" in detail
    assert "trust" in detail


def test_a_chain_with_its_intermediate_is_trusted(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    answer, _ = served(proxy_of, server_tls(authority.create_child_ca(), "inside.test"))
    assert answer == OK


def test_a_pool_that_is_not_verified_takes_anything(proxy_of: Callable[..., Proxy]) -> None:
    answer, _ = served(proxy_of, server_tls(trustme.CA(), "outside.test"), verify=False)
    assert answer == OK


def test_the_system_does_not_vouch_for_the_inside(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    assert refused(proxy_of, server_tls(authority, "inside.test"), trust=())


def test_an_address_may_be_what_is_proven(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    with ScriptedServer(answering(OK), tls=server_tls(authority, "127.0.0.1")) as server:
        member = Server(host="127.0.0.1", port=server.port)
        proxy = proxy_of(server, pool={"servers": (member,)})
        proxy.start()
        assert proxy.connect().request(GET) == OK


@pytest.mark.parametrize(
    ("member", "asked"),
    [
        ({"verify_name": "inside.test"}, "inside.test"),
        ({"verify_name": "inside.test", "server_name": "other.test"}, "other.test"),
        ({"verify_name": "127.0.0.1"}, None),
        ({}, None),
    ],
)
def test_the_server_is_asked_for_by_the_name_that_the_file_gives(
    proxy_of: Callable[..., Proxy], authority: trustme.CA, member: dict[str, str], asked: str | None
) -> None:
    seen: list[str | None] = []
    context = server_tls(authority, "inside.test", "127.0.0.1")
    context.sni_callback = lambda _sock, name, _context: seen.append(name)
    with ScriptedServer(answering(OK), tls=context) as server:
        proxy = proxy_of(server, pool={"servers": (Server(host="127.0.0.1", port=server.port, **member),)})
        proxy.start()
        assert proxy.connect().request(GET) == OK
    assert seen == [asked]


def test_http_1_1_alone_is_asked_for(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    """A login of Windows authentication cannot be kept over HTTP/2."""
    context = server_tls(authority, "inside.test")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with ScriptedServer(tls=context) as server:
        proxy = proxy_of(server)
        proxy.start()
        proxy.connect().send(GET)
        peer = server.accept()
        assert isinstance(peer.sock, ssl.SSLSocket)
        assert peer.sock.selected_alpn_protocol() == "http/1.1"


def test_an_old_server_is_reached_with_its_profile_alone(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    """Windows Server 2012 R2 with an RSA certificate has no ECDHE with GCM."""
    context = server_tls(authority, "inside.test", key_type=trustme.KeyType.RSA)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA256:AES256-SHA")
    answer, _ = served(proxy_of, context, tls_profile="windows-2012")
    assert answer == OK


def test_an_old_server_is_not_reached_otherwise(proxy_of: Callable[..., Proxy], authority: trustme.CA) -> None:
    context = server_tls(authority, "inside.test", key_type=trustme.KeyType.RSA)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA256:AES256-SHA")
    answer, line = served(proxy_of, context)
    assert status_of(answer) == 503
    assert line["refused"] == "pool-unreachable"


def test_a_server_that_speaks_no_tls_is_said_to(proxy_of: Callable[..., Proxy]) -> None:
    def plain(peer: Peer) -> None:
        peer.sock.recv(100)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with ScriptedServer(plain) as server:
        proxy = proxy_of(server, pool={"tls": True})
        proxy.start()
        assert status_of(proxy.connect().request(GET)) == 503
        assert proxy.log()[0]["detail"]


def test_a_plain_pool_has_no_context() -> None:
    pool = Pool(name="p", servers=(Server(host="a", port=1),), tls=False)
    assert upstream_context(pool, ()) is None


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]
)
def test_a_root_that_is_none_is_an_error(content: bytes) -> None:
    pool = Pool(name="p", servers=(Server(host="a", port=1),), tls=True, trust=("root.pem",))
    with pytest.raises((OSError, ValueError)):
        upstream_context(pool, (content,))
