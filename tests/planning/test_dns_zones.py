"""The zone that a name belongs to."""

from __future__ import annotations

import pytest

from bridgehead.planning.dns_zones import Zones
from bridgehead.topology.model import Topology

ZONES = Zones(Topology.model_validate({"sip_domains": ["contoso.com", "eu.contoso.com"]}))


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("meet.contoso.com", "contoso.com"),
        ("a.b.contoso.com", "contoso.com"),
        ("meet.eu.contoso.com", "eu.contoso.com"),
        ("owa.fabrikam.com", "fabrikam.com"),
        ("fe01.pool.contoso.local", "pool.contoso.local"),
        ("server", "server"),
    ],
)
def test_it_is_the_longest_sip_domain_or_the_parent(host: str, zone: str) -> None:
    assert ZONES.of(host) == zone
