"""Whether the leaf served outside is the leaf inside: what Extended Protection asks of a bridge.

RFC 5929, tls-server-end-point: the client puts a hash of the certificate that it sees into its authentication, and the
server compares it with its own. A bridge that shows another certificate makes every login fail (0xC000035B).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.certificates.reading.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509


@dataclass(frozen=True)
class Comparison:
    """One server, compared with what is served outside."""

    server: str
    same: bool
    inside: str
    """SHA-256 of the server's leaf."""
    outside: tuple[str, ...]
    """SHA-256 of the leaves served outside."""

    def __str__(self) -> str:
        if self.same:
            return f"{self.server} has the certificate that is served outside: Extended Protection can work."
        return (
            f"{self.server} has another certificate than is served outside. That is usual, and right for Lync. Only a "
            "site that requires Extended Protection (Exchange: OWA, ECP, MAPI, RPC, PowerShell) refuses every login "
            "then, with 0xC000035B: give both the same certificate, or turn it off there. NTLMv1 never works with it."
        )


def compare(server: str, inside: x509.Certificate, outside: Sequence[x509.Certificate]) -> Comparison:
    """Whether a server's leaf is one of those served outside."""
    prints = tuple(facts_of(one).sha256 for one in outside)
    own = facts_of(inside).sha256
    return Comparison(server, own in prints, own, prints)
