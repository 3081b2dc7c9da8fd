"""Why a name is in a plan: every planned thing that speaks of it, with its reason."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bridgehead.names import normalise_host
from bridgehead.planning.planned import Because, Planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.planned import Plan
    from bridgehead.spec import Rule


class Explanation(Planned):
    """One planned thing and the reasons for it."""

    kind: str
    """certificate, rule, DNS outside, firewall, question and so on."""
    what: str
    because: tuple[Because, ...] = ()


class Explained(Planned):
    """Everything in a plan about one name."""

    name: str
    found: tuple[Explanation, ...]


def explain(plan: Plan, name: str) -> Explained:
    """What the plan says about a host name, rule, listener, certificate, port or property such as `key usage`."""
    wanted = _spelled(name)
    found = (
        *_certificates(plan, wanted),
        *_rules(plan, wanted),
        *_logins(plan, wanted),
        *_records(plan, wanted),
        *_ports(plan, wanted),
        *_steps(plan, wanted),
        *_gaps(plan, wanted),
    )
    return Explained(name=name, found=found)


def similar_names(plan: Plan, name: str) -> list[str]:
    """Names that can be explained and look like this one."""
    known = {entry.name for one in plan.certificates for entry in one.entries}
    known |= {host for rule in plan.proxy.rules for host in rule.hosts}
    known |= {record.name for record in plan.records}
    wanted = _spelled(name)
    return get_close_matches(wanted, known, n=3) or sorted(one for one in known if wanted in one)[:3]


def _spelled(name: str) -> str:
    try:
        return normalise_host(name)
    except ValueError:
        return name.strip().lower()


def _certificates(plan: Plan, wanted: str) -> Iterator[Explanation]:
    for one in plan.certificates:
        if wanted == one.name.lower():
            what = f"{one.title}: {', '.join(one.names) or one.subject.value}"
            yield Explanation(kind="certificate", what=what, because=one.remarks or (one.subject.because,))
        if one.subject.value == wanted:
            yield Explanation(kind="certificate", what=f"subject name of {one.title}", because=(one.subject.because,))
        for entry in one.entries:
            if wanted in {entry.name, *entry.covers}:
                served = f"; served by the rule {', '.join(entry.rules)}" if entry.rules else ""
                what = f"subject alternative name {entry.name} of {one.title}{served}"
                yield Explanation(kind="certificate", what=what, because=entry.because)
        for title, decision in one.decisions().items():
            if wanted == title.lower():
                what = f"{title} of {one.title}: {decision.value}"
                yield Explanation(kind="certificate", what=what, because=(decision.because,))


def _rules_for(plan: Plan, wanted: str) -> list[Rule]:
    return [rule for rule in plan.proxy.rules if wanted in {rule.name.lower(), *rule.hosts, *rule.listeners}]


def _rules(plan: Plan, wanted: str) -> Iterator[Explanation]:
    for rule in _rules_for(plan, wanted):
        match rule.action.kind:
            case "forward":
                leads = f"forwarded to {rule.action.pool}"
            case "relay":
                leads = f"relayed undecrypted to {rule.action.pool}"
            case "redirect-to-tls":
                leads = "led to https"
            case "refuse":
                leads = "refused"
        what = f"rule {rule.name}: {rule.path} on {', '.join(rule.listeners)}, {leads}"
        yield Explanation(kind="rule", what=what, because=(Because(reason=rule.because, source=""),))


def _logins(plan: Plan, wanted: str) -> Iterator[Explanation]:
    for login in plan.logins:
        rules = {rule.lower() for rule in login.rules}
        if wanted in {*rules, *login.hosts, *login.accounts.lower().partition(":")[:1]}:
            what = f"{', '.join(login.rules)}: {login.who}, by {login.challenges}; the site sees {login.site_sees}"
            yield Explanation(kind="login", what=what, because=login.because)
    for name in plan.principal_names:
        if wanted in {name.name.lower(), name.name.lower().removeprefix("http/"), name.accounts.lower()}:
            yield Explanation(kind="Kerberos", what=f"{name.name}: {name.command}", because=(name.because,))


def _records(plan: Plan, wanted: str) -> Iterator[Explanation]:
    views = {"outside": "DNS outside", "inside": "DNS inside", "proxy": "hosts file", "other-proxy": "another proxy"}
    for record in plan.records:
        if wanted == record.name or wanted in record.value.split():
            what = f"{record.name} {record.kind} {record.value or f'({record.missing})'}"
            yield Explanation(kind=views[record.view], what=what, because=(record.because,))


def _ports(plan: Plan, wanted: str) -> Iterator[Explanation]:
    actions = (rule.action for rule in _rules_for(plan, wanted))
    pools = {action.pool for action in actions if action.kind in {"forward", "relay"}}
    for port in plan.ports:
        named = wanted == port.port or wanted in port.destination.split(", ")
        if named or (port.at == "proxy-inside" and port.purpose in pools):
            what = f"{port.source} to {port.destination}, {port.protocol} {port.port}: {port.purpose}"
            yield Explanation(kind="firewall", what=what, because=(port.because,))


def _steps(plan: Plan, wanted: str) -> Iterator[Explanation]:
    for step in plan.flow_chart:
        if wanted in step.names:
            yield Explanation(kind="flow chart", what=f"{step.question} Yes: {step.yes}", because=(step.because,))


def _gaps(plan: Plan, wanted: str) -> Iterator[Explanation]:
    for gap in plan.unpublished:
        if wanted in gap.what.lower().split():
            yield Explanation(kind="not published", what=f"{gap.what}. Missed by: {gap.who}", because=(gap.because,))
    for question in plan.questions:
        if wanted in question.about.lower().split(", "):
            why = Because(reason=question.why, source=question.answer_in)
            yield Explanation(kind="question", what=question.question, because=(why,))
