"""The certificates that a name was served with, for the tree: what a check has seen, never asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.tls_versions import usual

if TYPE_CHECKING:
    from bridgehead.verify.observing.observer import Observer
    from bridgehead.verify.targets import Target


def certificates_of(target: Target, observer: Observer) -> tuple[str, ...]:
    """In PEM, as they were sent; empty where no check has looked."""
    seen = observer.seen(usual(target)) if target.https_port is not None else None
    return seen.chain if seen is not None else ()
