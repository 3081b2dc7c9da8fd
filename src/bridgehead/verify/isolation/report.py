"""What the test concludes: a verdict for each rule, with the transcript that proves it. No secrets; to JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from bridgehead.verify.isolation.rules import NO_LOGIN, RULES, Finding, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_TRANSCRIPT = 120


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Frozen):
    """One thing that was seen to go wrong."""

    sentence: str
    transcript: tuple[str, ...] = ()
    """What the connections concerned said until then; the last line is the proof."""


class RuleResult(_Frozen):
    """The verdict on one rule."""

    number: int
    title: str
    verdict: Verdict
    sentence: str
    """What was seen to hold, or why it could not be seen, or the first thing that went wrong."""
    evidence: tuple[Evidence, ...] = ()


class Played(_Frozen):
    """One scenario, as it went."""

    title: str
    ended: str = ""
    """Why it did not come to its end."""
    transcript: tuple[str, ...] = ()


class IsolationReport(_Frozen):
    """The whole test."""

    url: str
    users: tuple[str, ...]
    tells_by: str
    """How an answer told who it was for."""
    trouble: str = ""
    """Why there was nothing to test, or no more; what was seen before it counts."""
    held_back: str = ""
    """Who was answered with what, where it was a shield for accounts, or a limit of requests, that ended the test."""
    rules: tuple[RuleResult, ...] = ()
    scenarios: tuple[Played, ...] = ()
    connections: int = 0
    at_once: int = 0
    logins: int = 0
    entered: tuple[str, ...] = ()
    """Of the users, who logged in at least once."""
    refused: tuple[str, ...] = ()
    """Of the users, whose proof was refused at least once, here or before."""
    seconds: float = 0.0

    def count(self, verdict: Verdict) -> int:
        """How many rules have this verdict."""
        return sum(rule.verdict == verdict for rule in self.rules)

    @property
    def shut_out(self) -> tuple[str, ...]:
        """Of the users, who never got in: what two people show was not seen then."""
        return tuple(name for name in self.users if name not in self.entered)

    @property
    def exit_status(self) -> int:
        """0 nothing broken was seen, 1 something was, 2 it could not be tested, or not to the end."""
        if self.count("broken"):
            return 1
        return 2 if self.trouble else 0


def judge_rules(findings: Sequence[tuple[Finding, Evidence]], why_not: str) -> tuple[RuleResult, ...]:
    """A verdict for each rule. `why_not` explains what was not seen for want of anything better, where it is given."""
    return tuple(_judge(rule, [one for one in findings if one[0].rule == rule.number], why_not) for rule in RULES)


def evidence_of(finding: Finding, lines: Sequence[tuple[str, str]]) -> Evidence:
    """The finding with its transcript. `lines` are the scenario's up to that moment: connection, and text."""
    wanted = set(finding.connections)
    told = [text for connection, text in lines if not wanted or connection in wanted]
    if len(told) > _LONGEST_TRANSCRIPT:
        half = _LONGEST_TRANSCRIPT // 2
        told = [*told[:half], f"… {len(told) - 2 * half} lines …", *told[-half:]]
    return Evidence(sentence=finding.sentence, transcript=tuple(told))


def _judge(rule: Rule, found: list[tuple[Finding, Evidence]], why_not: str) -> RuleResult:
    broken = list({evidence.sentence: evidence for finding, evidence in found if finding.verdict == "broken"}.values())
    if broken:
        more = f" (and {len(broken) - 1} more like it)" if len(broken) > 1 else ""
        return _result(rule, "broken", broken[0].sentence + more, tuple(broken[:3]))
    held = {finding.part: finding.sentence for finding, _ in found if finding.verdict == "held"}
    reasons = {finding.part: finding.sentence for finding, _ in found if finding.verdict == "unseen"}
    missing = [part for part in rule.parts if part not in held]
    seen = "; ".join(dict.fromkeys(filter(None, held.values())))
    if rule.parts and not missing:
        return _result(rule, "held", seen)
    why = "; ".join(dict.fromkeys(reasons.get(part) or _reason(rule, part, why_not) for part in missing))
    return _result(rule, "unseen", rule.inside or (f"{why}. Seen so far: {seen}" if seen else why))


def _reason(rule: Rule, part: str, why_not: str) -> str:
    usual = rule.parts[part]
    return (why_not or usual) if usual == NO_LOGIN else usual


def _result(rule: Rule, verdict: Verdict, sentence: str, evidence: tuple[Evidence, ...] = ()) -> RuleResult:
    return RuleResult(number=rule.number, title=rule.title, verdict=verdict, sentence=sentence, evidence=evidence)
