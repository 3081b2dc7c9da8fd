"""Every reason for which one request, or one connection, is refused: the only place that chooses a status.

502 and 403 make Lync clients drop their discovery cache (UCWA, "Root URL"), so transient faults of the inside
answer 503 or 504 with `Retry-After`, and 502 is kept for answers that must never be passed on.
"""

from __future__ import annotations

from enum import Enum
from html import escape
from http import HTTPStatus
from typing import Literal, NamedTuple

Blame = Literal["client", "proxy", "upstream", "policy"]

RETRY_AFTER_SECONDS = 5


class _Meaning(NamedTuple):
    status: int
    blame: Blame
    closes: bool
    sentence: str


class Refusal(Enum):
    """One reason: status, whose fault, whether the client connection closes, the sentence for log and page."""

    START_LINE = _Meaning(400, "client", True, "The request line is not one of HTTP/1.0 or HTTP/1.1.")
    VERSION = _Meaning(505, "client", True, "This HTTP version is not spoken here.")
    METHOD = _Meaning(405, "client", True, "This method is for forward proxies.")
    TARGET = _Meaning(400, "client", True, "The request target is not a path on this site.")
    TARGET_TOO_LONG = _Meaning(414, "client", True, "The request target is too long.")
    HEAD_TOO_LONG = _Meaning(431, "client", True, "The request head is too long.")
    TOO_MANY_FIELDS = _Meaning(431, "client", True, "The request has too many header fields.")
    MALFORMED_FIELDS = _Meaning(400, "client", True, "A header field is malformed.")
    HOST_MISSING = _Meaning(400, "client", True, "The request has no Host.")
    HOST_AMBIGUOUS = _Meaning(400, "client", True, "The request names more than one host.")
    HOST_MALFORMED = _Meaning(400, "client", True, "Host is not a host name.")
    FRAMING_AMBIGUOUS = _Meaning(
        400, "client", True, "The length of the request body can be read in more than one way."
    )
    CREDENTIALS_AMBIGUOUS = _Meaning(400, "client", True, "The request carries more than one Authorization.")
    EXPECTATION = _Meaning(417, "client", True, "This expectation is not known.")
    MALFORMED_BODY = _Meaning(400, "client", True, "The request body's chunks are malformed.")
    BODY_TOO_LARGE = _Meaning(413, "client", True, "The request body is larger than this site accepts.")
    PATH_AMBIGUOUS = _Meaning(400, "client", True, "The path can be read in ways that belong to different rules.")
    MISDIRECTED = _Meaning(421, "client", True, "The host is not the one that this connection was opened for.")
    UNKNOWN_HOST = _Meaning(404, "policy", False, "No site of this name is published here.")
    UNKNOWN_PATH = _Meaning(404, "policy", False, "Nothing is published at this path.")
    NOT_PUBLISHED = _Meaning(403, "policy", False, "This directory is not published.")
    AUTHENTICATION_NOT_PUBLISHED = _Meaning(
        403, "policy", False, "The site asks for a login, which is not published at this address."
    )
    SHARED_CLIENT_CONNECTION = _Meaning(
        403, "policy", True, "Several clients share this connection, so a login on it could not be kept apart."
    )
    LOGIN_REQUIRED = _Meaning(401, "policy", False, "This site asks for a login.")
    LOGIN_FAILED = _Meaning(401, "policy", False, "The login failed.")
    LOGIN_MALFORMED = _Meaning(400, "client", True, "The login cannot be read.")
    LOGIN_OUT_OF_ORDER = _Meaning(401, "client", True, "The login did not begin on this connection.")
    USER_NOT_PERMITTED = _Meaning(403, "policy", False, "This user may not enter here.")
    OTHER_USER = _Meaning(403, "policy", True, "Another user has logged in on this connection.")
    ACCOUNTS_UNAVAILABLE = _Meaning(503, "proxy", False, "Logins cannot be checked at the moment.")
    LOGIN_PAUSED = _Meaning(429, "policy", True, "Too many logins have failed. Please try again later.")
    LOGIN_BLOCKED = _Meaning(403, "policy", True, "Logins are not accepted here.")
    LAST_HOP = _Meaning(
        405, "client", True, "The request was to go no further than this proxy, which answers no such method itself."
    )
    HEAD_TIMEOUT = _Meaning(408, "client", True, "The request did not arrive in time.")
    BODY_INCOMPLETE = _Meaning(400, "client", True, "The request ended before its announced length.")
    BODY_TIMEOUT = _Meaning(408, "client", True, "The request body stopped arriving.")
    LOOP = _Meaning(508, "proxy", True, "The request came back to the proxy that sent it.")
    TOO_MANY_BINDINGS = _Meaning(503, "proxy", True, "Too many logins are open.")
    POOL_UNREACHABLE = _Meaning(503, "upstream", False, "No server of the site can be reached.")
    POOL_UNTRUSTED = _Meaning(502, "upstream", False, "The site's server could not prove that it is the right one.")
    CONNECT_TIMEOUT = _Meaning(504, "upstream", False, "No server of the site answered in time.")
    RESPONSE_TIMEOUT = _Meaning(504, "upstream", True, "The site did not answer in time.")
    UPSTREAM_CLOSED = _Meaning(503, "upstream", True, "The site's server closed the connection without an answer.")
    MALFORMED_RESPONSE = _Meaning(502, "upstream", True, "The site's answer is malformed.")
    PROXY_CHALLENGE = _Meaning(502, "upstream", True, "The site asks for a login to a forward proxy.")

    @property
    def status(self) -> int:
        """The HTTP status that answers it."""
        return self.value.status

    @property
    def blame(self) -> Blame:
        """Whose fault it is."""
        return self.value.blame

    @property
    def closes(self) -> bool:
        """Whether the client connection is closed: always, where its next byte may not be a request's first."""
        return self.value.closes

    @property
    def code(self) -> str:
        """The stable name for logs and counters: `host-missing`."""
        return self.name.lower().replace("_", "-")


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{status} {phrase}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:38em;margin:12vh auto;padding:0 1em}}</style></head>
<body><h1>{phrase}</h1><p>{sentence}</p><p><small>Request {request_id}</small></p></body></html>
"""


def phrase(status: int) -> str:
    """The reason phrase of a status."""
    return HTTPStatus(status).phrase


def page(
    refusal: Refusal, request_id: str, *, close: bool, head_only: bool = False, more: tuple[str, ...] = ()
) -> bytes:
    """The whole answer: a small HTML page with the request's id and nothing internal; `more` are further field lines.

    HTML, because Lync clients tell an intermediary's errors from the server's by Content-Type.
    """
    status = refusal.status
    body = _PAGE.format(
        status=status,
        phrase=phrase(status),
        sentence=escape(refusal.value.sentence),
        request_id=escape(request_id),
    ).encode()
    fields = [
        f"HTTP/1.1 {status} {phrase(status)}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        *more,
    ]
    if status in (503, 504):
        fields.append(f"Retry-After: {RETRY_AFTER_SECONDS}")
    if status == 405:
        fields.append("Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS")
    if close:
        fields.append("Connection: close")
    head = "\r\n".join(fields).encode() + b"\r\n\r\n"
    return head if head_only else head + body


def redirection(location: str, *, permanent_method: bool, close: bool) -> bytes:
    """A redirection to https on the same host: 301 as every browser knows it, 308 where the method must stay."""
    status = 308 if permanent_method else 301
    connection = "Connection: close\r\n" if close else ""
    return (
        f"HTTP/1.1 {status} {phrase(status)}\r\nLocation: {location}\r\nContent-Length: 0\r\n"
        f"Cache-Control: no-store\r\n{connection}\r\n"
    ).encode("latin-1")
