"""From a plan to what its certificates are judged against."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bridgehead.certificates.judging.expectation import Expectation, LifetimeLimit, PublishedName, Wildcard
from bridgehead.certificates.judging.matching import covering_entry
from bridgehead.certificates.judging.matrix import ServedName
from bridgehead.cli.certificate.planned_request import store_name
from bridgehead.planning.authorities import authorities
from bridgehead.planning.published_names import hosts_over_tls, reasons_by_host

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgehead.planning.planned import Plan, PlannedCertificate
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology

SOON = timedelta(days=14)
_OF_POOLS = {"front-end", "director", "office-web-apps"}


def served_names(spec: ProxySpec, topology: Topology | None) -> list[ServedName]:
    """Every name that is decrypted on a listener, with why it is published and the certificates bound there."""
    bound = {listener.name: listener.certificates for listener in spec.listeners}
    because = {rule.name: rule.because for rule in spec.rules}
    discovery = {domain.discovery_host: domain.name for domain in topology.sip_domains} if topology else {}
    found = []
    for listener, hosts in hosts_over_tls(spec).items():
        for host, rules in hosts.items():
            if host == "*":
                continue
            why = " ".join(dict.fromkeys(filter(None, (because[rule] for rule in rules))))
            name = PublishedName(host, why, _wildcard(host, topology))
            found.append(ServedName(name, listener, bound[listener], discovery.get(host, "")))
    return found


def expectation(
    name: str | None, plan: Plan | None, topology: Topology | None, others: Mapping[str, Sequence[str]], soon: timedelta
) -> Expectation:
    """What a certificate of this name is to be. `others` has the entries of the other certificates, by their names."""
    limits = tuple(LifetimeLimit(one.since, one.days, one.source) for one in authorities().lifetimes)
    if plan is None:
        return Expectation(lifetimes=limits, expires_within=soon)
    planned = next((one for one in plan.certificates if name in {one.name, store_name(plan, one)}), None)
    here = [one for one in served_names(plan.proxy, topology) if name in one.bound]
    wanted, elsewhere = _shared_out(here, name, others)
    if planned is not None and planned.purpose != "reverse-proxy":
        wanted = [*wanted, *_of_edge(planned, here)]
        elsewhere.append(planned.subject.value)
    return Expectation(
        names=tuple(dict.fromkeys(wanted)),
        covered_elsewhere=tuple(elsewhere),
        names_known=bool(planned or here),
        subject=planned.subject.value if planned is not None and "." in planned.subject.value else "",
        public=_is_public(planned, topology),
        client_authentication=planned is not None and planned.purpose in {"combined", "edge-external"},
        lifetimes=limits,
        expires_within=soon,
    )


def _shared_out(
    here: Sequence[ServedName], name: str | None, others: Mapping[str, Sequence[str]]
) -> tuple[list[PublishedName], list[str]]:
    """Names that this certificate must cover, and those that another certificate of the same listener covers."""
    wanted, elsewhere = [], []
    for one in here:
        if any(covering_entry(others.get(other, ()), one.name) for other in one.bound if other != name):
            elsewhere.append(one.name.host)
        else:
            wanted.append(one.name)
    return wanted, elsewhere


def _of_edge(planned: PlannedCertificate, here: Sequence[ServedName]) -> list[PublishedName]:
    ours = {one.name.host for one in here}
    entries = [(entry.name, " ".join(map(str, entry.because))) for entry in planned.entries if entry.name not in ours]
    wildcard: Wildcard = "fine" if planned.purpose == "edge-internal" else "never"
    # The internal interface has no list of names in the documents; its one name is the subject.
    if not planned.entries and planned.subject.value and planned.purpose == "edge-internal":
        entries = [(planned.subject.value, str(planned.subject.because))]
    return [PublishedName(host, why, wildcard) for host, why in entries]


def _is_public(planned: PlannedCertificate | None, topology: Topology | None) -> bool | None:
    if planned is not None and planned.purpose in {"edge-internal", "edge-av"}:
        return False
    return topology.plan.issuer == "public" if topology is not None else None


def _wildcard(host: str, topology: Topology | None) -> Wildcard:
    kinds = {name.kind for name in reasons_by_host(topology).get(host, ())} if topology is not None else set()
    return "unusual" if kinds & _OF_POOLS else "fine"
