"""What was measured, as tables for people and JSON for programs."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.measure import CpuSample, MemorySample
from bench.workloads import CpuWorkload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.workloads import Workload

Sample = CpuSample | MemorySample

OURS = "bridgehead"
BASELINE = "nginx"


@dataclass(slots=True)
class Row:
    """What one proxy did in one workload, a sample for each round."""

    peer: str
    samples: list[Sample] = field(default_factory=list)
    absence: str = ""
    """Why there are no samples, or no more of them."""


@dataclass(slots=True)
class Section:
    """One workload, with a row for every proxy that was asked for."""

    workload: Workload
    rows: list[Row]


def render(section: Section) -> str:
    """A section as a Markdown table that is legible as it stands, with its title above and remarks below."""
    under_load = isinstance(section.workload, CpuWorkload)
    columns = _CPU_COLUMNS if under_load else _MEMORY_COLUMNS
    cells = _cpu_cells if under_load else _memory_cells
    baseline = _row(section, baseline_of(section))
    rows = [[row.peer, *(cells(row, baseline) if row.samples else _nothing(columns))] for row in section.rows]
    remarks = [*map(_remark, section.rows), verdict(section), _disturbance(section), section.workload.remark]
    title = f"## {section.workload.name}: {section.workload.title}"
    return "\n".join([title, "", table(columns, rows), "", *filter(None, remarks)])


def baseline_of(section: Section) -> str:
    """The row that a section's others are compared with."""
    return section.workload.baseline if isinstance(section.workload, CpuWorkload) else BASELINE


_CPU_COLUMNS: tuple[str, ...] = ("proxy", "CPU µs", "ratio", "lowest", "highest", "requests/s", "p50 ms", "p99 ms")
_MEMORY_COLUMNS: tuple[str, ...] = ("proxy", "KB each", "ratio", "KB at rest")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns: the first to the left, the others, which are figures, to the right."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *figures = zip(cells, widths, strict=True)
        return f"| {' | '.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in figures)])} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(columns), line(rule), *map(line, rows)])


def _cpu_cells(row: Row, baseline: Row | None) -> list[str]:
    cpu = [_principal(sample) for sample in row.samples]
    return [
        f"{statistics.median(cpu):,.1f}",
        _format_ratio(ratio(row, baseline)),
        f"{min(cpu):,.1f}",
        f"{max(cpu):,.1f}",
        f"{_median(row, 'requests_per_second'):,.0f}",
        f"{_median(row, 'p50_milliseconds'):,.2f}",
        f"{_median(row, 'p99_milliseconds'):,.2f}",
    ]


def _memory_cells(row: Row, baseline: Row | None) -> list[str]:
    each, at_rest = _median(row, "kilobytes_each"), _median(row, "kilobytes_at_rest")
    return [f"{each:,.1f}", _format_ratio(ratio(row, baseline)), f"{at_rest:,.0f}"]


def _nothing(columns: Sequence[str]) -> list[str]:
    return ["missing", *("" for _ in columns[2:])]


def _remark(row: Row) -> str:
    complaints = dict.fromkeys(sample.complaint for sample in row.samples if isinstance(sample, CpuSample))
    found = "; ".join(filter(None, [row.absence, *complaints]))
    return f"{row.peer}: {found}" if found else ""


def ratio(row: Row, baseline: Row | None) -> float | None:
    """How much of the baseline's figure a proxy took: the median over rounds of both in the same round.

    Rounds are compared pair by pair since the machine drifts. None where either was not measured.
    """
    if baseline is None:
        return None
    pairs = [
        (_principal(ours), _principal(theirs)) for ours, theirs in zip(row.samples, baseline.samples, strict=False)
    ]
    quotients = [ours / theirs for ours, theirs in pairs if theirs > 0]
    return statistics.median(quotients) if quotients else None


def verdict(section: Section) -> str:
    """Whether Bridgehead reached its goal, as a sentence."""
    goal = section.workload.goal
    relative = isinstance(section.workload, CpuWorkload)
    baseline = baseline_of(section)
    sentence = f"Goal: at most {goal:.2f} times {baseline}." if relative else f"Goal: at most {goal:.0f} KB."
    ours = _row(section, OURS)
    if ours is None or not ours.samples:
        return f"{sentence} Bridgehead was not measured."
    reached = ratio(ours, _row(section, baseline)) if relative else _median(ours, "kilobytes_each")
    if reached is None:
        return f"{sentence} {baseline} was not measured."
    figure = f"{reached:.2f}" if relative else f"{reached:.1f} KB"
    return f"{sentence} Bridgehead: {figure}, {'reached' if reached <= goal else 'missed'}."


def as_json(section: Section) -> dict[str, Any]:
    """A section with every sample, for `json.dumps`."""
    baseline = _row(section, baseline_of(section))
    return {
        "workload": section.workload.name,
        "title": section.workload.title,
        "goal": section.workload.goal,
        "peers": {
            row.peer: {
                "median": statistics.median(map(_principal, row.samples)) if row.samples else None,
                "ratio": ratio(row, baseline),
                "absence": row.absence,
                "samples": [dataclasses.asdict(sample) for sample in row.samples],
            }
            for row in section.rows
        },
    }


def _principal(sample: Sample) -> float:
    return sample.cpu_microseconds if isinstance(sample, CpuSample) else sample.kilobytes_each


def _row(section: Section, peer: str) -> Row | None:
    return next((row for row in section.rows if row.peer == peer), None)


def _median(row: Row, figure: str) -> float:
    return float(statistics.median(getattr(sample, figure) for sample in row.samples))


def _format_ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _disturbance(section: Section) -> str:
    shares = [sample.disturbance for row in section.rows for sample in row.samples if isinstance(sample, CpuSample)]
    if not shares:
        return ""
    usual, worst = statistics.median(shares), max(shares)
    return (
        f"Meanwhile other programs used {usual:.0%} of the proxy's core (median of all rounds), {worst:.0%} at worst."
    )
