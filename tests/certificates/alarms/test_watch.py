"""The running proxy's eye: what it served when it read the files, told once, also over a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.alarms.facts import OrderFact
from bridgehead.certificates.alarms.memory import Memory
from bridgehead.certificates.alarms.watch import ServedWatch, Serving
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from bridgehead.spec import Certificate, KeyPair, Listener, ProxySpec
from tests.certificates.alarms.test_memory import INSIDE
from tests.certificates.store.stocked import NOW, add_generation

NOON = NOW.timestamp()
DAY = 86400.0
CHAIN = "public/ecdsa/live/chain.pem"
SPEC = ProxySpec(
    listeners=(Listener(name="https", host="127.0.0.1", port=443, tls=True, certificates=("public",)),),
    certificates=(Certificate(name="public", pairs=(KeyPair(chain=CHAIN, key="key.pem"),)),),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


Watched = Callable[[], ServedWatch]


@pytest.fixture
def started(store: Store, tmp_path: Path, told: list[str]) -> Watched:
    """A proxy that starts, and serves a certificate of which nine days are left."""
    material = {CHAIN: add_generation(store, begins=NOW - timedelta(days=81)).chain_path.read_bytes()}
    return lambda: ServedWatch(
        lambda: Serving(SPEC, material),
        store.directory,
        tmp_path / "memory",
        "proxy1",
        notify=lambda: told.append("notified"),
    )


@pytest.fixture
def told() -> list[str]:
    return []


def states(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["state"] for line in capfd.readouterr().err.splitlines()]


def test_each_state_is_said_once_and_others_are_told_each_time(
    started: Watched, told: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    watch = started()
    for hours in range(24 * 12):
        watch.look(NOON + hours * 3600)
    assert states(capfd) == ["warning", "urgent", "critical", "expired"]
    assert len(told) == 4


def test_a_restart_says_nothing_anew(started: Watched, capfd: pytest.CaptureFixture[str]) -> None:
    started().look(NOON)
    started().look(NOON + 60)
    assert states(capfd) == ["warning"]


def test_a_memory_that_cannot_be_written_is_a_problem_and_no_reason_to_say_it_again(
    started: Watched, tmp_path: Path, told: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory").write_text("a file")
    watch = started()
    with pytest.raises(ProblemsFound, match="cannot be remembered"):
        watch.look(NOON)
    watch.look(NOON + 60)
    assert states(capfd) == ["warning"]
    assert told == ["notified"]


def test_the_status_has_the_days_left_of_everything(started: Watched, store: Store, tmp_path: Path) -> None:
    store.stage(add_generation(store, days=60), NOW + timedelta(days=2), now=NOW)
    Memory(tmp_path / "memory").note_upstream((INSIDE,))
    status = started().status(NOON)
    assert status["chains"] == [CHAIN]
    assert status["certificates"] == [
        {"certificate": "public", "kind": "ecdsa", "role": "served", "days_left": 9.0},
        {"certificate": "public", "kind": "ecdsa", "role": "staged", "days_left": 59.0},
        {"certificate": "pool01", "kind": "10.0.0.1:4443", "role": "upstream", "days_left": 3.0},
    ]
    assert {alarm["about"]: alarm["state"] for alarm in status["alarms"]} == {"served:public:ecdsa": "warning"}


def test_what_is_due_and_was_not_carried_out_is_in_the_status(started: Watched, store: Store) -> None:
    store.stage(add_generation(store), NOW + timedelta(days=2), now=NOW)
    status = started().status(NOON + 3 * DAY)
    assert "missed:public:ecdsa" in {alarm["about"] for alarm in status["alarms"]}


def test_orders_that_cannot_be_read_are_not_over(store: Store, tmp_path: Path) -> None:
    def unreadable() -> tuple[OrderFact, ...]:
        raise PermissionError("no")

    watch = ServedWatch(lambda: Serving(SPEC, {}), store.directory, tmp_path / "memory", "proxy1", orders=unreadable)
    assert "unusable:orders" in {alarm["about"] for alarm in watch.status(NOON)["alarms"]}
