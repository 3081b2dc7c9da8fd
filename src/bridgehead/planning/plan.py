"""From what exists to the whole plan. Pure: the day is given, nothing is asked of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning.addresses import PublicAddresses
from bridgehead.planning.alternatives import alternatives
from bridgehead.planning.certificates import reverse_proxy_certificates
from bridgehead.planning.contradictions import contradictions
from bridgehead.planning.dns import records
from bridgehead.planning.edge_certificates import combined_certificate, edge_certificates
from bridgehead.planning.firewall import ports
from bridgehead.planning.flow_chart import flow_chart
from bridgehead.planning.login_plan import logins, principal_names
from bridgehead.planning.naming import Naming
from bridgehead.planning.planned import Plan
from bridgehead.planning.publishing import proxy_spec
from bridgehead.planning.questions import questions
from bridgehead.planning.sketch import sketch
from bridgehead.planning.unpublished import unpublished
from bridgehead.planning.worksheet import worksheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bridgehead.planning.planned import PlannedCertificate
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology


def make_plan(topology: Topology, on: date, interfaces: Mapping[str, Sequence[str]] | None = None) -> Plan:
    """The plan for a consistent topology on this day.

    The rules in it are those that `proxy_spec` makes for the proxy to run. `interfaces` has the addresses of this
    machine's network interfaces by name; raises ProblemsFound for a listener whose interface is not among them.
    """
    proxy = proxy_spec(topology, interfaces)
    addresses = PublicAddresses(topology, proxy, interfaces or {})
    naming = Naming.of(topology)
    certificates = _certificates(naming, proxy, on)
    return Plan(
        made_for=on,
        sip_domains=tuple(domain.name for domain in topology.sip_domains),
        certificates=certificates,
        alternatives=tuple(alternatives(naming, certificates)),
        contradictions=tuple(contradictions(topology)),
        records=records(naming, proxy, addresses),
        ports=ports(topology, proxy, addresses),
        proxy=proxy,
        unpublished=tuple(unpublished(topology)),
        flow_chart=tuple(flow_chart(naming)),
        worksheet=worksheet(topology, certificates),
        questions=tuple(questions(topology, proxy, addresses)),
        logins=tuple(logins(proxy)),
        principal_names=tuple(principal_names(proxy)),
        deployment=sketch(topology, proxy),
    )


def _certificates(naming: Naming, proxy: ProxySpec, on: date) -> tuple[PlannedCertificate, ...]:
    topology = naming.topology
    own = reverse_proxy_certificates(naming, proxy, on)
    edge = edge_certificates(topology, on)
    external = next((one for one in edge if one.purpose == "edge-external"), None)
    if topology.plan.combined_with_edge and own and external is not None:
        others = tuple(one for one in edge if one is not external)
        return (combined_certificate(own[0], external), *own[1:], *others)
    return (*own, *edge)
