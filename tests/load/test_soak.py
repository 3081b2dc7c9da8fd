"""A few seconds of the soak: everything that is done in it is done, and nothing stays open."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tests.load.published import published, running_site
from tests.load.soak import Sampler, everybody_comes
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

MINUTES = 0.1


def test_a_short_soak_leaves_nothing_behind(tmp_path: Path, authority: trustme.CA) -> None:  # noqa: F811 - the fixture
    output = io.StringIO()
    with (
        running_site(tmp_path, authority) as site,
        published(tmp_path, authority, site, workers=2, pool={"idle_seconds": 2.0}) as proxy,
    ):
        assert everybody_comes(proxy, site, MINUTES, Sampler(proxy, output)) == []
    assert '"process": "supervisor"' in output.getvalue()
