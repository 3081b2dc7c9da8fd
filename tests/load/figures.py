"""What Linux says about one process: its memory, descriptors and processor time (proc(5))."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from bench.procfs import parse_pss, parse_stat

_TICKS = os.sysconf("SC_CLK_TCK")
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes, numbers and seconds of one process at one moment."""

    resident: int
    proportional: int
    """Resident memory in which a page shared by n processes counts 1/n."""
    peak: int
    """Most resident memory so far, or since `forget_peak`."""
    descriptors: int
    cpu: float


def figures_of(pid: int) -> Figures:
    """The figures of a process. Raises FileNotFoundError or ProcessLookupError where there is none."""
    directory = Path(f"/proc/{pid}")
    status = (directory / "status").read_text("ascii")
    return Figures(
        resident=_kilobytes(status, "VmRSS"),
        proportional=parse_pss((directory / "smaps_rollup").read_text("ascii")) * 1024,
        peak=_kilobytes(status, "VmHWM"),
        descriptors=sum(1 for _ in (directory / "fd").iterdir()),
        cpu=parse_stat((directory / "stat").read_text("utf-8")).ticks / _TICKS,
    )


def forget_peak(pid: int) -> None:
    """Let the peak of resident memory begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK, "ascii")


def _kilobytes(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None, f"/proc has no {name}"
    return int(found[1]) * 1024
