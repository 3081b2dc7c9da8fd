"""Whether the parts of the file agree with one another. Every fault is found, and told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.problems import Findings, Problem
from bridgehead.topology.acme_checks import ACME_CHECKS
from bridgehead.topology.authentication_checks import AUTHENTICATION_CHECKS
from bridgehead.topology.check import Check
from bridgehead.topology.listener_checks import LISTENER_CHECKS
from bridgehead.topology.name_checks import NAME_CHECKS
from bridgehead.topology.places import Places
from bridgehead.topology.simple_url_checks import SIMPLE_URL_CHECKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bridgehead.topology.model import Topology

CHECKS = (*NAME_CHECKS, *SIMPLE_URL_CHECKS, *LISTENER_CHECKS, *ACME_CHECKS, *AUTHENTICATION_CHECKS)


def inconsistencies(
    topology: Topology,
    places: Places | None = None,
    interfaces: Mapping[str, Sequence[str]] | None = None,
    *,
    incomplete: AbstractSet[str] = frozenset(),
) -> list[Problem]:
    """Everything in a topology that contradicts itself, or that could not work.

    `interfaces` has the addresses of this machine's network interfaces by name; without it nothing is said about them.
    `incomplete` names the sections of the file from which something faulty was taken out; what would be missing there
    is not told, because it may have been what was taken out.
    """
    findings = Findings()
    check = Check(topology, places or Places(), findings, interfaces)
    for look in CHECKS:
        if not look.needs & incomplete:
            look(check)
    return findings.problems
