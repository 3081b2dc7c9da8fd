"""What was told is known after a restart, and a memory that is lost costs one more telling."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.alarms.alarm import Alarm
from bridgehead.certificates.alarms.facts import Dated
from bridgehead.certificates.alarms.memory import Memory, memory_directory
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALARM = Alarm("served:public:rsa", "expiry", "public", "urgent", "urgent", "soon", "renew")
INSIDE = Dated("upstream", "pool01", "10.0.0.1:4443", NOW, NOW + timedelta(days=3))


def test_another_process_knows_what_was_told(tmp_path: Path) -> None:
    first, second = Memory(tmp_path / "memory"), Memory(tmp_path / "memory")
    first.note("log", {ALARM.about: ALARM})
    first.note_upstream((INSIDE,))
    assert second.read() is None
    assert second.told("log") == {ALARM.about: ALARM}
    assert second.told("webhook") == {}
    assert second.upstream == (INSIDE,)


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    memory.note("log", {ALARM.about: ALARM})
    (file,) = (tmp_path / "memory").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"{", b'{"told": 3}', b'{"told": {"log": [{"about": 1}]}}', b"\xff"])
def test_a_damaged_memory_is_told_and_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    memory = Memory(tmp_path / "memory")
    memory.note("log", {ALARM.about: ALARM})
    (file,) = (tmp_path / "memory").iterdir()
    file.write_bytes(content)
    problem = memory.read()
    assert problem is not None
    assert problem.severity == "warning"
    assert memory.told("log") == {}


def test_a_channel_that_is_no_more_is_forgotten(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    memory.note("log", {ALARM.about: ALARM})
    memory.note("webhook", {ALARM.about: ALARM})
    memory.keep_only({"log"})
    memory.read()
    assert (bool(memory.told("log")), memory.told("webhook")) == (True, {})


def test_a_place_that_cannot_be_written_is_a_problem_and_what_was_told_is_known_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("a file")
    memory = Memory(tmp_path / "memory")
    with pytest.raises(ProblemsFound, match="cannot be remembered"):
        memory.note("log", {ALARM.about: ALARM})
    assert memory.told("log") == {ALARM.about: ALARM}
    with pytest.raises(ProblemsFound, match="cannot be remembered"), memory.alone():
        pass


def test_it_lies_in_the_store_which_does_not_take_it_for_a_certificate(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir(mode=0o700)
    directory = memory_directory(store, tmp_path / "bridgehead.toml")
    Memory(directory).note("log", {ALARM.about: ALARM})
    assert directory.is_relative_to(store)
    assert Store(store).problems() == ()
    assert Store(store).names() == ()


def test_without_a_store_it_lies_beside_the_file(tmp_path: Path) -> None:
    directory = memory_directory(tmp_path / "no-store", tmp_path / "bridgehead.toml")
    assert directory == tmp_path / "bridgehead.toml.alarms"
