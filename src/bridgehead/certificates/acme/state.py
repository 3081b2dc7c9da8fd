"""What is remembered between attempts, in `.acme` in the store: orders under way, dates, and what failed.

- `<store>/.acme/accounts/<authority>/{key.pem,account.json}`
- `<store>/.acme/orders/<name>/<kind>.json`: the order that is under way, until what it brought is live
- `<store>/.acme/renewals/<name>/<kind>.json`: when it is due, and how attempts went
- `<store>/.acme/refused/<name>/<kind>.pem`: a certificate that was issued, and that judgement refused
- `<store>/.acme/dry-run/`: the same for trials

Every file is written beside its place, forced to the disk and renamed. An order is written down before the first step
that depends on it, so that whoever is killed at any point goes on with the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridgehead.certificates.keys import Kind
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.layout import ACME

if TYPE_CHECKING:
    from pathlib import Path


class _Remembered(BaseModel):
    # What a later version adds must not keep this one from reading.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Proof(_Remembered):
    """What proves one name: a page on port 80, or a record in DNS."""

    name: str
    """The host, without `*.`."""
    challenge: str
    """`http-01` or `dns-01`."""
    token: str
    value: str
    """The key authorization of http-01, or the text of the record of dns-01."""

    @property
    def record(self) -> str:
        """The name of the record of dns-01 (RFC 8555, 8.4)."""
        return f"_acme-challenge.{self.name}"


class OrderState(_Remembered):
    """An order that is under way."""

    name: str
    kind: Kind
    names: tuple[str, ...]
    authority: str
    directory: str
    """The URL, in case that the authority of this name becomes another."""
    request: str
    """The identifier of the request in the store that it is finished with; empty in a trial."""
    url: str = ""
    """Of the order; empty until the authority has answered."""
    proofs: tuple[Proof, ...] = ()
    """Those that are in place, or were about to be."""
    generation: int | None = None
    """What came of it, as long as that is not live yet."""


class Attempt(_Remembered):
    """How the attempts with one authority went since the last success."""

    failures: int
    last: AwareDatetime
    next: AwareDatetime
    """Not before."""
    another_may_help: bool = True
    """Whether another authority could have come to another result."""
    problems: tuple[dict[str, str], ...] = ()
    """Those of the last attempt, as `Problem.as_json` gives them."""


class RenewalState(_Remembered):
    """When a certificate is due, and what has failed."""

    serial: str = ""
    """Of the certificate that the dates are about, in hexadecimal digits."""
    authority: str = ""
    """Who issued it, where it was ordered here."""
    renew_at: AwareDatetime | None = None
    because: str = ""
    window: tuple[AwareDatetime, AwareDatetime] | None = None
    """What the authority suggested."""
    ask_again: AwareDatetime | None = None
    """When to ask it for that again."""
    attempts: dict[str, Attempt] = {}
    """By the names of authorities; those without a failure are missing."""


_State = TypeVar("_State", OrderState, RenewalState)


class Ledger:
    """The files of one store, or those of its trials."""

    def __init__(self, store: Path, *, trial: bool = False) -> None:
        self.directory = store / ACME / "dry-run" if trial else store / ACME

    def account(self, authority: str) -> Path:
        """The directory of an account."""
        return self.directory / "accounts" / _as_directory(authority)

    def order(self, name: str, kind: Kind) -> OrderState | None:
        """The order that is under way. One whose file is damaged is none: the request is found again, and its key."""
        return _read(self._path("orders", name, kind), OrderState)

    def orders(self) -> tuple[OrderState, ...]:
        """All that are under way."""
        found = (_read(path, OrderState) for path in sorted((self.directory / "orders").glob("*/*.json")))
        return tuple(one for one in found if one is not None)

    def keep_order(self, state: OrderState) -> None:
        """Remember an order, or the step that it has come to."""
        _write(self._path("orders", state.name, state.kind), state)

    def drop_order(self, name: str, kind: Kind) -> None:
        """The order is over."""
        durable.remove(self._path("orders", name, kind))

    def renewal(self, name: str, kind: Kind) -> RenewalState:
        """When a certificate is due, and how attempts went; nothing is known where nothing was written."""
        return _read(self._path("renewals", name, kind), RenewalState) or RenewalState()

    def keep_renewal(self, name: str, kind: Kind, state: RenewalState) -> None:
        """Remember it."""
        _write(self._path("renewals", name, kind), state)

    def keep_refused(self, name: str, kind: Kind, chain: bytes) -> Path:
        """Keep a certificate that was issued and is not used, for whoever wants to look at it. Its path."""
        path = self.directory / "refused" / name / f"{kind}.pem"
        durable.make_directory(path.parent)
        durable.put_file(path, chain)
        return path

    def _path(self, what: str, name: str, kind: Kind) -> Path:
        return self.directory / what / name / f"{kind}.json"


def _as_directory(label: str) -> str:
    return label.replace("/", "-").lstrip(".") or "authority"


def _read(path: Path, model: type[_State]) -> _State | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _write(path: Path, state: BaseModel) -> None:
    durable.make_directory(path.parent)
    durable.put_file(path, state.model_dump_json(indent=2).encode())
