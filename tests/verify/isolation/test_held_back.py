"""A shield for accounts, ours or another's, is no fault of the proxy's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.messages import Response
from bridgehead.verify.isolation.answers import Answer
from bridgehead.verify.isolation.held_back import is_held_back, told_of
from bridgehead.verify.isolation.run import check_isolation
from bridgehead.verify.isolation.stage import Limits
from bridgehead.verify.isolation.text import as_text
from bridgehead.verify.output.isolation_page import as_isolation_page
from tests.verify.isolation.surroundings import Answering

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from bridgehead.lab.messages import Request
    from bridgehead.lab.web_server import Application
    from bridgehead.lab.windows_authentication import ConnectionAuthentication
    from bridgehead.verify.isolation.report import IsolationReport
    from tests.verify.isolation.surroundings import Surroundings

ONE_ROUND = Limits(rounds=1)
LATER = (("Retry-After", "60"),)


class Shielded:
    """A site behind a shield: after so many requests with a credential it answers each as it is told."""

    def __init__(self, inner: Application, credentials: int, status: int, *fields: tuple[str, str]) -> None:
        self._inner = inner
        self._left = credentials
        self._refusal = Response(status, b"later", fields=list(fields))

    def new_authentication(self) -> ConnectionAuthentication:
        """As the site has it."""
        return self._inner.new_authentication()

    async def answer(self, request: Request) -> Response:
        """As the site answers, while it may."""
        if request.fields.get("Authorization"):
            self._left -= 1
            if self._left < 0:
                return self._refusal
        return await self._inner.answer(request)


def behind_a_shield(
    surroundings: Surroundings, stack: ExitStack, credentials: int, status: int, *fields: tuple[str, str]
) -> IsolationReport:
    plain = surroundings.deployment.front_ends[0].plain
    assert plain is not None
    site = surroundings.run(stack, Shielded(plain.application, credentials, status, *fields))
    return check_isolation(surroundings.plain_target(site.port), surroundings.users, limits=ONE_ROUND)


@pytest.mark.parametrize(
    ("status", "fields", "held_back", "in_a_login"),
    [
        (429, (), True, True),
        (429, LATER, True, True),
        (503, LATER, False, True),
        (503, (), False, False),
        (401, LATER, False, False),
        (200, (), False, False),
    ],
)
def test_what_holds_logins_back(
    status: int, fields: tuple[tuple[str, str], ...], *, held_back: bool, in_a_login: bool
) -> None:
    answer = Answer(status, fields)
    assert (is_held_back(answer), is_held_back(answer, logging_in=True)) == (held_back, in_a_login)


def test_it_is_told_who_was_answered_and_for_how_long() -> None:
    assert told_of("alice-3", Answer(429, LATER)) == "alice-3 was answered with 429 (Retry-After: 60)"
    assert told_of("alice-3", Answer(429, ())) == "alice-3 was answered with 429"


def test_our_own_shield_is_told_in_plain_words_and_is_no_broken_rule(surroundings: Surroundings) -> None:
    mistyped = [replace(surroundings.users[0], password="mistyped")]
    assert "the password is wrong, or" in check_isolation(surroundings.published, mistyped).trouble
    report = check_isolation(surroundings.published, surroundings.users)
    assert report.held_back.startswith("alice-1 was answered with 429 (Retry-After: ")
    assert (report.count("broken"), report.exit_status) == (0, 2)
    told = " ".join(as_text(report).split())
    assert "a shield for accounts after too many failures" in told
    assert "Bridgehead: allowed_sources in [shield]" in told
    assert "allowed_sources" in as_isolation_page(report)


@pytest.mark.parametrize(("status", "fields"), [(429, ()), (429, LATER), (503, LATER)])
def test_anybodys_shield_ends_the_test_at_once(
    surroundings: Surroundings, stack: ExitStack, status: int, fields: tuple[tuple[str, str], ...]
) -> None:
    report = behind_a_shield(surroundings, stack, 1, status, *fields)
    assert report.held_back.startswith(f"alice-1 was answered with {status}")
    assert (report.count("broken"), report.logins, report.exit_status) == (0, 0, 2)
    assert as_text(report).count("Nothing could be tested.") == 1


def test_what_was_seen_before_the_shield_closed_counts(surroundings: Surroundings, stack: ExitStack) -> None:
    report = behind_a_shield(surroundings, stack, 25, 429, *LATER)
    assert {rule.number for rule in report.rules if rule.verdict == "held"} >= {5, 8}
    assert (report.count("broken"), report.logins > 0, report.exit_status) == (0, True, 2)
    assert "The test did not come to its end." in as_text(report)


def test_a_server_that_fails_in_a_login_is_no_shield(surroundings: Surroundings, stack: ExitStack) -> None:
    report = behind_a_shield(surroundings, stack, 1, 503)
    assert (report.held_back, report.exit_status) == ("", 2)


def test_a_stranger_who_asks_too_often_is_told_so(surroundings: Surroundings, stack: ExitStack, tmp_path: Path) -> None:
    site = surroundings.run(stack, Answering(tmp_path, 429, *LATER))
    report = check_isolation(surroundings.plain_target(site.port), surroundings.users)
    assert report.held_back == "stranger-2 was answered with 429 (Retry-After: 60)"
