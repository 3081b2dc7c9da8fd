"""Publishing rules, listeners, what is left unpublished, questions and the worksheet in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.document import Block, Form, Heading, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.planned import Plan, Question, WorksheetPart
    from bridgehead.reports.sources import Sources
    from bridgehead.spec import Action, Listener, ProxySpec

SHOWN_HOSTS = 12


def rule_sections(plan: Plan, sources: Sources) -> Iterator[Section]:
    """Listeners, rules and pools; then what is not published."""
    yield Section("rules", "Publishing rules and listeners", tuple(_rules(plan.proxy, sources)))
    yield Section("unpublished", "What is not published", tuple(_unpublished(plan, sources)))


def _rules(proxy: ProxySpec, sources: Sources) -> Iterator[Block]:
    yield Text("Exactly what bridgehead serve runs from the same file: one function makes both.")
    yield Heading("Listeners")
    yield Table(
        ("Listener", "Address", "TLS", "Certificates"),
        tuple(
            (one.name, _address(one), one.tls_profile if one.tls else "none", ", ".join(one.certificates))
            for one in proxy.listeners
        ),
    )
    yield Heading("Rules")
    yield Table(
        ("Host", "Path", "Listeners", "Where to", "Rule", "Why"),
        tuple(
            (
                _hosts(rule.hosts),
                rule.path,
                ", ".join(rule.listeners),
                _where_to(rule.action),
                rule.name,
                sources.within(rule.because),
            )
            for rule in proxy.rules
        ),
    )
    yield Heading("Pools")
    yield Table(
        ("Pool", "Servers", "TLS"),
        tuple(
            (
                pool.name,
                ", ".join(f"{server.host}:{server.port}" for server in pool.servers),
                pool.tls_profile if pool.tls else "none",
            )
            for pool in proxy.pools
        ),
    )


def _address(listener: Listener) -> str:
    return f"[{listener.host}]:{listener.port}" if ":" in listener.host else f"{listener.host}:{listener.port}"


def _hosts(hosts: tuple[str, ...]) -> str:
    rest = f" and {len(hosts) - SHOWN_HOSTS} more" if len(hosts) > SHOWN_HOSTS else ""
    return ", ".join(hosts[:SHOWN_HOSTS]) + rest


def _where_to(action: Action) -> str:
    match action.kind:
        case "forward":
            return action.pool
        case "relay":
            return f"{action.pool}, undecrypted"
        case "redirect-to-tls":
            return "https"
        case "refuse":
            return "refused"


def _unpublished(plan: Plan, sources: Sources) -> Iterator[Block]:
    noticed = [one for one in plan.unpublished if not one.deliberate]
    deliberate = [one for one in plan.unpublished if one.deliberate]
    if noticed:
        yield Heading("Somebody notices")
        yield Table(
            ("Not published", "Who notices", "Why"),
            tuple((one.what, one.who, sources.cite(one.because)) for one in noticed),
        )
    else:
        yield Text("Everything that clients need is published.")
    if deliberate:
        yield Heading("Left out by design")
        yield Table(
            ("Not published", "Who would notice", "Why"),
            tuple((one.what, one.who, sources.cite(one.because)) for one in deliberate),
        )


def question_section(questions: Iterable[Question]) -> Section:
    """What the plan could not know."""
    rows = tuple((one.about, one.question, one.why, one.answer_in) for one in questions)
    blocks: tuple[Block, ...] = (Table(("About", "Question", "Why it matters", "Where the answer goes"), rows),)
    return Section(
        "questions", "Open questions", blocks if rows else (Text("None: the file says all that is needed."),)
    )


def worksheet_section(parts: Iterable[WorksheetPart]) -> Section:
    """The data collection worksheet."""
    introduction = Text(
        "What must be known before planning. Filled in as far as the file knows; print it, and write on the lines."
    )
    forms = tuple(Form(part.title, tuple((one.item, one.value, one.why) for one in part.lines)) for part in parts)
    return Section("worksheet", "Data collection worksheet", (introduction, *forms))
