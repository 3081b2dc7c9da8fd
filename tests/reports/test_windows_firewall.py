"""Commands for Windows Defender Firewall."""

from __future__ import annotations

from bridgehead.reports.windows_firewall import firewall_commands
from tests.planning.deployments import EDGE, contoso, example, plan_of


def test_connections_in_and_out_have_their_commands() -> None:
    lines = firewall_commands(plan_of(example("two-pools")).ports).splitlines()
    assert any(
        "-Direction Inbound -Protocol TCP -LocalPort 443 -LocalAddress 192.0.2.10 -Action Allow" in one for one in lines
    )
    assert any(
        "-Direction Outbound -Protocol TCP -RemotePort 4443 -RemoteAddress 10.1.0.11,10.1.0.12 -Action Allow" in one
        for one in lines
    )


def test_what_is_optional_or_unknown_is_a_comment() -> None:
    lines = firewall_commands(contoso().ports).splitlines()
    assert any(line.startswith("# optional: New-NetFirewallRule") for line in lines)
    assert any(line.startswith("# webext.contoso.com:4443: fe01.contoso.local") for line in lines)


def test_the_edges_rows_are_not_the_proxys() -> None:
    assert "5061" not in firewall_commands(contoso(EDGE).ports)
