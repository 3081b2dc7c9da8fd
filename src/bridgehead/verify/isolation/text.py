"""The report for a terminal and for a file: what holds, what does not, what was not seen, and the proof."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.isolation.report import IsolationReport, RuleResult
    from bridgehead.verify.isolation.rules import Verdict

_ORDER: tuple[Verdict, ...] = ("broken", "held", "unseen")
_WIDTH = 118
_INDENT = " " * 14


def as_text(report: IsolationReport, *, transcripts: bool = False) -> str:
    """The whole report. With `transcripts`, every scenario's, and not only the proof of what is broken."""
    told = report.logins or report.count("broken") or report.count("held")
    lines = [*_head(report), "", *(_rules(report) if told else ()), *_proofs(report)]
    if transcripts:
        for played in report.scenarios:
            lines += ["", f"Transcript: {played.title}", *(f"  {line}" for line in played.transcript)]
    return "\n".join([*lines, "", *_summary(report)]) + "\n"


def _head(report: IsolationReport) -> Iterator[str]:
    users = ", ".join(report.users) or "nobody: without users only strangers were tried"
    yield f"Windows authentication through {report.url}"
    yield f"  users         {users}"
    yield f"  told by       {report.tells_by}"
    yield (
        f"  used          {report.connections} connections, at most {report.at_once} at once; {report.logins} logins; "
        f"{report.seconds:g} s"
    )
    for played in report.scenarios:
        if played.ended:
            yield from _wrapped(f"  cut short     {played.title}: ", played.ended, " " * 16)


def _rules(report: IsolationReport) -> Iterator[str]:
    for verdict in _ORDER:
        for rule in report.rules:
            if rule.verdict == verdict:
                yield from _wrapped(f"  {_word(rule):<8}{rule.number:>2}  ", rule.title, _INDENT)
                yield from _wrapped(_INDENT, rule.sentence, _INDENT)


def _proofs(report: IsolationReport) -> Iterator[str]:
    shown: set[tuple[str, ...]] = set()
    for rule in report.rules:
        for evidence in rule.evidence[:1]:
            yield ""
            yield from _wrapped(f"Rule {rule.number}, the proof: ", evidence.sentence, "  ")
            if evidence.transcript in shown:
                yield "  (the transcript above)"
                continue
            shown.add(evidence.transcript)
            yield from (f"  {line}" for line in evidence.transcript)


def _summary(report: IsolationReport) -> Iterator[str]:
    if report.trouble:
        begun = "The test did not come to its end. " if report.logins else "Nothing could be tested. "
        yield from _wrapped(begun, report.trouble, "")
        return
    broken, held, unseen = (report.count(verdict) for verdict in _ORDER)
    yield f"{broken} {'rule' if broken == 1 else 'rules'} broken, {held} held, {unseen} not seen from outside."
    if not report.count("broken") and not report.logins:
        yield "Nobody logged in, so this says nothing about whether identities stay apart."
    elif report.shut_out:
        names = " and ".join(report.shut_out)
        yield f"{names} never got in, so this says little about whether two people stay apart."


def _word(rule: RuleResult) -> str:
    return rule.verdict.upper() if rule.verdict == "broken" else rule.verdict


def _wrapped(first: str, text: str, later: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )
