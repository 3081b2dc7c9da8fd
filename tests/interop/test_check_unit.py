"""The shipped timer and its service, judged by systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interop import debian

pytestmark = pytest.mark.interop

PACKAGING = Path(__file__).parents[2] / "packaging"
SERVICE, TIMER = PACKAGING / "bridgehead-check.service", PACKAGING / "bridgehead-check.timer"
EXPOSURE = 25
"""Of 100, as `systemd-analyze security` counts."""


def test_systemd_finds_no_fault_with_the_timer_and_its_service(tmp_path: Path) -> None:
    here = shutil.which("true")
    assert here is not None
    copies = [tmp_path / unit.name for unit in (SERVICE, TIMER)]
    for copy, unit in zip(copies, (SERVICE, TIMER), strict=True):
        # The one thing that only an installation has: the program.
        copy.write_text(re.sub(r"/opt/\S+/bin/bridgehead", here, unit.read_text("utf-8")))
    done = subprocess.run(
        [debian.program("systemd-analyze", "systemd"), "verify", *map(str, copies)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_finds_the_service_little_exposed() -> None:
    program = debian.program("systemd-analyze", "systemd")
    done = subprocess.run(
        [program, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(SERVICE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
