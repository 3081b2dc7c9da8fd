"""Logins that end at the proxy, by clients that are none of ours: against a real domain, and against a file."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from bridgehead.lab.authority import write_secret
from bridgehead.lab.users import User
from bridgehead.spec import Accounts, Forward, Login, Pool, Server
from tests.end_to_end.echo_site import EchoSite
from tests.end_to_end.published_pools import LOOPBACK, PublishedPools
from tests.interop.chromium import Chromium
from tests.interop.curl import Seen, curl
from tests.interop.ntlm_user_file import login_of
from tests.interop.requests_client import session_as
from tests.interop.samba_domain import DOMAIN, PASSWORD, REALM, SUFFIX, THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.publication import Publication
    from tests.interop.samba_domain import SambaDomain

pytestmark = pytest.mark.interop

FILE = f"""
[users.alice]
password = "{PASSWORD}"
member_of = ["Meeting Organisers"]
principal = "alice@{SUFFIX}"
[users."zoë"]
password = "{PASSWORD}"
member_of = ["Lync Users"]
[users.bob]
password = "{PASSWORD}"
[users.disabled]
password = "{PASSWORD}"
disabled = true
[groups."Meeting Organisers"]
member_of = ["Lync Users"]
"""


def login(accounts: str, **options: object) -> Forward:
    """The shield is off: these tests fail more often than it would let anybody do."""
    settings = Login.model_validate({"accounts": accounts, "site_sees": "header", **options})
    return Forward(pool="pool", authentication="ntlm", login=settings, shield=False)


@pytest.fixture(scope="module")
def site() -> Iterator[EchoSite]:
    with EchoSite("inside") as running:
        yield running


@pytest.fixture(scope="module")
def proxy(
    domain: SambaDomain,
    names: Publication,
    authority: LabAuthority,
    site: EchoSite,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PublishedPools]:
    """The same site in several places, for each source of accounts."""
    directory = tmp_path_factory.mktemp("preauthentication")
    write_secret(directory / "accounts.toml", FILE.encode())
    common = {"domain": DOMAIN, "dns_domain": REALM.lower(), "computer": "GATEWAY"}
    programs = {"ntlm_auth": domain.ntlm_auth, "wbinfo": domain.wbinfo}
    accounts = (
        Accounts.model_validate(
            {**common, "name": "domain", "source": "winbind", "keytab": str(domain.keytab), **programs}
        ),
        Accounts.model_validate({**common, "name": "file", "source": "file", "file": str(directory / "accounts.toml")}),
    )
    places: dict[str, dict[str, object]] = {
        "all": {},
        "group": {"groups": ["Lync Users"]},
        "ntlm": {"schemes": ["NTLM"]},
        "bound": {"channel_binding": "require"},
    }
    rules = {
        f"/{source.name}/{place}/*": login(source.name, **options)
        for source in accounts
        for place, options in places.items()
    }
    with ExitStack() as stack:
        pool = Pool(name="pool", servers=(Server(host=LOOPBACK, port=site.port),), tls=False)
        yield PublishedPools(directory, stack, names, authority, [pool], rules=rules, accounts=accounts)


@pytest.fixture(params=["domain", "file"])
def source(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def browser(proxy: PublishedPools) -> Iterator[Chromium]:
    """Of somebody who is in no domain."""
    with Chromium(proxy.chain) as running:
        yield running


def curl_as(proxy: PublishedPools, path: str, scheme: str, user: str, password: str = PASSWORD) -> Seen:
    return curl(proxy, path, f"--{scheme}", "--user", f"{user}:{password}")


def url_of(proxy: PublishedPools, path: str) -> str:
    return proxy.names.url(proxy.names.web, path)


def user_seen(body: bytes | str) -> str | None:
    """Whom the site was told of."""
    fields = {name.lower(): value for name, value in json.loads(body)["fields"]}
    return unquote(fields["x-forwarded-user"]) if "x-forwarded-user" in fields else None


ALICES_NAMES = [f"{DOMAIN}\\alice", f"alice@{SUFFIX}", f"{REALM.lower()}\\ALICE"]
NOBODY = [
    ("alice", "guessed"),
    ("nobody", PASSWORD),
    ("disabled", PASSWORD),
    ("expired-password", PASSWORD),
    ("must-change", PASSWORD),
    ("expired-account", PASSWORD),
]


@pytest.mark.parametrize("user", [*ALICES_NAMES, "alice"])
def test_curl_logs_in_by_each_of_an_accounts_names(proxy: PublishedPools, source: str, user: str) -> None:
    seen = curl_as(proxy, f"/{source}/all/page", "ntlm", user)
    assert seen.statuses == [401, 200], seen.heads
    assert user_seen(seen.body) == f"{DOMAIN}\\alice"


@pytest.mark.parametrize(("user", "password"), NOBODY)
def test_curl_is_refused_whose_account_or_password_will_not_do(
    proxy: PublishedPools, site: EchoSite, source: str, user: str, password: str
) -> None:
    before = len(site.requests)
    seen = curl_as(proxy, f"/{source}/all/page", "ntlm", f"{DOMAIN}\\{user}", password)
    assert seen.statuses[-1] == 401, seen.heads
    assert len(site.requests) == before, "nothing of a refused login goes inside"


@pytest.mark.parametrize(("user", "status"), [("alice", 200), ("zoë", 200), ("bob", 403)])
def test_members_of_an_allowed_group_enter_through_other_groups_too(
    proxy: PublishedPools, source: str, user: str, status: int
) -> None:
    with session_as(proxy, f"{DOMAIN}\\{user}", PASSWORD) as session:
        assert session.get(url_of(proxy, f"/{source}/group/page")).status_code == status


@pytest.mark.parametrize("user", [*ALICES_NAMES, f"{DOMAIN}\\zoë"])
def test_requests_logs_in_once_on_a_connection(proxy: PublishedPools, source: str, user: str) -> None:
    with session_as(proxy, user, PASSWORD) as session:
        first, second = (session.get(url_of(proxy, f"/{source}/bound/{page}")) for page in "ab")
    assert [answer.status_code for answer in first.history] == [401, 401]
    assert [answer.status_code for answer in second.history] == []
    expected = f"{DOMAIN}\\{'zoë' if 'zo' in user else 'alice'}"
    assert [user_seen(answer.text) for answer in (first, second)] == [expected, expected]


@pytest.mark.parametrize(("user", "password"), NOBODY[:3])
def test_requests_is_refused_likewise(proxy: PublishedPools, source: str, user: str, password: str) -> None:
    with session_as(proxy, f"{DOMAIN}\\{user}", password) as session:
        assert session.get(url_of(proxy, f"/{source}/all/page")).status_code == 401


def test_a_client_that_binds_no_login_to_tls_is_refused_where_that_is_required(
    proxy: PublishedPools, source: str
) -> None:
    seen = curl_as(proxy, f"/{source}/bound/page", "ntlm", f"{DOMAIN}\\alice")
    assert seen.statuses[-1] == 401


@pytest.mark.parametrize("place", ["all", "ntlm", "bound"])
@pytest.mark.parametrize("user", [f"{DOMAIN}\\alice", f"alice@{SUFFIX}", f"{DOMAIN}\\zoë"])
def test_chromium_logs_in_as_soon_as_it_has_a_password(
    proxy: PublishedPools, browser: Chromium, source: str, user: str, place: str
) -> None:
    seen = browser.visit(url_of(proxy, f"/{source}/{place}/page"), (user, PASSWORD))
    assert seen.status == 200
    assert user_seen(seen.text) == f"{DOMAIN}\\{'zoë' if 'zo' in user else 'alice'}"


def test_chromium_asks_again_after_a_wrong_password(proxy: PublishedPools, browser: Chromium, source: str) -> None:
    seen = browser.visit(url_of(proxy, f"/{source}/group/page"), (f"{DOMAIN}\\user03", "guessed"))
    assert (seen.status, seen.asked_for_password) == (401, 2)


def test_curl_logs_in_by_ntlm_within_negotiate(proxy: PublishedPools, source: str, tmp_path: Path) -> None:
    environment = login_of(User("alice", PASSWORD, "Alice"), tmp_path)
    seen = curl(proxy, f"/{source}/all/page", "--negotiate", "--user", "alice:", environment=environment)
    assert seen.statuses[-1] == 200, seen.dialogue
    assert user_seen(seen.body) == f"{DOMAIN}\\alice"


def test_curl_logs_in_by_kerberos_with_its_first_request(proxy: PublishedPools, domain: SambaDomain) -> None:
    for user in ("alice", "bob", "zoë"):
        tickets = domain.tickets(user, user)
        seen = curl(proxy, "/domain/all/page", "--negotiate", "--user", ":", environment=tickets)
        assert seen.statuses[-1] == 200, seen.dialogue
        assert "WWW-Authenticate: Negotiate " in seen.heads[-1], "the server's proof of itself"
        assert user_seen(seen.body) == f"{DOMAIN}\\{user}"
    seen = curl(proxy, "/domain/group/page", "--negotiate", "--user", ":", environment=domain.tickets("bob", "bob"))
    assert seen.statuses[-1] == 403


def test_chromium_logs_in_by_kerberos_where_its_policy_lists_the_host(
    proxy: PublishedPools, domain: SambaDomain
) -> None:
    with Chromium(
        proxy.chain, ambient=["*.contoso.localhost"], environment=domain.tickets("alice", "alice")
    ) as browser:
        seen = browser.visit(url_of(proxy, "/domain/group/page"))
    assert (seen.status, seen.asked_for_password) == (200, 0)
    assert user_seen(seen.text) == f"{DOMAIN}\\alice"


def test_a_wrong_password_counts_once_at_the_domain(proxy: PublishedPools, domain: SambaDomain) -> None:
    before = domain.bad_password_counts()["user04"]
    curl_as(proxy, "/domain/all/page", "ntlm", f"{DOMAIN}\\user04", "guessed")
    assert domain.bad_password_counts()["user04"] == before + 1 < THRESHOLD


def test_nobody_enters_while_winbind_is_stopped_and_everybody_may_afterwards(
    proxy: PublishedPools, domain: SambaDomain
) -> None:
    domain.stop_winbind()
    try:
        seen = curl_as(proxy, "/domain/all/page", "ntlm", f"{DOMAIN}\\bob")
        assert seen.statuses[-1] in {401, 503}, seen.heads
    finally:
        domain.start_winbind()
    seen = curl_as(proxy, "/domain/all/page", "ntlm", f"{DOMAIN}\\bob")
    assert seen.statuses[-1] == 200, seen.heads
