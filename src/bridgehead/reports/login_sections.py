"""Logins that end at the proxy in a report: who may enter, what the site sees, and names to register for Kerberos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.document import Block, Code, Heading, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.planned import Plan, PrincipalName
    from bridgehead.reports.sources import Sources


def login_sections(plan: Plan, sources: Sources) -> Iterator[Section]:
    """One section, where anybody logs in to the proxy."""
    if plan.logins:
        yield Section("logins", "Logins at the proxy", tuple(_logins(plan, sources)))


def _logins(plan: Plan, sources: Sources) -> Iterator[Block]:
    yield Text("Here clients log in to the proxy first. Everywhere else they log in to the site itself, or not at all.")
    headings = ("Rules", "Accounts", "Who may enter", "Challenges", "Extended Protection", "The site sees", "Why")
    yield Table(
        headings,
        tuple(
            (
                ", ".join(login.rules),
                login.accounts,
                login.who,
                login.challenges,
                login.channel_binding,
                login.site_sees,
                sources.cite(*login.because),
            )
            for login in plan.logins
        ),
    )
    if plan.principal_names:
        yield Heading("Names for Kerberos")
        yield Text("ACCOUNT is the one whose keys the keytab has: the proxy's own, or one made for it.")
        yield principal_name_table(plan.principal_names, sources)
        yield Code("Service principal names", "powershell", "\n".join(one.command for one in plan.principal_names))


def principal_name_table(names: Iterable[PrincipalName], sources: Sources) -> Table:
    """Service principal names as rows."""
    rows = tuple((one.name, one.accounts, one.command, sources.cite(one.because)) for one in names)
    return Table(("Name", "Accounts", "Command", "Why"), rows)
