"""What public certificate authorities do on a given day, read from `authorities.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Lifetime:
    """Longest lifetime of a public certificate from a day on."""

    since: date
    days: int
    source: str


@dataclass(frozen=True)
class Authority:
    """One public authority."""

    name: str
    names: int
    """Most subject alternative names in one certificate."""
    client_authentication_ends: date
    """First day without Client Authentication."""
    source: str


@dataclass(frozen=True)
class Authorities:
    """All that the planner knows about public authorities."""

    lifetimes: tuple[Lifetime, ...]
    client_authentication_ends: date
    client_authentication_source: str
    each: tuple[Authority, ...]

    def lifetime(self, on: date) -> Lifetime:
        """The longest lifetime of a certificate that is issued on this day."""
        return [one for one in self.lifetimes if one.since <= on or one is self.lifetimes[0]][-1]

    def later_lifetimes(self, on: date) -> tuple[Lifetime, ...]:
        """What it falls to after this day."""
        return tuple(one for one in self.lifetimes if one.since > on and one is not self.lifetimes[0])

    def refusing(self, names: int) -> tuple[Authority, ...]:
        """Those that do not put so many names into one certificate."""
        return tuple(one for one in self.each if names > one.names)

    def with_client_authentication(self, on: date) -> tuple[Authority, ...]:
        """Those that may still issue it on this day."""
        return tuple(one for one in self.each if on < one.client_authentication_ends)


@cache
def authorities() -> Authorities:
    """The data that came with this version."""
    data = tomllib.loads(files(__package__).joinpath("authorities.toml").read_text(encoding="utf-8"))
    ends = data["client_authentication"]
    return Authorities(
        lifetimes=tuple(Lifetime(**row) for row in data["lifetime"]),
        client_authentication_ends=ends["ends"],
        client_authentication_source=ends["source"],
        each=tuple(Authority(**row) for row in data["authority"]),
    )
