"""What is left of a faulty file when its faults are taken out, so that the rest can be checked in the same run."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bridgehead.topology.model import Topology

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from bridgehead.topology.positions import Path


def sound_parts(
    data: dict[str, Any], faults: Sequence[ErrorDetails], context: dict[str, Any]
) -> tuple[Topology, dict[tuple[str, int], int], set[str]]:
    """The topology without its faults.

    Also gives where each item of a shortened list was before, and the names of the sections that lost something:
    nothing may be said about what is missing there.
    """
    rest = copy.deepcopy(data)
    moved: dict[tuple[str, int], int] = {}
    touched = {str(fault["loc"][0]) for fault in faults}
    # First the faulty keys alone; what that breaks, whole items; and if nothing else helps, whole sections.
    for depth in (3, 2, 1):
        _take_out(rest, {tuple(fault["loc"][:depth]) for fault in faults}, moved)
        try:
            return Topology.model_validate(rest, context=context), moved, touched
        except ValidationError as error:
            faults = error.errors(include_url=False)
            touched |= {str(fault["loc"][0]) for fault in faults}
    return Topology(), {}, set(Topology.model_fields)


def _take_out(data: dict[str, Any], paths: set[Path], moved: dict[tuple[str, int], int]) -> None:
    for path in sorted(paths, key=lambda path: [str(part).zfill(9) for part in path], reverse=True):
        *around, last = path
        container: object = data
        for part in around:
            container = _inside(container, part)
        if isinstance(container, dict):
            container.pop(last, None)
        elif isinstance(container, list) and isinstance(last, int) and last < len(container):
            del container[last]
            if len(path) == 2:
                _close_gap(str(path[0]), last, len(container), moved)


def _inside(container: object, part: str | int) -> object:
    if isinstance(container, dict):
        return container.get(part)
    if isinstance(container, list) and isinstance(part, int) and part < len(container):
        return container[part]
    return None


def _close_gap(section: str, gap: int, length: int, moved: dict[tuple[str, int], int]) -> None:
    for index in range(gap, length):
        moved[section, index] = moved.get((section, index + 1), index + 1)
