"""What a proxy tells of logins afterwards, each story over real connections with a real worker between."""

from __future__ import annotations

import base64
import os
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from bridgehead.proxy.control import ask
from bridgehead.proxy.tracing.events import Event
from bridgehead.proxy.tracing.meanings import Meaning, meaning_of
from tests.proxy.preauthentication.logging_in import PASSWORD, Client, accounts_in, login
from tests.proxy.wire import GET, OK, ScriptedServer, answering, eventually, status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.proxy.sites import Site
    from tests.proxy.wire import Peer, Proxy

    Start = Callable[..., Proxy]

PROOF = b"\xa7this is the proof of a password\x5c"
"""In the place of what must never be kept."""
NUMBERS = count(1)
TYPE_1 = b"NTLM " + base64.b64encode(b"NTLMSSP\0\x01\0\0\0" + bytes(24))
TYPE_2 = b"NTLM " + base64.b64encode(b"NTLMSSP\0\x02\0\0\0" + bytes(12) + b"a nonce!" + bytes(24))
TICKET = b"Negotiate " + base64.b64encode(
    b"\x60\x82\x01\x00" + bytes.fromhex("06092a864886f712010202") + b"\x01\x00n" + bytes(240)
)
ASKED = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"
)
CONTINUED = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + TYPE_2 + b"\r\nContent-Length: 0\r\n\r\n"


def type_3(user: str, domain: str = "CONTOSO") -> bytes:
    """An answer to a challenge: names, and the second version of a response."""
    response = PROOF + bytes(16 + 28 + 4)
    parts = (b"", response, domain.encode("utf-16-le"), user.encode("utf-16-le"), "LAPTOP".encode("utf-16-le"), b"")
    fields, rest = b"", b""
    for part in parts:
        fields += len(part).to_bytes(2, "little") * 2 + (64 + len(rest)).to_bytes(4, "little")
        rest += part
    return b"NTLM " + base64.b64encode(
        b"NTLMSSP\0\x03\0\0\0" + fields + (1).to_bytes(4, "little") + rest,
    )


def request_with(authorization: bytes, more: bytes = b"") -> bytes:
    return b"GET / HTTP/1.1\r\nHost: site.test\r\n" + more + b"Authorization: " + authorization + b"\r\n\r\n"


def answer_with(status: bytes) -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"


def test_names_are_told_without_what_a_terminal_or_a_page_would_obey(start: Start, server: ScriptedServer) -> None:
    """Whoever is outside chooses them: none may write a line of its own, nor turn one round."""
    proxy = start(server)
    client = proxy.connect()
    inside = begin(client, server)
    finish(client, inside, answer_with(b"200 OK"), "x\u2028\u202e\x85\x1b[31madmin")
    events = eventually(lambda: [one for one in life_of(proxy, client) if one.user], "a name")
    assert {one.user for one in events} == {"CONTOSO\\x????[31madmin"}


def begin(client: Peer, server: ScriptedServer) -> Peer:
    """The first two legs; the server's end of the connection they went over."""
    client.send(GET)
    inside = server.accept()
    inside.read_message()
    inside.send(ASKED)
    client.read_message()
    client.send(request_with(TYPE_1))
    inside.read_message()
    inside.send(CONTINUED)
    client.read_message()
    return inside


def finish(client: Peer, inside: Peer, answer: bytes, user: str = "") -> bytes:
    """The last leg, of a user of its own, and its answer: failures of one would make the shield hold it back."""
    user = user or f"user{next(NUMBERS)}"
    client.send(request_with(type_3(user)))
    inside.read_message()
    inside.send(answer)
    return client.read_message()


def life_of(proxy: Proxy, client: Peer | int) -> list[Event]:
    """What is told of one client connection."""
    port = client if isinstance(client, int) else port_of(client)
    told = ask(proxy.control, "explain", whom="127.0.0.1", last=1000)
    found = [events for events in told["connections"] if events[0]["port"] == port]
    return [Event.read(event) for event in found[0]] if found else []


def port_of(client: Peer) -> int:
    port: int = client.sock.getsockname()[1]
    return port


def whats(events: list[Event]) -> list[str]:
    return [event.what for event in events]


def ended(proxy: Proxy, client: Peer | int) -> list[Event]:
    """What is told of a connection, once its end is."""

    def look() -> list[Event]:
        events = life_of(proxy, client)
        return events if "ended" in whats(events) else []

    return eventually(look, "the end of the login")


def meaning(proxy: Proxy, client: Peer | int) -> Meaning:
    return meaning_of(life_of(proxy, client))


# Pass-through


def test_a_login_is_told_leg_by_leg(site: Site) -> None:
    client = site.connect()
    inside = begin(client, site.server)
    assert status_of(finish(client, inside, OK, "legs")) == 200
    challenged, first, second, third, last = life_of(site.proxy, client)
    assert (challenged.what, challenged.offered, challenged.status) == ("challenged", "Negotiate, NTLM", 401)
    assert (first.what, first.token, first.scheme) == ("sent", "ntlm-negotiate", "NTLM")
    assert (second.what, second.token, second.status) == ("answered", "ntlm-challenge", 401)
    assert (third.what, third.token) == ("sent", "ntlm-authenticate")
    assert (third.user, third.workstation, third.ntlm_version) == ("CONTOSO\\legs", "LAPTOP", 2)
    assert (last.what, last.status, last.host) == ("answered", 200, "site.test")
    assert len({event.server for event in (challenged, first, second, third, last)}) == 1
    assert meaning(site.proxy, client).code == "logged-in"


@pytest.mark.parametrize("whom", ["found", "CONTOSO\\FOUND", "found@contoso.com"])
def test_a_user_is_found_in_any_spelling_and_by_the_id_in_the_log(site: Site, whom: str) -> None:
    client = site.connect()
    finish(client, begin(client, site.server), OK, "found")
    told = ask(site.proxy.control, "explain", whom=whom, last=1000)
    assert port_of(client) in [events[0]["port"] for events in told["connections"]]
    request = site.log(3)[-1]["id"]
    (found,) = ask(site.proxy.control, "explain", whom=request, last=1000)["connections"]
    assert found[0]["port"] == port_of(client)
    assert request in [event.get("request") for event in found]


def test_a_refused_password_is_told_as_the_sites_word(site: Site) -> None:
    client = site.connect()
    finish(client, begin(client, site.server), ASKED, "refused")
    found = meaning(site.proxy, client)
    assert found.code == "refused-by-site"
    assert "CONTOSO\\refused" in found.sentence


def test_a_client_that_never_answers_is_told(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    inside = site.server.accept()
    inside.read_message()
    inside.send(ASKED)
    client.read_message()
    port = port_of(client)
    client.close()
    events = ended(site.proxy, port)
    assert (whats(events), events[-1].by) == (["challenged", "ended"], "client")
    assert meaning_of(events).code == "never-answered"


def test_going_on_without_a_login_is_not_told_again_and_again(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    inside = site.server.accept()
    for _ in range(3):
        inside.read_message()
        inside.send(ASKED)
        client.read_message()
        client.send(GET)
    assert whats(life_of(site.proxy, client)) == ["challenged"]


def test_a_client_that_leaves_between_the_legs_is_told(site: Site) -> None:
    client = site.connect()
    begin(client, site.server)
    port = port_of(client)
    client.reset()
    events = ended(site.proxy, port)
    assert events[-1].by == "client"
    assert meaning_of(events).code == "challenge-not-answered"


def test_a_server_that_closes_between_the_legs_is_told(site: Site) -> None:
    client = site.connect()
    begin(client, site.server).close()
    events = ended(site.proxy, client)
    assert (events[-1].by, events[-1].detail) == ("server", "it closed the connection between requests")
    assert meaning_of(events).code == "server-closed"
    assert client.ended()


def test_a_server_that_closes_instead_of_answering_is_told(site: Site) -> None:
    client = site.connect()
    inside = begin(client, site.server)
    client.send(request_with(type_3("unanswered")))
    inside.read_message()
    inside.close()
    events = ended(site.proxy, client)
    assert (whats(events)[-2:], events[-1].by) == (["sent", "ended"], "server")
    assert meaning_of(events).code == "server-closed"


def test_a_server_that_does_not_keep_the_connection_between_the_legs_is_told(site: Site) -> None:
    client = site.connect()
    client.send(request_with(TYPE_1))
    inside = site.server.accept()
    inside.read_message()
    inside.send(CONTINUED.replace(b"Content-Length", b"Connection: close\r\nContent-Length"))
    client.read_message()
    events = ended(site.proxy, client)
    assert (whats(events), events[-1].by) == (["sent", "answered", "ended"], "server")
    assert meaning_of(events).code == "server-closed"


def test_a_client_that_does_not_keep_its_connection_is_told(site: Site) -> None:
    client = site.connect()
    client.send(request_with(TYPE_1, b"Connection: close\r\n"))
    inside = site.server.accept()
    inside.read_message()
    inside.send(CONTINUED)
    client.read_message()
    events = ended(site.proxy, client)
    assert (events[-1].by, events[-1].detail) == ("client", "its request said that the connection closes")
    assert meaning_of(events).code == "challenge-not-answered"


def test_a_client_that_has_finished_sending_is_told(site: Site) -> None:
    client = site.connect()
    client.send(request_with(TYPE_1))
    client.finish_sending()
    inside = site.server.accept()
    inside.read_message()
    inside.send(CONTINUED)
    client.read_message()
    end = ended(site.proxy, client)[-1]
    assert (end.by, end.detail) == ("client", "it had finished sending")


def test_an_answer_without_a_challenge_is_told(site: Site) -> None:
    client = site.connect()
    client.send(request_with(type_3("torn")))
    inside = site.server.accept()
    inside.read_message()
    inside.send(ASKED)
    client.read_message()
    assert meaning(site.proxy, client).code == "answer-without-challenge"


def test_a_second_user_on_a_connection_is_told_to_whoever_asks_for_either(site: Site) -> None:
    client = site.connect()
    inside = begin(client, site.server)
    finish(client, inside, OK, "first")
    finish(client, inside, OK, "second")
    assert meaning(site.proxy, client).code == "identity-changed"
    for whom in ("first", "second"):
        told = ask(site.proxy.control, "explain", whom=whom, last=1000)
        assert port_of(client) in [events[0]["port"] for events in told["connections"]]


def test_a_site_that_forgets_a_login_is_told(site: Site) -> None:
    client = site.connect()
    inside = begin(client, site.server)
    finish(client, inside, OK)
    client.send(GET)
    inside.read_message()
    inside.send(ASKED)
    client.read_message()
    assert meaning(site.proxy, client).code == "not-kept"


@pytest.mark.parametrize(
    ("credential", "answer", "code"),
    [
        (TICKET, OK, "logged-in"),
        (TICKET, ASKED, "ticket-refused"),
        (TICKET, answer_with(b"400 Bad Request"), "bad-request"),
        (b"Negotiate " + b"A" * 16000, answer_with(b"400 Bad Request"), "token-too-large"),
        (TYPE_1, ASKED, "not-begun"),
        (TICKET, answer_with(b"403 Forbidden"), "forbidden"),
        (TICKET, answer_with(b"500 Internal Server Error"), "server-error"),
    ],
)
def test_the_answer_to_a_single_leg_has_a_meaning(site: Site, credential: bytes, answer: bytes, code: str) -> None:
    client = site.connect()
    client.send(request_with(credential))
    inside = site.server.accept()
    inside.read_message()
    inside.send(answer)
    client.read_message()
    assert meaning(site.proxy, client).code == code


def test_a_login_for_another_protocol_is_told(site: Site) -> None:
    client = site.connect()
    client.send(request_with(TICKET, b"Connection: Upgrade\r\nUpgrade: websocket\r\n"))
    inside = site.server.accept()
    inside.read_head()
    inside.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    client.read_head()
    assert meaning(site.proxy, client).sentence.endswith("is logged in (101).")


def test_a_login_that_the_shield_holds_back_is_told(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    for _ in range(20):
        client = proxy.connect()
        inside = begin(client, server)
        client.send(request_with(type_3("guessed")))
        if inside.receive() == b"":
            break
        inside.send(ASKED)
        client.read_message()
    assert status_of(client.read_message()) == 429
    found = meaning(proxy, client)
    assert found.code == "login-paused"
    assert "bridgehead shield" in found.advice


def test_a_server_that_cannot_be_reached_is_told(start: Start) -> None:
    with ScriptedServer() as server:
        pass
    proxy = start(server)
    client = proxy.connect()
    client.request(request_with(TICKET))
    assert meaning(proxy, client).code == "pool-unreachable"


def test_a_login_where_none_is_published_is_told(start: Start, server: ScriptedServer) -> None:
    server.script = answering(ASKED)
    proxy = start(server, action={"authentication": "none"})
    client = proxy.connect()
    client.request(GET)
    assert meaning(proxy, client).code == "authentication-not-published"


def test_a_head_that_is_too_long_is_told(start: Start, server: ScriptedServer) -> None:
    proxy = start(server, limits={"head_bytes": 4096})
    client = proxy.connect()
    assert status_of(client.request(request_with(b"Negotiate " + b"A" * 8000))) == 431
    assert meaning(proxy, client).code == "head-too-long"


# What is kept, and where


def test_requests_without_credentials_leave_nothing(start: Start, server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server)
    client = proxy.connect()
    for _ in range(5):
        client.request(GET)
    client.request(GET.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer cwt=AAEB\r\n\r\n"))
    assert ask(proxy.control, "explain", whom="127.0.0.1", last=10)["kept"] == 0


def test_what_is_known_outlives_reloads_and_the_workers_that_saw_it(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    finish(client, begin(client, server), OK)
    before = life_of(proxy, client)
    assert ask(proxy.control, "reload")["ok"]
    (worker,) = proxy.workers_running()
    os.kill(worker, signal.SIGKILL)
    proxy.wait_for("SIGKILL")
    later = proxy.connect()
    finish(later, begin(later, server), OK, "bob")
    assert life_of(proxy, client) == before, "its end went with the worker"
    assert [event.user for event in life_of(proxy, later) if event.user] == ["CONTOSO\\bob"]


def test_no_token_is_told_logged_or_kept(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    inside = begin(client, server)
    finish(client, inside, ASKED, "alice")
    client.send(request_with(TICKET))
    inside.read_message()
    inside.send(OK)
    client.read_message()
    told = str(ask(proxy.control, "explain", whom="alice", last=10))
    assert "ntlm-authenticate" in told
    written = told + proxy.said() + str(proxy.log(4))
    tokens = [token.partition(b" ")[2] for token in (TYPE_1, TYPE_2, TICKET, type_3("alice"))]
    secrets = [token[at : at + 12].decode() for token in tokens for at in range(0, len(token) - 12, 8)]
    secrets = [secret for secret in secrets if secret.strip("A")]  # zeros are in every token, and in no secret
    assert len(secrets) > 30
    assert [secret for secret in secrets if secret in written] == []
    assert PROOF.decode("latin-1") not in written
    assert "a nonce!" not in written


@pytest.mark.parametrize(
    "question", [{}, {"whom": 1, "last": 1}, {"whom": "alice", "last": 0}, {"whom": "a", "last": "x"}]
)
def test_a_question_that_is_none_is_refused(site: Site, question: dict[str, Any]) -> None:
    told = ask(site.proxy.control, "explain", **question)
    assert [problem["code"] for problem in told["problems"]] == ["control.unknown"]


# Logins that end at the proxy


@pytest.fixture
def entered(start: Start, server: ScriptedServer, tmp_path: Path) -> Proxy:
    """A proxy that wants a login itself, before a server that answers everything."""
    server.script = answering(OK)
    return start(server, action=login(users=["alice"]), accounts=(accounts_in(tmp_path),))


def test_a_login_at_the_proxy_is_told_leg_by_leg(entered: Proxy) -> None:
    client = entered.connect()
    assert status_of(client.request(GET)) == 401
    assert status_of(Client(client).logged_in()) == 200
    events = life_of(entered, client)
    assert [event.outcome for event in events] == ["challenged", "continued", "accepted"]
    assert [event.token for event in events] == ["", "ntlm-negotiate", "ntlm-authenticate"]
    assert events[-1].user == "CONTOSO\\alice"
    assert meaning(entered, client) == Meaning("logged-in", True, "CONTOSO\\alice is logged in at this proxy.")
    port = port_of(client)
    client.close()
    end = ended(entered, port)[-1]
    assert (end.by, end.user, end.server) == ("client", "CONTOSO\\alice", "")


@pytest.mark.parametrize(
    ("user", "password", "code"),
    [
        ("CONTOSO\\alice", "Linz-1815!", "wrong-password"),
        ("CONTOSO\\nobody", "Linz-1815!", "unknown-user"),
        ("CONTOSO\\carol", PASSWORD, "account-disabled"),
        ("CONTOSO\\bob", PASSWORD, "user-not-permitted"),
    ],
)
def test_why_a_login_at_the_proxy_failed_is_told(entered: Proxy, user: str, password: str, code: str) -> None:
    client = entered.connect()
    Client(client, user, password).logged_in()
    assert meaning(entered, client).code == code
    told = ask(entered.control, "explain", whom=user, last=10)
    assert [events[0]["port"] for events in told["connections"]] == [port_of(client)]
    assert password not in str(told)
