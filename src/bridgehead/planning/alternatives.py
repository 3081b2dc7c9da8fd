"""Other correct sets of certificates for the same deployment, so that an administrator can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.edge_certificates import COMBINED_WARNING, combined_certificate
from bridgehead.planning.planned import Alternative, AlternativeCertificate, Because

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.naming import Naming
    from bridgehead.planning.planned import PlannedCertificate


def alternatives(naming: Naming, planned: tuple[PlannedCertificate, ...]) -> Iterator[Alternative]:
    """The wildcard form or its opposite, a certificate for each pool, one shared with the Edge."""
    proxies = [one for one in planned if one.purpose == "reverse-proxy"]
    edges = [one for one in planned if one.purpose == "edge-external"]
    yield from _wildcard(naming, proxies)
    yield from _for_each_pool(naming, proxies)
    if proxies and edges and not naming.topology.plan.combined_with_edge:
        combined = combined_certificate(proxies[0], edges[0])
        yield Alternative(
            title="One certificate for the Edge and the proxy",
            how="combined_with_edge = true below [plan]",
            certificates=(_names_of(combined),),
            because=COMBINED_WARNING,
        )


def _wildcard(naming: Naming, proxies: list[PlannedCertificate]) -> Iterator[Alternative]:
    wanted = not naming.topology.plan.wildcard
    others = []
    for one in proxies:
        hosts = naming.ordered(host for entry in one.entries for host in entry.covers)
        entries = naming.entries(one.subject.value, hosts, {}, wildcard=wanted)
        others.append((one, tuple(entry.name for entry in entries)))
    if all(names == one.names for one, names in others):
        return
    yield Alternative(
        title="A wildcard instead of meet and dial-in" if wanted else "Every name in full",
        how=f"wildcard = {'true' if wanted else 'false'} below [plan]",
        certificates=tuple(
            AlternativeCertificate(title=one.title, subject=one.subject.value, names=names) for one, names in others
        ),
        because=Because(
            reason="The optional wildcard replaces both meet and dial-in: fewer names, and new meeting hosts need no "
            "new certificate. Its key speaks for every host of the domain, and some phones do not accept it.",
            source=f"{documents.CERTIFICATE_SUMMARY}; {documents.WILDCARDS}",
        ),
    )


def _for_each_pool(naming: Naming, proxies: list[PlannedCertificate]) -> Iterator[Alternative]:
    pools = [pool for _, pool in naming.topology.published_pools() if pool.role == "front-end"]
    if len(pools) < 2 or len(proxies) != 1:
        return
    fqdns = [pool.external_fqdn for pool in pools if pool.external_fqdn is not None]
    others = set(fqdns[1:])
    shared = naming.ordered(host for entry in proxies[0].entries for host in entry.covers if host not in others)
    first = naming.subject(shared).value
    entries = naming.entries(first, shared, {}, wildcard=naming.topology.plan.wildcard)
    yield Alternative(
        title="A certificate and a listener for each pool",
        how='a [[listener]] and a [certificate.NAME] for each pool, and listeners = ["..."] in [[pool]]',
        certificates=(
            AlternativeCertificate(
                title=f"{pools[0].label} and what all pools share",
                subject=first,
                names=tuple(entry.name for entry in entries),
            ),
            *(
                AlternativeCertificate(title=pool.label, subject=name, names=(name,))
                for pool, name in zip(pools[1:], fqdns[1:], strict=True)
            ),
        ),
        because=Because(
            reason="With more than one pool either a certificate and web listener for each are needed, or one "
            "certificate with the names of all of them. Several need as many addresses or ports.",
            source=documents.CERTIFICATE_REQUEST,
        ),
    )


def _names_of(certificate: PlannedCertificate) -> AlternativeCertificate:
    return AlternativeCertificate(title=certificate.title, subject=certificate.subject.value, names=certificate.names)
