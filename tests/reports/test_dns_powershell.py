"""Commands for a Windows DNS server."""

from __future__ import annotations

import pytest

from bridgehead.reports.dns_powershell import dns_commands
from tests.planning.deployments import example, plan_of


@pytest.mark.parametrize(
    "line",
    [
        'Add-DnsServerResourceRecord -ZoneName "contoso.com" -Name "webdirext" -A -IPv4Address "203.0.113.10"',
        'Add-DnsServerResourceRecord -ZoneName "contoso.com" -Name "webdirext" -AAAA -IPv6Address "2001:db8::10"',
        (
            'Add-DnsServerResourceRecord -ZoneName "contoso.com" -Name "lyncdiscover" -CName '
            '-HostNameAlias "webdirext.contoso.com."'
        ),
        (
            'Add-DnsServerResourceRecord -ZoneName "fabrikam.com" -Name "_sip._tls" -Srv '
            '-DomainName "sip.fabrikam.com." -Priority 0 -Weight 0 -Port 443'
        ),
        "# av.contoso.com: public address of av.contoso.com",
    ],
)
def test_each_kind_of_record_has_its_command(line: str) -> None:
    assert line in dns_commands(plan_of(example("two-pools")).records).splitlines()
