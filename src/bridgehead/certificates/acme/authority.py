"""An authority that is asked for certificates, and the clock by which it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

Challenge = Literal["http-01", "dns-01"]
Algorithm = Literal["HS256", "HS384", "HS512"]


@dataclass(frozen=True)
class ExternalAccount:
    """What ties the ACME account to another one (RFC 8555, 7.3.4)."""

    key_id: str
    key_file: Path
    algorithm: Algorithm = "HS256"


@dataclass(frozen=True)
class Authority:
    """Where certificates are ordered, and how the names are proved there."""

    label: str
    """Its name: in messages, and as a directory in the store."""
    directory: str
    """URL of the ACME directory."""
    email: tuple[str, ...] = ()
    terms_agreed: bool = False
    external_account: ExternalAccount | None = None
    roots: tuple[Path, ...] = ()
    """PEM files of a private authority; none for a public one."""
    profile: str | None = None
    challenge: Challenge = "http-01"
    for_trial: bool = False
    """Whether what it issues is trusted by nobody: a staging directory."""


@dataclass(frozen=True)
class Clock:
    """Time and chance, given by whoever calls, so that nothing here waits or guesses by itself."""

    now: Callable[[], datetime]
    """With a time zone."""
    sleep: Callable[[float], None]
    """For seconds."""
    fraction: Callable[[], float]
    """A random number from 0 to 1, 1 excluded."""
