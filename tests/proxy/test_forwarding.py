"""What the server gets, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proxy.wire import OK, ScriptedServer, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.sites import Site
    from tests.proxy.wire import Proxy

INSTANCE = b"X-Bridgehead-Instance"


def without_instance(received: bytes) -> bytes:
    """What was received, without the one field whose value is chosen at each start."""
    value = fields_of(received, INSTANCE)
    return received.replace(INSTANCE + b": " + b"".join(value) + b"\r\n", b"")


def test_a_request_arrives_as_it_was_sent_with_the_proxys_fields_after_it(site: Site) -> None:
    request = (
        b"GET /ucwa/v1?x=%2F&sipuri=a HTTP/1.1\r\nHost: site.test\r\naccept:*/*\r\nX-Odd:  two  spaces \r\n"
        b"Cookie: a=b\r\n"
    )
    received, answer = site.ask(request + b"\r\n", OK)
    assert without_instance(received) == request + b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"
    assert answer == OK


def test_a_body_arrives_as_it_was_sent(site: Site) -> None:
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 5\r\n\r\n\x00\r\n\xffz")
    assert site.server.accept().read_message().endswith(b"\r\n\r\n\x00\r\n\xffz")


@pytest.mark.parametrize("method", [b"RPC_IN_DATA", b"BPROPPATCH", b"PROPFIND", b"SUBSCRIBE", b"X-Anything", b"PATCH"])
def test_any_method_is_passed_on(site: Site, method: bytes) -> None:
    received, answer = site.ask(method + b" /x HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi", OK)
    assert received.startswith(method + b" /x HTTP/1.1\r\n")
    assert received.endswith(b"hi")
    assert answer == OK


def test_get_may_have_a_body(site: Site) -> None:
    received, answer = site.ask(b"GET / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi", OK)
    assert received.endswith(b"\r\n\r\nhi")
    assert answer == OK


# Host


@pytest.mark.parametrize("host", [b"site.test", b"Site.Test:8443", b"site.test.", b"unheard.test:80"])
def test_host_is_passed_on_as_it_came(site: Site, host: bytes) -> None:
    received, _ = site.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", OK)
    assert fields_of(received, b"Host") == [host]


def test_an_absolute_target_is_passed_on_as_its_path(site: Site) -> None:
    received, _ = site.ask(b"GET http://SITE.test:80/x?y HTTP/1.1\r\nHost: site.test\r\n\r\n", OK)
    assert received.startswith(b"GET /x?y HTTP/1.1\r\nHost: site.test\r\n")


def test_a_rule_may_replace_host(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, action={"host_header": "inside.local:4443"}).connect()
    client.send(b"GET / HTTP/1.1\r\nA: 1\r\nHost: site.test:8443\r\nB: 2\r\n\r\n")
    received = server.accept().read_message()
    assert received.startswith(b"GET / HTTP/1.1\r\nA: 1\r\nHost: inside.local:4443\r\nB: 2\r\n")
    assert fields_of(received, b"X-Forwarded-Host") == [b"site.test:8443"]


# Forwarding fields

FORGED = (
    b"Forwarded: for=9.9.9.9\r\nX-Forwarded-For: 9.9.9.9\r\nx-forwarded-proto: gopher\r\n"
    b"X-FORWARDED-HOST: evil.test\r\n"
    b"X-Forwarded-Port: 1\r\nX-Real-IP: 9.9.9.9\r\n"
)


def test_what_the_client_says_of_itself_is_replaced(site: Site) -> None:
    received, _ = site.ask(b"GET / HTTP/1.1\r\nHost: site.test\r\n" + FORGED + b"\r\n", OK)
    assert fields_of(received, b"X-Forwarded-For") == [b"127.0.0.1"]
    assert fields_of(received, b"X-Forwarded-Proto") == [b"http"]
    assert b"9.9.9.9" not in received
    assert b"evil.test" not in received
    assert fields_of(received, b"X-Forwarded-Port") == []


def test_over_tls_the_server_is_told_so(site: Site) -> None:
    site.connect_tls().send(b"GET / HTTP/1.1\r\nHost: site.test\r\n" + FORGED + b"\r\n")
    assert fields_of(site.server.accept().read_message(), b"X-Forwarded-Proto") == [b"https"]


def test_a_rule_may_switch_forwarding_fields_off(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, action={"forwarded_fields": "remove"}).connect()
    request = b"GET / HTTP/1.1\r\nHost: site.test\r\n"
    client.send(request + FORGED + b"\r\n")
    assert without_instance(server.accept().read_message()) == request + b"\r\n"


# Hop by hop


def test_fields_of_one_hop_end_here(site: Site) -> None:
    received, _ = site.ask(
        b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\n"
        b"TE: trailers\r\n"
        b"Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-Kept: 1\r\n\r\n",
        OK,
    )
    sent = without_instance(received)
    assert sent == (
        b"GET / HTTP/1.1\r\nHost: site.test\r\nX-Kept: 1\r\n"
        b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"
    )


@pytest.mark.parametrize("offer", [b"h2c", b"h2", b"websocket, h2c"])
def test_an_upgrade_that_could_not_be_followed_is_not_offered(site: Site, offer: bytes) -> None:
    received, answer = site.ask(
        b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + offer + b"\r\n\r\n",
        OK,
    )
    assert fields_of(received, b"Upgrade") == []
    assert fields_of(received, b"Connection") == []
    assert answer == OK


# Authentication that is not published


@pytest.fixture
def anonymous(start: Callable[..., Proxy], server: ScriptedServer) -> Proxy:
    return start(server, action={"authentication": "none"})


@pytest.mark.parametrize("scheme", [b"NTLM TlRMTVNTUAABAAAA", b"Negotiate YII=", b"Basic eDp5", b"Bearer x"])
def test_no_credential_reaches_a_site_without_logins(anonymous: Proxy, server: ScriptedServer, scheme: bytes) -> None:
    anonymous.connect().send(b"GET / HTTP/1.1\r\nHost: site.test\r\nAuthorization: " + scheme + b"\r\nA: 1\r\n\r\n")
    received = server.accept().read_message()
    assert fields_of(received, b"Authorization") == []
    assert fields_of(received, b"A") == [b"1"]


def test_a_challenge_of_a_site_without_logins_becomes_a_page_that_says_so(
    anonymous: Proxy, server: ScriptedServer
) -> None:
    client = anonymous.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
    peer = server.accept()
    peer.read_message()
    peer.send(
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nSet-Cookie: a=b\r\nContent-Length: 6\r\n\r\nsecret"
    )
    answer = client.read_message()
    assert status_of(answer) == 403
    assert b"login" in answer
    assert b"WWW-Authenticate" not in answer
    assert b"secret" not in answer
    assert anonymous.log()[0]["refused"] == "authentication-not-published"


def test_a_challenge_beside_another_status_never_reaches_the_client(anonymous: Proxy, server: ScriptedServer) -> None:
    client = anonymous.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
    peer = server.accept()
    peer.read_message()
    peer.send(
        b"HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate oYG\r\nwww-authenticate:NTLM\r\nA: 1\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert client.read_message() == b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 0\r\n\r\n"


# Loops


def test_a_request_that_was_here_before_is_a_loop(site: Site) -> None:
    received, _ = site.ask(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n", OK)
    (instance,) = fields_of(received, INSTANCE)
    client = site.connect()
    again = b"GET / HTTP/1.1\r\nHost: site.test\r\n" + INSTANCE + b": 0123, " + instance + b"\r\n\r\n"
    assert status_of(client.request(again)) == 508
    assert site.server.nobody_came()


def test_another_proxy_of_our_kind_is_no_loop(site: Site) -> None:
    received, answer = site.ask(b"GET / HTTP/1.1\r\nHost: site.test\r\n" + INSTANCE + b": 0123456789abcdef\r\n\r\n", OK)
    assert fields_of(received, INSTANCE)[0].startswith(b"0123456789abcdef, ")
    assert answer == OK


@pytest.mark.parametrize("method", [b"OPTIONS", b"TRACE"])
def test_hops_are_counted_down_for_the_methods_that_ask_for_it(site: Site, method: bytes) -> None:
    received, _ = site.ask(method + b" /x HTTP/1.1\r\nHost: site.test\r\nmax-forwards: 010\r\n\r\n", OK)
    assert fields_of(received, b"Max-Forwards") == [b"9"]


def test_a_request_that_may_go_no_further_ends_here(site: Site) -> None:
    client = site.connect()
    client.send(b"OPTIONS /x HTTP/1.1\r\nHost: site.test\r\nMax-Forwards: 0\r\n\r\n")
    assert status_of(client.read_message()) == 405
    # The same fields with a method for which hops do not count: RFC 9110 7.6.2.
    received, answer = site.ask(b"GET /x HTTP/1.1\r\nHost: site.test\r\nMax-Forwards: 0\r\n\r\n", OK)
    assert fields_of(received, b"Max-Forwards") == [b"0"]
    assert answer == OK


@pytest.mark.parametrize("value", [b"-1", b"one", b"", b"1\r\nMax-Forwards: 2"])
def test_hops_that_cannot_be_counted_are_refused(site: Site, value: bytes) -> None:
    client = site.connect()
    client.send(b"TRACE / HTTP/1.1\r\nHost: site.test\r\nMax-Forwards: " + value + b"\r\n\r\n")
    assert status_of(client.read_message()) == 400
