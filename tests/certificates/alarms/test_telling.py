"""Each channel is told what is new to it; one that failed is told again, and keeps no other waiting."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridgehead.certificates.alarms.alarm import Alarm, Looked
from bridgehead.certificates.alarms.memory import Memory
from bridgehead.certificates.alarms.telling import tell, to_log
from bridgehead.problems import Problem

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOON = Alarm("served:public:rsa", "expiry", "public", "urgent", "urgent", "soon", "renew")
OVER = Alarm("served:public:rsa", "expiry", "public", "expired", "critical", "over", "renew")


def seen(*alarms: Alarm) -> Looked:
    return Looked({alarm.about: alarm for alarm in alarms})


class Pager:
    """Takes messages, unless it is broken."""

    def __init__(self) -> None:
        self.broken = False
        self.messages: list[dict[str, Any]] = []

    def __call__(self, told: dict[str, Any]) -> Problem | None:
        if self.broken:
            return Problem("alarms.webhook-failed", "pager", "It answered 500.")
        self.messages.append(told)
        return None

    @property
    def heard(self) -> list[tuple[str, str]]:
        return [(one["change"], one["state"]) for message in self.messages for one in message["changes"]]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory")


def test_a_channel_that_failed_hears_the_newest_later_and_the_others_at_once(memory: Memory) -> None:
    works, fails = Pager(), Pager()
    fails.broken = True
    channels = {"command": works, "webhook": fails}
    (problem,) = tell(seen(SOON), memory, channels, NOW, "proxy1")
    assert problem.where == "pager"
    tell(seen(OVER), memory, channels, NOW, "proxy1")
    fails.broken = False
    assert tell(seen(OVER), memory, channels, NOW, "proxy1") == []
    assert works.heard == [("raised", "urgent"), ("changed", "expired")]
    assert fails.heard == [("raised", "expired")]


def test_what_came_and_went_while_a_channel_failed_is_no_news_to_it(memory: Memory) -> None:
    pager = Pager()
    pager.broken = True
    tell(seen(SOON), memory, {"webhook": pager}, NOW, "proxy1")
    pager.broken = False
    assert tell(seen(), memory, {"webhook": pager}, NOW, "proxy1") == []
    assert pager.messages == []


def test_nothing_is_told_again_by_the_next_process(memory: Memory, tmp_path: Path) -> None:
    pager = Pager()
    tell(seen(SOON), memory, {"webhook": pager}, NOW, "proxy1")
    again = Memory(tmp_path / "memory")
    again.read()
    tell(seen(SOON), again, {"webhook": pager}, NOW, "proxy1")
    tell(seen(), again, {"webhook": pager}, NOW, "proxy1")
    assert pager.heard == [("raised", "urgent"), ("cleared", "urgent")]


def test_the_message_is_the_documented_one(memory: Memory) -> None:
    pager = Pager()
    tell(seen(SOON), memory, {"webhook": pager}, NOW, "proxy1")
    assert pager.messages == [
        {
            "version": 1,
            "time": "2026-06-01T12:00:00Z",
            "node": "proxy1",
            "text": "Bridgehead on proxy1: Urgent: soon",
            "changes": [
                {
                    "change": "raised",
                    "about": "served:public:rsa",
                    "kind": "expiry",
                    "name": "public",
                    "state": "urgent",
                    "severity": "urgent",
                    "message": "soon",
                    "hint": "renew",
                }
            ],
            "alarms": [{"about": "served:public:rsa", "state": "urgent", "severity": "urgent"}],
        }
    ]


def test_the_log_gets_one_line_of_json_for_each_change(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    tell(seen(SOON, Alarm("order:x", "order", "x", "failing", "warning", "no")), memory, {"log": to_log}, NOW, "proxy1")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["event"], one["change"], one["about"]) for one in lines] == [
        ("alarm", "raised", "served:public:rsa"),
        ("alarm", "raised", "order:x"),
    ]


def test_a_memory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("a file")
    problems = tell(seen(SOON), Memory(tmp_path / "memory"), {"a": Pager(), "b": Pager()}, NOW, "proxy1")
    assert [problem.code for problem in problems] == ["alarms.memory-unwritable"]
