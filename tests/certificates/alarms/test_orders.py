"""How orders go, as far as it was remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridgehead.certificates.acme.state import Attempt, Ledger, RenewalState
from bridgehead.certificates.alarms.alarm import look
from bridgehead.certificates.alarms.facts import OrderFact, Unusable
from bridgehead.certificates.alarms.orders import order_facts

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def attempt(failures: int, last: datetime, message: str) -> Attempt:
    problem = {"code": "acme.refused", "where": "", "message": message, "hint": "", "severity": "error"}
    return Attempt(failures=failures, last=last, next=last + HOUR, problems=(problem,))


def ordered(store: Path) -> list[OrderFact]:
    return [fact for fact in order_facts(store) if isinstance(fact, OrderFact)]


def test_where_nothing_was_ordered_there_is_nothing(tmp_path: Path) -> None:
    assert order_facts(tmp_path) == ()


def test_a_certificate_whose_attempts_fail_has_the_last_reason_and_the_next_time(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    state = RenewalState(attempts={"main": attempt(4, NOW, "No such name."), "other": attempt(3, NOW - HOUR, "Down.")})
    ledger.keep_renewal("public", "rsa", state)
    ledger.keep_renewal("public", "ecdsa", RenewalState())
    (fact,) = ordered(tmp_path)
    assert (fact.about, fact.failures, fact.last_problem, fact.next_attempt) == (
        "order:public:rsa",
        3,
        "No such name.",
        NOW,
    )


def test_what_only_a_person_can_mend_says_so_unless_another_authority_may_do_without(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    terms = attempt(1, NOW, "Agree to the terms.").model_copy(update={"problems": ({"code": "acme.terms"},)})
    ledger.keep_renewal("public", "rsa", RenewalState(attempts={"main": terms}))
    ledger.keep_renewal("other", "rsa", RenewalState(attempts={"main": terms, "second": attempt(1, NOW, "Down.")}))
    assert {fact.name: fact.needs_somebody for fact in ordered(tmp_path)} == {"public": True, "other": False}


def test_an_authority_that_is_not_asked_any_more_hides_no_failures(tmp_path: Path) -> None:
    ours = attempt(40, NOW, "Port 80 is closed.").model_copy(update={"another_may_help": False})
    state = RenewalState(attempts={"main": ours, "second": attempt(1, NOW - 9 * HOUR, "Down.")})
    Ledger(tmp_path).keep_renewal("public", "rsa", state)
    assert [fact.failures for fact in ordered(tmp_path)] == [40]


def test_what_cannot_be_read_keeps_nothing_else_from_being_told_and_is_not_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.keep_renewal("other", "rsa", RenewalState(attempts={"main": attempt(4, NOW, "No such name.")}))
    # A directory cannot be read as a file, whoever tries: the test may be run by root.
    (tmp_path / ".acme/renewals/public/rsa.json").mkdir(parents=True)
    facts = order_facts(tmp_path)
    assert [type(fact) for fact in facts] == [OrderFact, Unusable]
    looked = look(facts, NOW)
    assert set(looked.alarms) == {"order:other:rsa", "unusable:order:public:rsa"}
    assert not looked.knows("order:public:rsa")


def test_where_all_of_it_cannot_be_read_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / ".acme").mkdir()
    (tmp_path / ".acme/renewals").write_text("")
    assert not look(order_facts(tmp_path), NOW).knows("order:public:rsa")
