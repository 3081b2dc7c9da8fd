from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.verify.isolation.surroundings import Surroundings, published

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with ExitStack() as stack:
        yield published(tmp_path_factory.mktemp("published"), stack)


@pytest.fixture
def surroundings(_surroundings: Surroundings) -> Surroundings:
    _surroundings.forgive()
    return _surroundings


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened
