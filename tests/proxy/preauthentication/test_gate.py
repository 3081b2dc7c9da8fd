"""What the site sees of a login: nothing, a name, or a login of its own on the same connection."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.messages import Fields
from bridgehead.lab.users import User, write_credential_store
from bridgehead.lab.windows_authentication import ConnectionAuthentication
from tests.proxy.preauthentication.logging_in import GET, Client, with_field
from tests.proxy.wire import OK, Peer, body_of, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bridgehead.lab.messages import Request
    from tests.proxy.wire import Proxy, ScriptedServer

    Guarded = Callable[..., Proxy]

AT_THE_SITE = "Another-password-1"


class _Asked:
    """As much of a request as its login needs."""

    def __init__(self, head: bytes) -> None:
        self.fields = Fields([("Authorization", value.decode()) for value in fields_of(head, b"Authorization")])


@pytest.fixture
def windows_site(server: ScriptedServer, tmp_path: Path) -> ScriptedServer:
    """A server with Windows authentication and accounts of its own, which answers with the user's name."""
    store = tmp_path / "site-accounts"
    write_credential_store(store, [User("alice", AT_THE_SITE, ""), User("bob", AT_THE_SITE, "")])

    def script(peer: Peer) -> None:
        authentication = ConnectionAuthentication(store)
        while True:
            request: Request = _Asked(peer.read_message())  # type: ignore[assignment] # of which it reads the fields
            enters, challenges = authentication.judge(request)
            lines = "".join(f"{name}: {value}\r\n" for name, value in challenges).encode()
            body = (authentication.user or "").encode() if enters else b""
            status = b"200 OK" if enters else b"401 Unauthorized"
            peer.send(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), lines, body))

    server.script = script
    return server


def exchanged(guarded: Guarded, server: ScriptedServer, answer: bytes, **how: object) -> bytes:
    """What a client that is logged in gets, where the site answers so."""
    client = Client(guarded(server, **how).connect())
    client.log_in()
    end = server.accept()
    end.read_message()
    end.send(OK)
    client.peer.read_message()
    client.peer.send(GET)
    end.read_message()
    end.send(answer)
    return client.peer.read_message()


BOTH = b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"


@pytest.mark.parametrize("site_sees", ["nothing", "header"])
def test_the_sites_own_challenges_of_that_kind_do_not_pass(
    guarded: Guarded, server: ScriptedServer, site_sees: str
) -> None:
    """The client could not tell them from ours."""
    answer = b"HTTP/1.1 401 Unauthorized\r\n" + BOTH + b'WWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
    seen = exchanged(guarded, server, answer, site_sees=site_sees)
    assert status_of(seen) == 401
    assert fields_of(seen, b"WWW-Authenticate") == [b'Basic realm="x"']


@pytest.mark.parametrize("site_sees", ["nothing", "header"])
def test_a_site_that_asks_for_nothing_else_is_refused(guarded: Guarded, server: ScriptedServer, site_sees: str) -> None:
    answer = b"HTTP/1.1 401 Unauthorized\r\n" + BOTH + b"Content-Length: 0\r\n\r\n"
    seen = exchanged(guarded, server, answer, site_sees=site_sees)
    assert status_of(seen) == 403
    assert fields_of(seen, b"WWW-Authenticate") == []


def test_a_sites_401_that_asks_for_no_such_login_passes_as_it_is(guarded: Guarded, server: ScriptedServer) -> None:
    answer = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\nno"
    assert exchanged(guarded, server, answer) == answer


@pytest.mark.parametrize("credential", [b"Basic YTpi", b"Bearer abc", b"Digest username=x"])
def test_credentials_of_other_schemes_are_the_sites(
    guarded: Guarded, server: ScriptedServer, credential: bytes
) -> None:
    client = Client(guarded(server).connect())
    client.log_in()
    end = server.accept()
    end.read_message()
    end.send(OK)
    client.peer.read_message()
    client.peer.send(with_field(GET, b"Authorization: " + credential))
    assert fields_of(end.read_message(), b"Authorization") == [credential]


def test_connections_to_the_site_are_shared_where_it_has_no_login_of_its_own(
    guarded: Guarded, server: ScriptedServer
) -> None:
    proxy = guarded(server, site_sees="header")
    first = Client(proxy.connect())
    first.log_in()
    end = server.accept()
    end.read_message()
    end.send(OK)
    first.peer.read_message()
    second = Client(proxy.connect(), user="bob")
    second.log_in()
    assert fields_of(end.read_message(), b"X-Forwarded-User") == [b"CONTOSO\\bob"]


# A login of the site's own


def test_after_ours_the_site_may_have_a_login_of_its_own(guarded: Guarded, windows_site: ScriptedServer) -> None:
    proxy = guarded(windows_site, site_sees="own-login")
    ours = Client(proxy.connect())
    answer = ours.logged_in()
    assert status_of(answer) == 401  # the site's
    assert fields_of(answer, b"WWW-Authenticate") == [b"Negotiate", b"NTLM"]
    assert fields_of(answer, b"Persistent-Auth") == []
    for scheme in ("NTLM", "Negotiate"):
        sites = Client(ours.peer, password=AT_THE_SITE, scheme=scheme)
        assert body_of(sites.logged_in()) == b"CONTOSO\\alice"
        assert body_of(ours.peer.request(GET)) == b"CONTOSO\\alice"


def test_the_sites_login_is_bound_to_its_client(guarded: Guarded, windows_site: ScriptedServer) -> None:
    proxy = guarded(windows_site, site_sees="own-login")
    alice = Client(proxy.connect())
    alice.logged_in()
    Client(alice.peer, password=AT_THE_SITE).logged_in()
    bob = Client(proxy.connect(), user="bob")
    assert status_of(bob.logged_in()) == 401  # of another connection to the site
    assert status_of(bob.peer.request(GET)) == 401
    assert body_of(Client(bob.peer, user="CONTOSO\\bob", password=AT_THE_SITE).logged_in()) == b"CONTOSO\\bob"
    assert body_of(alice.peer.request(GET)) == b"CONTOSO\\alice"
    assert status_of(proxy.connect().request(GET)) == 401


def test_before_ours_is_complete_no_credential_reaches_the_site(guarded: Guarded, windows_site: ScriptedServer) -> None:
    proxy = guarded(windows_site, site_sees="own-login")
    sites = Client(proxy.connect(), password=AT_THE_SITE)
    assert status_of(sites.logged_in()) == 401
    assert windows_site.accepted == 0


def test_the_sites_word_on_a_wrong_password_does_not_touch_our_login(
    guarded: Guarded, windows_site: ScriptedServer
) -> None:
    proxy = guarded(windows_site, site_sees="own-login")
    ours = Client(proxy.connect())
    ours.logged_in()
    assert status_of(Client(ours.peer, password="wrong").logged_in()) == 401
    assert body_of(Client(ours.peer, password=AT_THE_SITE).logged_in()) == b"CONTOSO\\alice"


def test_many_users_with_two_logins_each_are_kept_apart(guarded: Guarded, windows_site: ScriptedServer) -> None:
    proxy = guarded(windows_site, site_sees="own-login")
    failures: list[object] = []

    def use(user: str) -> None:
        try:
            for _ in range(3):
                ours = Client(proxy.connect(), user=user)
                sites = Client(ours.peer, user=f"CONTOSO\\{user}", password=AT_THE_SITE)
                ours.logged_in()
                answers = [sites.logged_in(), *(ours.peer.request(GET) for _ in range(10))]
                failures.extend(answer for answer in answers if body_of(answer) != f"CONTOSO\\{user}".encode())
                ours.peer.close()
        except Exception as error:  # noqa: BLE001 - of a thread: told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=use, args=(user,)) for user in ("alice", "bob") for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
