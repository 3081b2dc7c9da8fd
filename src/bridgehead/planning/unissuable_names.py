"""Names that no public authority puts into a certificate, so that they are known before anyone asks one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.names import INTERNAL_ENDINGS
from bridgehead.planning.planned import Because

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = "CA/Browser Forum, Baseline Requirements 4.2.2 and 7.1.4.2"


def unissuable(names: Iterable[str]) -> Iterator[Because]:
    """A warning for each kind of name that a public authority refuses."""
    some = list(names)
    kinds = {
        "end inside the organisation": [name for name in some if name.rpartition(".")[2] in INTERNAL_ENDINGS],
        "have an underscore": [name for name in some if "_" in name],
    }
    for what, found in kinds.items():
        if found:
            listed = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
            yield Because(
                reason=f"WARNING: public authorities issue no certificate with names that {what}: {listed}. Publish "
                "another name (external_fqdn; in Topology Builder first), or ask an authority of your own.",
                source=SOURCE,
            )
