"""A plan, a worksheet, an explanation or a change as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.certificate_sections import certificate_sections
from bridgehead.reports.document import Block, Document, Heading, Notice, Picture, Section, Table, Text
from bridgehead.reports.login_sections import login_sections, principal_name_table
from bridgehead.reports.network_sections import network_sections, port_table, record_table
from bridgehead.reports.picture import picture
from bridgehead.reports.rule_sections import question_section, rule_sections, worksheet_section
from bridgehead.reports.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.changes import CertificateChange, Changes
    from bridgehead.planning.explanation import Explained, Explanation
    from bridgehead.planning.planned import Plan, Worksheet


def plan_document(plan: Plan) -> Document:
    """The whole plan."""
    sources = Sources()
    return Document(
        title=f"Publishing plan for {_named(plan.sip_domains)}",
        subtitle=f"Made by Bridgehead for {plan.made_for.isoformat()}. What authorities issue depends on the day.",
        facts=tuple(_facts(plan)),
        sections=(
            Section("summary", "Summary", tuple(_summary(plan, sources))),
            question_section(plan.questions),
            *certificate_sections(plan, sources),
            *network_sections(plan, sources),
            *rule_sections(plan, sources),
            *login_sections(plan, sources),
            worksheet_section(plan.worksheet.parts),
            sources.section(),
        ),
    )


def _named(domains: tuple[str, ...]) -> str:
    if not domains:
        return "this deployment"
    rest = f" and {len(domains) - 3} more" if len(domains) > 3 else ""
    return ", ".join(domains[:3]) + rest


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    own = plan.certificates_for("reverse-proxy", "combined")
    yield str(len(own)), "certificate" if len(own) == 1 else "certificates"
    yield str(sum(len(one.entries) for one in own)), "names in them"
    yield str(sum(record.view == "outside" for record in plan.records)), "DNS records outside"
    yield str(sum(port.at.startswith("proxy") for port in plan.ports)), "firewall rows"
    yield str(len(plan.proxy.rules)), "publishing rules"
    yield str(len(plan.questions)), "open questions"


def _summary(plan: Plan, sources: Sources) -> Iterator[Block]:
    yield Picture(picture(plan), "Clients on the internet, the reverse proxy, and the pools that it forwards to.")
    for one in plan.certificates_for("reverse-proxy", "combined"):
        some = ", ".join(one.names[:12]) + (f" and {len(one.names) - 12} more" if len(one.names) > 12 else "")
        number = "1 name" if len(one.names) == 1 else f"{len(one.names)} names"
        yield Text(f"{one.title}: subject {one.subject.value}; {number}: {some}.")
        yield from (Notice(sources.cite(remark)) for remark in one.remarks if remark.reason.startswith("WARNING"))
    missed = [one.what for one in plan.unpublished if not one.deliberate]
    if missed:
        yield Text(f"Not published, and somebody notices: {'; '.join(missed[:8])}.")


def worksheet_document(worksheet: Worksheet) -> Document:
    """The worksheet alone."""
    return Document(
        title="Data collection for a reverse proxy",
        subtitle="For Lync Server 2013 and Skype for Business Server. Made by Bridgehead.",
        sections=(worksheet_section(worksheet.parts),),
    )


def explanation_document(explained: Explained) -> Document:
    """Why a name is in the plan."""
    rows = tuple((one.kind, one.what, " ".join(_reason(one))) for one in explained.found)
    return Document(
        title=f"Why {explained.name}",
        subtitle="Everything in the plan that speaks of it.",
        sections=(Section("why", "Where it is, and why", (Table(("Where", "What", "Why"), rows),)),),
    )


def _reason(one: Explanation) -> Iterator[str]:
    for because in one.because:
        yield str(because) if because.source else because.reason


def changes_document(changes: Changes, *, from_running: bool = False) -> Document:
    """What a change of the file does; `from_running` where the old is what a proxy runs."""
    return Document(
        title="What the change does",
        subtitle="From what the proxy runs to the file. DNS and the side of the internet are not in what it runs: "
        "compare with the old file for those."
        if from_running
        else "From the old file to the new one.",
        sections=tuple(_change_sections(changes)),
    )


def _change_sections(changes: Changes) -> Iterator[Section]:
    sources = Sources()
    if changes.nothing:
        yield Section("nothing", "Nothing changes", (Text("Both ask for the same."),))
    if changes.certificates:
        yield Section("certificates", "Certificates", tuple(_certificate_changes(changes.certificates)))
    tables = (
        ("DNS records to add", record_table, changes.records_to_add),
        ("DNS records to remove", record_table, changes.records_to_remove),
    )
    blocks = [block for title, table, rows in tables if rows for block in (Heading(title), table(rows, sources))]
    if blocks:
        yield Section("dns", "DNS", tuple(blocks))
    ports = (("Open", changes.ports_to_open), ("Close", changes.ports_to_close))
    blocks = [block for title, rows in ports if rows for block in (Heading(title), port_table(rows, sources))]
    if blocks:
        yield Section("firewall", "Firewall", tuple(blocks))
    if changes.rules:
        rows = tuple((one.kind, one.rule, one.how) for one in changes.rules)
        yield Section("rules", "Publishing rules", (Table(("", "Rule", "How"), rows),))
    principals = (
        ("Register", changes.principal_names_to_register),
        ("Remove (setspn -D)", changes.principal_names_to_remove),
    )
    blocks = [
        one for title, rows in principals if rows for one in (Heading(title), principal_name_table(rows, sources))
    ]
    if blocks:
        yield Section("kerberos", "Names for Kerberos", tuple(blocks))
    if changes.drained:
        drained = Table(("Whose connections would drain",), tuple((one,) for one in changes.drained))
        yield Section("drained", "Connections", (drained,))
    if sources.cited:
        yield sources.section()


def _certificate_changes(changed: tuple[CertificateChange, ...]) -> Iterator[Block]:
    for one in changed:
        yield Heading(one.title)
        yield Notice(one.advice) if one.not_covered else Text(one.advice)
        rows = [
            *(("gained", name, "not covered" if name in one.not_covered else "covered already") for name in one.gained),
            *(("lost", name, "") for name in one.lost),
        ]
        yield Table(("", "Name", "By the old certificate"), tuple(rows))
