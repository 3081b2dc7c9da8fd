"""A refusal says which name, which check, what the authority saw, and what to do."""

from __future__ import annotations

import pytest

from bridgehead.certificates.acme.explanations import Refused, another_may_help, explain

URN = "urn:ietf:params:acme:error:"
HOST = "webext.contoso.com"


def proved(word: str, challenge: str, detail: str = "") -> tuple[str, str]:
    (problem,) = explain(Refused(URN + word, detail), where="first", authority="first", name=HOST, challenge=challenge)
    assert problem.code == "acme.not-proved"
    return problem.message, problem.hint


def refused(word: str, detail: str = "") -> tuple[str, str]:
    (problem,) = explain(Refused(URN + word, detail), where="first", authority="first")
    return problem.message, problem.hint


def test_a_name_that_was_not_reached() -> None:
    message, hint = proved("connection", "http-01", "192.0.2.1: Fetching http://...: Timeout")
    assert message == (
        f"{HOST}, http-01: first refuses, it could not connect. It says: 192.0.2.1: Fetching http://...: Timeout."
    )
    assert f"Port 80 of {HOST} must lead to this proxy" in hint


def test_another_answer_is_told_by_its_likely_cause() -> None:
    assert "Something else than this proxy answered" in proved("unauthorized", "http-01")[1]
    assert "Something else than this proxy answered" in proved("incorrectResponse", "http-01")[1]
    assert f"_acme-challenge.{HOST}" in proved("unauthorized", "dns-01")[1]


def test_a_wildcard_s_record_is_that_of_its_parent() -> None:
    (problem,) = explain(Refused(URN + "dns"), where="", authority="first", name="*.contoso.com", challenge="dns-01")
    assert "_acme-challenge.contoso.com" in problem.hint


def test_every_part_of_a_refusal_is_told() -> None:
    parts = tuple(Refused(URN + "rejectedIdentifier", "forbidden", name) for name in ("a.contoso.com", "b.contoso.com"))
    problems = explain(Refused(URN + "compound", parts=parts), where="first", authority="first")
    assert [problem.message.partition(":")[0] for problem in problems] == ["a.contoso.com", "b.contoso.com"]


@pytest.mark.parametrize(
    ("word", "mend"),
    [("rateLimited", "--dry-run"), ("caa", "CAA record"), ("externalAccountRequired", "external_account")],
)
def test_what_is_no_name_s_fault_has_its_mend(word: str, mend: str) -> None:
    assert mend in refused(word)[1]


def test_an_account_that_is_gone_has_a_code_of_its_own() -> None:
    (problem,) = explain(Refused(URN + "accountDoesNotExist"), where="", authority="first")
    assert problem.code == "acme.account-unknown"


def test_an_unknown_type_is_told_as_it_is() -> None:
    (problem,) = explain(Refused("urn:example:new", "something"), where="", authority="first")
    assert "urn:example:new" in problem.message
    assert "something" in problem.message


def test_what_a_stranger_answered_comes_on_one_line_without_control_characters_and_cut() -> None:
    message, _ = proved("unauthorized", "http-01", "got\r\n\x1b[31m" + "x" * 5000)
    assert message.isprintable()
    assert len(message) < 700


def test_another_authority_is_no_help_where_our_names_cannot_be_proved() -> None:
    assert another_may_help([Refused(URN + "rateLimited")])
    assert another_may_help([Refused(URN + "caa")])
    assert not another_may_help([Refused(URN + "connection")])
    assert not another_may_help([Refused(URN + "compound", parts=(Refused(URN + "caa"), Refused(URN + "dns")))])
