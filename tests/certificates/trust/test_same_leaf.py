from __future__ import annotations

from bridgehead.certificates.trust.same_leaf import compare
from tests.certificates.issuing import Authority

ROOT = Authority("Root")
INSIDE, OUTSIDE = ROOT.issue().certificate, ROOT.issue().certificate


def test_the_same_certificate_inside_and_outside_lets_extended_protection_work() -> None:
    compared = compare("ex01:443", INSIDE, [OUTSIDE, INSIDE])
    assert compared.same
    assert "can work" in str(compared)


def test_another_one_is_explained_with_the_error_that_windows_shows() -> None:
    compared = compare("ex01:443", INSIDE, [OUTSIDE])
    assert not compared.same
    assert "0xC000035B" in str(compared)
