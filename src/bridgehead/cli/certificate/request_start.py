"""What a request begins with: the plan of a file, or names given by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from bridgehead.cli.certificate.interview import choose
from bridgehead.cli.certificate.planned_request import find_planned, planned_request, remarks_on_names, store_name
from bridgehead.cli.certificate.request_choices import by_hand, with_choices
from bridgehead.cli.messages import print_problems
from bridgehead.planning.plan import make_plan
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.advice import advice
from bridgehead.topology.file import read_file
from bridgehead.topology.interfaces import machine_addresses

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.certificates.request.requested import RequestedCertificate
    from bridgehead.cli.certificate.request_choices import Choices
    from bridgehead.planning.planned import Plan, PlannedCertificate
    from bridgehead.topology.model import Topology


@dataclass(frozen=True)
class Start:
    """A request that is not judged yet, and what the planner has to say about it."""

    asked: RequestedCertificate
    remarks: tuple[str, ...]


def start(file: Path | None, name: str | None, choices: Choices, *, ask: bool) -> Start:
    """The request that the file plans, or the names given by hand, with what the options change.

    `ask` says whether somebody is there to choose among several. Raises ProblemsFound.
    """
    if file is None:
        if not choices.name_something:
            if not ask:
                raise typer.BadParameter("a FILE is needed, or --name for each name")
            return Start(by_hand(_asked_for(choices)), ())
        asked = by_hand(choices)
        return Start(asked, tuple(remarks_on_names([one.name for one in asked.names])) if asked.public else ())
    interfaces = machine_addresses()
    read = read_file(file, interfaces)
    print_problems(advice(read.topology, read.places))
    plan = make_plan(read.topology, datetime.now(UTC).astimezone().date(), interfaces)
    planned = _one_of(plan, name, ask=ask)
    asked = with_choices(planned_request(plan, planned, read.topology, choices.subject.common_name), choices)
    remarks = [str(remark.reason) for remark in planned.remarks]
    remarks += _added_by_hand(planned, choices, public=asked.public)
    remarks += _served_from_elsewhere(planned, store_name(plan, planned), read.topology)
    return Start(asked, tuple(remarks))


def _asked_for(choices: Choices) -> Choices:
    """The subject, from whoever answers: there is no file that knows it."""
    common_name = typer.prompt("  Common name of the certificate", err=True)
    return replace(choices, subject=replace(choices.subject, common_name=common_name))


def _one_of(plan: Plan, name: str | None, *, ask: bool) -> PlannedCertificate:
    if name is not None:
        return find_planned(plan, name)
    if len(plan.certificates) == 1:
        return plan.certificates[0]
    if not plan.certificates:
        message = "The file plans no certificate: nothing in it is published over TLS."
        raise ProblemsFound([Problem("request.nothing-planned", "", message, "Request names by hand: --name.")])
    if ask:
        titles = {f"{one.name}: {one.title}": one for one in plan.certificates}
        return titles[choose("Which certificate?", tuple(titles))]
    listed = "\n    ".join(f"{one.name!r}: {one.title}" for one in plan.certificates)
    message = "Several certificates are planned; say which one to request."
    raise ProblemsFound([Problem("request.which", "NAME", message, listed)])


def _added_by_hand(planned: PlannedCertificate, choices: Choices, *, public: bool) -> list[str]:
    more = [name for name in choices.names if name not in planned.names]
    if not more:
        return []
    found = [f"{', '.join(more)}: added by hand; the plan does not know who would use it."]
    return [*found, *remarks_on_names([*planned.names, *more])] if public else found


def _served_from_elsewhere(planned: PlannedCertificate, name: str, topology: Topology) -> list[str]:
    """A hint where the file serves this certificate from files of its own, and not from the store."""
    if planned.purpose not in {"reverse-proxy", "combined"}:
        return []
    if any(pair.store for pair in topology.certificates.get(name, ())):
        return []
    remark = (
        f"The proxy does not take this certificate from the store yet: write store = true below [certificate.{name}], "
        "instead of chain and key, before the answer is activated."
    )
    return [remark]
