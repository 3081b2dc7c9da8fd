"""What is known about a request or a generation besides what its files say. Kept beside them as `facts.json`."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Facts(BaseModel):
    # What a later version adds must not keep this one from reading.
    model_config = ConfigDict(frozen=True, extra="ignore")

    exportable: bool
    """Whether `bridgehead certificate export` may give the key away. Binds our own commands and nobody else."""
    made_at: AwareDatetime
    """When the request was made, or the generation came into the store."""
    origin: str
    """Where it came from: `request`, `pem`, `pfx`, `sealed`, `unknown`."""
    friendly_name: str = ""
    description: str = ""


class RequestFacts(_Facts):
    """What is known about a request."""

    origin: str = "request"


class GenerationFacts(_Facts):
    """What is known about a generation of a certificate."""

    request: str | None = None
    """The identifier of the request that it answers, where that was ours. The store fills it in."""
    forced: tuple[str, ...] = ()
    """Codes of the errors that `import --force` went over."""
    sealed_by: str = ""
    """The node of the farm that it came from sealed."""
    root: str = ""
    """The root above the chain, as PEM, where it was given by hand. It is not served; judgement needs it again."""
