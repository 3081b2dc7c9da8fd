"""The certificates of the servers behind the bridge, watched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridgehead.certificates.chains.roots import Roots
from bridgehead.certificates.trust.fetching import Shown
from bridgehead.certificates.trust.upstream import judge_upstream
from bridgehead.spec import Pool, Server
from tests.certificates.issuing import DAY, NOW, Authority

ROOT = Authority("Contoso Root CA")
SERVER = Server(host="192.0.2.1", port=4443, verify_name="fe01.contoso.local")
POOL = Pool(name="pool01:4443", servers=(SERVER,), tls=True, trust=("root.pem",))
TRUSTED = Roots.of([ROOT.certificate])


def codes(authority: Authority = ROOT, roots: Roots = TRUSTED, **changes: object) -> list[str]:
    leaf = authority.issue(**({"names": ("fe01.contoso.local",)} | changes)).certificate  # type: ignore[arg-type]
    shown = Shown("192.0.2.1:4443", (leaf,))
    return [one.code for one in judge_upstream(POOL, SERVER, shown, roots, now=NOW, soon=timedelta(days=14))]


def test_a_good_server_has_no_finding() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"begins": NOW - 100 * DAY}, "upstream.expired"),
        ({"begins": NOW - 80 * DAY}, "upstream.expires-soon"),
        ({"begins": NOW + DAY}, "upstream.not-yet-valid"),
        ({"names": ("fe02.contoso.local",)}, "upstream.name-missing"),
    ],
)
def test_each_fault_is_told(changes: dict[str, object], code: str) -> None:
    assert codes(**changes) == [code]  # type: ignore[arg-type]


def test_a_root_that_ends_soon_is_told_although_the_server_sends_it_not() -> None:
    ending = Authority("Ending Root", days=370, begins=NOW - 360 * DAY)
    assert "upstream.expires-soon" in codes(ending, Roots.of([ending.certificate]))


def test_a_server_that_the_pool_does_not_trust_is_told() -> None:
    assert codes(roots=Roots.of([Authority("Other").certificate])) == ["upstream.not-trusted"]
