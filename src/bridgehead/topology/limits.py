"""What one client may cost, and how the proxy runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from bridgehead.topology.values import Count, Part, Seconds, beside_the_file


class Limits(Part):
    """Every bound on what one client may cost. The values given are right for most."""

    head_bytes: Count = 65536
    """Longest head of a request: a Kerberos token of a user in many groups takes most of it."""
    header_fields: Count = 200
    """Most header fields in a request."""
    target_bytes: Count = 16384
    """Longest path and query. IIS takes 16 KiB by default."""
    connections_per_listener: Count = 16000
    """Most connections on one listener."""
    connections_per_address: Count = 2000
    """Most connections from one address: offices and mobile operators put thousands of users behind one."""
    bound_connections: Count = 8000
    """Most logins open at once in each worker process; more are refused, and none that exists is ended for them."""
    handshake_seconds: Seconds = 10.0
    """Longest TLS handshake."""
    head_seconds: Seconds = 10.0
    """Longest time between the first and the last byte of a request's head."""
    body_silence_seconds: Seconds = 120.0
    """Longest pause in a body while the other end is waiting for it."""
    idle_seconds: Seconds = 120.0
    """How long a connection without a login is kept between requests."""
    bound_idle_seconds: Seconds = 1860.0
    """How long a connection with a login is kept between requests: longer than any long poll."""
    half_closed_seconds: Seconds = 60.0
    """How long a client that has finished sending may wait for its answer."""
    drain_seconds: Seconds = 1830.0
    """How long a stopping proxy lets exchanges in hand finish."""


def _log_beside_the_file(text: str, info: ValidationInfo) -> str:
    return text if text in {"-", ""} else beside_the_file(text, info)


class Proxy(Part):
    """How the proxy runs."""

    workers: Annotated[int, Field(strict=True, ge=0, le=256)] = 0
    """Number of worker processes; 0 is one for each processor."""
    access_log: Annotated[str, AfterValidator(_log_beside_the_file)] = "-"
    """File for the access log, `-` for standard output, an empty text for none."""
