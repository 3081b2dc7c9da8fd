from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.verify.published import Published

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with ExitStack() as stack:
        yield Published(tmp_path_factory.mktemp("verify"), stack)
