"""When the certificate that is there is due: decided once, and changed by the authority alone. Against a stub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography import x509

from bridgehead.certificates.acme.dates import decide, due_of
from bridgehead.certificates.acme.state import RenewalState
from tests.certificates.acme.stub import GivenTime, Stub, stub
from tests.certificates.acme.test_renewal_information import KNOWN_BY, certificate
from tests.certificates.issuing import Authority

DAY = timedelta(days=1)


@pytest.fixture
def time() -> GivenTime:
    return GivenTime()


@pytest.fixture
def authority(time: GivenTime) -> Iterator[Stub]:
    with stub() as answering:
        answering.directory(renewalInfo=f"{answering.url}/renewal-info")
        time.time = leaf().not_valid_before_utc
        yield answering


def leaf() -> x509.Certificate:
    return certificate()


def suggest(authority: Stub, time: GivenTime, days: float) -> None:
    start = time.time + days * DAY
    told = {"start": start.isoformat(), "end": (start + DAY / 24).isoformat()}
    authority.answers[f"/renewal-info/{KNOWN_BY}"] = 200, {"Retry-After": "3600"}, {"suggestedWindow": told}


def test_the_moment_stays_however_often_one_looks(time: GivenTime) -> None:
    one = Authority("root").issue().certificate
    first = decide(one, RenewalState(), None, time.clock)
    time.fraction = 0.9
    assert decide(one, first, None, time.clock) == first
    assert first.because == "two thirds of its life are over"


def test_another_certificate_has_another_moment(time: GivenTime) -> None:
    one, other = (Authority("root").issue(days=days).certificate for days in (90, 30))
    first = decide(one, RenewalState(), None, time.clock)
    second = decide(other, first, None, time.clock)
    assert second.renew_at is not None
    assert first.renew_at is not None
    assert second.renew_at < first.renew_at


def test_the_authority_is_asked_when_it_is_time_to_and_no_sooner(authority: Stub, time: GivenTime) -> None:
    suggest(authority, time, 0.5)
    state = decide(leaf(), RenewalState(), authority.authority, time.clock)
    assert state.because == "the authority suggests it"
    assert state.renew_at == time.time + DAY / 2
    asked = len(authority.asked)
    assert decide(leaf(), state, authority.authority, time.clock) == state
    assert len(authority.asked) == asked
    # An hour later it has changed its mind: a revocation is near.
    time.sleep(3601)
    suggest(authority, time, -1)
    changed = decide(leaf(), state, authority.authority, time.clock)
    assert due_of(changed, leaf()).at < time.time


def test_the_same_window_does_not_move_the_moment(authority: Stub, time: GivenTime) -> None:
    suggest(authority, time, 0.5)
    state = decide(leaf(), RenewalState(), authority.authority, time.clock)
    time.sleep(3601)
    time.fraction = 0.9
    again = decide(leaf(), state, authority.authority, time.clock)
    assert again.renew_at == state.renew_at
    assert again.ask_again != state.ask_again


def test_an_authority_that_does_not_answer_changes_nothing(authority: Stub, time: GivenTime) -> None:
    authority.answers["/directory"] = 503, {"Retry-After": "7200"}, "later"
    state = decide(leaf(), RenewalState(), authority.authority, time.clock)
    assert state.because == "two thirds of its life are over"
    assert state.ask_again == time.time + timedelta(hours=2)


def test_nobody_asks_about_a_certificate_that_is_over(authority: Stub, time: GivenTime) -> None:
    time.time += 30 * DAY
    state = decide(leaf(), RenewalState(), authority.authority, time.clock)
    assert authority.asked == []
    assert due_of(state, leaf()).at < time.time


def test_whatever_was_said_the_last_tenth_of_the_life_is_kept_for_what_fails() -> None:
    one = Authority("root").issue().certificate
    life = one.not_valid_after_utc - one.not_valid_before_utc
    late = RenewalState(renew_at=one.not_valid_after_utc + DAY, because="whatever")
    assert due_of(late, one).at == one.not_valid_before_utc + life * 0.9


def test_a_window_that_ends_after_the_certificate_is_none(authority: Stub, time: GivenTime) -> None:
    suggest(authority, time, 400)
    state = decide(leaf(), RenewalState(), authority.authority, time.clock)
    assert state.because == "two thirds of its life are over"
    assert state.window is None


def test_a_clock_that_was_years_ahead_does_not_keep_the_authority_from_being_asked(
    authority: Stub, time: GivenTime
) -> None:
    suggest(authority, time, 0.5)
    state = decide(leaf(), RenewalState(), None, time.clock)
    ahead = state.model_copy(update={"ask_again": time.time + 1000 * DAY})
    assert decide(leaf(), ahead, authority.authority, time.clock).because == "the authority suggests it"
