"""Certificates in a report: what to request, other ways, contradictions, and the flow chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning.flow_chart import DERIVED
from bridgehead.reports.document import Block, Code, Flow, FlowStep, Heading, Notice, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.planned import Because, Plan, PlannedCertificate
    from bridgehead.reports.sources import Sources

SHOWN_NAMES = 40
"""Names that a cell of an alternative shows before it counts the rest."""


def certificate_sections(plan: Plan, sources: Sources) -> Iterator[Section]:
    """One section for the proxy's certificates, one for the Edge's, then choices, contradictions and the chart."""
    own = plan.certificates_for("reverse-proxy", "combined")
    edge = plan.certificates_for("edge-external", "edge-av", "edge-internal")
    yield Section("certificates", "Certificates of the reverse proxy", tuple(_certificates(own, sources)))
    if edge:
        yield Section("edge-certificates", "Certificates of the Edge Servers", tuple(_certificates(edge, sources)))
    if plan.alternatives:
        yield Section("alternatives", "Other ways to the same end", tuple(_alternatives(plan, sources)))
    yield Section("flow-chart", "Certificate flow chart", (Text(DERIVED), _flow(plan, sources)))
    yield Section("contradictions", "Where the documents contradict one another", (_contradictions(plan, sources),))


def _certificates(certificates: Iterable[PlannedCertificate], sources: Sources) -> Iterator[Block]:
    told = False
    for one in certificates:
        told = True
        yield Heading(one.title)
        yield from (_remark(remark, sources) for remark in one.remarks)
        rows = tuple((title, chosen.value, sources.cite(chosen.because)) for title, chosen in one.decisions().items())
        yield Table(("Property", "Value", "Why"), (("Bound to", ", ".join(one.bound_to), ""), *rows))
        if one.entries:
            yield _names(one, sources)
        if one.commands:
            yield Code("Staging the next certificate", "powershell", one.commands)
    if not told:
        yield Text("None: nothing is published over TLS that the proxy decrypts.")


def _remark(remark: Because, sources: Sources) -> Block:
    text = sources.cite(remark)
    return Notice(text) if text.startswith("WARNING") else Text(text)


def _names(one: PlannedCertificate, sources: Sources) -> Table:
    title = f"Subject alternative names ({len(one.entries)})"
    if not any(entry.rules for entry in one.entries):
        return Table(("Name", "Why"), tuple((entry.name, sources.cite(*entry.because)) for entry in one.entries), title)
    rows = tuple((entry.name, ", ".join(entry.rules), sources.cite(*entry.because)) for entry in one.entries)
    return Table(("Name", "Served by the rule", "Why"), rows, title)


def _alternatives(plan: Plan, sources: Sources) -> Iterator[Block]:
    for one in plan.alternatives:
        yield Heading(one.title)
        yield _remark(one.because, sources)
        yield Text(f"To choose it: {one.how}.")
        rows = [(some.title, some.subject, _some(some.names)) for some in one.certificates[:SHOWN_NAMES]]
        if len(one.certificates) > SHOWN_NAMES:
            rows.append((f"and {len(one.certificates) - SHOWN_NAMES} more", "", ""))
        yield Table(("Certificate", "Subject name", "Subject alternative names"), tuple(rows))


def _some(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + rest


def _flow(plan: Plan, sources: Sources) -> Flow:
    return Flow(
        tuple(
            FlowStep(step.question, step.yes, step.no, step.answer, step.names, sources.cite(step.because))
            for step in plan.flow_chart
        )
    )


def _contradictions(plan: Plan, sources: Sources) -> Table:
    return Table(
        ("Question", "What the documents say", "Where we stand", "Why"),
        tuple(
            (one.question, "\n".join(map(sources.cite, one.says)), one.stand, one.why) for one in plan.contradictions
        ),
        copied=False,
    )
