"""What the proxy must reach of a domain whose accounts it asks through winbind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from bridgehead.planning import documents
from bridgehead.planning.addresses import known_addresses
from bridgehead.planning.planned import Because, Port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bridgehead.spec import ProxySpec


class Row(NamedTuple):
    """One row of the document's table, as far as a member of the domain needs it."""

    protocol: Literal["TCP", "UDP"]
    port: str
    purpose: str
    reason: str
    optional: bool = False


_DNS = "winbind finds domain controllers by records in the domain's DNS."
_KERBEROS = "The proxy's own account in the domain logs in by Kerberos."
ROWS = (
    Row("UDP", "53", "DNS", _DNS),
    Row("TCP", "53", "DNS, long answers", _DNS),
    Row("TCP", "88", "Kerberos", _KERBEROS),
    Row("UDP", "88", "Kerberos", _KERBEROS),
    Row("TCP", "389", "LDAP", "winbind reads which groups hold an account."),
    Row("UDP", "389", "which domain controller is near (CLDAP)", "winbind asks before it chooses one."),
    Row("TCP", "445", "SMB", "Questions about names, identifiers and logins come in named pipes."),
    Row("TCP", "135", "RPC end points", "The port of Netlogon, which judges NTLM, is asked for here."),
    Row("TCP", "49152-65535", "RPC, Netlogon", "Netlogon judges NTLM; its port is chosen anew at each start."),
    Row("TCP", "464", "change of the proxy's own password", "Kerberos; to join, then seldom.", optional=True),
    Row("TCP", "3268", "global catalogue", "Groups of other domains of a forest.", optional=True),
)


def is_for(port: Port, accounts: str) -> bool:
    """Whether a planned row is one of this source's."""
    return port.at == "proxy-inside" and port.purpose.startswith(_purpose(accounts, ""))


def _purpose(accounts: str, what: str) -> str:
    return f"accounts of {accounts}: {what}"


def domain_ports(proxy: ProxySpec, controllers: Mapping[str, Sequence[str]]) -> Iterator[Port]:
    """Rows for each domain; `controllers` has names or addresses of domain controllers by source, where known."""
    for source in proxy.accounts:
        if source.source != "winbind":
            continue
        hosts = controllers.get(source.name, ())
        for row in ROWS:
            yield Port(
                at="proxy-inside",
                protocol=row.protocol,
                port=row.port,
                source="proxy",
                destination=", ".join(hosts) or f"domain controllers of {source.domain}",
                addresses=known_addresses(list(hosts)),
                purpose=_purpose(source.name, row.purpose),
                optional=row.optional,
                because=Because(reason=row.reason, source=documents.DOMAIN_PORTS),
            )
