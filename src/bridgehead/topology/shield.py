"""How the accounts inside are protected against guessing through the published names."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bridgehead.topology.values import Flag, Part, Seconds, Several, wrong


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise wrong(
            "shield.not-a-network",
            f"{text!r} is neither an IP address nor a network",
            'Write "198.51.100.7", "198.51.100.0/24" or "2001:db8:1::/48".',
        ) from None


def _bare_name(text: str) -> str:
    if not re.fullmatch(r"[^\\/@\x00-\x1f]+", text):
        raise wrong(
            "shield.not-a-bare-name",
            f"{text!r} is not the bare name of an account",
            "Leave out the domain: whatever domain a guesser writes beside a name, it counts as the same.",
        )
    return text


Network = Annotated[str, AfterValidator(_network)]
"""An IP address or network."""
BareName = Annotated[str, AfterValidator(_bare_name)]
"""An account's name without its domain."""


class Shield(Part):
    """Protection of the accounts inside: a soft lock-out here, before the domain's own locks a user out inside."""

    enabled: Flag = True
    """`false`: nothing is counted and nobody refused."""
    lockout_threshold: Annotated[int, Field(strict=True, ge=2, le=999)] = 5
    """The domain's own account lock-out threshold: `net accounts /domain` prints it. Fewer failures than that come
    through for any account."""
    lockout_window_seconds: Annotated[Seconds, Field(le=7 * 86400)] = 1800.0
    """The domain's own observation window ("reset account lockout counter after"), in seconds."""
    pause_seconds: Annotated[Seconds, Field(le=86400)] = 60.0
    """The first pause of an account at one address; it doubles with each failure that follows."""
    longest_pause_seconds: Annotated[Seconds, Field(le=7 * 86400)] = 3600.0
    """The longest such pause."""
    source_failures: Annotated[int, Field(strict=True, ge=1)] = 50
    """Failures from one address within the window. Offices put thousands of users behind one."""
    sprayed_accounts: Annotated[int, Field(strict=True, ge=2, le=32)] = 10
    """So many different accounts that fail from one address within the window are spraying."""
    allowed_sources: Several[Network] = ()
    """Networks that are never counted, such as that of a monitoring station or of an office."""
    blocked_sources: Several[Network] = ()
    """Networks from which nobody may log in."""
    excluded_accounts: Several[BareName] = ()
    """Accounts that are never counted."""
    blocked_accounts: Several[BareName] = ()
    """Accounts that may not log in from outside, such as Administrator."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Shield:
        if self.longest_pause_seconds < self.pause_seconds:
            raise wrong(
                "shield.pauses",
                "The longest pause is shorter than the first",
                "Give longest_pause_seconds at least the value of pause_seconds.",
            )
        excluded, blocked = (
            {name.casefold() for name in names} for names in (self.excluded_accounts, self.blocked_accounts)
        )
        both = (excluded & blocked) | (set(self.allowed_sources) & set(self.blocked_sources))
        if both:
            raise wrong(
                "shield.both",
                f"{', '.join(sorted(both))} is both let through and blocked",
                "Decide which, and leave it out of the other list.",
            )
        return self
