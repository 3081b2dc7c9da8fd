from __future__ import annotations

from bridgehead.verify.isolation.report import Evidence, IsolationReport, evidence_of, judge_rules
from bridgehead.verify.isolation.rules import RULES, Finding

NOTHING = Evidence(sentence="")


def judged(*findings: Finding) -> dict[int, tuple[str, str]]:
    rules = judge_rules([(finding, Evidence(sentence=finding.sentence)) for finding in findings], "")
    return {rule.number: (rule.verdict, rule.sentence) for rule in rules}


def test_there_are_25_rules_and_each_can_be_seen_or_says_why_not() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 26))
    assert all(bool(rule.parts) != bool(rule.inside) for rule in RULES)


def test_a_rule_holds_only_when_all_its_parts_do() -> None:
    half = Finding(1, "challenge", "held", "strangers stayed strangers")
    verdict, sentence = judged(half)[1]
    assert verdict == "unseen"
    assert "one leg" in sentence
    assert "strangers stayed strangers" in sentence
    assert judged(half, Finding(1, "credential", "held"))[1][0] == "held"


def test_one_piece_of_evidence_breaks_a_rule_whatever_else_held() -> None:
    held = [Finding(7, part, "held") for part in ("legs", "crossed")]
    assert judged(*held, Finding(7, "legs", "broken", "refused"))[7] == ("broken", "refused")


def test_a_proof_is_what_the_connections_concerned_said() -> None:
    lines = [("alice-1", "logs in"), ("bob-1", "logs in"), ("stranger-1", "is answered")]
    finding = Finding(2, "in use", "broken", "leaked", connections=("alice-1", "stranger-1"))
    assert evidence_of(finding, lines).transcript == ("logs in", "is answered")


def test_the_exit_status_follows_the_worst() -> None:
    nothing = IsolationReport(url="https://site.test/", users=(), tells_by="")
    assert nothing.exit_status == 0
    assert nothing.model_copy(update={"trouble": "Nobody is there."}).exit_status == 2
    broken = judge_rules([(Finding(2, "in use", "broken", "leaked"), NOTHING)], "")
    assert nothing.model_copy(update={"rules": broken, "trouble": "The rest could not be tried."}).exit_status == 1
