from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.publication import Authorities, Publication
from tests.end_to_end.published_lab import PublishedLab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def authorities() -> Authorities:
    return Authorities()


@pytest.fixture
def publication(tmp_path: Path, authorities: Authorities) -> Iterator[Publication]:
    with ExitStack() as stack:
        yield Publication(tmp_path, authorities, stack)


@pytest.fixture(scope="session")
def published_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedLab]:
    with ExitStack() as stack:
        yield PublishedLab(tmp_path_factory.mktemp("lab"), stack)
