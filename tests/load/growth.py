"""Whether figures that go up and down also grow: a line through the samples after the warm-up."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import linear_regression, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.load.figures import Figures

WARM_UP_SHARE = 0.25
"""Of the time: pools fill, code is imported, the allocator takes what it will keep."""
BYTES_ALLOWED = 2 << 20
DESCRIPTORS_ALLOWED = 8
"""How far the line may rise from the end of the warm-up to the end, for one process."""
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures of one process, so many seconds after the beginning."""

    name: str
    pid: int
    at: float
    figures: Figures


def verdict_on(samples: Iterable[Sample], say: Callable[[str], object]) -> list[str]:
    """What has grown. Every line through the samples is said."""
    by_process: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        by_process.setdefault((sample.name, sample.pid), []).append(sample)
    found: list[str] = []
    for (name, pid), series in by_process.items():
        warm = [sample for sample in series if sample.at >= series[-1].at * WARM_UP_SHARE]
        if len(warm) < _FEWEST:
            found.append(f"{name} ({pid}) was seen {len(warm)} times: too few to judge")
            continue
        found += _verdict(f"{name} ({pid})", warm, say)
    return found


def _verdict(name: str, warm: list[Sample], say: Callable[[str], object]) -> list[str]:
    found = []
    for what, allowed, values in (
        ("resident bytes", BYTES_ALLOWED, [sample.figures.resident for sample in warm]),
        ("proportional bytes", BYTES_ALLOWED, [sample.figures.proportional for sample in warm]),
        ("descriptors", DESCRIPTORS_ALLOWED, [sample.figures.descriptors for sample in warm]),
    ):
        rise = rise_of([sample.at for sample in warm], values)
        line = (
            f"{name}: {what} median {median(values):,.0f}, from {min(values):,} to {max(values):,}; rise {rise:+,.0f}"
        )
        say(line)
        if rise > allowed:
            found.append(f"{line}, and no more than {allowed:,} is allowed")
    return found


def rise_of(times: list[float], values: list[int]) -> float:
    """How far the straight line through the values rises from the first to the last."""
    slope, _ = linear_regression(times, values)
    return slope * (times[-1] - times[0])
