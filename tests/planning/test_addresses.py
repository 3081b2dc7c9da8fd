"""Which addresses the internet reaches."""

from __future__ import annotations

import pytest

from bridgehead.planning.addresses import is_internal


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.31.255.1",
        "192.168.1.1",
        "100.64.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "::",
        "::1",
        "fd00::1",
        "fe80::1",
    ],
)
def test_these_never_leave_a_site(address: str) -> None:
    assert is_internal(address)


@pytest.mark.parametrize("address", ["203.0.113.10", "192.0.2.1", "172.32.0.1", "8.8.8.8", "2001:db8::1"])
def test_these_could_be_reached(address: str) -> None:
    assert not is_internal(address)
