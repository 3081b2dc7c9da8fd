from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.isolation.report import Evidence, IsolationReport, Played, judge_rules
from bridgehead.verify.isolation.rules import Finding
from bridgehead.verify.observing.logging_in import ApartSeen, KeepApart, LogIn, LoginSeen
from bridgehead.verify.observing.question import Failure
from bridgehead.verify.observing.questions import Fetch
from tests.verify.checks.recorded import MEET, POOL, answer, applies, judged, no_answer

if TYPE_CHECKING:
    from bridgehead.verify.observing.questions import Answer

URL = POOL.url("/abs/")
CHALLENGE = answer(401, "WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM")
NOBODY = Failure(kind="cannot-try", detail="No credentials were given.")
PAUSED = Failure(kind="held-back", detail="alice-1 was answered with 429 (Retry-After: 60)")
UNTRUSTED = Failure(kind="tls", detail="unable to get local issuer certificate")


@pytest.mark.parametrize(
    ("seen", "status", "word"),
    [
        (CHALLENGE, "passed", "Negotiate, NTLM"),
        (answer(401, 'WWW-Authenticate: Basic realm="a, NTLM"', "WWW-Authenticate: NTLM"), "passed", "NTLM"),
        (answer(401, "WWW-Authenticate: Negotiate, NTLM"), "failed", "joins lines"),
        (answer(401, 'WWW-Authenticate: Basic realm="proxy"'), "failed", "of its own"),
        (answer(401), "failed", "removes the challenge"),
        (answer(200), "failed", "lends"),
        (answer(404), "failed", ""),
        (answer(429, "Retry-After: 60"), "unseen", "a limit of requests"),
        (no_answer(), "failed", ""),
    ],
)
def test_the_challenge(seen: Answer, status: str, word: str) -> None:
    verdict = judged("login.challenge", POOL, {Fetch(URL): seen})
    assert verdict.status == status
    assert word in f"{verdict.seen} {verdict.cause}"


@pytest.mark.parametrize(
    ("seen", "status", "word"),
    [
        (LoginSeen(status=200, proved=True, named="CONTOSO\\alice", kept=True), "passed", "as CONTOSO\\alice"),
        (LoginSeen(status=404, proved=True, kept=True), "passed", "404"),
        (LoginSeen(status=200, proved=True), "failed", "not the user's"),
        (LoginSeen(status=401, proved=True), "failed", "over different connections"),
        (LoginSeen(status=401), "failed", "removes the credential"),
        (
            LoginSeen(status=200, named="bob", early=True),
            "failed",
            "as bob before any credential was sent The proxy lends",
        ),
        (LoginSeen(status=503, early=True), "failed", "not answer the same"),
        (LoginSeen(failure=Failure(kind="closed", detail="It ended.")), "failed", "from its first leg to its last"),
        (LoginSeen(failure=PAUSED), "unseen", "answered with 429 (Retry-After: 60) The proxy or the server takes no"),
        (LoginSeen(failure=NOBODY), "skipped", "--credentials-file"),
        (LoginSeen(failure=UNTRUSTED), "skipped", "No password is sent"),
    ],
)
def test_a_login(seen: LoginSeen, status: str, word: str) -> None:
    verdict = judged("login.ntlm", POOL, {Fetch(URL): CHALLENGE, LogIn(URL, "NTLM"): seen})
    assert verdict.status == status
    assert word in f"{verdict.seen} {verdict.cause}"


def test_a_scheme_that_is_not_offered_is_not_tried() -> None:
    assert judged("login.negotiate", POOL, {Fetch(URL): answer(401, "WWW-Authenticate: NTLM")}).status == "skipped"


def test_names_without_a_page_for_logins_are_left_out() -> None:
    assert applies("login.challenge", MEET) is False
    assert applies("login.challenge", replace(POOL, paths=("/meet/*",))) is False
    assert applies("login.challenge", replace(MEET, roles=("exchange",))) is True


def report(
    *findings: Finding,
    logins: int = 10,
    users: tuple[str, ...] = ("alice", "bob"),
    shut_out: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> ApartSeen:
    rules = judge_rules([(one, Evidence(sentence=one.sentence, transcript=("proof",))) for one in findings], "")
    made = IsolationReport(
        url=URL,
        users=users,
        tells_by="",
        rules=rules,
        logins=logins,
        connections=50,
        scenarios=(Played(title="", transcript=tuple(f"{name}-1 < 401" for name in users)),),
        entered=tuple(name for name in users if name not in shut_out),
        refused=shut_out,
    )
    return ApartSeen(report=made, left_out=left_out)


def test_identities_that_stay_apart() -> None:
    verdict = judged("login.identities", POOL, {KeepApart(URL): report(Finding(5, "stays", "held"))})
    assert verdict.status == "passed"
    alone = judged("login.identities", POOL, {KeepApart(URL): report(users=("alice",))})
    assert "a second was not given" in alone.seen


def test_identities_that_are_mixed_up_are_shown_with_their_proof() -> None:
    leak = Finding(2, "in use", "broken", "stranger-1 was answered as alice")
    verdict = judged("login.identities", POOL, {KeepApart(URL): report(leak, Finding(17, "offer", "broken", "h2"))})
    assert verdict.status == "failed"
    assert "stranger-1 was answered as alice" in verdict.seen
    assert verdict.evidence == ("proof",)


def test_two_people_stay_apart_only_where_both_got_in() -> None:
    refused = judged("login.identities", POOL, {KeepApart(URL): report(shut_out=("bob",))})
    assert (refused.status, refused.evidence) == ("failed", ("bob-1 < 401",))
    assert refused.seen.startswith("bob never got in")
    assert "password is wrong" in refused.cause
    spent = judged("login.identities", POOL, {KeepApart(URL): report(users=("alice",), left_out=("bob",))})
    assert (spent.status, "could lock" in spent.seen) == ("unseen", True)


def test_logins_that_are_held_back_accuse_nobody() -> None:
    seen = report(Finding(5, "stays", "held"), shut_out=("bob",))
    assert seen.report is not None
    paused = seen.report.model_copy(update={"held_back": PAUSED.detail, "trouble": f"{PAUSED.detail}. Wait."})
    verdict = judged("login.identities", POOL, {KeepApart(URL): ApartSeen(report=paused)})
    assert (verdict.status, verdict.seen, "allowed_sources" in verdict.mend) == ("unseen", PAUSED.detail, True)


def test_nobody_who_could_log_in_is_not_a_pass() -> None:
    refused = report(logins=0, shut_out=("alice", "bob"))
    assert refused.report is not None
    nothing = refused.report.model_copy(update={"trouble": "Both passwords are wrong."})
    seen = ApartSeen(report=nothing)
    assert judged("login.identities", POOL, {KeepApart(URL): seen}).status == "failed"
    assert judged("login.identities", POOL, {KeepApart(URL): report(logins=0)}).status == "unseen"
