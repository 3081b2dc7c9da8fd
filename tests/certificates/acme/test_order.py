"""What an authority may do with an order, short of fulfilling it. Against a stub; whole orders go to Pebble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.order import complete, place_order
from bridgehead.certificates.acme.session import Session
from bridgehead.certificates.acme.state import OrderState, Proof
from tests.certificates.acme.stub import NOW, GivenTime, Stub, stub
from tests.certificates.issuing import HOST, new_key
from tests.certificates.store.stocked import request

Answer = tuple[int, dict[str, str], Any]
URN = "urn:ietf:params:acme:error:"


@dataclass
class Placed:
    """Stands where proofs are shown: what is in place."""

    proofs: set[Proof] = field(default_factory=set)

    def place(self, proofs: Sequence[Proof]) -> None:
        self.proofs |= set(proofs)

    def remove(self, proofs: Sequence[Proof]) -> None:
        self.proofs -= set(proofs)


@dataclass
class Ordered:
    """An order at the stub, and what is remembered of it."""

    stub: Stub
    time: GivenTime
    placed: Placed = field(default_factory=Placed)
    kept: list[OrderState] = field(default_factory=list)

    @property
    def session(self) -> Session:
        session = Session(self.stub.authority, new_key(), self.time.clock)
        session.use_account(f"{self.stub.url}/account/1")
        return session

    def is_now(self, status: str, **more: object) -> None:
        order = {"status": status, "authorizations": [f"{self.stub.url}/name"], "finalize": f"{self.stub.url}/finalize"}
        self.stub.answers["/order"] = 200, {}, {**order, **more}

    def name_is(self, status: str, *challenges: dict[str, Any]) -> None:
        told = {"identifier": {"type": "dns", "value": HOST}, "status": status, "challenges": list(challenges)}
        self.stub.answers["/name"] = 200, {}, told

    def challenge(self, kind: str = "http-01", **more: object) -> dict[str, Any]:
        url = f"{self.stub.url}/challenge"
        self.stub.answers["/challenge"] = 200, {}, {}
        return {
            "type": kind,
            "url": url,
            "token": "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
            "status": "pending",
            **more,
        }

    def fails(self, *proofs: Proof) -> AttemptFailed:
        state = OrderState(
            name="public",
            kind="ecdsa",
            names=(HOST,),
            authority="stub",
            directory=self.stub.authority.directory,
            request="r",
            url=f"{self.stub.url}/order",
            proofs=proofs,
        )
        with pytest.raises(AttemptFailed) as found:
            complete(self.session, state, request(new_key()), self.placed, self.kept.append)
        return found.value


@pytest.fixture
def ordered() -> Iterator[Ordered]:
    with stub() as answering:
        answering.directory()
        yield Ordered(answering, GivenTime())


def test_an_order_names_what_it_replaces_and_does_without_where_that_is_refused(ordered: Ordered) -> None:
    refused: Answer = 409, {}, {"type": f"{URN}alreadyReplaced", "detail": "it has a successor"}
    ordered.stub.answers["/newOrder"] = [refused, (201, {"Location": f"{ordered.stub.url}/order"}, {})]
    assert place_order(ordered.session, [HOST], "key.serial") == f"{ordered.stub.url}/order"
    names = [{"type": "dns", "value": HOST}]
    assert ordered.stub.received == [
        ("/newOrder", {"identifiers": names, "replaces": "key.serial"}),
        ("/newOrder", {"identifiers": names}),
    ]


def test_a_limit_is_not_tried_a_second_time(ordered: Ordered) -> None:
    ordered.stub.answers["/newOrder"] = [(429, {"Retry-After": "60"}, {"type": f"{URN}rateLimited"})]
    with pytest.raises(AttemptFailed) as found:
        place_order(ordered.session, [HOST], "key.serial")
    assert found.value.retry_after == 60


def test_an_authority_that_never_looks_is_waited_for_ten_minutes_and_the_order_stays(ordered: Ordered) -> None:
    ordered.is_now("pending")
    ordered.name_is("pending", ordered.challenge())
    failed = ordered.fails()
    assert [problem.code for problem in failed.problems] == ["acme.no-verdict"]
    assert not failed.order_is_over
    assert 600 <= (ordered.time.time - NOW).total_seconds() < 640
    # Nothing is left in place meanwhile, and it was written down before it was there.
    assert ordered.placed.proofs == set()
    assert [len(state.proofs) for state in ordered.kept] == [1, 0]


def test_a_proof_that_was_left_behind_goes(ordered: Ordered) -> None:
    stale = Proof(name="old.contoso.com", challenge="http-01", token="t", value="v")
    ordered.placed.proofs.add(stale)
    ordered.is_now("pending")
    ordered.name_is("pending", ordered.challenge())
    ordered.fails(stale)
    assert ordered.placed.proofs == set()


def test_a_challenge_that_is_being_looked_at_is_not_answered_again(ordered: Ordered) -> None:
    ordered.is_now("pending")
    ordered.name_is("pending", ordered.challenge(status="processing"))
    ordered.fails()
    assert "/challenge" not in ordered.stub.asked


def test_a_challenge_that_is_not_offered(ordered: Ordered) -> None:
    ordered.is_now("pending")
    ordered.name_is("pending", ordered.challenge("dns-01"), ordered.challenge("tls-alpn-01"))
    failed = ordered.fails()
    (problem,) = failed.problems
    assert problem.code == "acme.challenge-not-offered"
    assert "It offers dns-01, tls-alpn-01" in problem.hint
    assert failed.order_is_over


def test_an_order_that_nobody_knows_any_more_is_over(ordered: Ordered) -> None:
    ordered.stub.answers["/order"] = 404, {}, {"type": f"{URN}malformed", "detail": "no such order"}
    assert ordered.fails().order_is_over


def test_an_order_is_not_over_because_the_authority_has_a_bad_day(ordered: Ordered) -> None:
    ordered.stub.answers["/order"] = 503, {"Retry-After": "30"}, "<html>"
    failed = ordered.fails()
    assert not failed.order_is_over
    assert failed.retry_after == 30


def test_a_name_that_failed_is_told_with_all_that_was_seen(ordered: Ordered) -> None:
    seen = {"type": f"{URN}unauthorized", "detail": "the key authorization file has other content"}
    ordered.is_now("invalid", error={"type": f"{URN}compound"})
    ordered.name_is("invalid", ordered.challenge(status="invalid", error=seen))
    failed = ordered.fails()
    (problem,) = failed.problems
    assert problem.code == "acme.not-proved"
    assert "other content" in problem.message
    assert failed.order_is_over
    assert not failed.another_may_help


def test_an_order_that_failed_in_the_end_is_told_by_its_own_error(ordered: Ordered) -> None:
    ordered.is_now("invalid", error={"type": f"{URN}caa", "detail": "contoso.com forbids it"})
    ordered.name_is("valid")
    failed = ordered.fails()
    assert "contoso.com forbids it" in failed.problems[0].message
    assert failed.another_may_help


NAMED = {"identifier": {"type": "dns", "value": HOST}, "status": "pending"}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/order", "x"),
        ("/order", 5),
        ("/order", [None]),
        ("/order", "[" * 100_000),
        ("/order", {"status": "pending"}),
        ("/order", {"status": "invalid"}),
        ("/order", {"status": "ready", "authorizations": ["x"]}),
        ("/order", {"status": "pending", "authorizations": [None], "finalize": "f"}),
        ("/order", {"status": "pending", "authorizations": 5, "finalize": "f"}),
        ("/name", {}),
        ("/name", []),
        ("/name", {"status": "pending"}),
        ("/name", {"identifier": {"type": "dns", "value": HOST}}),
        ("/name", NAMED | {"challenges": None}),
        ("/name", NAMED | {"challenges": [{"type": "http-01"}]}),
        ("/name", NAMED | {"status": "invalid", "challenges": [{"type": "http-01", "error": "x"}]}),
    ],
)
def test_an_answer_that_is_none_is_a_failure_and_never_a_traceback(ordered: Ordered, path: str, answer: object) -> None:
    ordered.is_now("pending")
    ordered.stub.answers[path] = 200, {"Content-Type": "application/json"}, answer
    failed = ordered.fails()
    assert failed.problems
    assert failed.another_may_help
    assert ordered.placed.proofs == set()


def test_who_asks_to_be_left_alone_for_minutes_is(ordered: Ordered) -> None:
    ordered.is_now("pending")
    ordered.name_is("pending", ordered.challenge())
    status, _, told = ordered.stub.answers["/name"]
    ordered.stub.answers["/name"] = status, {"Retry-After": "250"}, told
    failed = ordered.fails()
    # Once to see what is to be proved, and after 0, 250 and 500 seconds.
    assert ordered.stub.asked.count("/name") == 4
    assert failed.retry_after == 250


def test_who_asks_for_more_than_is_left_is_asked_by_the_next_attempt(ordered: Ordered) -> None:
    ordered.is_now("processing")
    status, _, told = ordered.stub.answers["/order"]
    ordered.stub.answers["/order"] = status, {"Retry-After": "7200"}, told
    assert ordered.fails().retry_after == 7200
    assert ordered.time.time == NOW


def test_the_names_of_an_order_share_one_patience(ordered: Ordered) -> None:
    names = [f"{ordered.stub.url}/name", f"{ordered.stub.url}/other"]
    ordered.is_now("pending", authorizations=names)
    ordered.name_is("pending", ordered.challenge())
    ordered.stub.answers["/other"] = ordered.stub.answers["/name"]
    _, _, told = ordered.stub.answers["/name"]
    early = [ordered.stub.answers["/name"]] * 20
    ordered.stub.answers["/name"] = [*early, (200, {}, told | {"status": "valid"})]
    ordered.fails()
    assert (ordered.time.time - NOW).total_seconds() < 640


@pytest.mark.parametrize("word", ["serverInternal", "badNonce", "rateLimited", "userActionRequired"])
def test_an_order_is_not_over_because_a_question_about_it_was_refused(ordered: Ordered, word: str) -> None:
    ordered.stub.answers["/order"] = 500, {}, {"type": f"{URN}{word}"}
    assert not ordered.fails().order_is_over


def test_an_order_that_has_no_page_any_more_is_over(ordered: Ordered) -> None:
    ordered.stub.answers["/order"] = 404, {}, "<html>"
    assert ordered.fails().order_is_over
