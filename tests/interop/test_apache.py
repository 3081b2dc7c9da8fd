"""NTLM by mod_auth_gssapi and gss-ntlmssp, through the proxy: an acceptor and clients that are none of ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.crowd import PROTECTED, Crowd
from tests.end_to_end.sightings import crossed_identities, losses, report, shared_without_login
from tests.interop.apache import NAME, Apache
from tests.interop.curl import curl
from tests.interop.ntlm_user_file import login_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.ntlm_client import Scheme
    from bridgehead.lab.users import User
    from tests.end_to_end.published_pools import PublishedPools

pytestmark = pytest.mark.interop


@pytest.fixture
def apache(users: tuple[User, ...], authority: LabAuthority) -> Iterator[Apache]:
    with Apache(users, authority) as running:
        yield running


@pytest.fixture(params=["TLS to plain", "TLS to TLS"])
def proxy(request: pytest.FixtureRequest, apache: Apache, publish: Callable[..., PublishedPools]) -> PublishedPools:
    return publish(apache.plain) if request.param == "TLS to plain" else publish(apache.tls, NAME)


def test_curl_logs_in_by_negotiate(proxy: PublishedPools, users: tuple[User, ...], tmp_path: Path) -> None:
    alice = users[0]
    environment = login_of(alice, tmp_path)
    seen = curl(
        proxy, f"{PROTECTED}/curl.1", "--negotiate", "--user", f"{alice.name}:{alice.password}", environment=environment
    )
    assert seen.statuses[-1] == 200
    assert f"X-Lab-User: {alice.account}" in seen.heads[-1]


def test_five_curls_at_once_are_five_users(proxy: PublishedPools, users: tuple[User, ...], tmp_path: Path) -> None:
    def answers_to(user: User) -> list[str]:
        paths = [f"{PROTECTED}/{user.name}.{number}" for number in range(1, 6)]
        environment = login_of(user, tmp_path)
        seen = [curl(proxy, path, "--negotiate", "--user", ":", environment=environment) for path in paths]
        return [head for one in seen for head in one.heads if " 200" in head]

    with ThreadPoolExecutor() as threads:
        heads = list(threads.map(answers_to, users[:5]))
    for user, seen in zip(users, heads, strict=False):
        assert len(seen) == 5
        assert all(f"X-Lab-User: {user.account}" in head for head in seen)


@pytest.mark.parametrize(("scheme", "preemptive"), [("NTLM", False), ("Negotiate", True)])
def test_no_stranger_of_1_000_is_answered_as_one_of_ten_users(
    apache: Apache, proxy: PublishedPools, users: tuple[User, ...], scheme: Scheme, preemptive: bool
) -> None:
    crowd = Crowd(lambda: proxy.connect(scheme, preemptive=preemptive), users, requests_each=40)
    crowd.run()
    crossed = crossed_identities(crowd.sightings, apache.events())
    assert not crossed, report(crossed)
    lost = losses(crowd.sightings)
    assert not lost, report(lost)
    assert sum(sighting.entitled is None for sighting in crowd.sightings) >= 1000
    assert shared_without_login(apache.events()), "no pooled connection was ever shared: this proves nothing"
