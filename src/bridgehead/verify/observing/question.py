"""A question to the network, as data: what a check wants to know.

A question is hashable and asked once: whoever asks it again gets the same observation. A new kind of question is a
frozen dataclass that names its observation, `class Resolve(Question[Resolution])`, and a function under `@observes`
(`bridgehead.verify.observing.observer`) that answers it.
"""

from __future__ import annotations

from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

FailureKind = Literal[
    "refused",  # a reset in answer to the first packet: nobody listens
    "timed-out",
    "reset",
    "closed",  # ended in order, too early
    "unreachable",  # no route there, an address that cannot be
    "no-network",  # this machine reaches nobody at all
    "unknown-name",
    "tls",  # an alert, or no TLS at all
    "garbage",  # not what the protocol allows
    "too-much",  # more than we read
    "cannot-try",  # this machine cannot, or was told not to
    "held-back",  # logins are not taken at present: 429, or 503 with Retry-After
]


class Failure(BaseModel):
    """Why there is no answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FailureKind
    detail: str
    """One sentence."""

    def __str__(self) -> str:
        return self.detail


class Observation(BaseModel):
    """What the network answered. Frozen, to and from JSON unchanged, without secrets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failure: Failure | None = None
    milliseconds: float = 0.0


SeenT_co = TypeVar("SeenT_co", bound=Observation, covariant=True)
Seen = TypeVar("Seen", bound=Observation)


class Question(Generic[SeenT_co]):
    """Base of all questions; `SeenT_co` is the type of the observation that answers."""


class Look(Protocol):
    """What a check is given to see the world with: the network, or a recording of it."""

    def __call__(self, question: Question[Seen]) -> Seen:
        """The observation. Never raises for what the network does: that is a `Failure` in it."""
        ...


class Recording:
    """Observations by their questions: the world as it was. What was not recorded raises LookupError."""

    def __init__(self, observations: dict[Question[Observation], Observation]) -> None:
        self._observations = observations

    def __call__(self, question: Question[Seen]) -> Seen:
        """The recorded observation."""
        return self._observations[question]  # type: ignore[return-value]  # recorded under its own question
