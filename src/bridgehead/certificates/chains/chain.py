"""Puts a chain in order, completes it from what is given, and drops what does not belong.

RFC 8446, section 4.4.2: the server's certificate first, each following one certifying the one before it; the root may
be left out, and is: whoever does not have it would not trust it for being sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bridgehead.certificates.chains.links import is_self_signed, issued_by
from bridgehead.certificates.reading.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cryptography import x509

    from bridgehead.certificates.chains.roots import Roots, Trust

LONGEST = 10
"""Certificates in a chain. Public ones have three or four."""


@dataclass(frozen=True)
class Chain:
    """A leaf, what is served with it, and where it ends."""

    served: tuple[x509.Certificate, ...]
    """The leaf, then its intermediates; never a root."""
    root: x509.Certificate | None
    """The root above them, where it is known."""
    trust: Trust | None
    """Whether that root was given or is one of the system's; None where it is neither, or unknown."""
    left_out: tuple[x509.Certificate, ...]
    """Given certificates that do not belong to this chain."""
    root_left_out: bool
    """Whether the root was among the given certificates, and is not served."""

    @property
    def leaf(self) -> x509.Certificate:
        """The server's own certificate."""
        return self.served[0]


def build_chain(
    leaf: x509.Certificate, given: Iterable[x509.Certificate], roots: Sequence[Roots], now: datetime
) -> Chain:
    """The chain of a leaf, from any number of certificates in any order.

    The first of `roots` that knows a root of the chain decides `trust`. A cross-signed authority that was given is
    served although the chain may end before it: older clients may know only the root that signed it.
    """
    others = [one for one in dict.fromkeys(given) if one != leaf]
    served, root = _climb(leaf, others, now)
    anchor, trust = _anchor(served, root, roots)
    belongs = {*served, *filter(None, (root, anchor))}
    return Chain(
        served=tuple(served),
        root=anchor or root,
        trust=trust,
        left_out=tuple(one for one in others if one not in belongs),
        root_left_out=root is not None and root in others,
    )


def find_leaves(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Those that issued none of the others and are no authority: the candidates for a server's certificate."""
    some = list(dict.fromkeys(certificates))
    ends = [one for one in some if not any(issued_by(other, one) for other in some if other != one)]
    return [one for one in ends if not facts_of(one).is_authority] or (ends if len(some) == 1 else [])


def in_order(chain: Sequence[x509.Certificate]) -> bool:
    """Whether each certificate is that of the issuer of the one before it."""
    return all(issued_by(one, issuer) for one, issuer in pairwise(chain))


def _climb(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], now: datetime
) -> tuple[list[x509.Certificate], x509.Certificate | None]:
    """The leaf and its intermediates, and the root where it is among the others (or the leaf itself)."""
    served = [leaf]
    if is_self_signed(leaf):
        return served, leaf
    while len(served) < LONGEST:
        issuers = [one for one in others if one not in served and issued_by(served[-1], one)]
        if not issuers:
            return served, None
        best = max(issuers, key=lambda one: _preference(one, now))
        if is_self_signed(best):
            return served, best
        served.append(best)
    return served, None


def _preference(issuer: x509.Certificate, now: datetime) -> tuple[bool, bool, datetime]:
    """Of several certificates of one authority: a valid one, rather one to serve than a root, the longest-lived."""
    facts = facts_of(issuer)
    valid = bool(facts.not_before and facts.not_after and facts.not_before <= now <= facts.not_after)
    return valid, not is_self_signed(issuer), facts.not_after or now


def _anchor(
    served: Sequence[x509.Certificate], root: x509.Certificate | None, roots: Sequence[Roots]
) -> tuple[x509.Certificate | None, Trust | None]:
    for known in roots:
        for certificate in (*served, *((root,) if root is not None else ())):
            found = known.issuer_of(certificate)
            if found is not None:
                return found, known.trust
    return None, None
