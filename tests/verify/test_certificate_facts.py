from __future__ import annotations

from bridgehead.verify.certificate_facts import entry_for, facts_of, may_serve, may_sign, shown_names
from tests.verify.checks.certificates import HOST, LEAF, ROOT


def test_bytes_that_are_no_certificate_have_no_facts() -> None:
    assert facts_of("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n") is None
    assert facts_of("") is None


def test_an_entry_covers_a_name_as_clients_read_it() -> None:
    wild = facts_of(ROOT.issue("*.contoso.com"))
    assert wild is not None
    assert entry_for(wild, "meet.contoso.com") == "*.contoso.com"
    assert entry_for(wild, "contoso.com") is None
    assert entry_for(wild, "a.meet.contoso.com") is None


def test_many_names_are_cut_short() -> None:
    many = facts_of(ROOT.issue(*(f"host{number}.contoso.com" for number in range(20))))
    assert many is not None
    assert shown_names(many).endswith("host7.contoso.com and 12 more")


def test_a_usual_certificate_may_serve_and_sign() -> None:
    leaf = facts_of(LEAF)
    assert leaf is not None
    assert (leaf.common_name, may_serve(leaf), may_sign(leaf)) == (HOST, True, True)
