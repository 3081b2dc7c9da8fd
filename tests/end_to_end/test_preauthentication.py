"""Logins that end at the proxy, from the file to the site: what the file says is what happens."""

from __future__ import annotations

import ssl
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.ntlm_client import NtlmConnection
from bridgehead.lab.users import NAMED, User
from tests.end_to_end.free_port import free_port
from tests.end_to_end.publication import LOOPBACK, Authorities, Publication, fields_seen, seen_by_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.lab.ntlm_client import Scheme
    from tests.end_to_end.echo_site import EchoSite

HOST = "mail.contoso.com"
ASKING_HOST = "dialin.contoso.com"
OPEN_HOST = "autodiscover.contoso.com"
ALICE, BOB, CAROL, _ = NAMED
MALLORY = User("alice", "a wrong password", "Mallory")

FILE = """
    [accounts]
    source = "file"
    file = "accounts.toml"
    domain = "CONTOSO"

    [[publish]]
    host = "mail.contoso.com"
    to = "{inside}"
    trust = "internal-root.pem"
    authentication = "ntlm"
    allowed_users = ['CONTOSO\\bob']
    allowed_groups = ["Staff"]
    site_sees = "header"

    [[publish]]
    host = "dialin.contoso.com"
    to = "{asking}"
    trust = "internal-root.pem"
    authentication = "ntlm"

    [[publish]]
    host = "autodiscover.contoso.com"
    to = "{inside}"
    trust = "internal-root.pem"
"""


def add_user(publication: Publication, user: User, *groups: str) -> None:
    """As an administrator does it."""
    file = publication.directory / "accounts.toml"
    command = [sys.executable, "-m", "bridgehead", "user", "add", str(file), user.name, "--password-stdin"]
    options = [word for group in groups for word in ("--group", group)]
    subprocess.run([*command, *options], input=f"{user.password}\n", text=True, check=True, capture_output=True)


class Published:
    """A site behind a login, and the same site beside it without one. Alice is of the staff, Bob is named."""

    def __init__(self, publication: Publication, stack: ExitStack) -> None:
        self.publication = publication
        self._stack = stack
        self.site: EchoSite = publication.site("mail")
        add_user(publication, ALICE, "Staff")
        add_user(publication, BOB)
        add_user(publication, CAROL)
        challenges = (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM"))
        self.asking_site: EchoSite = publication.site("asking", status=401, fields=challenges)
        publication.serve(FILE.format(inside=self.site.url, asking=self.asking_site.url))

    def connect(self, scheme: Scheme = "NTLM", *, host: str = HOST) -> NtlmConnection:
        """A client outside, able to log in."""
        context = ssl.create_default_context(cadata=self.publication.authorities.public.root_pem.decode())
        address = LOOPBACK, self.publication.tls_port
        return self._stack.enter_context(NtlmConnection(address, host, context, scheme=scheme))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, authorities: Authorities) -> Iterator[Published]:
    with ExitStack() as stack:
        yield Published(Publication(tmp_path_factory.mktemp("published"), authorities, stack), stack)


@pytest.fixture(autouse=True)
def nothing_seen_before(published: Published) -> None:
    published.site.requests.clear()


def test_nothing_reaches_the_site_before_somebody_has_logged_in(published: Published) -> None:  # CR-24
    answer = published.connect().request("GET", "/owa/")
    assert answer.status == 401
    assert answer.fields.all("WWW-Authenticate") == ["Negotiate", "NTLM"]
    assert published.site.requests == []


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_whoever_logs_in_gets_through_for_as_long_as_the_connection_lasts(
    published: Published, scheme: Scheme
) -> None:  # CR-24
    connection = published.connect(scheme)
    answers = [connection.log_in(ALICE, "GET", "/owa/"), connection.request("GET", "/owa/more")]
    assert [seen_by_site(answer)["target"] for answer in answers] == ["/owa/", "/owa/more"]
    assert [fields_seen(answer, "X-Forwarded-User") for answer in answers] == [[r"CONTOSO\alice"]] * 2
    assert [fields_seen(answer, "Authorization") for answer in answers] == [[], []]
    assert published.connect(scheme).request("GET", "/owa/").status == 401


def test_a_body_comes_through_with_the_last_leg(published: Published) -> None:
    answer = published.connect().log_in(BOB, "POST", "/owa/", body=b"a message")
    assert seen_by_site(answer)["body"] == "a message"


def test_no_client_can_say_who_it_is(published: Published) -> None:
    forged = {"X-Forwarded-User": r"CONTOSO\bob", "x_forwarded_user": r"CONTOSO\bob"}
    connection = published.connect()
    connection.log_in(ALICE, "GET", "/owa/", fields=forged)
    answer = connection.request("GET", "/owa/", fields=forged)
    assert fields_seen(answer, "X-Forwarded-User") == [r"CONTOSO\alice"]
    assert fields_seen(answer, "x_forwarded_user") == []


@pytest.mark.parametrize(("user", "status"), [(CAROL, 403), (MALLORY, 401)])
def test_who_may_not_enter_does_not_reach_the_site(published: Published, user: User, status: int) -> None:
    assert published.connect().log_in(user, "GET", "/owa/").status == status
    assert published.site.requests == []


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_second_login_that_nobody_published_is_not_asked_for(published: Published, scheme: Scheme) -> None:
    answer = published.connect(scheme, host=ASKING_HOST).log_in(CAROL, "GET", "/")
    assert (answer.status, answer.fields.all("WWW-Authenticate")) == (403, [])
    assert published.asking_site.requests.pop()["target"] == "/"


def test_the_site_beside_it_is_reached_without(published: Published) -> None:
    answer = published.connect(host=OPEN_HOST).request("GET", "/", fields={"X-Forwarded-User": r"CONTOSO\bob"})
    assert seen_by_site(answer)["site"] == "mail"


LISTENER_ASKS = """
    [accounts]
    source = "file"
    file = "accounts.toml"
    domain = "CONTOSO"

    [[publish]]
    host = "mail.contoso.com"
    to = "{inside}"
    trust = "internal-root.pem"

    [[listener]]
    name = "inside"
    address = "127.0.0.1:{inside_port}"

    [[listener]]
    name = "outside"
    address = "127.0.0.1:{outside_port}"
    authentication = "ntlm"

    [certificate.public]
    chain = "public.pem"
    key = "public.key"
"""


def test_a_listener_asks_for_what_has_no_word_of_its_own(publication: Publication) -> None:
    site = publication.site("mail")
    add_user(publication, ALICE)
    inside, outside = free_port(LOOPBACK), free_port(LOOPBACK)
    text = LISTENER_ASKS.format(inside=site.url, inside_port=inside, outside_port=outside)
    publication.serve(text, listeners="")
    assert publication.https(HOST, port=inside).request("GET", "/").status == 200
    assert publication.https(HOST, port=outside).request("GET", "/").status == 401
