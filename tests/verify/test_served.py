from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.authority import LabAuthority
from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.served import certificates_of
from bridgehead.verify.targets import Target
from tests.verify.strange import HOST, Certified, Strange, silent

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    return Certified(tmp_path, LabAuthority("Public certificate authority"))


def test_what_a_check_has_seen_is_given_and_nothing_is_asked_for_it(certified: Certified) -> None:
    with Strange(silent, certified.context()) as site:
        observer = network(Way(leads=(Leads("127.0.0.1"),)))
        target = Target(host=HOST, roles=("front-end",), https_port=site.port)
        assert certificates_of(target, observer) == ()
        seen = observer(usual(target))
        assert seen.chain
        assert certificates_of(target, observer) == seen.chain
