"""What the log says, and what it never does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Forward, Refuse, Rule
from tests.proxy.wire import GET, OK, Proxy, ScriptedServer, answering, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

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
