"""What alarms are made from: facts about certificates and orders, gathered by whoever looks. No clock, no files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["served", "live", "staged", "upstream"]
"""`served` by a listener; `live` in the store, not served here; `staged` for later; `upstream`, of a server inside."""


@dataclass(frozen=True)
class Dated:
    """A certificate and its dates."""

    role: Role
    name: str
    """The certificate's name; of an upstream one the pool's."""
    kind: str
    """`rsa` or `ecdsa`; of an upstream one the server's address."""
    begins: datetime
    ends: datetime
    used_from: datetime | None = None
    """Of a staged one: when it goes live. It need not be valid before."""

    @property
    def about(self) -> str:
        """What an alarm about it is known by."""
        return f"{self.role}:{self.name}:{self.kind}"

    def days_left(self, now: datetime) -> float:
        """Days until it ends, negative once it has."""
        return (self.ends - now).total_seconds() / 86400


@dataclass(frozen=True)
class OrderFact:
    """How it goes with getting a certificate from its authority (ACME). Filled in by whoever orders."""

    name: str
    """The certificate's name."""
    failures: int
    """Attempts that failed since the last success."""
    last_problem: str = ""
    """Why the last one failed, in a sentence or two. No secrets."""
    next_attempt: datetime | None = None
    """When it is tried again; None where nobody will."""
    needs_somebody: bool = False
    """Trying again cannot help: the authority refuses the account, a name, or its terms were not agreed to."""
    kind: str = ""
    """`rsa` or `ecdsa` where each is ordered for itself."""

    @property
    def about(self) -> str:
        """What an alarm about it is known by."""
        return f"order:{self.name}" + (f":{self.kind}" if self.kind else "")


@dataclass(frozen=True)
class NotLoaded:
    """A generation that was due and that the proxy refused; what was live before is served on."""

    name: str
    kind: str
    generation: int
    at: datetime
    reason: str

    @property
    def about(self) -> str:
        """What an alarm about it is known by."""
        return f"not-loaded:{self.name}:{self.kind}"


@dataclass(frozen=True)
class Waiting:
    """A generation that is staged, and waits for its time: missed, where that is over."""

    name: str
    kind: str
    generation: int
    at: datetime

    @property
    def about(self) -> str:
        """What an alarm about it is known by."""
        return f"missed:{self.name}:{self.kind}"


@dataclass(frozen=True)
class Unusable:
    """Something that should be served, or known, and cannot be read."""

    where: str
    reason: str
    hides: tuple[str, ...] = ()
    """What is not known meanwhile: what alarms are known by, or beginnings that end in a colon."""

    @property
    def about(self) -> str:
        """What an alarm about it is known by."""
        return f"unusable:{self.where}"


Fact = Dated | OrderFact | NotLoaded | Waiting | Unusable
