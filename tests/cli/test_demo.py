from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "bridgehead", "demo"]


class RunningDemo:
    """`bridgehead demo` with its output in a pipe."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_plain_environment(),
        )
        self.output = ""

    def read_until(self, text: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        pytest.fail(f"ended without {text!r}:\n{self.output}")

    def end(self, number: int | None = None) -> int:
        """Send a signal and read to the end; the exit status."""
        if number is not None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        self.output += rest
        return self.process.returncode

    @property
    def directory(self) -> Path:
        match = re.search(r"runs from, (.*)/bridgehead\.toml", self.output)
        assert match
        return Path(match[1])

    def children(self) -> list[int]:
        """The processes that it started itself."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in found]


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "COLUMNS"}}


@pytest.fixture
def demos() -> Iterator[list[RunningDemo]]:
    started: list[RunningDemo] = []
    yield started
    for demo in started:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunningDemo:
    """One run with `--exit`, with its files kept."""
    demo = RunningDemo("--exit", "--directory", str(tmp_path_factory.mktemp("demo") / "kept"))
    demo.end()
    return demo


def test_it_shows_what_every_client_saw_and_ends_with_the_verdict(finished: RunningDemo) -> None:
    assert finished.process.returncode == 0, finished.output
    assert re.search(r"All \d+ steps went as they should\.", finished.output)
    clients = (
        "Lync 2013 on a desktop",
        "Lync Web App",
        "Lync Mobile",
        "Windows Store",
        "Phone",
        "stranger",
        "intranet",
    )
    for client in clients:
        assert client in finished.output


def test_its_tables_in_a_pipe_are_plain_and_fit_100_columns(finished: RunningDemo) -> None:
    assert "\x1b" not in finished.output
    rows = [line for line in finished.output.splitlines() if line.startswith("ok ")]
    assert len(rows) > 30
    assert max(map(len, rows)) <= 100


def test_it_prints_the_file_that_it_runs_from(finished: RunningDemo) -> None:
    printed = "\n".join(line[4:] for line in finished.output.splitlines() if line.startswith("    ") or not line)
    assert tomllib.loads(printed) == tomllib.loads((finished.directory / "bridgehead.toml").read_text())
    assert {pool["role"] for pool in tomllib.loads(printed)["pool"]} == {"front-end", "director", "office-web-apps"}


def test_the_files_of_a_named_directory_stay_and_their_keys_are_private(finished: RunningDemo) -> None:
    assert (finished.directory / "public-rsa.pem").exists()
    assert (finished.directory / "public-rsa.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_behind_when_it_is_stopped(demos: list[RunningDemo], number: int) -> None:
    demo = RunningDemo()
    demos.append(demo)
    demo.read_until("until Ctrl-C")
    children = demo.children()
    assert children
    assert demo.end(number) == 0, demo.output
    assert not demo.directory.exists()
    assert not any(is_alive(child) for child in children)


def test_it_can_be_stopped_while_it_starts(demos: list[RunningDemo]) -> None:
    demo = RunningDemo()
    demos.append(demo)
    demo.read_until("[proxy]")
    assert demo.end(signal.SIGINT) == 130
    assert not demo.directory.exists()
    assert "Traceback" not in demo.output


def test_a_proxy_that_dies_is_reported(demos: list[RunningDemo]) -> None:
    demo = RunningDemo()
    demos.append(demo)
    demo.read_until("until Ctrl-C")
    for child in demo.children():
        os.killpg(child, signal.SIGKILL)
    assert demo.end() == 2
    assert "The proxy ended by itself (exit status -9). Its last output:" in demo.output
    assert not demo.directory.exists()


def test_a_directory_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    directory = str(tmp_path / "file" / "below")
    done = subprocess.run([*COMMAND, "--directory", directory], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert directory in done.stderr
    assert "Traceback" not in done.stderr


def test_help_has_examples() -> None:
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True)
    assert "bridgehead demo --exit" in done.stdout


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("split-brain-loop", "dns.loop"),
        ("certificate-on-one-address", "tls.every-address"),
        ("ticket-removed", "signin.user-document"),
    ],
)
def test_a_fault_is_found_also_where_the_resolver_or_people_who_log_in_notice_it(fault: str, found: str) -> None:
    done = subprocess.run([*COMMAND, "--exit", "--fault", fault], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    assert all(f"({found})" in line for line in done.stdout.splitlines() if line.startswith("FAIL "))
