"""`ntlm-check` against other proxies: what is publicly known of them is found, and nothing is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.interop import ntlm_sites, peers
from tests.verify.isolation.surroundings import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.users import User
    from tests.interop.ntlm_sites import Behind

pytestmark = pytest.mark.interop

KNOWN_TO_LEAK = [peers.NGINX_KEEPALIVE, peers.ENVOY, peers.CADDY]


@pytest.fixture(params=["laboratory", "Apache"])
def behind(
    request: pytest.FixtureRequest, tmp_path: Path, users: tuple[User, ...], authority: LabAuthority
) -> Iterator[Behind]:
    site = ntlm_sites.laboratory(tmp_path, users)
    with site if request.param == "laboratory" else ntlm_sites.apache(users, authority) as running:
        yield running


@pytest.mark.parametrize("peer", KNOWN_TO_LEAK, ids=lambda peer: peer.name)
def test_strangers_answered_as_users_are_found(
    peer: peers.Peer, behind: Behind, tmp_path: Path, authority: LabAuthority
) -> None:
    report = ntlm_sites.checked(peer, behind, tmp_path, authority)
    assert {verdicts(report)[rule] for rule in (1, 2, 3)} == {"broken"}, report.model_dump_json(indent=1)
    assert report.exit_status == 1


def test_nginx_as_installed_breaks_every_login(behind: Behind, tmp_path: Path, authority: LabAuthority) -> None:
    report = ntlm_sites.checked(peers.NGINX_AS_INSTALLED, behind, tmp_path, authority)
    assert verdicts(report)[7] == "broken"
    assert verdicts(report)[2] == "unseen"
    (seventh,) = (rule for rule in report.rules if rule.number == 7)
    assert "the site itself accepts" in seventh.sentence


def test_haproxy_keeps_logins_by_ntlm_apart(tmp_path: Path, users: tuple[User, ...], authority: LabAuthority) -> None:
    with ntlm_sites.apache(users, authority) as behind:
        report = ntlm_sites.checked(peers.HAPROXY, behind, tmp_path, authority)
    assert report.count("broken") == 0, report.model_dump_json(indent=1)
    assert {verdicts(report)[rule] for rule in (2, 5, 6, 7, 8)} == {"held"}, report.model_dump_json(indent=1)


@pytest.mark.parametrize("peer", [peers.HAPROXY, peers.HAPROXY_ALWAYS], ids=lambda peer: peer.name)
def test_haproxy_lends_logins_in_one_leg(
    peer: peers.Peer, tmp_path: Path, users: tuple[User, ...], authority: LabAuthority
) -> None:
    with ntlm_sites.laboratory(tmp_path, users) as behind:
        report = ntlm_sites.checked(peer, behind, tmp_path, authority)
    assert {verdicts(report)[rule] for rule in (1, 2, 15)} == {"broken"}, report.model_dump_json(indent=1)
    (first,) = (rule for rule in report.rules if rule.number == 1)
    # What was lent had been logged in by a ticket.
    assert any("Authorization: Negotiate token" in line for line in first.evidence[0].transcript)


def test_caddy_offers_http_2_and_3_for_a_site_with_windows_logins(
    behind: Behind, tmp_path: Path, authority: LabAuthority
) -> None:
    assert verdicts(ntlm_sites.checked(peers.CADDY, behind, tmp_path, authority))[17] == "broken"
