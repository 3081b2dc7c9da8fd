"""The user's name for the site: always ours, never a client's."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.authentication.accounts import Account
from bridgehead.proxy.preauthentication.identity_field import IdentityField, is_taken
from tests.proxy.preauthentication.logging_in import Client, asking
from tests.proxy.wire import body_of, fields_of, status_of

if TYPE_CHECKING:
    from tests.proxy.preauthentication.conftest import House

FORGED = [
    b"X-Forwarded-User: CONTOSO\\root",
    b"x-forwarded-user: CONTOSO\\root",
    b"X_Forwarded_User: CONTOSO\\root",
    b"x-forwarded_USER:CONTOSO\\root",
    b"X.Forwarded.User: CONTOSO\\root",
    b"Remote-User: CONTOSO\\root",
    b"REMOTE_USER: CONTOSO\\root",
    b"Remote.User:   CONTOSO\\root",
]


@pytest.mark.parametrize("line", FORGED, ids=bytes.decode)
@pytest.mark.parametrize("site", ["told", "remote"])
def test_a_forged_field_is_removed_and_ours_is_there(house: House, site: str, line: bytes) -> None:
    client = Client(house.connect())
    for answer in (client.logged_in(asking(site, line)), client.peer.request(asking(site, line, line))):
        seen = body_of(answer)
        assert b"root" not in seen
        assert seen.count(b"CONTOSO\\alice\r\n") == 1


@pytest.mark.parametrize("line", FORGED[-3:], ids=bytes.decode)
def test_no_other_rule_lets_a_forged_field_through(house: House, line: bytes) -> None:
    """Another rule may lead to the same servers."""
    assert b"root" not in body_of(house.connect().request(asking("open", line)))


@pytest.mark.parametrize(
    "nominated", [b"X-Forwarded-User", b"close, x-forwarded-user", b"Remote-User", b"keep-alive, remote-user"]
)
@pytest.mark.parametrize("site", ["told", "remote"])
def test_a_client_cannot_have_our_field_removed_by_nominating_it(house: House, site: str, nominated: bytes) -> None:
    client = Client(house.connect())
    challenge = client.first_leg(asking(site))
    client.last_leg(challenge, asking(site, b"Connection: " + nominated, FORGED[0], FORGED[5]))
    seen = body_of(client.peer.read_message())
    assert seen.count(b"CONTOSO\\alice\r\n") == 1
    assert b"root" not in seen
    assert fields_of(seen, b"Connection") == []


def test_what_is_not_printable_ascii_is_percent_encoded(house: House) -> None:
    answer = Client(house.connect(), user="CONTOSO\\Zoë").logged_in(asking("told"))
    assert fields_of(body_of(answer), b"X-Forwarded-User") == [b"CONTOSO\\Zo%C3%AB"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_name_breaks_out_of_its_line(name: str) -> None:
    line = IdentityField("X-Forwarded-User").line(Account(name))
    assert line.startswith(b"X-Forwarded-User: ")
    assert line.endswith(b"\r\n")
    assert all(0x20 <= byte < 0x7F for byte in line[:-2])


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_no_two_names_look_alike(one: str, other: str) -> None:
    field = IdentityField("X-Forwarded-User")
    try:
        same = field.line(Account(one)) == field.line(Account(other))
    except UnicodeEncodeError:  # half a surrogate is no name
        return
    assert same == (one == other)


def test_a_field_that_means_something_else_is_no_place_for_a_name() -> None:
    assert is_taken("Host")
    assert is_taken("authorization")
    assert not is_taken("X-Forwarded-User")


def test_many_users_at_once_are_never_taken_for_one_another(house: House) -> None:
    """Connections to the server are shared; the identity travels with each request."""
    failures: list[object] = []

    def use(user: str, spelt: bytes) -> None:
        try:
            for _ in range(5):
                client = Client(house.connect(), user=user)
                for answer in (
                    client.logged_in(asking("told")),
                    *(client.peer.request(asking("told")) for _ in range(20)),
                ):
                    seen = fields_of(body_of(answer), b"X-Forwarded-User")
                    if seen != [spelt]:
                        failures.append((user, seen))
                client.peer.close()
        except Exception as error:  # noqa: BLE001 - of a thread: told by the assertion below
            failures.append(error)

    def look() -> None:
        for _ in range(50):
            peer = house.connect()
            if status_of(peer.request(asking("told"))) != 401:
                failures.append("a stranger came in")
            seen = body_of(peer.request(asking("open")))
            if b"CONTOSO" in seen:
                failures.append(seen)
            peer.close()

    users = {"alice": b"CONTOSO\\alice", "bob": b"CONTOSO\\bob", "Zoë": b"CONTOSO\\Zo%C3%AB"}
    threads = [threading.Thread(target=use, args=pair) for pair in users.items() for _ in range(2)]
    threads += [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def with_trailer(site: str, name: bytes) -> bytes:
    chunks = b"1\r\nx\r\n0\r\n" + name + b": CONTOSO\\root\r\n\r\n"
    return asking(site, b"Transfer-Encoding: chunked", method=b"POST") + chunks


@pytest.mark.parametrize("name", [b"X-Forwarded-User", b"x_forwarded_user", b"Remote-User", b"REMOTE_USER"])
def test_a_name_behind_the_body_is_refused(house: House, name: bytes) -> None:
    """Some servers add the fields of a trailer to those of the head."""
    client = Client(house.connect())
    client.logged_in(asking("told"))
    client.peer.send(with_trailer("told", name))
    assert status_of(client.peer.read_message()) == 400
    assert client.peer.ended()


@pytest.mark.parametrize("name", [b"Intranet-User", b"INTRANET_USER", b"intranet_user", b"Intranet.User"])
@pytest.mark.parametrize("site", ["named", "open"])
def test_a_field_of_a_sites_own_choice_has_no_place_behind_a_body_either(house: House, site: str, name: bytes) -> None:
    client = Client(house.connect())
    if site == "named":
        assert fields_of(body_of(client.logged_in(asking(site))), b"Intranet-User") == [b"CONTOSO\\alice"]
    client.peer.send(with_trailer(site, name))
    assert status_of(client.peer.read_message()) == 400
    assert client.peer.ended()
