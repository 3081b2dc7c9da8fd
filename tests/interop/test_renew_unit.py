"""The timer that renews certificates, and its service, judged by systemd."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.interop import debian

pytestmark = pytest.mark.interop

UNITS = [Path(__file__).parents[2] / "packaging" / f"bridgehead-renew.{kind}" for kind in ("service", "timer")]
EXPOSURE = 21
"""Of 100, as `systemd-analyze security` counts: 20 when this was written. The internet itself is 5 of them."""


def analyze(*arguments: str) -> tuple[int, str]:
    program = debian.program("systemd-analyze", "systemd")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_no_fault_with_them(tmp_path: Path) -> None:
    copies = [tmp_path / unit.name for unit in UNITS]
    for copy, unit in zip(copies, UNITS, strict=True):
        # The one thing that only an installation has: the program.
        copy.write_text(
            re.sub(r"/opt/\S+/bin/bridgehead", debian.program("true", "coreutils"), unit.read_text("utf-8"))
        )
    assert analyze("verify", *map(str, copies)) == (0, "")


def test_systemd_finds_the_service_little_exposed() -> None:
    status, said = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(UNITS[0]))
    assert status == 0, said
