from __future__ import annotations

import pytest

from bridgehead.problems import Findings
from bridgehead.proxy.shield.lists import Lists, Standing, check_networks
from bridgehead.spec import Shield

LISTS = Lists(
    Shield(
        allowed_sources=("198.51.100.0/24", "2001:db8:1::/48"),
        blocked_sources=("203.0.113.9", "2001:db8:bad::/48"),
        excluded_accounts=("Monitoring",),
        blocked_accounts=("Administrator", "Krbtgt"),
    )
)


@pytest.mark.parametrize(
    ("account", "address", "standing"),
    [
        ("alice", "192.0.2.1", Standing.COUNTED),
        ("alice", "198.51.100.200", Standing.ALLOWED),
        ("alice", "::ffff:198.51.100.200", Standing.ALLOWED),
        ("alice", "2001:db8:1:2::3", Standing.ALLOWED),
        ("alice", "203.0.113.9", Standing.BLOCKED),
        ("alice", "2001:db8:bad::1%eth0", Standing.BLOCKED),
        ("monitoring", "192.0.2.1", Standing.ALLOWED),
        ("monitoring", "203.0.113.9", Standing.BLOCKED),
        ("administrator", "192.0.2.1", Standing.BLOCKED),
        ("administrator", "198.51.100.200", Standing.BLOCKED),
        ("", "192.0.2.1", Standing.COUNTED),
    ],
)
def test_standing(account: str, address: str, standing: Standing) -> None:
    assert LISTS.standing(account, address) is standing


def test_what_is_no_network_is_found_before_it_runs() -> None:
    findings = Findings()
    check_networks(Shield(allowed_sources=("office",), blocked_sources=("192.0.2.0/99",)), findings)
    assert [(problem.code, problem.where) for problem in findings.problems] == [
        ("shield.network", "shield: allowed_sources"),
        ("shield.network", "shield: blocked_sources"),
    ]
