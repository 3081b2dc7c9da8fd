"""Who comes in: a rule that asks for a login lets nothing inside before its client has proven who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proxy.preauthentication.logging_in import GET, Client, asking
from tests.proxy.wire import body_of, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.preauthentication.conftest import House
    from tests.proxy.wire import Proxy, ScriptedServer

SCHEMES = pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])


@pytest.mark.parametrize(
    ("site", "challenges"),
    [("silent", [b"Negotiate", b"NTLM"]), ("plain-ntlm", [b"NTLM"]), ("reversed", [b"NTLM", b"Negotiate"])],
)
def test_a_stranger_is_asked_by_every_scheme_in_the_order_of_the_rule(
    house: House, site: str, challenges: list[bytes]
) -> None:
    answer = house.connect().request(asking(site))
    assert status_of(answer) == 401
    assert fields_of(answer, b"WWW-Authenticate") == challenges  # a line for each: clients misread them joined
    assert fields_of(answer, b"Connection") == []


def test_nothing_of_a_stranger_goes_inside(house: House) -> None:
    before = house.server.accepted
    client = house.connect()
    for request in (asking("silent"), asking("silent", b"Authorization: Basic YTpi"), asking("silent", body=b"x")):
        assert status_of(client.request(request)) == 401
    assert house.server.accepted == before


@SCHEMES
def test_two_legs_let_a_client_in(house: House, scheme: str) -> None:
    client = Client(house.connect(), scheme=scheme)
    challenge = client.first_leg(asking("silent"))
    assert status_of(challenge) == 401
    (line,) = fields_of(challenge, b"WWW-Authenticate")  # its own scheme alone, and the token
    assert line.startswith(scheme.encode() + b" ")
    client.last_leg(challenge, asking("silent"))
    answer = client.peer.read_message()
    assert status_of(answer) == 200
    assert fields_of(answer, b"Persistent-Auth") == [b"true"]
    assert b"authorization" not in body_of(answer).lower()  # it was ours


def test_negotiate_ends_with_a_token_of_ours_beside_the_sites_answer(house: House) -> None:
    client = Client(house.connect(), scheme="Negotiate")
    answer = client.logged_in(asking("silent"))
    (line,) = fields_of(answer, b"WWW-Authenticate")
    assert line.startswith(b"Negotiate ")
    client.credential(answer)  # pyspnego verifies the mechListMIC in it


@SCHEMES
def test_the_login_lasts_as_long_as_the_connection(house: House, scheme: str) -> None:
    client = Client(house.connect(), scheme=scheme)
    client.logged_in(asking("silent"))
    for _ in range(3):
        answer = client.peer.request(asking("silent"))
        assert status_of(answer) == 200
        assert fields_of(answer, b"Persistent-Auth") == []


@SCHEMES
def test_the_login_is_of_no_use_to_any_other_connection(house: House, scheme: str) -> None:
    client = Client(house.connect(), scheme=scheme)
    client.logged_in(asking("silent"))
    for _ in range(3):
        assert status_of(house.connect().request(asking("silent"))) == 401


@pytest.mark.parametrize(
    "name", ["alice", "CONTOSO\\alice", "contoso\\ALICE", "alice@contoso.com", "ALICE@CONTOSO.COM"]
)
@SCHEMES
def test_every_spelling_of_a_name_is_the_same_user(house: House, name: str, scheme: str) -> None:
    answer = Client(house.connect(), user=name, scheme=scheme).logged_in(asking("told"))
    assert fields_of(body_of(answer), b"X-Forwarded-User") == [b"CONTOSO\\alice"]


@SCHEMES
def test_over_tls_as_well(house: House, scheme: str) -> None:
    client = Client(house.connect_tls("silent"), scheme=scheme)
    assert status_of(client.logged_in(asking("silent"))) == 200
    assert status_of(client.peer.request(asking("silent"))) == 200


@pytest.mark.parametrize(
    ("site", "user", "status"),
    [
        ("webmasters", "alice", 200),
        ("webmasters", "bob", 403),
        ("staff", "alice", 200),  # through another group
        ("staff", "bob", 403),
        ("bobs", "bob", 200),
        ("bobs", "alice", 403),
        ("both", "bob", 200),  # named
        ("both", "alice", 200),  # of the group
        ("both", "Zoë", 403),
    ],
)
def test_a_rule_lets_in_whom_it_names(house: House, site: str, user: str, status: int) -> None:
    client = Client(house.connect(), user=user)
    assert status_of(client.logged_in(asking(site))) == status
    assert status_of(client.peer.request(asking(site))) == status  # and the connection goes on


def test_who_may_not_enter_here_may_enter_elsewhere_with_the_same_login(house: House) -> None:
    client = Client(house.connect(), user="bob")
    assert status_of(client.logged_in(asking("/webmasters"))) == 403
    answer = client.peer.request(asking("/told"))
    assert fields_of(body_of(answer), b"X-Forwarded-User") == [b"CONTOSO\\bob"]
    assert status_of(client.peer.request(asking("/webmasters"))) == 403


def test_another_source_of_accounts_wants_a_login_of_its_own(house: House) -> None:
    client = Client(house.connect())
    client.logged_in(asking("/told"))
    assert status_of(client.peer.request(asking("/strangers"))) == 401
    stranger = Client(client.peer, user="ELSEWHERE\\mallory")
    answer = stranger.logged_in(asking("/strangers"))
    assert fields_of(body_of(answer), b"X-Forwarded-User") == [b"ELSEWHERE\\mallory"]
    answer = client.peer.request(asking("/told"))
    assert fields_of(body_of(answer), b"X-Forwarded-User") == [b"CONTOSO\\alice"]


def test_the_accounts_of_another_source_open_nothing_here(house: House) -> None:
    client = Client(house.connect(), user="mallory")
    assert status_of(client.logged_in(asking("silent"))) == 401
    assert status_of(Client(house.connect(), user="alice").logged_in(asking("strangers"))) == 401


def test_a_stronger_rule_does_not_take_a_weaker_rules_login(house: House) -> None:
    """A login without channel binding may have been passed on by somebody in the middle."""
    client = Client(house.proxy.connect_tls("site.test"))
    client.logged_in(asking("/trusting"))
    assert status_of(client.peer.request(asking("/careful"))) == 401
    assert status_of(client.peer.request(asking("/trusting"))) == 200


def test_a_rule_without_login_is_served_as_ever_on_the_same_connection(house: House) -> None:
    client = house.connect()
    assert status_of(client.request(asking("/open"))) == 200
    assert status_of(client.request(asking("/silent"))) == 401
    assert status_of(client.request(asking("/open"))) == 200


def test_a_connection_that_speaks_for_several_clients_is_not_served_as_one_of_them(house: House) -> None:
    client = Client(house.connect())
    client.logged_in(asking("told", b"X-Forwarded-For: 10.0.0.1"))
    client.peer.send(asking("told", b"X-Forwarded-For: 10.0.0.2"))
    assert status_of(client.peer.read_message()) == 403
    assert client.peer.ended()


def test_the_log_names_the_user_and_no_secret(house: House) -> None:
    client = Client(house.connect(), user="bob")
    client.logged_in(asking("told", b"X-Trace: names-the-user"))
    number = len([line for line in house.proxy.lines() if line.get("user") == "CONTOSO\\bob"])
    client.peer.request(asking("told"))
    eventually(lambda: len([line for line in house.proxy.lines() if line.get("user") == "CONTOSO\\bob"]) > number)
    text = house.proxy.log_path.read_text("utf-8")
    assert "Wien-1815!" not in text
    assert "TlRMTVNTUA" not in text


def test_another_protocol_begins_behind_the_login(guarded: Callable[..., Proxy], server: ScriptedServer) -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    client = Client(guarded(server, site_sees="header").connect())
    assert status_of(client.peer.request(upgrade)) == 401
    client.log_in(upgrade)
    end = server.accept()
    assert fields_of(end.read_message(), b"X-Forwarded-User") == [b"CONTOSO\\alice"]
    end.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
    assert client.peer.read_head().startswith(b"HTTP/1.1 101 ")
    assert client.peer.read(5) == b"hello"
    client.peer.send(b"hello yourself")
    assert end.read(14) == b"hello yourself"


def test_a_login_is_good_although_the_site_is_not_there(guarded: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = guarded(server)
    server.stop()
    client = Client(proxy.connect())
    assert status_of(client.logged_in()) == 503
    assert status_of(client.peer.request(GET)) == 503  # the login is good, and the site is not there
