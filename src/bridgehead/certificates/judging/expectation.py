"""What a certificate is judged against: what the plan, or whoever asks, expects of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Wildcard = Literal["fine", "unusual", "never"]


@dataclass(frozen=True)
class PublishedName:
    """A name that clients will ask for, and why."""

    host: str
    why: str = ""
    wildcard: Wildcard = "fine"
    """Whether a wildcard may stand for it. "Wildcard certificate support in Lync Server 2013": fine for simple URLs
    and discovery, never for the Edge; for a pool's own name the documents list it explicitly."""


@dataclass(frozen=True)
class LifetimeLimit:
    """Longest life of a public certificate that is issued from a day on."""

    since: date
    days: int
    source: str


@dataclass(frozen=True)
class Expectation:
    """All that judgement needs to know about the purpose of a certificate."""

    names: tuple[PublishedName, ...] = ()
    """Names that it must cover."""
    covered_elsewhere: tuple[str, ...] = ()
    """Published names beside which it may have: other certificates of the same listeners serve them as well."""
    names_known: bool = False
    """Whether the names above are all: only then can one be said to be published by nobody."""
    subject: str = ""
    """The subject name that was planned."""
    public: bool | None = None
    """Whether a public authority is expected to have signed it; None where nobody said."""
    client_authentication: bool = False
    """Whether it is also used by an Edge Server, whose partners may want client authentication."""
    lifetimes: tuple[LifetimeLimit, ...] = ()
    """Limits of public authorities, the oldest first."""
    expires_within: timedelta = timedelta(days=14)
    """How near its end it is to be replaced."""
