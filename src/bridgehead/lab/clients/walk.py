"""The steps of a walk-through, and the world that it happens in."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from bridgehead.lab.http_client import Answer, AnswerBroken, HttpConnection
from bridgehead.lab.ntlm_client import NtlmConnection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bridgehead.lab.ntlm_client import Scheme
    from bridgehead.lab.publication import Publication
    from bridgehead.lab.users import User

Address = tuple[str, int]


@dataclass(frozen=True)
class World:
    """What a client outside has: names, an authority that it trusts, people with passwords, and a way to connect."""

    publication: Publication
    trust: Path
    """PEM file of the public authority."""
    users: tuple[User, User]
    """Two people, to be kept apart."""
    address_of: Callable[[str, str], Address]
    """Where a scheme and a host name lead: the name map that stands for public DNS."""
    poll_seconds: float = 2.0
    """How long an event poll without news is held; UCWA's own is 180 s."""

    def tls(self) -> ssl.SSLContext:
        """Verifies certificate and name, as every client does."""
        return ssl.create_default_context(cafile=self.trust)


def loopback(publication: Publication) -> Callable[[str, str], Address]:
    """The name map of a proxy on this machine: every public name is 127.0.0.1, with the published port."""

    def address_of(scheme: str, host: str) -> Address:
        if host not in (*publication.public_names, publication.intranet):
            raise Unexpected(f"{host} is not a published name")
        return "127.0.0.1", publication.https_port if scheme == "https" else publication.http_port

    return address_of


@dataclass
class Step:
    """One thing that a client tried."""

    client: str
    what: str
    url: str
    expected: str
    seen: str = ""
    ok: bool = False
    milliseconds: float = 0.0


class Unexpected(Exception):  # noqa: N818 - carries what was seen
    """Something else was seen than expected."""


class _ChainEnded(Exception):  # noqa: N818 - not an error of ours
    """A step failed that the following ones need."""


Chain = Callable[["Walk"], None]


def expect(condition: object, seen: str) -> None:
    """Raise Unexpected with what was seen, unless the condition holds."""
    if not condition:
        raise Unexpected(seen)


@dataclass
class Walk:
    """One client's way through one chain of steps."""

    world: World
    client: str
    steps: list[Step] = field(default_factory=list)

    def follow(self, chain: Chain) -> None:
        """Try the chain as far as it goes."""
        try:
            chain(self)
        except _ChainEnded:
            return

    @contextmanager
    def step(self, what: str, url: str, expected: str) -> Iterator[Step]:
        """Record one step; whatever goes wrong in it is what was seen, and ends the chain."""
        step = Step(self.client, what, url, expected)
        self.steps.append(step)
        started = time.perf_counter()
        try:
            yield step
            step.ok = True
        except Unexpected as surprise:
            step.seen = str(surprise)
        except (OSError, AnswerBroken, ValueError, LookupError) as error:
            step.seen = f"{type(error).__name__}: {error}"
        step.milliseconds = (time.perf_counter() - started) * 1000
        if not step.ok:
            raise _ChainEnded

    def url(self, host: str, path: str = "/", scheme: Literal["https", "http"] = "https") -> str:
        """A URL of the published deployment."""
        return self.world.publication.url(host, path, scheme)

    def connect(self, url: str) -> HttpConnection:
        """A connection of its own to the host of a URL."""
        address, authority, context = self._way_to(url)
        return HttpConnection(address, authority, context)

    def connect_for_login(self, url: str, scheme: Scheme = "NTLM") -> NtlmConnection:
        """The same, able to log in."""
        address, authority, context = self._way_to(url)
        return NtlmConnection(address, authority, context, scheme=scheme)

    def fetch(
        self,
        url: str,
        method: str = "GET",
        *,
        accept: str = "*/*",
        body: bytes | Iterable[bytes] | None = None,
        fields: dict[str, str] | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        with self.connect(url) as connection:
            wanted = {"Accept": accept, **(fields or {})}
            return connection.request(method, target_of(url), body=body, fields=wanted, sink=sink)

    def _way_to(self, url: str) -> tuple[Address, str, ssl.SSLContext | None]:
        parts = urlsplit(url)
        address = self.world.address_of(parts.scheme, parts.hostname or "")
        return address, parts.netloc, self.world.tls() if parts.scheme == "https" else None


def target_of(url: str) -> str:
    """The request target of a URL: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
