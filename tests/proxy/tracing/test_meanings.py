"""What the life of a connection means. Stories over real connections are in test_notes.py."""

from __future__ import annotations

import pytest

from bridgehead.authentication.accounts import Outcome
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing.events import Event
from bridgehead.proxy.tracing.meanings import Meaning, meaning_of, meaning_of_all
from bridgehead.proxy.tracing.sentences import OWN, REFUSED

CHALLENGED = Event(1.0, "challenged", server="fe1", status=401, offered="NTLM")
FIRST = Event(2.0, "sent", server="fe1", scheme="NTLM", token="ntlm-negotiate")
CONTINUED = Event(3.0, "answered", server="fe1", status=401, scheme="NTLM", token="ntlm-challenge")
LAST = Event(4.0, "sent", server="fe1", scheme="NTLM", token="ntlm-authenticate", user="CONTOSO\\ann", ntlm_version=2)
REFUSED_BY_SITE = Event(5.0, "answered", server="fe1", status=401, offered="NTLM")
ENTERED = Event(5.0, "answered", server="fe1", status=200)
BEGUN = [CHALLENGED, FIRST, CONTINUED]


def ended(time: float, by: str, detail: str = "") -> Event:
    return Event(time, "ended", server="fe1", by=by, detail=detail)


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([CHALLENGED], "never-answered"),
        ([CHALLENGED, ended(2, "server")], "server-closed"),
        ([CHALLENGED, FIRST], "waiting"),
        ([CHALLENGED, FIRST, ended(3, "client")], "left-without-answer"),
        ([CHALLENGED, FIRST, ended(3, "proxy", "no response head in time")], "ended-here"),
        (BEGUN, "challenge-not-answered"),
        ([*BEGUN, ended(4, "client")], "challenge-not-answered"),
        ([*BEGUN, ended(4, "server")], "server-closed"),
        ([*BEGUN, ended(4, "proxy")], "ended-here"),
        ([*BEGUN, LAST, ENTERED], "logged-in"),
        ([*BEGUN, LAST, REFUSED_BY_SITE], "refused-by-site"),
        ([*BEGUN, LAST._replace(ntlm_version=1), REFUSED_BY_SITE], "ntlm-1"),
        ([*BEGUN, LAST._replace(user=""), REFUSED_BY_SITE], "anonymous"),
        ([LAST, REFUSED_BY_SITE], "answer-without-challenge"),
        (
            [*BEGUN, LAST, REFUSED_BY_SITE, FIRST._replace(time=6.0), CONTINUED._replace(time=7.0)],
            "challenge-not-answered",
        ),
        ([ended(1, "client")], "ended"),
        ([], "ended"),
    ],
)
def test_every_end_of_a_login_has_a_meaning(events: list[Event], code: str) -> None:
    assert meaning_of(events).code == code


def test_an_end_before_the_last_leg_is_not_its_end() -> None:
    """A client may log in to two pools on one connection."""
    assert meaning_of([CHALLENGED, ended(2, "server"), FIRST._replace(time=3.0)]).code == "waiting"


def test_a_login_bound_to_a_certificate_points_to_extended_protection() -> None:
    told = meaning_of([*BEGUN, LAST._replace(channel_bound=True), REFUSED_BY_SITE])
    assert "0xC000035B" in told.advice
    assert "0xC000035B" not in meaning_of([*BEGUN, LAST, REFUSED_BY_SITE]).advice


def test_a_client_that_leaves_after_each_login_is_told_to_log_in_anew() -> None:
    assert "logs in anew" in meaning_of([*BEGUN, LAST, ENTERED, ended(5.1, "client")]).sentence
    assert "logs in anew" not in meaning_of([*BEGUN, LAST, ENTERED, ended(500, "client")]).sentence


def test_what_is_told_as_refused_exists() -> None:
    assert set(REFUSED) <= {refusal.code for refusal in Refusal}


def test_every_outcome_but_success_has_a_sentence() -> None:
    assert {outcome.word for outcome in Outcome} - set(OWN) == {"accepted"}


def test_a_refusal_without_a_sentence_of_its_own_is_named() -> None:
    event = Event(1.0, "refused", refused="response-stale", status=504)
    assert "response-stale" in meaning_of([event]).sentence


def test_logins_torn_apart_over_several_connections_are_seen_together() -> None:
    torn = meaning_of(BEGUN)
    lost = meaning_of([LAST, REFUSED_BY_SITE])
    fine = meaning_of([*BEGUN, LAST, ENTERED])
    assert meaning_of_all([torn, fine]) == ""
    assert "2 logins broke off" in meaning_of_all([torn, fine, lost])


def test_a_meaning_is_good_or_says_what_to_do() -> None:
    for sentence in (*REFUSED.values(), *OWN.values()):
        assert sentence.meaning.endswith(".")
    assert meaning_of([*BEGUN, LAST, ENTERED]) == Meaning("logged-in", True, "CONTOSO\\ann is logged in (200).")
