from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import h11
import pytest

from bridgehead.proxy.refusals import Refusal, page, redirection
from bridgehead.spec import Forward, Pool, Rule, Server
from tests.proxy.wire import (
    Peer,
    Proxy,
    ScriptedServer,
    body_of,
    content_length,
    fields_of,
    free_port,
    server_tls,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

EVERY = pytest.mark.parametrize("refusal", list(Refusal), ids=lambda refusal: refusal.code)


def read_by_h11(answer: bytes) -> h11.Response:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(answer)
    response = connection.next_event()
    assert isinstance(response, h11.Response)
    events = []
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        events.append(event)
    assert connection.trailing_data[0] == b""
    return response


@EVERY
def test_every_refusal_is_a_small_page_with_its_id(refusal: Refusal) -> None:
    answer = page(refusal, "w0-1a-2b", close=False)
    assert status_of(answer) == refusal.status == read_by_h11(answer).status_code
    assert content_length(answer) == len(body_of(answer)) < 1024
    assert fields_of(answer, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert fields_of(answer, b"Cache-Control") == [b"no-store"]
    assert b"w0-1a-2b" in body_of(answer)


@EVERY
def test_no_page_invites_a_login(refusal: Refusal) -> None:
    assert fields_of(page(refusal, "1", close=True), b"WWW-Authenticate") == []


@EVERY
def test_what_passes_says_when_to_come_back(refusal: Refusal) -> None:
    said = fields_of(page(refusal, "1", close=False), b"Retry-After")
    assert bool(said) == (refusal.status in (503, 504))


@EVERY
def test_transient_faults_of_the_inside_are_not_502(refusal: Refusal) -> None:
    """502 makes a Lync client forget what discovery told it: only what must never be passed on answers so."""
    if refusal.status == 502:
        assert refusal in (Refusal.MALFORMED_RESPONSE, Refusal.POOL_UNTRUSTED, Refusal.PROXY_CHALLENGE)


@EVERY
def test_a_request_that_was_not_understood_closes(refusal: Refusal) -> None:
    if refusal.blame == "client":
        assert refusal.closes


def test_the_answer_to_head_has_no_body() -> None:
    whole, head = (
        page(Refusal.UNKNOWN_HOST, "1", close=False),
        page(Refusal.UNKNOWN_HOST, "1", close=False, head_only=True),
    )
    assert whole.startswith(head)
    assert head.endswith(b"\r\n\r\n")


def test_an_answer_that_closes_says_so() -> None:
    assert fields_of(page(Refusal.START_LINE, "1", close=True), b"Connection") == [b"close"]
    assert fields_of(page(Refusal.UNKNOWN_HOST, "1", close=False), b"Connection") == []


def test_a_method_that_is_not_allowed_learns_which_are() -> None:
    """RFC 9110 15.5.6."""
    assert fields_of(page(Refusal.METHOD, "1", close=True), b"Allow")


def test_a_redirection_keeps_the_method_where_it_must() -> None:
    """RFC 9110 15.4.2, 15.4.9."""
    get = redirection("https://a.test/", permanent_method=False, close=False)
    post = redirection("https://a.test/", permanent_method=True, close=True)
    assert status_of(get) == read_by_h11(get).status_code == 301
    assert status_of(post) == read_by_h11(post).status_code == 308
    assert fields_of(get, b"Location") == [b"https://a.test/"]
    assert fields_of(post, b"Connection") == [b"close"]


@EVERY
def test_403_is_a_matter_of_policy_alone(refusal: Refusal) -> None:
    """403 makes a Lync client forget what discovery told it, as 502 does (UCWA, "Root URL")."""
    if refusal.status == 403:
        assert refusal.blame == "policy"


@EVERY
def test_every_page_is_one_that_a_browser_reads(refusal: Refusal) -> None:
    class Reader(HTMLParser):
        open: tuple[str, ...] = ()
        text = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature of HTMLParser
            self.open += (tag,) if tag != "meta" else ()

        def handle_endtag(self, tag: str) -> None:
            assert self.open[-1] == tag
            self.open = self.open[:-1]

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    reader.feed(body_of(page(refusal, "<w0>", close=False)).decode())
    reader.close()
    assert reader.open == ()
    assert refusal.value.sentence in reader.text
    assert "Request <w0>" in reader.text


# As clients get them

FAULTS = {
    "no-listener": (503, "pool-unreachable"),
    "stranger": (502, "pool-untrusted"),
    "silent": (504, "response-timeout"),
    "gone": (503, "upstream-closed"),
    "nonsense": (502, "malformed-response"),
    "forward-proxy": (502, "proxy-challenge"),
}


def faulty(peer: Peer) -> None:
    head = peer.read_head()
    if b"/silent" in head:
        peer.read_to_end()
    elif b"/nonsense" in head:
        peer.send(b"fe01.contoso.local says nonsense\r\n\r\n")
    elif b"/forward-proxy" in head:
        peer.send(b"HTTP/1.1 407 fe01.contoso.local\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Proxy]:
    """Every fault of a server inside, each below a path of its own."""
    with ScriptedServer(faulty) as server, ScriptedServer(faulty, tls=server_tls(authority, "fe01.test")) as stranger:
        proxy = Proxy(tmp_path_factory.mktemp("faults"), authority, ())
        nobody = Server(host=proxy.host, port=free_port(proxy.host))
        pools = {
            "no-listener": Pool(name="no-listener", servers=(nobody,), tls=False),
            "stranger": proxy.pool_of(stranger, name="stranger"),
        }
        proxy.pools = tuple(
            pools.get(fault) or proxy.pool_of(server, name=fault, response_seconds=0.5) for fault in FAULTS
        )
        proxy.rules = tuple(
            Rule(name=fault, listeners=("plain",), hosts=("*",), path=f"/{fault}", action=Forward(pool=fault))
            for fault in FAULTS
        )
        proxy.start()
        yield proxy
        proxy.stop()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_inside_is_a_page_that_names_nothing_internal(proxy: Proxy, fault: str) -> None:
    """By its Content-Type a Lync client tells it from the site's own answers, which are JSON or XML."""
    status, code = FAULTS[fault]
    before = len(proxy.lines())
    answer = proxy.connect().request(f"GET /{fault} HTTP/1.1\r\nHost: webext.test\r\n\r\n".encode())
    assert status_of(answer) == status
    assert fields_of(answer, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert bool(fields_of(answer, b"Retry-After")) == (status != 502)
    line = proxy.log(before + 1)[-1]
    assert (line["refused"], line["fault"]) == (code, "upstream")
    assert line["id"].encode() in body_of(answer)
    for internal in (b"fe01", b"127.0.0.1", proxy.host.encode(), b"pool", b"bridgehead", b"openssl"):
        assert internal not in answer.lower(), internal
