"""A proxy of two workers, whose counts must be one, before a site that a test scripts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.proxy.wire import Proxy, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

    from tests.proxy.wire import Peer


@contextmanager
def two_workers(directory: Path, authority: trustme.CA, script: Callable[[Peer], None]) -> Iterator[Proxy]:
    """Run it while the context lasts."""
    with ScriptedServer(script) as server:
        proxy = Proxy(directory, authority, (server,), workers=2)
        try:
            proxy.start()
            yield proxy
        finally:
            proxy.stop()
