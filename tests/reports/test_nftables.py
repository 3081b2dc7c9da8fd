"""Rules for nftables."""

from __future__ import annotations

from bridgehead.reports.nftables import nftables
from tests.planning.deployments import contoso, example, plan_of


def rules(name: str) -> list[str]:
    return [line for line in nftables(plan_of(example(name)).ports).splitlines() if "add rule" in line]


def test_connections_in_are_accepted_on_the_listeners_addresses() -> None:
    assert any(
        rule.startswith("add rule inet filter input ip daddr { 192.0.2.10 } tcp dport 443 accept")
        for rule in rules("two-pools")
    )
    assert any("input ip6 daddr { 2001:db8::10 } tcp dport 443 accept" in rule for rule in rules("two-pools"))


def test_connections_out_name_the_servers_addresses() -> None:
    assert any("output ip daddr { 10.1.0.11, 10.1.0.12 } tcp dport 4443 accept" in rule for rule in rules("two-pools"))


def test_what_is_optional_or_unknown_is_a_comment() -> None:
    text = nftables(contoso().ports)
    assert "# optional: add rule inet filter input tcp dport 80 accept" in text
    assert (
        "# webext.contoso.com:4443: fe01.contoso.local, fe02.contoso.local, TCP 4443; the file has no address" in text
    )


def test_a_comment_fits_into_what_the_kernel_takes() -> None:
    comments = [rule.split('comment "')[1].rstrip('"') for rule in rules("two-pools")]
    assert comments
    assert all(len(comment.encode()) <= 128 and '"' not in comment for comment in comments)
