"""What a client connection and an upstream connection tell the thing that joins them.

There are an `Exchange` (one request and its answer), a `Tunnel` (bytes both ways until both have ended), and what holds
a request while the proxy finds something out, which is a `Waiting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridgehead.proxy.refusals import Refusal


class Conversation(Protocol):
    """Events from both sides. None of them blocks, none of them raises."""

    def from_client(self, data: bytes) -> None:
        """Bytes from the client."""

    def client_ended(self) -> None:
        """The client has finished sending; it may still read."""

    def client_drained(self) -> None:
        """The client has taken everything that was waiting for it."""

    def client_lost(self, reason: str) -> None:
        """The client is gone."""

    def client_overdue(self, now: float) -> None:
        """The client's deadline has passed."""

    def upstream_ready(self) -> None:
        """The upstream connection is open, and secured where it has to be."""

    def upstream_failed(self, refusal: Refusal, detail: str) -> None:
        """The upstream connection could not be opened. Nothing was sent on it."""

    def from_upstream(self, data: bytes) -> None:
        """Bytes from the server."""

    def upstream_ended(self) -> None:
        """The server has finished sending, cleanly."""

    def upstream_lost(self, reason: str) -> None:
        """The upstream connection broke, or ended where it must not."""

    def upstream_drained(self) -> None:
        """The server has taken everything that was waiting for it."""

    def upstream_overdue(self, now: float) -> None:
        """The upstream connection's deadline has passed."""
