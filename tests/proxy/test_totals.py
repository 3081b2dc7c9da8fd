from __future__ import annotations

from bridgehead.proxy.totals import Totals


def test_the_sum_is_over_all_workers() -> None:
    totals = Totals()
    totals.note(1, {"counters": {"bound": 2, "retried": 1}})
    totals.note(2, {"counters": {"bound": 3}})
    assert totals.all() == {"bound": 5, "retried": 1}


def test_a_worker_is_counted_as_it_is_now() -> None:
    totals = Totals()
    totals.note(1, {"counters": {"bound": 2}})
    totals.note(1, {"counters": {"bound": 7}})
    assert totals.all() == {"bound": 7}


def test_what_an_ended_worker_had_told_stays() -> None:
    totals = Totals()
    totals.note(1, {"counters": {"bound": 2}})
    totals.end(1)
    totals.end(1)
    totals.end(4)  # which was never asked
    totals.note(3, {"counters": {"bound": 1}})
    assert totals.all() == {"bound": 3}
