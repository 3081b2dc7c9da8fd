from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgehead.cli import main
from tests.cli.terminal import in_terminal
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from pathlib import Path

NAME = ["verify", "webext.contoso.com", "--http-port", "0", "--only", "tcp.https", "--every", "5"]


def test_it_ends_with_0_once_nothing_fails_and_programs_get_lines_of_json(tmp_path: Path) -> None:
    port, page = free_port(), tmp_path / "report.html"
    command = [*NAME, "--connect-to", f"127.0.0.1:{port}", "--until-green", "--format", "json", "--html", str(page)]
    watching = subprocess.Popen([sys.executable, "-m", "bridgehead", *command], stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    try:
        first = json.loads(watching.stdout.readline())
        assert first["failed"] == [{"target": "webext.contoso.com", "code": "tcp.https"}]
        assert "1 failed" in page.read_text()
        with socket.create_server(("127.0.0.1", port)):
            rest = [json.loads(line) for line in watching.stdout]
            assert watching.wait(60) == 0
    finally:
        watching.kill()
        watching.wait()
        watching.stdout.close()
    changed = [change for line in rest for change in line.get("changes", []) if line["event"] == "round"]
    assert [(one["code"], one["before"], one["after"]) for one in changed] == [("tcp.https", "failed", "passed")]
    assert (rest[-1]["event"], rest[-1]["reason"]) == ("end", "green")


def test_a_page_that_cannot_be_written_any_more_does_not_end_it(tmp_path: Path) -> None:
    place, port = tmp_path / "reports", free_port()
    place.mkdir()
    page = place / "report.html"
    command = [*NAME, "--connect-to", f"127.0.0.1:{port}", "--until-green", "--html", str(page)]
    watching = subprocess.Popen(
        [sys.executable, "-m", "bridgehead", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert watching.stdout is not None
        watching.stdout.readline()
        page.unlink()
        place.rmdir()
        with socket.create_server(("127.0.0.1", port)):
            _, errors = watching.communicate(timeout=60)
    finally:
        watching.kill()
        watching.wait()
    assert watching.returncode == 0
    assert "The file cannot be written" in errors


def test_ctrl_c_ends_it_with_a_summary_and_the_status_of_the_last_round() -> None:
    command = [*NAME, "--connect-to", f"127.0.0.1:{free_port()}", "--watch"]
    shown, status = in_terminal(command, lambda text: "again in 5 s" in text)
    assert status == 1
    assert "Traceback" not in shown
    assert "Interrupted. 1 round from " in shown


@pytest.mark.parametrize("wrong", [["--format", "html"], ["--format", "junit"], ["-o", "changes.txt"]])
def test_what_cannot_be_written_while_watching_is_refused(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bridgehead", *NAME, "--watch", *wrong])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--html FILE and --junit FILE" in " ".join(capsys.readouterr().err.replace("│", " ").split())
