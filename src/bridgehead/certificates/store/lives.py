"""Which generation is live, which were so before it, and the step from one to another.

The step is the replacement of one symbolic link. What was live before is remembered beforehand: a crash between the two
leaves a memory of what is still live, which is skipped when it is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgehead.certificates.store import durable

if TYPE_CHECKING:
    from bridgehead.certificates.store.layout import Shelf


def live_number(shelf: Shelf) -> int | None:
    """The number of the generation that is live, None where there is none."""
    if not shelf.live.is_symlink():
        return None
    number = shelf.live.readlink().name
    return int(number) if number.isdigit() and int(number) in shelf.numbers() else None


def former_number(shelf: Shelf) -> int | None:
    """The number of the generation that was live before, None where there was none."""
    live, known = live_number(shelf), shelf.numbers()
    return next((number for number in reversed(_before(shelf)) if number != live and number in known), None)


def make_live(shelf: Shelf, number: int) -> None:
    """Make a generation live, and remember the one that was."""
    former = live_number(shelf)
    if former is not None and former != number:
        _remember(shelf, [*_before(shelf), former])
    _point(shelf, number)


def go_back(shelf: Shelf, number: int | None) -> None:
    """Make a generation live that was so before, or none; what was live after it is not remembered."""
    if number is None:
        durable.remove(shelf.live)
        return
    before = _before(shelf)
    _point(shelf, number)
    last = len(before) - 1 - before[::-1].index(number) if number in before else len(before)
    _remember(shelf, before[:last])


def _point(shelf: Shelf, number: int) -> None:
    # Relative, so that a store that is moved or restored elsewhere keeps its meaning.
    target = shelf.generation(number)
    durable.point(shelf.live, str(target.relative_to(shelf.directory)))


def _before(shelf: Shelf) -> list[int]:
    try:
        found = json.loads(shelf.before.read_bytes())
    except (OSError, ValueError):
        found = None
    if isinstance(found, list) and all(isinstance(number, int) for number in found):
        return found
    # Lost or damaged: the order of the numbers is the best that is known.
    live = live_number(shelf)
    return [number for number in shelf.numbers() if live is not None and number < live]


def _remember(shelf: Shelf, numbers: list[int]) -> None:
    durable.put_file(shelf.before, json.dumps(numbers).encode())
