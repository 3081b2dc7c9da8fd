"""What Linux says about processes and processors: /proc, as proc(5) describes it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The part of /proc/PID/stat that is needed here."""

    pid: int
    parent: int
    ticks: int
    """User and system time of the process and of the children it has waited for: a replaced worker is not lost."""


def parse_stat(line: str) -> ProcessStat:
    """Read one line of /proc/PID/stat. The name in parentheses may itself hold spaces and parentheses."""
    before, _, after = line.rpartition(")")
    pid = int(before.split(" ", 1)[0])
    fields = after.split()  # state, ppid, ...; utime is field 14 of proc(5), the twelfth behind the name
    return ProcessStat(pid, parent=int(fields[1]), ticks=sum(map(int, fields[11:15])))


def family(stats: list[ProcessStat], root: int) -> list[ProcessStat]:
    """The process `root` and all its descendants among `stats`."""
    members = {root}
    grown = True
    while grown:
        found = {stat.pid for stat in stats if stat.parent in members}
        grown = not found <= members
        members |= found
    return [stat for stat in stats if stat.pid in members]


def cpu_seconds(root: int) -> float:
    """User and system time that a process and its descendants have used."""
    return sum(stat.ticks for stat in family(_all_stats(), root)) / _TICKS_PER_SECOND


def memory_kilobytes(root: int) -> int:
    """Proportional set size of a process and its descendants: what they share counts once."""
    total = 0
    for stat in family(_all_stats(), root):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += parse_pss((_PROC / str(stat.pid) / "smaps_rollup").read_text())
    return total


def parse_pss(text: str) -> int:
    """The Pss line of /proc/PID/smaps_rollup, in KB; 0 for a process without memory of its own."""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def busy_seconds(core: int) -> float:
    """For how long a processor has not been idle since the machine started."""
    return parse_busy_ticks((_PROC / "stat").read_text(), core) / _TICKS_PER_SECOND


def parse_busy_ticks(text: str, core: int) -> int:
    """A processor's time in /proc/stat, less idle and iowait."""
    for line in text.splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            return sum(map(int, ticks[:8])) - int(ticks[3]) - int(ticks[4])
    raise ValueError(f"/proc/stat has no line for processor {core}")


def _all_stats() -> list[ProcessStat]:
    stats = []
    for directory in _PROC.iterdir():
        if directory.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stats.append(parse_stat((directory / "stat").read_text()))
    return stats
