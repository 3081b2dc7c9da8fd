"""The watch is asked now and then and after changes; the proxy outlives whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.schedule import Timekeeper
from bridgehead.proxy.watch import LOOK_SECONDS, Watcher
from tests.proxy.test_schedule import NOON, Notebook, refusing_reload, reload

ALARM = {"about": "served:a:rsa", "kind": "expiry", "name": "a", "state": "expired", "severity": "critical"}


@dataclass
class Eye:
    """A watch that counts its looks."""

    looks: list[float] = field(default_factory=list)
    trouble: Exception | None = None

    def look(self, now: float) -> None:
        self.looks.append(now)
        self._fail()

    def status(self, now: float) -> dict[str, Any]:
        assert now >= NOON
        self._fail()
        return {"certificates": [], "alarms": [{**ALARM, "message": "It expired."}]}

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def test_it_looks_once_a_minute_and_after_a_clock_was_set_back() -> None:
    eye = Eye()
    watcher = Watcher(eye)
    for seconds in (0, 1, 59, LOOK_SECONDS, LOOK_SECONDS + 30, -86400, -86399):
        watcher.look(NOON + seconds)
    assert eye.looks == [NOON, NOON + LOOK_SECONDS, NOON - 86400]


@pytest.mark.parametrize("reloading", [reload, refusing_reload])
def test_it_looks_at_once_after_a_scheduled_change_whatever_came_of_it(reloading: Callable[[], str]) -> None:
    eye = Eye()
    timekeeper = Timekeeper(Notebook(), eye)
    timekeeper.keep(NOON - 1, reloading)
    timekeeper.keep(NOON, reloading)
    assert eye.looks == [NOON - 1, NOON]


def test_alarms_are_sentences_and_facts() -> None:
    timekeeper = Timekeeper(watch=Eye())
    assert timekeeper.alarms(NOON) == ("It expired.",)
    assert timekeeper.watcher.status(NOON)["alarms"] == [{**ALARM, "message": "It expired."}]


def test_nobody_watching_is_no_trouble() -> None:
    watcher = Watcher()
    watcher.look(NOON)
    assert watcher.status(NOON) == {"certificates": [], "alarms": [], "trouble": ""}
    assert watcher.sentences(NOON) == ()


@pytest.mark.parametrize("trouble", [RuntimeError("broken"), ProblemsFound([Problem("a.b", "", "broken")])])
def test_the_proxy_outlives_a_watch_that_fails_and_says_so(
    trouble: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    eye = Eye(trouble=trouble)
    timekeeper = Timekeeper(watch=eye)
    timekeeper.keep(NOON, reload)
    assert timekeeper.alarms(NOON) == ("Certificates cannot be watched: broken",)
    assert "broken" in capfd.readouterr().err
    eye.trouble = None
    timekeeper.keep(NOON + LOOK_SECONDS, reload)
    assert timekeeper.alarms(NOON) == ("It expired.",)
