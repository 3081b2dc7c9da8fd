"""What the log says, and what it never does."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.proxy.metrics import exposition
from bridgehead.spec import Forward, Refuse, Rule
from tests.proxy.wire import GET, OK, Peer, Proxy, ScriptedServer, answering, content_length, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

    from tests.proxy.sites import Site

SECRETS = [
    b"Authorization: Bearer TOPSECRET",
    b"Authorization: NTLM TlRMTVNTUAABAAAATOPSECRET",
    b"Cookie: cwt_ucwa=TOPSECRET",
    b"X-MS-WebTicket: TOPSECRET",
    b"Proxy-Authorization: Basic TOPSECRET",
    b"X-Anything: TOPSECRET",
]


@pytest.mark.parametrize("field", SECRETS)
def test_no_field_of_a_request_is_logged(site: Site, field: bytes) -> None:
    site.server.script = answering(OK)
    client = site.connect()
    client.request(b"GET /x HTTP/1.1\r\nHost: site.test\r\n" + field + b"\r\nConnection: close\r\n\r\n")
    assert "TOPSECRET" not in json.dumps(site.log())


def test_no_field_and_no_body_of_an_answer_is_logged(site: Site) -> None:
    site.server.script = answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=TOPSECRET\r\nContent-Length: 9\r\n\r\nTOPSECRET")
    site.connect().request(GET)
    assert "TOPSECRET" not in json.dumps(site.log())


def test_no_query_and_no_body_of_a_request_is_logged(site: Site) -> None:
    site.server.script = answering(OK)
    site.connect().request(
        b"POST /Autodiscover/AutodiscoverService.svc/root?sipuri=TOPSECRET@a.test HTTP/1.1\r\nHost: site.test\r\n"
        b"Content-Length: 9\r\n\r\nTOPSECRET"
    )
    (line,) = site.log()
    assert line["path"] == "/Autodiscover/AutodiscoverService.svc/root"
    assert "TOPSECRET" not in json.dumps(line)


def test_no_query_of_a_refused_request_is_logged(site: Site) -> None:
    client = site.connect()
    client.send(b"GET /x?sipuri=TOPSECRET HTTP/1.1\r\nHost: site.test\r\nHost: b.test\r\nCookie: TOPSECRET\r\n\r\n")
    assert status_of(client.read_message()) == 400
    (line,) = site.log()
    assert line["refused"] == "host-ambiguous"
    assert "TOPSECRET" not in json.dumps(line)


@pytest.mark.parametrize(
    "target", [b"/a%3Fsipuri=sip:alice@a.test", b"/a;SIPURI=sip:alice@a.test", b"/a/sipuri=alice/b"]
)
def test_a_users_name_is_not_logged_where_a_query_became_part_of_the_path(site: Site, target: bytes) -> None:
    site.server.script = answering(OK)
    site.connect().request(b"GET " + target + b" HTTP/1.1\r\nHost: site.test\r\n\r\n")
    (line,) = site.log()
    assert line["path"].startswith("/a")
    assert "sipuri" in line["path"].lower()
    assert "alice" not in line["path"]


def test_a_client_that_goes_away_is_at_fault_itself(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    site.server.accept().read_message()
    client.reset()
    (line,) = site.log()
    assert line["status"] == 0
    assert line["fault"] == "client"


def test_a_request_is_one_line_with_what_an_admin_looks_for(site: Site) -> None:
    site.ask(b"POST /Ucwa/v1 HTTP/1.1\r\nHost: SITE.test:80\r\nContent-Length: 5\r\n\r\nhello", OK)
    (line,) = site.log()
    assert line["event"] == "request"
    assert line["client"] == "127.0.0.1"
    assert line["listener"] == line["rule"] == site.name
    assert line["method"] == "POST"
    assert line["host"] == "site.test"
    assert line["path"] == "/Ucwa/v1"
    assert line["server"] == f"{site.server.host}:{site.server.port}"
    assert line["bound"] is False
    assert line["status"] == 200
    assert line["received"] == 5
    assert line["sent"] == len(OK)
    assert line["time"].endswith("Z")


def test_the_phases_of_a_request_follow_one_another(site: Site) -> None:
    site.ask(GET, OK)
    (line,) = site.log()
    times = [line[name] for name in line if name.startswith(("connect_", "answer_", "total_"))]
    assert len(times) == 3
    assert times == sorted(times)
    assert times[0] >= 0


def test_the_page_and_the_log_share_an_id(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    site.server.accept().close()
    page = client.read_message()
    (line,) = site.log()
    assert line["id"].encode() in page
    assert line["fault"] == "upstream"


def test_the_id_of_a_request_that_was_not_understood_is_on_its_page(site: Site) -> None:
    client = site.connect()
    client.send(b"nonsense\r\n\r\n")
    page = client.read_message()
    (line,) = site.log()
    assert line["id"].encode() in page
    assert line["fault"] == "client"


@pytest.mark.parametrize("path", [b'/a"b', b"/a\\b", b"/a%22b", b"/{}[]'<>"])
def test_a_line_is_json_whatever_is_asked_for(site: Site, path: bytes) -> None:
    site.server.script = answering(OK)
    site.connect().request(b"GET " + path + b" HTTP/1.1\r\nHost: site.test\r\n\r\n")
    (line,) = site.log()
    assert line["path"] == path.decode()


def test_a_line_is_json_whatever_a_rule_is_called(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = proxy_of(server)
    name = 'the "first" \\ rule'
    proxy.rules = (Rule(name=name, listeners=("plain",), hosts=("*",), action=Forward(pool="pool")),)
    proxy.start()
    proxy.connect().request(GET)
    assert proxy.log()[0]["rule"] == name


def test_why_a_directory_is_not_published_is_for_the_log_alone(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = proxy_of(server)
    reason = "Lync's control panel is for the inside; publish it with internal_directories"
    proxy.rules = (
        Rule(name="site", listeners=("plain",), hosts=("site.test",), action=Forward(pool="pool")),
        Rule(name="cscp", listeners=("plain",), hosts=("site.test",), path="/Cscp/*", action=Refuse(reason=reason)),
    )
    proxy.start()
    client = proxy.connect()
    answer = client.request(b"GET /CSCP/x HTTP/1.1\r\nHost: site.test\r\n\r\n")
    assert status_of(answer) == 403
    assert b"control panel" not in answer
    assert proxy.log()[0]["because"] == reason
    assert status_of(client.request(b"GET /%43scp/ HTTP/1.1\r\nHost: site.test\r\n\r\n")) == 400
    assert server.nobody_came()


def test_what_is_not_logged_is_served_all_the_same(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = proxy_of(server)
    spec = proxy.spec().model_copy(update={"access_log": ""})
    proxy.spec = lambda: spec  # type: ignore[method-assign] # the one setting that the kit has no keyword for
    proxy.start()
    assert proxy.connect().request(GET) == OK
    assert not proxy.log_path.exists()


# Everywhere at once

CARRIED = b"".join(
    field + b"\r\n"
    for field in (
        *(b"Authorization: NTLM TlRMTVNTUAABTOPSECRET", b"Cookie: cwt_ucwa=TOPSECRET; TOPSECRET=1"),
        *(b"X-MS-WebTicket: opaque=TOPSECRET", b"Referer: https://site.test/?sipuri=sip:TOPSECRET@contoso.com"),
        *(b"X-Forwarded-For: TOPSECRET", b"X-TOPSECRET: TOPSECRET", b"Origin: TOPSECRET", b"User-Agent: TOPSECRET"),
    )
)
QUERY = b"?sipuri=sip:TOPSECRET@contoso.com&ticket=TOPSECRET"
# The start line, what else is in the head, and what follows it.
REQUESTS = {
    "answered": (b"POST /x" + QUERY + b" HTTP/1.1", b"Host: site.test\r\nContent-Length: 9\r\n", b"TOPSECRET"),
    "by an absolute target": (b"GET http://site.test/x" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "with an encoded question mark": (
        b"GET /x%3FSipUri=sip:TOPSECRET@contoso.com HTTP/1.1",
        b"Host: site.test\r\n",
        b"",
    ),
    "with a parameter": (b"GET /x;sipuri=sip:TOPSECRET@contoso.com HTTP/1.1", b"Host: site.test\r\n", b""),
    "not published": (b"GET /closed/x" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "of nobody's host": (b"GET /x" + QUERY + b" HTTP/1.1", b"Host: nobody.test\r\n", b""),
    "too large": (
        b"POST /small/x" + QUERY + b" HTTP/1.1",
        b"Host: site.test\r\nContent-Length: 9000\r\n",
        b"TOPSECRET",
    ),
    "with a fault in its start line": (b"GET  /x" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "with a fault in its target": (b"GET /x#TOPSECRET" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "with user information": (b"GET http://TOPSECRET:TOPSECRET@site.test/ HTTP/1.1", b"Host: site.test\r\n", b""),
    "with a secret method": (b"TOP SECRET /x HTTP/1.1", b"Host: site.test\r\n", b""),
    "with a secret host": (b"GET /x HTTP/1.1", b"Host: TOP SECRET TOPSECRET\r\n", b""),
    "with two lengths": (
        b"POST /x" + QUERY + b" HTTP/1.1",
        b"Host: site.test\r\nContent-Length: 9\r\nContent-Length: 8\r\n",
        b"TOPSECRET",
    ),
    "with a malformed field": (b"GET /x" + QUERY + b" HTTP/1.1", b"Host: site.test\r\nTOPSECRET TOPSECRET\r\n", b""),
    "with two credentials": (b"GET /x HTTP/1.1", b"Host: site.test\r\nAuthorization: Basic TOPSECRET\r\n", b""),
    "with malformed chunks": (
        b"POST /x" + QUERY + b" HTTP/1.1",
        b"Host: site.test\r\nTransfer-Encoding: chunked\r\n",
        b"TOPSECRET\r\nTOPSECRET\r\n0\r\n\r\n",
    ),
    "of another protocol": (b"TOPSECRET", b"", b"TOPSECRET\r\n"),
    "that expects a secret": (
        b"POST /x HTTP/1.1",
        b"Host: site.test\r\nExpect: TOPSECRET\r\nContent-Length: 1\r\n",
        b"x",
    ),
    "whose server sends nonsense": (b"GET /nonsense" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "whose server sends a malformed field": (b"GET /field" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "whose server breaks off": (b"GET /short" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
    "whose server says nothing": (b"GET /nothing" + QUERY + b" HTTP/1.1", b"Host: site.test\r\n", b""),
}
ANSWERS = {
    b"/nonsense": b"TOPSECRET TOPSECRET TOPSECRET\r\n\r\n",
    b"/field": b"HTTP/1.1 200 OK\r\nSet-Cookie: TOPSECRET\r\nTOPSECRET TOPSECRET\r\nContent-Length: 0\r\n\r\n",
    b"/short": b"HTTP/1.1 200 OK\r\nSet-Cookie: TOPSECRET\r\nContent-Length: 90\r\n\r\nTOPSECRET",
    b"/nothing": b"",
    b"/x": b"HTTP/1.1 200 OK\r\nSet-Cookie: cwt_ucwa=TOPSECRET\r\nContent-Length: 2\r\n\r\nok",
}


def answer_in_kind(peer: Peer) -> None:
    head = peer.read_head()
    peer.read(content_length(head))
    peer.send(next((answer for path, answer in ANSWERS.items() if path in head.split(b"\r\n")[0]), b""))
    peer.finish_sending()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Proxy]:
    """One proxy for all of them, whose log, standard error and status are searched after each."""
    with ScriptedServer(answer_in_kind) as server:
        proxy = Proxy(tmp_path_factory.mktemp("secrets"), authority, (server,))
        sites = {"hosts": ("site.test",), "listeners": ("plain",)}
        proxy.rules = (
            Rule(name="site", action=Forward(pool="pool"), **sites),
            Rule(name="small", path="/small/*", action=Forward(pool="pool", body_bytes=5), **sites),
            Rule(name="closed", path="/closed/*", action=Refuse(reason="not for everybody"), **sites),
        )
        proxy.start()
        yield proxy
        proxy.stop()


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_secret_is_told_to_nobody_whatever_the_request(busy: Proxy, kind: str) -> None:
    start_line, fields, body = REQUESTS[kind]
    before = len(busy.lines())
    client = busy.connect()
    client.send(start_line + b"\r\n" + fields + CARRIED + b"\r\n" + body)
    with suppress(OSError):  # a server that broke off may have been faster
        client.finish_sending()
    try:
        answer = client.read_to_end()
    except ConnectionError:
        answer = b""
    assert b"TOPSECRET" not in answer or status_of(answer) == 200, "only the site's own answer may"
    assert len(busy.log(before + 1)) > before, "what is not logged cannot be searched"
    told = ask(busy.control, "status")
    for place in (busy.log_path.read_text("utf-8"), busy.said(), json.dumps(told), exposition(told)):
        assert "TOPSECRET" not in place
        assert "contoso.com" not in place
