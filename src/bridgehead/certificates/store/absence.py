"""Why a stored certificate that is to be served is not there, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.store.layout import shelf_of
from bridgehead.certificates.store.store import Store
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.certificates.store.layout import Shelf


def absence(chain: str) -> Problem | None:
    """The problem where the path leads to a place in the store at which nothing is live; else None."""
    shelf = shelf_of(chain)
    if shelf is None:
        return None
    try:
        if shelf.live.exists():
            return None
        waiting = [one for one in Store(shelf.store).requests(shelf.name) if one.kind == shelf.kind]
        if waiting and not shelf.numbers() and all(one.facts.origin == "acme" for one in waiting):
            return _ordered(shelf)
        return _told(shelf, waiting=bool(waiting), here=bool(shelf.numbers()))
    except (OSError, ProblemsFound):
        return None  # what keeps the store from being read is told when its files are


def _ordered(shelf: Shelf) -> Problem:
    message = f"The certificate {shelf.name} ({shelf.kind}) was ordered, and has not been issued yet."
    hint = "`bridgehead certificate renew --now` goes on with it, and says what is in its way."
    return Problem("certificate.not-in-store", str(shelf.directory), message, hint)


def _told(shelf: Shelf, *, waiting: bool, here: bool) -> Problem:
    if here:
        message = f"The certificate {shelf.name} ({shelf.kind}) is in the store, and none of its generations is live."
        hint = f"bridgehead certificate activate {shelf.name}"
    elif waiting:
        message = f"The certificate {shelf.name} ({shelf.kind}) was requested, and has not come yet."
        hint = "When it comes: bridgehead certificate import, then bridgehead certificate activate."
    else:
        message = f"There is no certificate {shelf.name} ({shelf.kind}) in the store yet."
        hint = (
            "Request one, bridgehead certificate request; or import one that you have, bridgehead certificate import."
        )
    return Problem("certificate.not-in-store", str(shelf.directory), message, hint)
