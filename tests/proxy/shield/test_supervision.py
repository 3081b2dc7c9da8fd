from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.shield.ledger import Go, Ledger
from bridgehead.proxy.shield.names import source_of
from bridgehead.proxy.shield.policy import Limits
from bridgehead.proxy.shield.supervision import MOST_NAMES, Supervision
from bridgehead.spec import Shield
from tests.proxy.shield.test_ledger import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIELD = Shield()
LIMITS = Limits.of(SHIELD)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervision(clock: Clock) -> Iterator[Supervision]:
    ledger = Ledger(accounts=1024, pairs=1024, sources=1024, clock=clock)
    yield Supervision(ledger)
    ledger.close()


def fail(supervision: Supervision, account: str, address: str) -> None:
    """What a worker does, and reports."""
    source = source_of(address)
    attempt = supervision.ledger.reserve(supervision.ledger.subject(account, source), LIMITS)
    assert isinstance(attempt, Go)
    supervision.ledger.fail(attempt, LIMITS)
    supervision.hear({"kind": "shield", "time": 1.0, "account": account, "source": source, "realm": ""})


def test_nothing_is_told_of_nobody(supervision: Supervision) -> None:
    told = supervision.status(SHIELD)
    assert (told["accounts"], told["sources"], told["pauses"]) == ([], [], [])
    assert told["limits"] == {"strangers": 2, "known": 3, "threshold": 5, "window_seconds": 1800.0}
    assert supervision.alarms(supervision.status(SHIELD)) == []


def test_who_has_failed_is_told_by_name_until_it_is_forgotten(supervision: Supervision, clock: Clock) -> None:
    fail(supervision, "alice", "192.0.2.1")
    fail(supervision, "bob", "192.0.2.1")
    fail(supervision, "alice", "192.0.2.1")
    clock.move(10)
    told = supervision.status(SHIELD)
    assert told["accounts"] == [
        {"account": "alice", "failures": 2, "closed_to": "strangers", "forgotten_in": 1790},
        {"account": "bob", "failures": 1, "closed_to": "", "forgotten_in": 1790},
    ]
    assert told["pauses"] == [{"account": "alice", "source": "192.0.2.1", "failures": 2, "until_in": 50}]
    assert told["sources"] == [
        {"source": "192.0.2.1", "failures": 3, "accounts": 2, "spraying": False, "closed_to": ""}
    ]
    clock.move(4000)
    told = supervision.status(SHIELD)
    assert (told["accounts"], told["sources"], told["pauses"]) == ([], [], [])


def test_spraying_is_an_alarm(supervision: Supervision) -> None:
    for number in range(10):
        fail(supervision, f"user{number}", "2001:db8::1")
    (alarm,) = supervision.alarms(supervision.status(SHIELD))
    assert "2001:db8::/64" in alarm
    assert "10 accounts" in alarm


def test_a_network_is_told_of_once_it_is_closed(supervision: Supervision) -> None:
    for number in range(31):
        fail(supervision, f"user{number}", f"2001:db8:0:{number // 8:x}::1")
    assert "2001:db8::/48" not in [one["source"] for one in supervision.status(SHIELD)["sources"]]
    fail(supervision, "user31", "2001:db8:0:4::1")
    told = supervision.status(SHIELD)
    assert told["sources"][0] == {
        "source": "2001:db8::/48",
        "failures": 32,
        "accounts": 32,
        "spraying": True,
        "closed_to": "strangers",
    }
    assert supervision.clear(SHIELD, "2001:db8:0:1::1")["cleared"] > 0
    assert "2001:db8::/48" not in [one["source"] for one in supervision.status(SHIELD)["sources"]]


@pytest.mark.parametrize("wanted", ["CONTOSO\\Alice", "alice@contoso.com", "192.0.2.1", None])
def test_clearing_by_any_spelling(supervision: Supervision, wanted: str | None) -> None:
    for _ in range(2):
        fail(supervision, "alice", "192.0.2.1")
    assert supervision.clear(SHIELD, wanted)["cleared"] >= 2
    assert supervision.status(SHIELD)["pauses"] == []
    assert supervision.clear(SHIELD, wanted) == {"cleared": 0}


@pytest.mark.parametrize("wanted", ["2001:db8::99", "2001:db8::/64"])
def test_an_address_is_cleared_with_all_of_its_customer(supervision: Supervision, wanted: str) -> None:
    fail(supervision, "alice", "2001:db8::1")
    assert supervision.clear(SHIELD, wanted) == {"cleared": 3}, "the place, the network around it, and the pair"


def test_names_are_shown_without_what_a_terminal_would_obey(supervision: Supervision) -> None:
    fail(supervision, "\x1b[31m" + "x" * 100, "192.0.2.1")
    (account,) = supervision.status(SHIELD)["accounts"]
    assert account["account"] == "?[31m" + "x" * 59


def test_a_flood_of_names_is_bounded(supervision: Supervision) -> None:
    for number in range(MOST_NAMES + 100):
        supervision.hear({"kind": "shield", "account": f"user{number}", "source": "192.0.2.1", "realm": ""})
    assert supervision.status(SHIELD)["accounts"] == []
    assert len(supervision._failed) == MOST_NAMES
