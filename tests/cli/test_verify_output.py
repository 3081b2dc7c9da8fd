from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from tests.cli.terminal import in_terminal
from tests.end_to_end.free_port import free_port
from tests.verify.strange import Strange, silent

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def nobody() -> list[str]:
    """A name behind a port where nothing listens."""
    there = f"127.0.0.1:{free_port()}"
    return ["verify", "webext.contoso.com", "--connect-to", there, "--http-port", "0", "--only", "tcp", "--only", "tls"]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bridgehead", *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_several_formats_are_written_at_once_and_the_status_stays(nobody: list[str], tmp_path: Path) -> None:
    page, suites = tmp_path / "report.html", tmp_path / "report.xml"
    done = run([*nobody, "--html", str(page), "--junit", str(suites)])
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, ")
    assert done.stderr == f"Written to {page}.\nWritten to {suites}.\n"
    assert "tcp.https" in page.read_text()
    assert fromstring(suites.read_text())[0].attrib["failures"] == "1"


def test_each_format_goes_to_a_pipe(nobody: list[str]) -> None:
    assert run([*nobody, "--format", "html"]).stdout.startswith("<!doctype html>")
    assert fromstring(run([*nobody, "--format", "junit"]).stdout).tag == "testsuites"


def test_a_pipe_gets_plain_lines(nobody: list[str]) -> None:
    done = run(nobody)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.count("webext.contoso.com (front-end)") == 1


def test_a_place_that_cannot_be_written_is_told(nobody: list[str], tmp_path: Path) -> None:
    done = run([*nobody, "--html", str(tmp_path / "nowhere" / "report.html")])
    assert done.returncode == 2
    assert "The file cannot be written" in done.stderr
    assert done.stdout == "", "nothing was looked at before"


def test_a_terminal_gets_a_live_tree_with_colours(nobody: list[str]) -> None:
    shown, status = in_terminal(nobody, lambda _: False)
    assert status == 1
    assert "\x1b[1;31mFAIL" in shown
    assert "Ctrl-C ends it with what is known by then." in shown


def test_ctrl_c_ends_it_with_what_is_known_and_status_2() -> None:
    with Strange(silent) as waiting:
        arguments = ["verify", "webext.contoso.com", "--connect-to", f"127.0.0.1:{waiting.port}", "--http-port", "0"]
        shown, status = in_terminal(arguments, lambda text: "tls.handshake" in text)
    assert status == 2
    assert "Traceback" not in shown
    assert "It is not complete" in shown
    assert "Interrupted: this is what was known until then." in shown
