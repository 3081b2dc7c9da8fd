from __future__ import annotations

from bridgehead.verify.checks.smuggling import SHAPES, judge_shapes, payload_of
from bridgehead.verify.observing.question import Failure
from bridgehead.verify.observing.questions import Conversation
from tests.verify.checks.recorded import POOL

REFUSED = Conversation(statuses=(400,), closed=True)
TAKEN = Conversation(statuses=(200,), closed=True)
ALL_REFUSED = dict.fromkeys(SHAPES, REFUSED)


def test_all_refused_passes_by_400_or_by_closing() -> None:
    assert judge_shapes({**ALL_REFUSED, SHAPES[0]: Conversation(closed=True)}).status == "passed"


def test_a_shape_that_must_be_refused_and_is_taken_fails_by_name() -> None:
    must = next(shape for shape in SHAPES if shape.must)
    verdict = judge_shapes({**ALL_REFUSED, must: TAKEN})
    assert verdict.status == "failed"
    assert verdict.seen == f"{len(SHAPES) - 1} of {len(SHAPES)} refused; taken: {must.what}"
    assert f"{must.what}: 200" in verdict.evidence


def test_a_shape_that_may_be_taken_is_a_warning() -> None:
    may = next(shape for shape in SHAPES if not shape.must)
    assert judge_shapes({**ALL_REFUSED, may: TAKEN}).status == "warning"


def test_silence_is_not_judged() -> None:
    waiting = Conversation(failure=Failure(kind="timed-out", detail="There was no answer in time."))
    assert judge_shapes({**ALL_REFUSED, SHAPES[0]: waiting}).status == "unseen"


def test_there_are_a_dozen_shapes_and_none_leaves_anything_behind() -> None:
    assert len(SHAPES) >= 12
    for shape in SHAPES:
        payload = payload_of(shape, POOL)
        head, _, body = payload.partition(b"\r\n\r\n")
        assert b"Connection: close" in head
        # Nothing that a server could take for the start of another request.
        assert b"HTTP/1." not in body
        assert len(body) <= 8
