"""Writes `docs/checks.md`, the list of all checks, from the checks: `python -m bridgehead.verify.reference`."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING

from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.registry import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.registry import Check

INTRODUCTION = """\
# Checks

Made from the checks by `python -m bridgehead.verify.reference > docs/checks.md`; edit the checks, not this page.

`bridgehead verify FILE` looks at a published deployment from outside, whatever proxy publishes it, and judges every
published name by these checks. `--only` and `--skip` take their codes, a group (`tls`) or a pattern (`service.*`).

A check ends in one of five ways:

- **passed**: it is as it should be;
- **failed**: clients notice. The exit status is 1;
- **warning**: it works for most, and somebody should look at it;
- **skipped**: it was not tried, for the reason told; where something that it builds upon failed, that is the reason;
- **unseen**: it was tried, and what came does not let anybody judge.

Codes are stable. What has nothing to say of a name is left out of its tree.
"""


def reference() -> str:
    """The page, in Markdown."""
    parts = [INTRODUCTION]
    for group, checks in groupby(all_checks(), key=lambda one: one.group):
        parts.append(f"\n## {GROUPS[group]}\n")
        for one in checks:
            parts += [f"\n### {one.code}\n", f"\n{one.title}.\n\n", *_lines(one)]
    return "".join(parts)


def _lines(one: Check) -> Iterator[str]:
    yield f"- Tried: {one.tries}\n"
    yield f"- Expected: {one.expects}\n"
    if one.why:
        yield f"- Why: {one.why}\n"
    yield f"- Who depends on it: {', '.join(one.clients)}.\n"
    if one.after:
        yield f"- Not judged without: {', '.join(f'`{code}`' for code in one.after)}.\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
