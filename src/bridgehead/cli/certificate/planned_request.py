"""From a planned certificate to the request for it. The plan's properties are read here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.request.requested import (
    KeyType,
    Reasons,
    RequestedCertificate,
    RequestedName,
    Subject,
    name_in_store,
)
from bridgehead.planning.authorities import authorities
from bridgehead.planning.unissuable_names import unissuable
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgehead.planning.planned import Plan, PlannedCertificate
    from bridgehead.topology.model import Topology

TYPE_OF_KIND: dict[str, KeyType] = {"rsa": "rsa-2048", "ecdsa": "ecdsa-p256"}
"""Which key a kind gets unless another is asked for."""


def find_planned(plan: Plan, name: str) -> PlannedCertificate:
    """The planned certificate of this name, or of this name in the store. Raises ProblemsFound, with all names."""
    wanted = name.casefold()
    for planned in plan.certificates:
        if wanted in {planned.name.casefold(), store_name(plan, planned).casefold()}:
            return planned
    known = ", ".join(repr(planned.name) for planned in plan.certificates) or "none"
    problem = Problem("request.unknown-name", "NAME", f"No certificate {name!r} is planned.", f"Planned: {known}.")
    raise ProblemsFound([problem])


def store_name(plan: Plan, planned: PlannedCertificate) -> str:
    """What the store calls it: as the file does. One shared with the Edge is the listener's, which has to find it."""
    if planned.purpose == "combined":
        for listener in plan.proxy.listeners:
            if listener.name in planned.bound_to and listener.certificates:
                return listener.certificates[0]
    return name_in_store(planned.name)


def planned_request(
    plan: Plan, planned: PlannedCertificate, topology: Topology, common_name: str = ""
) -> RequestedCertificate:
    """What the plan says, as a request; not judged yet. `common_name` is taken instead of the planned one.

    Raises ProblemsFound where the plan knows no subject name and there is none instead.
    """
    if not (common_name or planned.subject.value):
        hint = "Write internal_fqdn in [[edge]], or give --common-name."
        raise ProblemsFound(
            [Problem("request.subject-unknown", planned.name, f"{planned.subject.because.reason}", hint)]
        )
    name = store_name(plan, planned)
    return RequestedCertificate(
        name=name,
        subject=Subject(common_name or planned.subject.value),
        names=tuple(
            RequestedName(entry.name, " ".join(because.reason for because in entry.because))
            for entry in planned.entries
        ),
        key_types=_key_types(planned, name, topology),
        client_authentication=planned.client_authentication,
        exportable=planned.exportable_key,
        friendly_name=planned.friendly_name,
        public=planned.public,
        because=Reasons(
            common_name=planned.subject.because.reason,
            key=planned.key.because.reason,
            extended_key_usage=planned.extended_key_usage.because.reason,
            exportable=planned.exportable.because.reason,
        ),
    )


def remarks_on_names(names: Sequence[str]) -> Iterator[str]:
    """What the planner says about names for a public authority that were given by hand."""
    yield from (because.reason for because in unissuable(names))
    refusing = authorities().refusing(len(names))
    if refusing:
        some = ", ".join(f"{one.name} ({one.names})" for one in refusing)
        yield f"WARNING: {len(names)} names are more than some authorities put into one certificate: {some}."


def _key_types(planned: PlannedCertificate, name: str, topology: Topology) -> tuple[KeyType, ...]:
    """The kinds that the file keeps in the store under this name, or what the plan says."""
    kinds = [kind for pair in topology.certificates.get(name, ()) for kind in pair.store]
    if kinds:
        return tuple(TYPE_OF_KIND[kind] for kind in TYPE_OF_KIND if kind in kinds)
    return ("rsa-2048", "ecdsa-p256") if planned.also_ecdsa else ("rsa-2048",)
