"""The soak's verdict can fail: what grows is found, what goes up and down is not."""

from __future__ import annotations

import random

from tests.load.figures import Figures
from tests.load.growth import BYTES_ALLOWED, DESCRIPTORS_ALLOWED, Sample, verdict_on

HOUR = range(0, 3600, 10)
MIB = 1 << 20


def series(memory: float, descriptors: float) -> list[Sample]:
    """An hour in which so much is added, evenly, to what goes up and down by chance."""
    chance = random.Random(1)
    samples = []
    for at in HOUR:
        share = at / HOUR[-1]
        resident = 50 * MIB + chance.randrange(MIB) + int(memory * share)
        opened = 70 + chance.randrange(20) + int(descriptors * share)
        samples.append(Sample("worker 0", 1, at, Figures(resident, resident, resident, opened, 0.0)))
    return samples


def found(samples: list[Sample]) -> str:
    return "; ".join(verdict_on(samples, lambda _: None))


def test_what_goes_up_and_down_has_not_grown() -> None:
    assert found(series(0, 0)) == ""


def test_memory_that_grows_is_found() -> None:
    assert "resident bytes" in found(series(2 * BYTES_ALLOWED, 0))


def test_descriptors_that_grow_are_found() -> None:
    assert "descriptors" in found(series(0, 3 * DESCRIPTORS_ALLOWED))


def test_a_warm_up_is_not_growth() -> None:
    warm = [Sample("worker 0", 1, at, Figures(10 * MIB, 10 * MIB, 10 * MIB, 5, 0.0)) for at in range(0, 600, 10)]
    assert found(warm + [sample for sample in series(0, 0) if sample.at >= 600]) == ""


def test_too_few_samples_are_no_proof() -> None:
    assert "too few" in found(series(0, 0)[:3])
