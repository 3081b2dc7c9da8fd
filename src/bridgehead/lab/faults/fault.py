"""One fault: what is wrong, and where in the laboratory it is put."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgehead.lab.faults.manners import Manners
from bridgehead.lab.faults.papers import usual

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from bridgehead.lab.faults.dns_server import Records
    from bridgehead.lab.faults.papers import Papers
    from bridgehead.lab.messages import Request, Response


def _unchanged_records(records: Records) -> Records:
    return records


def _unchanged_file(text: str) -> str:
    return text


@dataclass(frozen=True)
class Fault:
    """What differs from a deployment where everything is right. Everything that is not given is right."""

    name: str
    what: str
    """A sentence for people."""
    manners: Manners = field(default_factory=Manners)
    """How the front handles requests."""
    tls: Callable[[Papers], ssl.SSLContext] = usual
    """How the front speaks TLS, and with which certificate."""
    tls_of_exchange: Callable[[Papers], ssl.SSLContext] | None = None
    """The same of Exchange behind it; without it, it is the front's."""
    second: Callable[[Papers], ssl.SSLContext] | None = None
    """The same on a second address, where there is one."""
    site: Callable[[Request, Response], Response] | None = None
    """What becomes of the answers of the servers' external web sites."""
    records: Callable[[Records], Records] = _unchanged_records
    """What DNS outside says."""
    records_here: Callable[[Records], Records] = _unchanged_records
    """What this machine's resolver says."""
    file: Callable[[str], str] = _unchanged_file
    """What the file says."""
    without_http: bool = False
    """Nothing listens without TLS."""
    noticed_by_users: bool = False
    """Whoever has not logged in does not notice it."""
