"""Where the file has clients log in: everything that is published, at each of its listeners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.topology.authentication import Authenticating, Settled, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.accounts import Accounts
    from bridgehead.topology.handling import Handling
    from bridgehead.topology.listeners import Listener
    from bridgehead.topology.model import Path, Topology

Kind = Literal["pool", "simple URLs", "discovery", "site"]
Words = tuple[tuple["Path", Authenticating], ...]
"""The parts of the file that speak of one published thing, with their places: its own first."""


@dataclass(frozen=True)
class Door:
    """A published thing at one listener that serves it."""

    kind: Kind
    what: str
    """For a sentence."""
    words: Words
    listener: Listener
    asked: Settled
    """What counts here, the listener's own words included."""
    pool: str | None = None
    """The pool that answers, where it is one of the file's."""

    @property
    def logs_in(self) -> bool:
        """Whether clients log in to the proxy itself here."""
        return self.asked.authentication == "ntlm"

    def place_of(self, key: str) -> Path:
        """Where the file says this of it; the thing itself where it says nothing."""
        for path, part in self.words:
            if getattr(part, key) is not None:
                return (*path, key)
        return self.words[0][0]


def doors(topology: Topology) -> Iterator[Door]:
    """Everything that is published and decrypted, at each listener that serves it; in the order of the file."""
    for kind, what, words, handling, pool in _published(topology):
        for index, listener in enumerate(topology.all_listeners()):
            wanted = handling.listeners is None or listener.label in handling.listeners
            # Discovery without TLS is never asked to log in, whatever the file says.
            plain = kind != "discovery" and (handling.require_tls or listener.require_tls) == "off"
            if wanted and (listener.uses_tls or plain):
                said = (*words, (("listener", index), listener))
                yield Door(kind, what, said, listener, settled(*(part for _, part in said)), pool)


def _published(topology: Topology) -> Iterator[tuple[Kind, str, Words, Handling, str | None]]:
    for place, pool in topology.published_pools():
        yield "pool", f"the pool {pool.label}", ((place, pool),), pool, pool.label
    places = {id(pool): place for place, pool in topology.published_pools()}
    urls = topology.simple_urls
    for _, name, url in urls.published_urls():
        answering = topology.pool_for(url.pool)
        if answering is not None:
            words: Words = ((("simple_urls",), urls), (places.get(id(answering), ()), answering))
            yield "simple URLs", f"the simple URL for {name}", words, answering, answering.label
    finding = topology.pool_for(topology.discovery.pool)
    if topology.discovery.published and finding is not None and topology.sip_domains:
        words = ((("discovery",), topology.discovery), (places.get(id(finding), ()), finding))
        yield "discovery", "discovery", words, finding, finding.label
    for place, site in topology.all_sites():
        yield "site", f"the site {site.label}", ((place, site),), site, site.pool


def source_for(topology: Topology, asked: Settled) -> Accounts | None:
    """The source of accounts that a login is judged by; None where the file does not say which."""
    if asked.accounts is None:
        return topology.accounts[0] if len(topology.accounts) == 1 else None
    return next((one for one in topology.accounts if one.label == asked.accounts), None)
