"""What is kept of logins: the latest, bounded, and shared fairly between addresses."""

from __future__ import annotations

from typing import Any

from bridgehead.proxy.tracing.history import LoginHistory


def event(number: int, client: str = "203.0.113.1", **facts: str | float) -> dict[str, Any]:
    return {
        "kind": "login",
        "what": "sent",
        "time": float(number),
        "connection": f"w-{number:x}",
        "client": client,
        "port": 40000 + number % 20000,
        **facts,
    }


def test_events_of_one_connection_stay_together_and_in_order() -> None:
    history = LoginHistory()
    history.add(event(1, connection="w-a", port=1, time=2.0, user="ann"))
    history.add(event(2, connection="w-b", port=2, user="bob"))
    history.add(event(3, connection="w-a", port=1, time=1.0))
    found = history.find("ANN", last=10)
    assert [[one["time"] for one in events] for events in found["connections"]] == [[1.0, 2.0]]


def test_the_newest_connection_is_the_last_and_the_others_are_counted() -> None:
    history = LoginHistory()
    for number in range(5):
        history.add(event(number))
    found = history.find("203.0.113.1", last=2)
    assert [events[0]["connection"] for events in found["connections"]] == ["w-3", "w-4"]
    assert found["left_out"] == 3
    assert history.find("203.0.113.2", last=2)["connections"] == []


def test_connections_from_there_that_named_nobody_are_counted_beside_a_user() -> None:
    history = LoginHistory()
    history.add(event(1, user="ann"))
    for number in (2, 3):
        history.add(event(number))
    history.add(event(4, user="bob"))
    history.add(event(5, client="203.0.113.9"))
    assert history.find("ann", last=10)["unnamed"] == {"203.0.113.1": 2}
    assert history.find("203.0.113.1", last=10)["unnamed"] == {}, "they are among the answer"


def test_a_worker_in_a_dead_ones_place_counts_anew_and_is_not_taken_for_it() -> None:
    history = LoginHistory()
    history.add(event(1, connection="w-1", port=5000, user="ann"))
    history.add(event(2, connection="w-1", port=6000, user="bob"))
    (events,) = history.find("ann", last=10)["connections"]
    assert [one["user"] for one in events] == ["ann"]


def test_the_number_of_events_is_bounded_and_the_oldest_go_first() -> None:
    history = LoginHistory(most_events=50)
    for number in range(200):
        history.add(event(number, client=f"203.0.113.{number % 10}"))
    assert len(history) == 50
    assert history.dropped == 150
    assert history.find("203.0.113.9", last=100)["connections"][-1][0]["time"] == 199.0
    assert history.find("203.0.113.9", last=100)["connections"][0][0]["time"] == 159.0


def test_the_bytes_are_bounded_whatever_is_in_them() -> None:
    history = LoginHistory(most_events=5000, most_bytes=20_000)
    for number in range(500):
        history.add(event(number, client=f"198.51.100.{number % 50}", user="\U0001f600" * 100))
        assert history.bytes_kept <= 20_000
    assert len(history) > 5


def test_an_event_that_is_too_large_alone_is_not_kept_and_harms_no_other() -> None:
    history = LoginHistory(most_bytes=5000)
    history.add(event(1, user="ann"))
    history.add(event(2, client="198.51.100.1", detail="x" * 6000))
    assert len(history) == 1
    assert history.find("ann", last=1)["connections"]


def test_one_address_cannot_push_out_the_others() -> None:
    history = LoginHistory(most_events=100)
    history.add(event(0, user="ann"))
    for number in range(1, 10_000):
        history.add(event(number, client="198.51.100.66", user=f"guess{number}"))
    assert history.find("ann", last=1)["connections"], "what an operator looks for is still there"
    assert len(history) == 21


def test_nothing_is_left_of_an_address_whose_events_are_gone() -> None:
    history = LoginHistory(most_events=10)
    for number in range(10_000):
        history.add(event(number, client=f"198.51.{number // 250}.{number % 250}"))
    assert len(history) == 10
    assert 10 * 50 < history.bytes_kept < 10 * 200
