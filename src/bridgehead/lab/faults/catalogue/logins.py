"""Windows logins, which belong to a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.faults.catalogue.behaviour import without_field
from bridgehead.lab.faults.fault import Fault
from bridgehead.lab.faults.manners import Manners

if TYPE_CHECKING:
    from bridgehead.lab.faults.manners import Pairs

_CHALLENGE = "www-authenticate"


def _joined(status: int, fields: Pairs) -> Pairs:  # noqa: ARG001 - whatever the status
    lines = [value for name, value in fields if name.lower() == _CHALLENGE]
    others = [(name, value) for name, value in fields if name.lower() != _CHALLENGE]
    return [*others, ("WWW-Authenticate", ", ".join(lines))] if lines else fields


def _removed(status: int, fields: Pairs) -> Pairs:  # noqa: ARG001 - whatever the status
    return [(name, value) for name, value in fields if name.lower() != _CHALLENGE]


def _basic(status: int, fields: Pairs) -> Pairs:
    others = _removed(status, fields)
    return [*others, ("WWW-Authenticate", 'Basic realm="proxy"')] if others != fields else fields


FAULTS = (
    Fault("challenges-joined", "WWW-Authenticate lines are joined to one.", Manners(fields=_joined)),
    Fault("challenge-removed", "WWW-Authenticate lines are removed.", Manners(fields=_removed)),
    Fault("challenge-basic", "The front asks for Basic instead of NTLM.", Manners(fields=_basic)),
    Fault(
        "logins-pooled",
        "Connections to servers are shared by everybody.",
        Manners(connections="pooled"),
        noticed_by_users=True,
    ),
    Fault(
        "logins-scattered",
        "Each request goes over a connection of its own.",
        Manners(connections="fresh"),
        noticed_by_users=True,
    ),
    Fault(
        "logins-cut", "The connection is closed after each 401.", Manners(closes_after_401=True), noticed_by_users=True
    ),
    Fault(
        "credentials-removed",
        "Authorization is removed.",
        Manners(read_head=without_field("Authorization")),
        noticed_by_users=True,
    ),
    Fault(
        "ticket-removed",
        "X-MS-WebTicket is removed.",
        Manners(read_head=without_field("X-MS-WebTicket")),
        noticed_by_users=True,
    ),
)
