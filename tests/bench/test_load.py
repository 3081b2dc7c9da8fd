from __future__ import annotations

import json

from bench.load import parse_wrk

FIGURES = {"requests": 30000, "microseconds": 2_000_000, "p50": 810, "p99": 5600}
NO_ERRORS = {"connect": 0, "read": 0, "write": 0, "status": 0, "timeout": 0}


def printed(**changes: int) -> str:
    return f"Running 2s test\n  1 threads and 32 connections\n{json.dumps({**FIGURES, **NO_ERRORS, **changes})}\n"


def test_rate_and_latencies_are_read_from_the_last_line() -> None:
    outcome = parse_wrk(printed())
    assert (outcome.requests_per_second, outcome.p50_milliseconds, outcome.p99_milliseconds) == (15000, 0.81, 5.6)
    assert outcome.complaint == ""


def test_every_kind_of_error_becomes_a_complaint() -> None:
    assert parse_wrk(printed(read=3, status=7)).complaint == "3 cut answers, 7 answers of 400 and more"


def test_a_load_without_answers_is_a_complaint() -> None:
    assert parse_wrk(printed(requests=0)).complaint == "no answer at all"


def test_a_failure_of_wrk_itself_is_a_complaint_with_its_words() -> None:
    assert parse_wrk("unable to connect to localhost:1\n").complaint == "wrk failed: unable to connect to localhost:1"
