"""Every check there is, in the order in which they run and are shown."""

from __future__ import annotations

from bridgehead.verify import checks
from bridgehead.verify.registry import GROUPS, Check, registered


def all_checks() -> tuple[Check, ...]:
    """By group, and within it in the order of their files."""
    assert checks.FILES, "importing them registers what is in them"
    order = list(GROUPS)
    return tuple(sorted(registered(), key=lambda one: order.index(one.group)))
