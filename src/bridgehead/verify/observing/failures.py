"""From what Python raises to what happened, in one sentence."""

from __future__ import annotations

import errno
import socket
import ssl

from bridgehead.verify.isolation.held_back import HeldBack
from bridgehead.verify.observing.question import Failure, FailureKind

_ERRNO: dict[int, tuple[FailureKind, str]] = {
    errno.ECONNREFUSED: ("refused", "The connection was refused: nothing listens there, or a firewall rejects it."),
    errno.ECONNRESET: ("reset", "The other side reset the connection."),
    errno.ENOTCONN: ("reset", "The other side reset the connection."),
    errno.EPIPE: ("reset", "The other side closed the connection while we were sending."),
    errno.ENETDOWN: ("unreachable", "The network of this machine is down."),
    errno.ENETUNREACH: ("unreachable", "There is no route to that network from here."),
    errno.EHOSTUNREACH: ("unreachable", "The host cannot be reached from here."),
    errno.EADDRNOTAVAIL: ("unreachable", "This address cannot be connected to."),
    errno.EACCES: ("cannot-try", "This machine does not let us connect there."),
    errno.EPERM: ("cannot-try", "This machine's firewall does not let us connect there."),
    errno.ETIMEDOUT: ("timed-out", "There was no answer at all."),
}


class Garbage(Exception):  # noqa: N818 - what came, not a fault of ours
    """What came is not what the protocol allows; carries one sentence."""


class TooMuch(Exception):  # noqa: N818 - see Garbage
    """More came than we read; carries one sentence."""


class EndedEarly(Exception):  # noqa: N818 - see Garbage
    """The other side closed in order before everything had come; carries one sentence."""


class CannotTry(Exception):  # noqa: N818 - see Garbage
    """Impossible or forbidden on this machine; carries one sentence."""


class NoSuchName(Exception):  # noqa: N818 - see Garbage
    """The name does not resolve; carries one sentence."""


_OWN: dict[type[Exception], FailureKind] = {
    Garbage: "garbage",
    TooMuch: "too-much",
    EndedEarly: "closed",
    CannotTry: "cannot-try",
    NoSuchName: "unknown-name",
    HeldBack: "held-back",
}

_NO_ROUTE = {errno.ENETDOWN, errno.ENETUNREACH}
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation (RFC 5737, RFC 3849): to choose a route to them sends nothing."""

NETWORK_ERRORS: tuple[type[Exception], ...] = (OSError, *_OWN)
"""Everything that `failure_of` understands."""


def failure_of(error: Exception) -> Failure:
    """What happened."""
    for kind, name in _OWN.items():
        if isinstance(error, kind):
            return Failure(kind=name, detail=str(error))
    if isinstance(error, OSError) and is_without_network(error):
        return Failure(kind="no-network", detail="This machine has no network, and no route to anywhere.")
    if isinstance(error, socket.gaierror):
        return Failure(kind="unknown-name", detail=f"The name does not resolve: {error.strerror}.")
    if isinstance(error, ssl.SSLError):
        return _tls(error)
    if isinstance(error, TimeoutError):
        return Failure(kind="timed-out", detail="There was no answer in time.")
    if isinstance(error, OSError) and error.errno in _ERRNO:
        name, detail = _ERRNO[error.errno]
        return Failure(kind=name, detail=detail)
    return Failure(kind="unreachable", detail=f"{type(error).__name__}: {error}.")


def is_without_network(error: OSError) -> bool:
    """Whether it is this machine that reaches nobody. DNS that is asked and cannot tell is another matter."""
    asked_nobody = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    return (asked_nobody or error.errno in _NO_ROUTE) and not any(_has_route(*one) for one in _ELSEWHERE)


def _has_route(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as nothing_is_sent:
            nothing_is_sent.connect((address, 9))
    except OSError:
        return False
    return True


def _tls(error: ssl.SSLError) -> Failure:
    reason = (error.reason or "").replace("_", " ").lower()
    if isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError):
        return Failure(kind="closed", detail="The other side ended the connection in the middle of TLS.")
    if "no protocols available" in reason or "no ciphers available" in reason:
        return Failure(kind="cannot-try", detail="This machine's OpenSSL cannot speak it.")
    if "excessive message size" in reason:
        return Failure(kind="too-much", detail="The certificates that were sent are longer than OpenSSL takes.")
    if "wrong version number" in reason or "http request" in reason or "record" in reason:
        return Failure(kind="garbage", detail=f"What answers does not speak TLS ({reason}).")
    return Failure(kind="tls", detail=f"TLS: {reason or error}.")
