"""Passwords in forms and requests for web tickets, over sockets: whose they are, and what the status says of them."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

import pytest

from bridgehead.proxy.control import ask
from tests.proxy.shield.ntlm_site import RIGHT, basic
from tests.proxy.shield.two_workers import two_workers
from tests.proxy.wire import OK, Peer, Proxy, ScriptedServer, body_of, content_length, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

WRONG = "wrong"
INVALID_GRANT = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
FAULT = b"HTTP/1.1 500 Fault\r\nContent-Length: 0\r\n\r\n"
SERVICE = b"POST /WebTicket/WebTicketService.svc/%b HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n%b"
_NUMBERS = count()


class Site:
    """Knows one password, gives anonymous grants and tickets to anybody, and finds a fault with everything else."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        """The bodies that reached it."""

    def script(self, peer: Peer) -> None:
        while True:
            head = peer.read_head()
            body = peer.read_until(b"0\r\n\r\n") if b"chunked" in head else peer.read(content_length(head))
            self.seen.append(body)
            path = unquote_to_bytes(head.partition(b"\r\n")[0]).lower()
            if b"oauthtoken" in path:
                peer.send(OK if b"grant_type=anon" in body or RIGHT.encode() in body else INVALID_GRANT)
            else:
                peer.send(OK if b".svc/anon" in path else FAULT)


class Shared(NamedTuple):
    """A proxy of two workers for many tests: each has a user of its own, and nothing is counted when it begins."""

    proxy: Proxy
    site: Site
    user: str

    def ask(self, request: bytes) -> bytes:
        """The answer to a request on a connection of its own."""
        return self.proxy.connect().request(request)


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[tuple[Proxy, Site]]:
    site = Site()
    with two_workers(tmp_path_factory.mktemp("tickets"), authority, site.script) as proxy:
        yield proxy, site


@pytest.fixture
def shared(_running: tuple[Proxy, Site]) -> Shared:
    proxy, site = _running
    ask(proxy.control, "shield-clear")
    site.seen.clear()
    return Shared(proxy, site, f"user{next(_NUMBERS)}x")


def grant(user: str, password: str, **more: str) -> bytes:
    fields = {"grant_type": "password", "username": user, "password": password, **more}
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    head = b"POST /WebTicket/oauthtoken HTTP/1.1\r\nHost: site.test\r\n"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    return head + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_password_grants_are_counted_and_refused(shared: Shared) -> None:
    for _ in range(2):
        assert status_of(shared.ask(grant(f"{shared.user}%40contoso.com", "secret-guess"))) == 400
    refused = shared.ask(grant(shared.user.upper(), "secret-guess"))
    assert status_of(refused) == 429
    assert len(shared.site.seen) == 2
    assert shared.ask(grant("bob", RIGHT)) == OK
    control = shared.proxy.control
    told = json.dumps(ask(control, "shield")) + json.dumps(ask(control, "status"))
    assert shared.user in told
    everything = told + shared.proxy.said() + shared.proxy.log_path.read_text() + refused.decode()
    assert "secret-guess" not in everything


def test_a_form_is_held_until_it_is_whole_and_goes_inside_as_it_came(shared: Shared) -> None:
    request = grant(shared.user, RIGHT, client_id="1")
    client = shared.proxy.connect()
    for at in range(0, len(request), 40):
        client.send(request[at : at + 40])
    assert client.read_message() == OK
    assert client.request(request) == OK
    assert shared.site.seen == [body_of(request)] * 2


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(shared: Shared) -> None:
    head, _, body = grant(shared.user, RIGHT).partition(b"\r\n\r\n")
    client = shared.proxy.connect()
    client.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert client.read_head().startswith(b"HTTP/1.1 100 ")
    client.send(body)
    assert client.read_message() == OK


def test_who_leaves_in_the_middle_of_a_form_has_tried_nothing(shared: Shared) -> None:
    client = shared.proxy.connect()
    client.send(grant(shared.user, WRONG)[:-3])
    client.finish_sending()
    client.ended()
    assert shared.site.seen == []
    assert shared.ask(grant(shared.user, RIGHT)) == OK


@pytest.mark.parametrize(
    "path",
    [
        b"/WebTicket/oauthtoken",
        b"/webticket/OAUTHTOKEN/",
        b"/WebTicket/%6fauthtoken",
        b"/WebTicket/x/../oauthtoken?a=b",
    ],
)
def test_no_way_to_write_the_path_leads_past_it(shared: Shared, path: bytes) -> None:
    request = grant(shared.user, WRONG).replace(b"/WebTicket/oauthtoken", path)
    client = shared.proxy.connect()
    client.request(request.replace(path, b"/other"))  # the same fields are remembered by then
    for _ in range(4):
        shared.ask(request)
    assert status_of(client.request(request)) == 429
    assert len(shared.site.seen) == 3, "one elsewhere, two here"


def in_chunks(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    return head.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked", chunks


@pytest.mark.parametrize(
    "disguise",
    [
        lambda head, body: (head, body.replace(b"username=alice", b"username=alice&username=bob")),
        lambda head, body: (head.replace(b"application/x-www-form-urlencoded", b"multipart/form-data"), body),
        lambda head, body: (head, body.replace(b"username=alice", b"user=alice")),
        lambda head, body: (head, body + b"&filler=" + b"x" * 20_000),
        lambda head, body: in_chunks(head, body + b"&filler=" + b"x" * 20_000),
    ],
)
def test_a_form_whose_user_cannot_be_told_counts_as_one_of_everybodys(
    shared: Shared, disguise: Callable[[bytes, bytes], tuple[bytes, bytes]]
) -> None:
    request = grant("alice", WRONG)
    head, body = disguise(request.partition(b"\r\n\r\n")[0], body_of(request))
    head = head.replace(b"Content-Length: %d" % len(body_of(request)), b"Content-Length: %d" % len(body))
    answers = [status_of(shared.ask(head + b"\r\n\r\n" + body)) for _ in range(4)]
    assert answers == [400, 400, 429, 429]
    assert len(shared.site.seen) == 2


def test_a_form_in_chunks_is_read_and_counts_for_its_user(shared: Shared) -> None:
    """Many HTTP libraries send a stream so. Everybody's count is no place for their users."""
    head, _, body = grant(shared.user, WRONG).partition(b"\r\n\r\n")
    head = head.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(
        b"%x;a=b\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)
    )
    client = shared.proxy.connect()
    for at in range(0, len(head + chunks), 50):
        client.send((head + chunks)[at : at + 50])
    client.send(b"0\r\n\r\n")
    assert status_of(client.read_message()) == 400
    assert shared.site.seen == [chunks + b"0\r\n\r\n"]
    assert status_of(shared.ask(grant(shared.user, WRONG))) == 400
    assert status_of(shared.ask(grant(shared.user, RIGHT))) == 429


def test_chunks_that_are_none_go_nowhere(shared: Shared) -> None:
    head = grant(shared.user, WRONG).partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    assert status_of(shared.ask(head + b"x\r\n")) == 400
    assert shared.site.seen == []


def test_a_login_of_ones_own_beside_a_form_does_not_hide_whose_form_it_is(shared: Shared) -> None:
    own = b"\r\nAuthorization: " + basic("mallory", RIGHT) + b"\r\nContent-Length"
    both = grant(shared.user, WRONG).replace(b"\r\nContent-Length", own)
    assert status_of(shared.ask(both)) == 400
    assert shared.site.seen == []
    shared.ask(both.replace(b"grant_type=password", b"grant_type=windows!"))
    assert len(shared.site.seen) == 1, "another grant brings none"


# Web tickets


def test_a_user_name_in_a_request_for_a_web_ticket_is_counted(shared: Shared) -> None:
    name = f"<Username><![CDATA[CONTOSO\\{shared.user}]]></Username>"
    token = f"<UsernameToken>{name}<Password>x</Password></UsernameToken>".encode()
    request = SERVICE % (b"Auth", len(token), token)
    assert [status_of(shared.ask(request)) for _ in range(3)] == [500, 500, 429]
    assert shared.site.seen == [token] * 2
    assert status_of(shared.ask(grant(shared.user, RIGHT))) == 429


def typed(request: bytes, kind: bytes) -> bytes:
    return request.replace(b"\r\nContent-Length", b"\r\nContent-Type: " + kind + b"\r\nContent-Length", 1)


NAMED = b"<Username>alice</Username>"
PLAIN = SERVICE % (b"Auth", len(NAMED), NAMED)
HEAD_OF_SERVICE = PLAIN.partition(b"\r\n\r\n")[0]
PADDED = NAMED + b" " * 65536


@pytest.mark.parametrize(
    "disguised",
    [
        b"\r\n\r\n".join(in_chunks(HEAD_OF_SERVICE, PADDED)),
        SERVICE % (b"Auth", len(PADDED), PADDED),
        SERVICE % (b"Auth", 2 * len(NAMED), NAMED.decode().encode("utf-16-le")),
        typed(PLAIN, b"text/xml; charset=ibm037"),
        typed(PLAIN, b'text/xml; charset="utf-8" ; charset=utf-16'),
        PLAIN.replace(b"\r\nContent-Length", b"\r\nContent-Encoding: gzip\r\nContent-Length"),
    ],
)
def test_a_request_for_a_web_ticket_that_cannot_be_read_counts_as_one_of_everybodys(
    shared: Shared, disguised: bytes
) -> None:
    assert [status_of(shared.ask(disguised)) for _ in range(4)] == [500, 500, 429, 429]
    assert len(shared.site.seen) == 2


@pytest.mark.parametrize(
    "kind", [b"text/xml; charset=utf-8", b'application/soap+xml; charset="UTF-8"; action="x"', b"text/xml"]
)
def test_requests_as_clients_send_them_are_read(shared: Shared, kind: bytes) -> None:
    """By the user's own count, and not by everybody's."""
    for _ in range(2):
        assert status_of(shared.ask(typed(PLAIN, b"text/xml; charset=utf-16"))) == 500
    padding = b" " * 40_000
    token = padding + f"<Username>{shared.user}</Username>".encode()
    assert status_of(shared.ask(typed(SERVICE % (b"Auth", len(token), token), kind))) == 500
    assert status_of(shared.ask(b"\r\n\r\n".join(in_chunks(HEAD_OF_SERVICE, token)))) == 500
    assert status_of(shared.ask(typed(SERVICE % (b"Auth", 4, b"<x/>"), kind))) == 500
    assert status_of(shared.ask(typed(SERVICE % (b"Anon", 4, b"<x/>"), kind))) == 200


@pytest.mark.parametrize(
    "line", [b"Content-Type: application/x-www-form-urlencoded; charset=ibm037", b"X-UP-Devcap-Post-Charset: ibm037"]
)
def test_a_form_in_another_character_set_counts_as_one_of_everybodys(shared: Shared, line: bytes) -> None:
    request = grant(shared.user, WRONG).replace(b"grant_type=password", b"grant_type=anonmtg!")
    if line.startswith(b"Content-Type"):
        request = request.replace(b"Content-Type: application/x-www-form-urlencoded", line)
    else:
        request = request.replace(b"\r\nHost", b"\r\n" + line + b"\r\nHost")
    for _ in range(4):
        shared.ask(request.replace(b"anonmtg!", b"anything"))
    assert len(shared.site.seen) == 2


def test_what_is_given_to_anybody_forgives_nothing(shared: Shared) -> None:
    """Anonymous grants and tickets, whatever names stand beside what they are given for."""
    name = f"<Username>{shared.user}</Username>".encode()
    for _ in range(5):
        shared.ask(grant(shared.user, WRONG))
        anonymous = grant(shared.user, WRONG).replace(b"grant_type=password", b"grant_type=anonmtg!")
        assert shared.ask(anonymous) == OK
        shared.ask(SERVICE % (b"Anon", len(name), name))
    assert len([body for body in shared.site.seen if body.startswith(b"grant_type=password")]) == 2


def test_faults_of_nobody_in_particular_count_for_their_source(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    site = Site()
    server.script = site.script
    proxy = start(server, shield={"source_failures": 5})
    for _ in range(5):
        assert status_of(proxy.connect().request(SERVICE % (b"Auth", 4, b"<x/>"))) == 500
    assert status_of(proxy.connect().request(grant("alice", RIGHT))) == 429
    assert status_of(proxy.connect().request(SERVICE % (b"Auth", 4, b"<x/>"))) == 429, "nor without a name"
    assert len(site.seen) == 5
    assert proxy.connect(source="127.0.0.9").request(grant("alice", RIGHT)) == OK
