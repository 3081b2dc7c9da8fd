"""What a plan changes about a proxy that runs, as far as what it runs says: names, servers, rules, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning.certificates import bindings
from bridgehead.planning.changes import changes
from bridgehead.planning.domain_ports import domain_ports, is_for
from bridgehead.planning.firewall import inside_ports
from bridgehead.planning.login_plan import logins, principal_names
from bridgehead.planning.planned import Because, Entry
from bridgehead.planning.published_names import hosts_over_tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.changes import Changes
    from bridgehead.planning.planned import Plan, PlannedCertificate, Port
    from bridgehead.spec import ProxySpec

SERVED = Because(reason="The running proxy decrypts it on these listeners.", source="the running proxy")


def changes_of_running(running: ProxySpec, new: Plan) -> Changes:
    """What must be done to get from what runs to the plan.

    DNS records, and the firewall on the side of the internet, are not in what a proxy runs: they count as they are
    planned. So do the names of its certificates, which only the certificates say: those that it serves count.
    """
    served = _served(running)
    before = new.model_copy(
        update={
            "proxy": running,
            "ports": tuple(_ports(running, new)),
            "logins": tuple(logins(running)),
            "principal_names": tuple(principal_names(running)),
            "certificates": tuple(_as_served(one, served) for one in new.certificates),
        }
    )
    return changes(before, new)


def _ports(running: ProxySpec, new: Plan) -> Iterator[Port]:
    yield from (one for one in new.ports if one.at != "proxy-inside")
    yield from inside_ports(running)
    planned = {source.name for source in new.proxy.accounts}
    # Which domain controllers there are is not in what a proxy runs: those of the plan count.
    for source in running.accounts:
        if source.name in planned:
            yield from (one for one in new.ports if is_for(one, source.name))
    gone = tuple(source for source in running.accounts if source.name not in planned)
    yield from domain_ports(running.model_copy(update={"accounts": gone}), {})


def _served(running: ProxySpec) -> dict[str, set[str]]:
    """Hosts by the certificate that is served for them first."""
    hosts = hosts_over_tls(running)
    return {
        name: {host for listener in listeners for host in hosts[listener] if host != "*"}
        for name, listeners in bindings(running).items()
    }


def _as_served(planned: PlannedCertificate, served: dict[str, set[str]]) -> PlannedCertificate:
    if planned.purpose not in {"reverse-proxy", "combined"}:
        return planned
    hosts = served.get(planned.name.partition(" with ")[0], set())
    return planned.model_copy(update={"entries": tuple(_entries(planned, hosts))})


def _entries(planned: PlannedCertificate, hosts: set[str]) -> Iterator[Entry]:
    left = set(hosts)
    for entry in planned.entries:
        left -= set(entry.covers)
        # Names of the Edge have no rules. A wildcard counts only where every name behind it is served already.
        if not entry.rules or hosts.issuperset(entry.covers):
            yield entry
        else:
            yield from (_entry(host) for host in entry.covers if host in hosts)
    yield from (_entry(host) for host in sorted(left))


def _entry(host: str) -> Entry:
    return Entry(name=host, covers=(host,), because=(SERVED,))
