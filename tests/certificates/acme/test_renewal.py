"""Whether something is ordered, and what comes of attempts that fail. Time moves by the test's hand.

What succeeds is proved against Pebble, in `tests/interop/test_acme.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.acme.authority import Authority
from bridgehead.certificates.acme.order import Prover
from bridgehead.certificates.acme.renewal import Outcome, Renewals, Wanted
from bridgehead.certificates.acme.state import Attempt, OrderState, Proof, RenewalState
from bridgehead.certificates.judging.expectation import Expectation
from bridgehead.certificates.request.requested import RequestedCertificate, RequestedName, Subject
from bridgehead.certificates.store.facts import GenerationFacts
from bridgehead.certificates.store.store import Store
from bridgehead.problems import Problem
from tests.certificates.acme.stub import GivenTime, Stub, stub
from tests.certificates.issuing import HOST, NOW
from tests.certificates.issuing import Authority as Issuer

LIMIT = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates"}


@dataclass
class Removals:
    """Stands where records are made: what it was told to remove."""

    removed: list[Proof] = field(default_factory=list)

    def place(self, _: object) -> None:
        raise AssertionError("no order comes so far here")

    def remove(self, proofs: list[Proof]) -> None:
        self.removed += proofs


@dataclass
class Place:
    store: Store
    time: GivenTime
    removals: Removals

    def renewals(self, *authorities: Authority) -> Renewals:
        def prover(_: Authority) -> Prover:
            return self.removals  # type: ignore[return-value] # a list is a sequence

        return Renewals(self.store, authorities, prover, self.time.clock)

    def live(self, *names: str, days: int = 90) -> None:
        issued = Issuer("root").issue(names=names, days=days, begins=NOW)
        facts = GenerationFacts(exportable=False, made_at=NOW, origin="pem")
        kept = self.store.add_generation("public", "ecdsa", [issued.certificate], issued.key, facts)  # type: ignore[arg-type]
        self.store.activate(kept)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Store(tmp_path / "certificates"), GivenTime(NOW), Removals())


@pytest.fixture
def authority() -> Iterator[Stub]:
    with stub() as answering:
        answering.directory()
        answering.answers["/newAccount"] = 201, {"Location": f"{answering.url}/account/1"}, {}
        answering.answers["/newOrder"] = 429, {"Retry-After": "90000"}, LIMIT
        yield answering


def wanted(*names: str) -> Wanted:
    requested = RequestedCertificate(
        name="public",
        subject=Subject(names[0]),
        names=tuple(RequestedName(name) for name in names),
        key_types=("ecdsa-p256",),
    )
    return Wanted("public", "ecdsa", requested, Expectation())


def test_nothing_is_due_for_two_thirds_of_the_life(place: Place) -> None:
    place.live(HOST)
    gone = Authority("gone", "http://127.0.0.1:9/")
    outcome = place.renewals(gone).look(wanted(HOST))
    assert (outcome.result, outcome.at) == ("not-due", NOW + timedelta(days=60))
    place.time.time = NOW + timedelta(days=59)
    assert place.renewals(gone).look(wanted(HOST)).result == "not-due"
    place.time.time = NOW + timedelta(days=61)
    assert place.renewals(gone).look(wanted(HOST)).result == "failed"


def test_a_new_name_is_due_at_once_and_a_wildcard_may_stand_for_it(place: Place) -> None:
    place.live(HOST, "*.fabrikam.com")
    renewals = place.renewals(Authority("gone", "http://127.0.0.1:9/"))
    assert renewals.look(wanted(HOST, "meet.fabrikam.com")).result == "not-due"
    assert renewals.look(wanted(HOST, "meet.contoso.com")).result == "failed"


def test_what_is_staged_counts(place: Place) -> None:
    place.live(HOST, days=3)
    place.live(HOST)
    former = place.store.generation("public", "ecdsa", 1)
    place.store.restore("public", "ecdsa", former)
    place.store.stage(place.store.generation("public", "ecdsa", 2), NOW + timedelta(days=1), now=NOW)
    place.time.time = NOW + timedelta(hours=2)
    outcome = place.renewals(Authority("gone", "http://127.0.0.1:9/")).look(wanted(HOST))
    assert outcome.at == NOW + timedelta(days=60)


def test_a_limit_is_kept_across_commands_until_it_is_over(place: Place, authority: Stub) -> None:
    def look(*, patient: bool = True) -> Outcome:
        return place.renewals(authority.authority).look(wanted(HOST), patient=patient)

    assert look().result == "failed"
    asked = len(authority.asked)
    place.time.sleep(89_999)
    waiting = look()
    assert (waiting.result, waiting.at) == ("waiting", NOW + timedelta(seconds=90_000))
    assert len(authority.asked) == asked
    assert look(patient=False).result == "failed"
    place.time.sleep(1 + 90_000)
    assert look().result == "failed"
    remembered = place.renewals().ledger.renewal("public", "ecdsa").attempts["stub"]
    assert remembered.failures == 3
    assert "too many certificates" in remembered.problems[0]["message"]


def test_the_next_authority_is_asked_where_one_cannot(place: Place, authority: Stub) -> None:
    gone = Authority("gone", "http://127.0.0.1:9/")
    outcome = place.renewals(gone, authority.authority).look(wanted(HOST))
    assert [problem.where for problem in outcome.problems] == ["gone", "stub"]
    # It is tried again as soon as one of them may be.
    assert outcome.at == NOW + timedelta(hours=1)


def test_the_key_is_made_once_however_many_attempts_fail(place: Place, authority: Stub) -> None:
    for _ in range(3):
        place.renewals(authority.authority).look(wanted(HOST), patient=False)
    (request,) = place.store.requests("public")
    assert request.facts.origin == "acme"
    # Other names are another request, and the old key goes.
    place.renewals(authority.authority).look(wanted(HOST, "meet.contoso.com"), patient=False)
    (other,) = place.store.requests("public")
    assert other.identifier != request.identifier


def test_an_order_for_other_names_is_left_and_its_proofs_are_taken_away(place: Place, authority: Stub) -> None:
    proof = Proof(name=HOST, challenge="dns-01", token="t", value="v")
    renewals = place.renewals(authority.authority)
    renewals.ledger.keep_order(
        OrderState(
            name="public",
            kind="ecdsa",
            names=("old.contoso.com",),
            authority="stub",
            directory=authority.authority.directory,
            request="gone",
            url=f"{authority.url}/order/1",
            proofs=(proof,),
        )
    )
    renewals.look(wanted(HOST))
    assert place.removals.removed == [proof]
    assert renewals.ledger.orders() == ()
    assert "/order/1" not in authority.asked


def test_an_account_that_is_gone_is_registered_again(place: Place, authority: Stub) -> None:
    authority.answers["/newOrder"] = 400, {}, {"type": "urn:ietf:params:acme:error:accountDoesNotExist"}
    for _ in range(2):
        place.renewals(authority.authority).look(wanted(HOST), patient=False)
    assert authority.asked.count("/newAccount") == 2


def test_what_was_issued_and_is_not_live_yet_is_not_ordered_again(place: Place) -> None:
    place.live(HOST)
    place.live(HOST)
    place.store.restore("public", "ecdsa", place.store.generation("public", "ecdsa", 1))
    gone = Authority("gone", "http://127.0.0.1:9/")
    renewals = place.renewals(gone)
    state = OrderState(
        name="public",
        kind="ecdsa",
        names=(HOST,),
        authority="gone",
        directory=gone.directory,
        request="x",
        generation=2,
    )
    renewals.ledger.keep_order(state)
    outcome = renewals.look(wanted(HOST))
    assert outcome.result == "issued"
    assert outcome.generation is not None
    assert outcome.generation.number == 2
    # A proxy that refuses it is a failure that is remembered, and no reason to order another.
    renewals.refused(outcome, [Problem("certificate.refused", "", "The running proxy refuses.")])
    assert renewals.ledger.renewal("public", "ecdsa").attempts["gone"].failures == 1
    assert renewals.look(wanted(HOST)).result == "issued"
    renewals.settle(outcome.wanted)
    assert renewals.ledger.renewal("public", "ecdsa").attempts == {}
    assert renewals.look(wanted(HOST)).result == "not-due"


def test_an_authority_whose_directory_has_changed_is_another_one(place: Place, authority: Stub) -> None:
    renewals = place.renewals(authority.authority)
    state = OrderState(
        name="public",
        kind="ecdsa",
        names=(HOST,),
        authority="stub",
        directory="http://old/",
        request="x",
        url="http://old/1",
    )
    renewals.ledger.keep_order(state)
    renewals.look(wanted(HOST))
    assert renewals.ledger.orders() == ()
    moved = replace(authority.authority, directory=f"{authority.url}/directory?moved")
    authority.answers["/directory?moved"] = authority.answers["/directory"]
    place.renewals(moved).look(wanted(HOST), patient=False)
    assert authority.asked.count("/newAccount") == 2


def test_a_file_of_the_administrators_that_is_gone_is_a_failure_and_the_next_authority_is_asked(
    place: Place, authority: Stub, tmp_path: Path
) -> None:
    broken = replace(authority.authority, label="broken", roots=(tmp_path / "nothere.pem",))
    renewals = place.renewals(broken, authority.authority)
    outcome = renewals.look(wanted(HOST))
    assert outcome.result == "failed"
    assert set(renewals.ledger.renewal("public", "ecdsa").attempts) == {"broken", "stub"}
    assert "/newOrder" in authority.asked


def test_what_is_known_of_an_authority_that_is_not_in_the_file_any_more_goes(place: Place, authority: Stub) -> None:
    gone = Authority("gone", "http://127.0.0.1:9/")
    place.renewals(gone).look(wanted(HOST))
    renewals = place.renewals(authority.authority)
    renewals.look(wanted(HOST))
    assert set(renewals.ledger.renewal("public", "ecdsa").attempts) == {"stub"}


def test_a_failure_that_was_noted_in_the_future_is_not_waited_for(place: Place, authority: Stub) -> None:
    renewals = place.renewals(authority.authority)
    years = timedelta(days=1000)
    noted = Attempt(failures=1, last=NOW + years, next=NOW + years + timedelta(hours=1))
    renewals.ledger.keep_renewal("public", "ecdsa", RenewalState(attempts={"stub": noted}))
    assert renewals.look(wanted(HOST)).result == "failed"


@pytest.mark.parametrize(("number", "live"), [(1, 2), (7, 2)])
def test_what_was_issued_and_is_gone_or_older_than_what_is_live_is_let_go(place: Place, number: int, live: int) -> None:
    for _ in range(live):
        place.live(HOST)
    gone = Authority("gone", "http://127.0.0.1:9/")
    renewals = place.renewals(gone)
    state = OrderState(
        name="public",
        kind="ecdsa",
        names=(HOST,),
        authority="gone",
        directory=gone.directory,
        request="x",
        generation=number,
    )
    renewals.ledger.keep_order(state)
    assert renewals.look(wanted(HOST)).result == "not-due"
    assert renewals.ledger.orders() == ()


def test_no_other_order_is_placed_at_once_where_the_authority_wants_to_be_left_alone(
    place: Place, authority: Stub
) -> None:
    renewals = place.renewals(authority.authority)
    renewals.look(wanted(HOST))
    (request,) = place.store.requests("public")
    state = OrderState(
        name="public",
        kind="ecdsa",
        names=(HOST,),
        authority="stub",
        directory=authority.authority.directory,
        request=request.identifier,
        url=f"{authority.url}/order",
    )
    renewals.ledger.keep_order(state)
    ended = {"status": "invalid", "authorizations": [f"{authority.url}/name"]}
    authority.answers["/order"] = 200, {}, ended
    told = {"identifier": {"type": "dns", "value": HOST}, "status": "valid", "challenges": []}
    authority.answers["/name"] = 200, {"Retry-After": "7200"}, told
    asked = authority.asked.count("/newOrder")
    assert renewals.look(wanted(HOST), patient=False).at == NOW + timedelta(hours=2)
    assert authority.asked.count("/newOrder") == asked
    assert renewals.ledger.orders() == ()
