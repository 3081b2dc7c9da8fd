"""What is due is carried out in time; what goes wrong with it costs an alarm and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.schedule import LOOK_SECONDS, PAUSE_SECONDS, Timekeeper

NOON = 1_800_000_000.0


@dataclass
class Notebook:
    """A schedule of one change: what is live is a word in it."""

    due: float | None = NOON
    live: str = "old"
    trouble: dict[str, Exception] = field(default_factory=dict)
    refused: str = ""

    def next_change(self) -> float | None:
        self._fail("next_change")
        return self.due

    def carry_out(self, now: float) -> str:
        self._fail("carry_out")
        self.live = "new"
        return f"at {now:.0f}"

    def settle(self) -> None:
        self._fail("settle")
        self.due = None

    def put_back(self, reason: str) -> None:
        self._fail("put_back")
        self.live, self.refused, self.due = "old", reason, None

    def alarms(self) -> tuple[str, ...]:
        self._fail("alarms")
        return (f"refused: {self.refused}",) if self.refused else ()

    def _fail(self, where: str) -> None:
        if where in self.trouble:
            raise self.trouble[where]


def reload() -> str:
    return "change 1"


def refusing_reload() -> str:
    raise ProblemsFound([Problem("reload.refused", "worker 0", "no")])


def full(where: str) -> dict[str, Exception]:
    return {where: ProblemsFound([Problem("store.unwritable", "", "No space left on device.")])}


@pytest.mark.parametrize(
    ("due", "pause"),
    [(None, LOOK_SECONDS), (NOON + 5, 5.0), (NOON + 86400, LOOK_SECONDS), (NOON, 0.0), (NOON - 3600, 0.0)],
)
def test_the_supervisor_sleeps_until_the_next_change_and_never_too_long(due: float | None, pause: float) -> None:
    assert Timekeeper(Notebook(due)).pause(NOON) == pause


def test_without_a_schedule_nothing_is_ever_due() -> None:
    assert Timekeeper().pause(NOON) is None
    assert Timekeeper().alarms(NOON) == ()
    Timekeeper().keep(NOON, refusing_reload)


def test_what_is_due_is_carried_out_and_said(capfd: pytest.CaptureFixture[str]) -> None:
    notebook = Notebook()
    Timekeeper(notebook).keep(NOON, reload)
    assert (notebook.live, notebook.due) == ("new", None)
    assert capfd.readouterr().err == f"due: at {NOON:.0f}\nchange 1\n"


def test_a_schedule_that_never_comes_to_an_end_is_no_endless_loop(capfd: pytest.CaptureFixture[str]) -> None:
    notebook = Notebook()
    timekeeper = Timekeeper(notebook)
    timekeeper.keep(NOON, reload)
    notebook.due = NOON
    assert timekeeper.pause(NOON) == PAUSE_SECONDS
    timekeeper.keep(NOON + PAUSE_SECONDS / 2, reload)
    assert capfd.readouterr().err.count("due:") == 1


def test_what_is_not_due_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    notebook = Notebook()
    Timekeeper(notebook).keep(NOON - 1, refusing_reload)
    assert notebook.live == "old"
    assert capfd.readouterr().err == ""


def test_what_the_proxy_refuses_is_put_back_with_an_alarm(capfd: pytest.CaptureFixture[str]) -> None:
    notebook = Notebook()
    timekeeper = Timekeeper(notebook)
    timekeeper.keep(NOON, refusing_reload)
    assert notebook.live == "old"
    assert "ALARM: a scheduled change failed, what was served goes on being served:\nworker 0: no" in (
        capfd.readouterr().err
    )
    assert "refused: worker 0: no" in timekeeper.alarms(NOON)


def test_a_reload_that_breaks_is_put_back_too() -> None:
    def broken() -> str:
        raise RuntimeError("broken")

    notebook = Notebook()
    Timekeeper(notebook).keep(NOON, broken)
    assert (notebook.live, notebook.refused) == ("old", "broken")


@pytest.mark.parametrize("where", ["next_change", "carry_out", "settle", "alarms"])
def test_the_proxy_outlives_a_store_that_cannot_be_used(where: str) -> None:
    timekeeper = Timekeeper(Notebook(trouble=full(where)))
    assert timekeeper.pause(NOON) in {0.0, LOOK_SECONDS}
    timekeeper.keep(NOON, reload)
    assert timekeeper.alarms(NOON) == ("No space left on device.",)


def test_a_failure_is_tried_again_later_and_told_of_once(capfd: pytest.CaptureFixture[str]) -> None:
    notebook = Notebook(trouble=full("carry_out"))
    timekeeper = Timekeeper(notebook)
    timekeeper.keep(NOON, reload)
    assert timekeeper.pause(NOON) == LOOK_SECONDS, "or it would try without end"
    timekeeper.keep(NOON + 1, reload)
    timekeeper.keep(NOON + LOOK_SECONDS, reload)
    assert capfd.readouterr().err.count("ALARM") == 1
    notebook.trouble.clear()
    timekeeper.keep(NOON + 2 * LOOK_SECONDS, reload)
    assert notebook.live == "new"
    assert timekeeper.alarms(NOON) == ()


def test_what_can_neither_be_changed_nor_put_back_is_told_of_in_full(capfd: pytest.CaptureFixture[str]) -> None:
    timekeeper = Timekeeper(Notebook(trouble=full("put_back")))
    timekeeper.keep(NOON, refusing_reload)
    said = capfd.readouterr().err
    assert "worker 0: no" in said
    assert "No space left on device." in said
