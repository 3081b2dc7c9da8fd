"""A real command, told on its standard input; what it does wrong is said, and ends in time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bridgehead.certificates.alarms.command import run
from tests.proxy.wire import eventually

TOLD = {"version": 1, "text": "soon"}
PATIENCE = 60.0


def test_it_gets_the_alarms_as_json(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    program = f"import sys; open({str(heard)!r}, 'w').write(sys.stdin.read())"
    assert run([sys.executable, "-c", program], TOLD, PATIENCE) is None
    assert json.loads(heard.read_text()) == TOLD


def test_one_that_reads_nothing_is_as_good() -> None:
    assert run(["/bin/true"], {"text": "x" * 1_000_000}, PATIENCE) is None


def test_a_failure_is_told_with_what_it_said() -> None:
    problem = run(["/bin/sh", "-c", "echo no mail today >&2; exit 3"], TOLD, PATIENCE)
    assert problem is not None
    assert problem.message == "It ended with 3: no mail today"
    assert "next check" in problem.hint


def test_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    problem = run([str(tmp_path / "nothing")], TOLD, PATIENCE)
    assert problem is not None
    assert "No such file" in problem.message


def test_one_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    # The child keeps the pipe of its parent open: who waits for the pipe alone waits for ever.
    note = tmp_path / "process"
    problem = run(["/bin/sh", "-c", f"sleep 1000 & echo $! > {note}; wait"], TOLD, 2.0)
    assert problem is not None
    assert "within 2 seconds" in problem.message
    eventually(lambda: over(note.read_text().strip()), "the end of the child")


def over(process: str) -> bool:
    """Whether it has ended; whoever inherited it may not have noticed yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] in "ZX"
    except OSError:
        return True


def test_no_shell_looks_at_its_words(tmp_path: Path) -> None:
    assert run(["/bin/sh", "-c", 'test "$1" = "$2"', "x", "$(id)", "$(id)"], TOLD, PATIENCE) is None


def test_what_it_said_does_nothing_to_a_terminal() -> None:
    problem = run(["/bin/sh", "-c", "printf '\\033]0;title\\007no mail\\n' >&2; exit 3"], TOLD, PATIENCE)
    assert problem is not None
    assert problem.message == "It ended with 3: ]0;title no mail"
