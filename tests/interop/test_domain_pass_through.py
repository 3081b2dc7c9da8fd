"""Logins that sites inside ask for, passed through by the proxy, with accounts of a real domain.

The sites are Samba's `ntlm_auth` behind a small web server, for clients that gss-ntlmssp rejects, and Apache with
Kerberos, whose clients send their ticket before anybody has asked for one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.messages import split_host
from bridgehead.lab.users import User
from tests.end_to_end.crowd import PROTECTED, Crowd
from tests.end_to_end.sightings import crossed_identities, losses, report, shared_without_login
from tests.interop.apache import Apache
from tests.interop.chromium import Chromium
from tests.interop.curl import curl
from tests.interop.ntlm_auth_site import NtlmAuthSite
from tests.interop.requests_client import session_as
from tests.interop.samba_domain import DOMAIN, PASSWORD, REALM, SambaDomain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.ntlm_client import NtlmConnection
    from bridgehead.lab.record import Event
    from tests.end_to_end.published_pools import PublishedPools

pytestmark = pytest.mark.interop

SPNEGO = "1.3.6.1.5.5.2"
PEOPLE = [f"user{number:02d}" for number in range(1, 11)]


class KerberosUser(User):
    """Known by a principal."""

    @property
    def account(self) -> str:
        return f"{self.name}@{REALM}"


class TicketLogin:
    """With a ticket, before any challenge; each user has tickets of their own."""

    def __init__(self, domain: SambaDomain) -> None:
        self._tickets = {name: domain.tickets(name, name)["KRB5CCNAME"] for name in PEOPLE}

    def log_in(self, connection: NtlmConnection, user: User, target: str) -> Answer:
        return connection.leg(self._token(connection, user), "GET", target)

    def begin(self, connection: NtlmConnection, user: User, target: str) -> None:
        connection.leg(self._token(connection, user)[:-1], "GET", target)

    def _token(self, connection: NtlmConnection, user: User) -> bytes:
        import gssapi  # noqa: PLC0415 - compiled for `make interop`; `make test` collects this file without it

        credentials = gssapi.Credentials(usage="initiate", store={"ccache": self._tickets[user.name]})
        service = gssapi.Name(f"HTTP@{split_host(connection.host)[0]}", gssapi.NameType.hostbased_service)
        mechanism = gssapi.OID.from_int_seq(SPNEGO)
        client = gssapi.SecurityContext(name=service, creds=credentials, mech=mechanism, usage="initiate")
        return client.step() or b""


@pytest.fixture(scope="module")
def site(domain: SambaDomain) -> Iterator[NtlmAuthSite]:
    with NtlmAuthSite(domain.ntlm_auth) as running:
        yield running


@pytest.fixture
def to_site(site: NtlmAuthSite, publish: Callable[..., PublishedPools]) -> PublishedPools:
    site.record.clear()
    return publish(site.port)


@pytest.fixture
def apache(domain: SambaDomain, authority: LabAuthority) -> Iterator[Apache]:
    with Apache([], authority, domain.keytab) as running:
        yield running


def seen_by_each(users: list[str], visit: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """Let all visit at once."""
    with ThreadPoolExecutor() as threads:
        return dict(zip(users, threads.map(visit, users), strict=True))


def test_five_curls_at_once_log_in_by_ntlm_as_five_users(to_site: PublishedPools) -> None:
    def visit(user: str) -> list[str]:
        account = f"{DOMAIN}\\{user}:{PASSWORD}"
        seen = [curl(to_site, f"{PROTECTED}/{user}.{n}", "--ntlm", "--user", account) for n in range(3)]
        assert [one.statuses for one in seen] == [[401, 200]] * 3
        return [one.body.decode() for one in seen]

    for user, bodies in seen_by_each(PEOPLE[:5], visit).items():
        assert all(f'"user": "{DOMAIN}\\\\{user}"' in body for body in bodies)


def test_five_sessions_of_requests_at_once_are_five_users(to_site: PublishedPools) -> None:
    def visit(user: str) -> list[str]:
        with session_as(to_site, f"{DOMAIN}\\{user}", PASSWORD) as session:
            urls = [to_site.names.url(to_site.names.web, f"{PROTECTED}/{user}.{n}") for n in range(5)]
            return [session.get(url).json()["user"] for url in urls]

    for user, seen in seen_by_each(PEOPLE[:5], visit).items():
        assert seen == [f"{DOMAIN}\\{user}"] * 5


def test_chromium_logs_in_by_ntlm(to_site: PublishedPools) -> None:
    with Chromium(to_site.chain) as browser:
        for user in ("alice", "zoë"):
            url = to_site.names.url(to_site.names.web, f"{PROTECTED}/{user!a}")
            seen = browser.visit(url, (f"{DOMAIN}\\{user}", PASSWORD))
            assert (seen.status, seen.asked_for_password) == (200, 1)
            assert f"{DOMAIN}\\\\{user.replace('ë', chr(92) + 'u00eb')}" in seen.text


def test_no_stranger_of_1_000_is_answered_as_a_user_whom_samba_let_in(
    site: NtlmAuthSite, to_site: PublishedPools
) -> None:
    users = [User(name, PASSWORD, name) for name in PEOPLE]
    crowd = Crowd(to_site.connect, users, requests_each=40)
    crowd.run()
    judge(crowd, site.record.events())


def test_five_curls_at_once_send_tickets_of_five_users(
    domain: SambaDomain, apache: Apache, publish: Callable[..., PublishedPools]
) -> None:
    proxy = publish(apache.plain)

    def visit(user: str) -> list[str]:
        tickets = domain.tickets(user, user)
        options = ("--negotiate", "--user", ":")
        seen = [curl(proxy, f"{PROTECTED}/{user}.{n}", *options, environment=tickets) for n in range(3)]
        assert [one.statuses for one in seen] == [[200]] * 3, "the ticket goes with the first request"
        return [one.heads[-1] for one in seen]

    for user, heads in seen_by_each(PEOPLE[:5], visit).items():
        assert all(f"X-Lab-User: {user}@{REALM}" in head for head in heads)


def test_no_stranger_of_1_000_is_answered_as_a_user_whose_ticket_came_unasked(
    domain: SambaDomain, apache: Apache, publish: Callable[..., PublishedPools], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in domain.kerberos.items():
        monkeypatch.setenv(name, value)
    proxy = publish(apache.plain)
    users = [KerberosUser(name, PASSWORD, name) for name in PEOPLE]
    crowd = Crowd(lambda: proxy.connect("Negotiate"), users, requests_each=40, login=TicketLogin(domain))
    crowd.run()
    judge(crowd, apache.events())


def judge(crowd: Crowd, events: list[Event]) -> None:
    crossed = crossed_identities(crowd.sightings, events)
    assert not crossed, report(crossed)
    lost = losses(crowd.sightings)
    assert not lost, report(lost)
    assert sum(sighting.entitled is None for sighting in crowd.sightings) >= 1000
    assert shared_without_login(events), "no pooled connection was ever shared: this proves nothing"
