from __future__ import annotations

import pytest

from bridgehead.verify.checks.behaviour import UPLOADS, judge_poll, judge_upload
from bridgehead.verify.observing.questions import Answer, Fetch, Upload
from tests.verify.checks.recorded import POOL, answer, applies, judged, no_answer, with_scope

URL = POOL.url(UPLOADS)
SIZE = 1000


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (answer(200, sent_bytes=SIZE), "passed"),
        (answer(401, sent_bytes=SIZE), "passed"),
        (answer(401, sent_bytes=10), "unseen"),
        (answer(413, sent_bytes=10), "failed"),
        (answer(502, sent_bytes=SIZE), "failed"),
        (no_answer("reset"), "failed"),
    ],
)
def test_a_large_upload(seen: Answer, status: str) -> None:
    assert judge_upload(seen, URL, SIZE).status == status


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (answer(200, interim=(100,), sent_bytes=4096), "passed"),
        (answer(401), "passed"),
        (answer(200, sent_bytes=4096), "warning"),
        (answer(417), "failed"),
        (no_answer(), "failed"),
    ],
)
def test_expect_continue(seen: Answer, status: str) -> None:
    question = Upload(URL, 4096, expect_continue=True)
    assert judged("behaviour.expect-continue", POOL, {question: seen}).status == status


@pytest.mark.parametrize(("status", "verdict"), [(200, "passed"), (401, "passed"), (411, "failed"), (501, "failed")])
def test_chunked_bodies(status: int, verdict: str) -> None:
    assert judged("behaviour.chunked-upload", POOL, {Upload(URL, 4096, chunked=True): answer(status)}).status == verdict


def test_a_poll_that_is_cut_names_the_time_out_that_cut_it() -> None:
    verdict = judge_poll(answer(504, head_milliseconds=60_020.0), URL, 200)
    assert verdict.status == "failed"
    assert "waits 60 s" in verdict.cause
    assert judge_poll(Answer(failure=no_answer("closed").failure, milliseconds=60_000.0), URL, 200).status == "failed"


def test_a_poll_that_is_held_passes_and_one_that_nobody_held_is_not_judged() -> None:
    assert judge_poll(answer(200, head_milliseconds=200_100.0), URL, 200).status == "passed"
    assert judge_poll(answer(401, head_milliseconds=5.0), URL, 200).status == "unseen"


def test_polls_are_tried_only_when_somebody_wishes_it_and_knows_where() -> None:
    assert "--long" in str(applies("behaviour.long-poll", POOL))
    assert "--poll-url" in str(applies("behaviour.long-poll", with_scope(POOL, poll_seconds=(200.0,))))
    wished = with_scope(POOL, poll_seconds=(200.0,), poll_url=POOL.url("/hold?seconds={seconds}"))
    seen = {Fetch(POOL.url("/hold?seconds=200"), wait_seconds=230.0): answer(200, head_milliseconds=200_000.0)}
    assert judged("behaviour.long-poll", wished, seen).status == "passed"
