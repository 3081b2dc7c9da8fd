"""Microsoft's clients, as far as a proxy can tell them apart: what each asks for, and what it must see.

Each client is a module with `chains`: functions whose steps need one another. A step that fails ends its chain alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.clients import browser, desktop, mobile, phone, store_app, stranger, web_app
from bridgehead.lab.clients.walk import Chain, Step, Walk, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LYNC_CLIENTS: Mapping[str, Sequence[Chain]] = {
    "Lync 2013 on a desktop": desktop.CHAINS,
    "Lync Web App": web_app.CHAINS,
    "Lync Mobile": mobile.CHAINS,
    "Lync app of the Windows Store": store_app.CHAINS,
    "Lync Phone Edition": phone.CHAINS,
}
"""What works on the servers themselves as well as through a proxy."""

EVERYBODY: Mapping[str, Sequence[Chain]] = {**LYNC_CLIENTS, "A stranger": stranger.CHAINS}
"""And what only a proxy can refuse."""

WITH_INTRANET: Mapping[str, Sequence[Chain]] = {**EVERYBODY, "A browser at the intranet": browser.CHAINS}
"""And what is published behind a login to the proxy."""

__all__ = ["EVERYBODY", "LYNC_CLIENTS", "WITH_INTRANET", "Step", "World", "walk_through"]


def walk_through(world: World, clients: Mapping[str, Sequence[Chain]] = EVERYBODY) -> list[Step]:
    """Walk through as each of these clients, one after the other; every step that was tried, in order."""
    steps: list[Step] = []
    for name, chains in clients.items():
        for chain in chains:
            walk = Walk(world, name)
            walk.follow(chain)
            steps += walk.steps
    return steps
