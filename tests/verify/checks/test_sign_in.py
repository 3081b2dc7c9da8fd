from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.observing.question import Failure
from bridgehead.verify.observing.signing_in import SignIn, SignInSeen, Step
from tests.verify.checks.recorded import DISCOVERY, MEET, POOL, applies, failure, judged, with_scope

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import FailureKind

NAMES = ("discovery", "way", "web-ticket", "user-document", "token", "application", "poll")
CHECKS = {
    "web-ticket": "signin.web-ticket",
    "user-document": "signin.user-document",
    "token": "signin.ucwa-application",
    "application": "signin.ucwa-application",
    "poll": "signin.event-channel",
}
QUESTION = SignIn(DISCOVERY.url("/"), 5.0)


def walked_to(last: str, *, good: bool, **more: object) -> SignInSeen:
    names = NAMES[: NAMES.index(last) + 1]
    steps = [Step(name=name, status=200, seen=f"200, {name}", good=True) for name in names]
    steps[-1] = Step.model_validate({"name": last, "held": good, "seen": f"{last} went wrong", "good": good, **more})
    return SignInSeen(steps=tuple(steps))


@pytest.mark.parametrize("code", sorted(set(CHECKS.values())))
def test_a_whole_sign_in_passes(code: str) -> None:
    assert judged(code, DISCOVERY, {QUESTION: walked_to("poll", good=True)}).status == "passed"


@pytest.mark.parametrize(("step", "code"), CHECKS.items())
def test_the_step_that_fails_is_the_one_that_is_told(step: str, code: str) -> None:
    seen = walked_to(step, good=False)
    verdicts = {one: judged(one, DISCOVERY, {QUESTION: seen}) for one in CHECKS.values()}
    failed = [one for one, verdict in verdicts.items() if verdict.status == "failed"]
    assert failed == [code]
    assert f"{step} went wrong" in verdicts[code].seen
    later = list(CHECKS.values())[list(CHECKS.values()).index(code) + 1 :]
    assert all(verdicts[one].status == "skipped" for one in later if one != code)


def test_a_connection_that_ends_within_a_step_fails_it() -> None:
    seen = walked_to("poll", good=False, failure=failure("closed"))
    assert judged("signin.event-channel", DISCOVERY, {QUESTION: seen}).status == "failed"


def test_a_poll_that_is_always_answered_at_once_was_not_seen_to_be_held() -> None:
    seen = walked_to("poll", good=True, held=False)
    assert judged("signin.event-channel", DISCOVERY, {QUESTION: seen}).status == "unseen"


def test_a_document_for_the_inside_names_the_wrong_port() -> None:
    seen = walked_to("user-document", good=True, access_location="Internal")
    verdict = judged("signin.user-document", DISCOVERY, {QUESTION: seen})
    assert (verdict.status, "4443" in verdict.cause) == ("failed", True)


def test_nothing_is_sent_where_the_certificate_is_not_verified() -> None:
    seen = walked_to("web-ticket", good=False, failure=failure("tls"))
    assert judged("signin.web-ticket", DISCOVERY, {QUESTION: seen}).status == "skipped"


@pytest.mark.parametrize("kind", ["tls", "cannot-try"])
@pytest.mark.parametrize(("step", "code"), [("web-ticket", "signin.web-ticket"), ("token", "signin.ucwa-application")])
def test_a_login_that_we_did_not_try_accuses_nobody(step: str, code: str, kind: FailureKind) -> None:
    seen = walked_to(step, good=False, failure=failure(kind))
    assert judged(code, DISCOVERY, {QUESTION: seen}).status == "skipped"


@pytest.mark.parametrize("step", NAMES)
def test_a_login_that_is_held_back_leaves_open_what_comes_after_it(step: str) -> None:
    seen = walked_to(step, good=False, failure=failure("held-back"))
    statuses = {name: judged(code, DISCOVERY, {QUESTION: seen}).status for name, code in CHECKS.items()}
    later = NAMES[NAMES.index(step) :]
    assert {name for name, status in statuses.items() if status == "unseen"} >= set(statuses) & set(later)
    assert "failed" not in statuses.values()


def test_without_credentials_the_sign_in_is_skipped() -> None:
    seen = SignInSeen(failure=Failure(kind="cannot-try", detail="No credentials were given."))
    verdict = judged("signin.web-ticket", DISCOVERY, {QUESTION: seen})
    assert (verdict.status, "--credentials-file" in verdict.seen) == ("skipped", True)


def test_the_poll_is_as_long_as_is_wished() -> None:
    target = with_scope(DISCOVERY, poll_seconds=(200.0, 960.0))
    longest = SignIn(DISCOVERY.url("/"), 960.0)
    assert judged("signin.event-channel", target, {longest: walked_to("poll", good=True)}).status == "passed"


def test_only_names_where_discovery_answers_have_a_sign_in() -> None:
    assert applies("signin.web-ticket", POOL) is True
    assert applies("signin.web-ticket", MEET) is False
