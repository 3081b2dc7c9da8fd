"""What `ntlm-check` found, as the same kind of HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.output.legible import legible
from bridgehead.verify.output.page import Group, Item, Mend, Section, Sheet, evidence, rendered

if TYPE_CHECKING:
    from bridgehead.verify.isolation.report import IsolationReport, Played, RuleResult
    from bridgehead.verify.isolation.rules import Verdict
    from bridgehead.verify.verdicts import Status

_STATUS: dict[Verdict, Status] = {"broken": "failed", "held": "passed", "unseen": "unseen"}
_HEADINGS: dict[Verdict, str] = {"broken": "Broken", "held": "Held", "unseen": "Not seen from outside"}


def as_isolation_page(report: IsolationReport) -> str:
    """The whole page: the rules by their verdict with the proofs, then every conversation."""
    counts = {verdict: report.count(verdict) for verdict in _HEADINGS}
    return rendered(
        Sheet(
            title=f"Windows authentication through {legible(report.url)}",
            subtitle=f"{', '.join(report.users) or 'strangers alone'}; {report.connections} connections, "
            f"{report.logins} logins, {report.seconds:g} s; told by {legible(report.tells_by)}",
            verdict=_verdict(report),
            is_well=report.exit_status == 0 and report.logins > 0 and not report.shut_out,
            facts=tuple(
                (number, verdict, _STATUS[verdict] if number else "plain") for verdict, number in counts.items()
            ),
            notice=legible(report.trouble),
            mends=tuple(_mend(rule) for rule in report.rules if rule.verdict == "broken"),
            sections=(_rules(report), _conversations(report)),
        )
    )


def _verdict(report: IsolationReport) -> str:
    if report.trouble:
        return "The test did not come to its end." if report.logins else "Nothing could be tested."
    if broken := report.count("broken"):
        return f"{broken} {'rule is' if broken == 1 else 'rules are'} broken."
    if not report.logins:
        return "Nobody logged in, so this says nothing about whether identities stay apart."
    if report.shut_out:
        return f"{legible(' and '.join(report.shut_out))} never got in: whether two people stay apart was not seen."
    return "Nothing was seen to be broken."


def _mend(rule: RuleResult) -> Mend:
    return Mend(
        status="failed",
        word="broken",
        title=rule.title,
        label=f"rule {rule.number}",
        places=(("the proof", f"rule{rule.number}"),),
        parts={"seen": legible(rule.sentence)},
    )


def _rules(report: IsolationReport) -> Section:
    groups = {verdict: tuple(_rule(rule) for rule in report.rules if rule.verdict == verdict) for verdict in _HEADINGS}
    shown = tuple(Group(_HEADINGS[verdict], items) for verdict, items in groups.items() if items)
    return Section(anchor="rules", title="Rules", subtitle="of Windows authentication on a proxy", groups=shown)


def _rule(rule: RuleResult) -> Item:
    proofs = (line for proof in rule.evidence for line in (proof.sentence, *proof.transcript, ""))
    return Item(
        anchor=f"rule{rule.number}",
        status=_STATUS[rule.verdict],
        word=rule.verdict,
        label=f"rule {rule.number}",
        title=rule.title,
        seen=legible(rule.sentence),
        parts={"seen": legible(rule.sentence)},
        evidence=evidence(proofs).rstrip(),
    )


def _conversations(report: IsolationReport) -> Section:
    items = tuple(_conversation(played, number) for number, played in enumerate(report.scenarios))
    return Section(anchor="conversations", title="Conversations", subtitle="", groups=(Group("As they went", items),))


def _conversation(played: Played, number: int) -> Item:
    return Item(
        anchor=f"conversation{number}",
        status="skipped" if played.ended else "passed",
        word="cut short" if played.ended else "to the end",
        label=f"{len(played.transcript)} lines",
        title=played.title,
        seen=legible(played.ended),
        parts={"ended": legible(played.ended)} if played.ended else {},
        evidence=evidence(played.transcript),
    )
