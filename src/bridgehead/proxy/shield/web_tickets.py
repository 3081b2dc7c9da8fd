"""Lync's own ways to hand in a password: the web ticket service (MS-OCAUTHWS), and the grant of OAuth (RFC 6749 4.3).

Where the user stands in the body, it is held until it is whole; nothing else of it is read, and nothing is kept.
"""

from __future__ import annotations

import re
from enum import Enum
from html import unescape
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bridgehead.proxy.paths import is_plain, path_of, readings
from bridgehead.proxy.preauthentication.waiting import Waiting
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.names import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.head import RequestHead

LONGEST_BODY = 16384
_MOST_FIELDS = 64
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EXPECT = re.compile(rb"\n(?i:expect)[ \t]*:")
_FORM = re.compile(rb"\n(?i:content-type)[ \t]*:[ \t]*(?i:application/x-www-form-urlencoded)[ \t]*(?:;[^\r]*)?\r")
_USERNAME = re.compile(rb"<(?:[A-Za-z0-9_.-]+:)?Username(?:[ \t\r\n][^>]*)?>([^<]*)<")
_CANDIDATE = re.compile(rb"(?i:webticket)|[%\\\x80-\xff]")


class Endpoint(Enum):
    """Where passwords come in that HTTP's own fields do not show."""

    PASSWORD_GRANT = "/webticket/oauthtoken"  # noqa: S105 - a path
    WEB_TICKET = "/webticket/webticketservice.svc"


def concerns(target: bytes) -> bool:
    """Whether a target may lead to one of them: quickly, and true too often."""
    return _CANDIDATE.search(target) is not None


def endpoint_of(head: RequestHead) -> Endpoint | None:
    """Which of them a request with a body goes to, however its path is written."""
    path = path_of(head.target)
    if head.method != b"POST" or not concerns(path):
        return None
    for reading in {path.decode("latin-1").lower()} if is_plain(path) else readings(path):
        for endpoint in Endpoint:
            if reading == endpoint.value or reading.startswith(f"{endpoint.value}/"):
                return endpoint
    return None


def user_of_grant(body: bytes, query: bytes = b"") -> str | None:
    """The user of a form that is a password grant; None where it is another grant, which brings no password."""
    try:
        fields = [
            (name.strip().lower(), value)
            for text in (body, query)
            for name, value in parse_qsl(text.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        ]
    except ValueError:
        return UNREADABLE
    users, grants, passwords = (
        {value for name, value in fields if name == wanted} for wanted in ("username", "grant_type", "password")
    )
    if grants and "password" not in grants:
        return None
    if not (grants or users or passwords):
        return None
    # Two of anything: which one the server takes is its secret.
    return users.pop() if len(users) == 1 and grants == {"password"} else UNREADABLE


def user_of_token(body: bytes) -> str | None:
    """The user of a UsernameToken (WS-Security) in a request for a web ticket; None where there is none."""
    users = {unescape(name.decode("utf-8", "replace")).strip() for name in _USERNAME.findall(body)}
    if not users:
        return None
    return users.pop() if len(users) == 1 else UNREADABLE


class PasswordInBody(Waiting):
    """Holds a body until it is whole, and says whose password is in it; None where it brings none.

    A form that is longer or stranger than any client's is everybody's. A longer request for a web ticket goes on, and
    its fault counts for its address.
    """

    def __init__(self, exchange: Exchange, endpoint: Endpoint, done: Callable[[str | None], None]) -> None:
        super().__init__(exchange)
        self._endpoint = endpoint
        self._done = done
        self._body = b""

    def begin(self) -> None:
        """Wait for the body, and ask for it where the client wants to be asked (RFC 9110 10.1.1)."""
        exchange = self.exchange
        fields = exchange.head.fields
        is_grant = self._endpoint is Endpoint.PASSWORD_GRANT
        if not 0 < fields.length <= LONGEST_BODY or (is_grant and _FORM.search(fields.block) is None):
            self._done(UNREADABLE if is_grant else None)
            return
        if _EXPECT.search(fields.block) is not None and not exchange.head.old:
            exchange.client.send(_CONTINUE)
        self.wait(monotonic() + exchange.client.worker.limits.body_silence_seconds)
        exchange.client.resume_reading()

    def from_client(self, data: bytes) -> None:
        """More of it."""
        super().from_client(data)
        self._body += data
        length = self.exchange.head.fields.length
        if len(self._body) >= length:
            user = self._user(self._body[:length])
            self._body = b""
            self.go_on(lambda: self._done(user))

    def _user(self, body: bytes) -> str | None:
        if self._endpoint is Endpoint.PASSWORD_GRANT:
            return user_of_grant(body, self.exchange.head.target.partition(b"?")[2])
        return user_of_token(body)

    def client_ended(self) -> None:
        """In the middle of it."""
        self.over = True
        self.exchange.client.conversation = self.exchange
        self.exchange.client_ended()

    def client_overdue(self, now: float) -> None:  # noqa: ARG002 - silence is silence
        """The rest of it does not come."""
        self.go_on(lambda: self.exchange.fail_request(Refusal.BODY_TIMEOUT))
