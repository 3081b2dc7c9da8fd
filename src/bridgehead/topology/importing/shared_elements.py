"""Elements that both formats have, in different places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.topology.importing.inventory import Machine, NetInterface, SimpleUrlEntry, SipDomainEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.topology.importing.markup import Element


def sip_domains(top: Element) -> tuple[str, tuple[SipDomainEntry, ...]]:
    """The default SIP domain, and all of them; `top` has `InternalDomains`."""
    domains = top.first("InternalDomains")
    if domains is None:
        return "", ()
    entries = (SipDomainEntry(domain.get("Name"), domain.line) for domain in domains.each("InternalDomain"))
    return domains.get("DefaultDomain"), tuple(entries)


def simple_urls(top: Element) -> tuple[SimpleUrlEntry, ...]:
    """Those of the global collection; `top` has `SimpleUrlConfiguration`, which Topology Builder alone writes."""
    return tuple(
        SimpleUrlEntry(
            url.get("Component"),
            url.get("Domain"),
            url.get("ActiveUrl"),
            tuple(entry.get("Url") for entry in url.each("SimpleUrlEntry")),
            url.line,
        )
        for url in top.each("SimpleUrlConfiguration", "SimpleUrl")
    )


def machines(elements: Iterable[Element], cluster_fqdn: str) -> tuple[Machine, ...]:
    """The machines of a cluster. One that stands alone has no name of its own but the cluster's."""
    return tuple(
        Machine(machine.get("Fqdn") or cluster_fqdn, tuple(map(_interface, machine.each("NetInterface"))), machine.line)
        for machine in elements
    )


def _interface(element: Element) -> NetInterface:
    return NetInterface(
        element.get("InterfaceSide"),
        element.get("InterfaceNumber") or "1",
        element.get("IPAddress"),
        element.get("ConfiguredIPAddress"),
        element.line,
    )


def missing_parts(found: dict[str, object]) -> tuple[str, ...]:
    """The names of parts of which nothing was found."""
    return tuple(name for name, part in found.items() if not part)
