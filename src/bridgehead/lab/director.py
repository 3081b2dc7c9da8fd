"""A Director: it signs users in and leads them to their home pool, which has all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.lync_site import lync_site

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.lab.services.context import Context
    from bridgehead.lab.site import Site


def director_site(context: Context, store: Path) -> Site:
    """A site of a Director; `context.external_web` is its own external FQDN, not the pool's."""
    return lync_site(context, store)
