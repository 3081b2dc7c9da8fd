"""How a front handles requests. The defaults are right, so that a fault is a single difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.lab.messages import framing_of, read_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.lab.messages import Fields, Framing, Request, Response

Pairs = list[tuple[str, str]]


def _own_host(request: Request) -> str:
    return request.fields.get("Host")


def _asked_host(request: Request) -> str:
    return request.host


def _passes(request: Request) -> Response | None:  # noqa: ARG001 - the signature of all of these
    return None


def _external(request: Request) -> bool:  # noqa: ARG001 - the signature of all of these
    return False


def _as_they_came(status: int, fields: Pairs) -> Pairs:  # noqa: ARG001 - the signature of all of these
    return fields


@dataclass(frozen=True)
class Manners:
    """What the front does between a request and its answer."""

    answers: Callable[[Request], Response | None] = _passes
    """Its own answer to a request that it should have passed on; None passes on."""
    host: Callable[[Request], str] = _own_host
    """What the server gets as Host."""
    leads_to: Callable[[Request], str] = _asked_host
    """The host whose servers a request goes to."""
    inside: Callable[[Request], bool] = _external
    """Whether a request goes to the internal web site (443) instead of the external one (4443)."""
    fields: Callable[[int, Pairs], Pairs] = _as_they_came
    """What becomes of an answer's fields, by its status."""
    connections: Literal["bound", "pooled", "fresh"] = "bound"
    """Connections to servers: one for each of a client's, for everybody in turn, or a new one for each request."""
    closes_after_401: bool = False
    answer_seconds: float = 1830.0
    """How long a server's answer is waited for."""
    upload_bytes: int | None = None
    """After so many bytes of a body the client's connection is reset."""
    tls_for_plain: bool = False
    """Whether requests without TLS go to the site with TLS (80 to 4443)."""
    leads_to_https: Callable[[Request], str] | None = None
    """Where requests without TLS are redirected, discovery's excepted; None is the same URL with https."""
    error_page: str = "This is not published here."
    """What the front writes on its own error pages."""
    read_head: Callable[[bytes], tuple[str, str, int, Fields]] = read_head
    framing_of: Callable[[int, Fields], Framing] = framing_of
