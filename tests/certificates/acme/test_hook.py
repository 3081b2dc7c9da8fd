"""The contract with a hook: its arguments, its environment, its status and its time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.hook import Hook
from bridgehead.certificates.acme.state import Proof
from tests.certificates.alarms.test_command import over
from tests.proxy.wire import eventually

PROOF = Proof(name="meet.contoso.com", challenge="dns-01", token="t", value="VALUE")
RECORD = "_acme-challenge.meet.contoso.com"


def hook(directory: Path, program: str, seconds: float = 60.0) -> Hook:
    path = directory / "hook.py"
    path.write_text(program)
    return Hook([sys.executable, str(path), "own argument"], seconds)


def failure(made: Hook) -> AttemptFailed:
    with pytest.raises(AttemptFailed) as found:
        made.place([PROOF])
    assert not found.value.another_may_help
    return found.value


def test_it_gets_action_record_and_value_twice_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_SOMEBODY", "x")
    told = tmp_path / "told.json"
    program = (
        f"import json, os, sys\nopen({str(told)!r}, 'a').write(json.dumps([sys.argv[1:], dict(os.environ)]) + '\\n')"
    )
    made = hook(tmp_path, program)
    made.place([PROOF])
    made.remove([PROOF])
    runs = [json.loads(line) for line in told.read_text().splitlines()]
    assert [arguments for arguments, _ in runs] == [
        ["own argument", "present", RECORD, "VALUE"],
        ["own argument", "remove", RECORD, "VALUE"],
    ]
    for (_, environment), action in zip(runs, ("present", "remove"), strict=True):
        ours = {name: value for name, value in environment.items() if name.startswith("BRIDGEHEAD_")}
        assert ours == {
            "BRIDGEHEAD_ACTION": action,
            "BRIDGEHEAD_NAME": "meet.contoso.com",
            "BRIDGEHEAD_RECORD": RECORD,
            "BRIDGEHEAD_VALUE": "VALUE",
        }
        assert "PATH" in environment
        assert "SECRET_OF_SOMEBODY" not in environment


def test_a_status_other_than_0_is_a_failure_with_its_words(tmp_path: Path) -> None:
    (problem,) = failure(hook(tmp_path, "import sys; sys.exit('no such zone')")).problems
    assert "it ended with status 1" in problem.message
    assert problem.hint == "It said: no such zone"


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    (problem,) = failure(hook(tmp_path, "import time; time.sleep(600)", 0.2)).problems
    assert "longer than 0.2 s" in problem.message


def test_one_that_is_not_there() -> None:
    (problem,) = failure(Hook(["/no/such/hook"], 1.0)).problems
    assert "it cannot be run" in problem.message


def test_the_order_does_not_depend_on_tidying_up(tmp_path: Path) -> None:
    hook(tmp_path, "import sys; sys.exit(1)").remove([PROOF])


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "process"
    failure(Hook(["/bin/sh", "-c", f"sleep 1000 & echo $! > {note}; wait"], 2.0))
    eventually(lambda: over(note.read_text().strip()), "the end of the child")


def test_what_it_said_does_nothing_to_a_terminal(tmp_path: Path) -> None:
    (problem,) = failure(hook(tmp_path, "import sys; sys.exit('\\x1b]0;title\\x07no such zone')")).problems
    assert problem.hint == "It said: ]0;title no such zone"
