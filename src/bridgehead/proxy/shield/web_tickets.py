"""Lync's own ways to hand in a password: the web ticket service (MS-OCAUTHWS), and the grant of OAuth (RFC 6749 4.3).

Where the user stands in the body, it is held until it is whole; nothing else of it is read, and nothing is kept.
"""

from __future__ import annotations

import re
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.parsers.expat import ExpatError, ParserCreate

from bridgehead.proxy.body import ByLength, Chunked, MalformedBody
from bridgehead.proxy.fields import CHUNKED
from bridgehead.proxy.paths import is_plain, path_of, readings
from bridgehead.proxy.preauthentication.waiting import Waiting
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.names import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.body import Framing
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.head import RequestHead

_MOST_FIELDS = 64
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EXPECT = re.compile(rb"\n(?i:expect)[ \t]*:")
_FORM = re.compile(rb"\n(?i:content-type)[ \t]*:[ \t]*(?i:application/x-www-form-urlencoded)[ \t]*(?:;[^\r]*)?\r")
_CONTENT_TYPE = re.compile(rb"\n(?i:content-type)[ \t]*:([^\r\n]*)")
_CHARSET = re.compile(rb"(?i:charset)([^;]*)")
_UTF_8 = re.compile(rb"[ \t]*=[ \t]*(?:(?i:utf-?8)|\"(?i:utf-?8)\")[ \t]*$")
_ENCODED = re.compile(rb"\n(?i:content-encoding|x-up-devcap-post-charset)[ \t]*:")
_CANDIDATE = re.compile(rb"(?i:webticket)|[%\\\x80-\xff]")


class Endpoint(Enum):
    """Where passwords come in that HTTP's own fields do not show."""

    PASSWORD_GRANT = "/webticket/oauthtoken"  # noqa: S105 - a path
    WEB_TICKET = "/webticket/webticketservice.svc"


LONGEST_BODY = {Endpoint.PASSWORD_GRANT: 16384, Endpoint.WEB_TICKET: 65536}
"""Bytes. WCF takes no more than 65,536 for a message (`maxReceivedMessageSize`), unless somebody tells it to."""


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
            for name, value in parse_qsl(
                text.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
            )
        ]
    except ValueError:
        return UNREADABLE
    users, grants = (
        {value.strip() for name, value in fields if name == wanted} for wanted in ("username", "grant_type")
    )
    grants = {grant.lower() for grant in grants}
    # Two of anything: which one the server takes is its secret. A control character in a name is another character set.
    if len(grants) != 1 or not all(name.isprintable() for name, _ in fields):
        return UNREADABLE
    if grants != {"password"}:
        return None
    return users.pop() or UNREADABLE if len(users) == 1 else UNREADABLE


def user_of_token(body: bytes) -> str | None:
    """The user of a UsernameToken (WS-Security) in a request for a web ticket; None where there is none.

    Read as XML in UTF-8, which is what WCF and Lync's clients send; what is not that, or has a document type (which no
    service takes), is everybody's.
    """
    reader = _UserNames()
    try:
        body.decode("utf-8")
        if b"\0" in body:
            return UNREADABLE  # UTF-16, which the parser would follow
        reader.parser.Parse(body, True)
    except (UnicodeDecodeError, ExpatError, _Strange):
        return UNREADABLE
    finally:
        del reader.parser  # they hold one another, and it holds the password
    if not reader.names:
        return None
    return reader.names.pop() or UNREADABLE if len(reader.names) == 1 else UNREADABLE


class _Strange(Exception):  # noqa: N818 - nothing is wrong with it, and nobody sends it
    """What no client's request has."""


class _UserNames:
    """The text of every element that is called `Username`, in whatever namespace; nothing else is kept."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._open: list[str] | None = None
        # The body's own word for its encoding is looked at, and not followed.
        self.parser = ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._begun
        self.parser.EndElementHandler = self._ended
        self.parser.CharacterDataHandler = self._text

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise _Strange

    def _refuse(self, *_: object) -> None:
        raise _Strange

    def _begun(self, name: str, _attributes: object) -> None:
        if self._open is not None:
            raise _Strange  # an element within the name
        if name.rpartition(":")[2] == "Username":
            self._open = []

    def _text(self, text: str) -> None:
        if self._open is not None:
            self._open.append(text)

    def _ended(self, _name: str) -> None:
        if self._open is not None:
            self.names.add("".join(self._open).strip())
            self._open = None


def _is_read_as_it_stands(block: bytes) -> bool:
    """Whether the fields of a request let its body be read as UTF-8, by every server alike."""
    types = _CONTENT_TYPE.findall(block)
    charsets = [charset for kind in types for charset in _CHARSET.findall(kind)]
    # ASP.NET takes the character set of a form from the last of these too, if the client calls itself a mobile phone.
    return len(types) <= 1 and all(map(_UTF_8.match, charsets)) and _ENCODED.search(block) is None


def content_of(chunks: bytes) -> bytes:
    """What is in the chunks of a whole body (RFC 9112 7.1), which were judged when they came."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = chunks.index(b"\r\n", at) + 2
        size = int(chunks[at:end].partition(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(chunks[end : end + size])
        at = end + size + 2


class PasswordInBody(Waiting):
    """Holds a body until it is whole, and says whose password is in it; None where it brings none.

    One that is longer or stranger than any client's is everybody's: in another character set, or compressed.
    """

    def __init__(self, exchange: Exchange, endpoint: Endpoint, done: Callable[[str | None], None]) -> None:
        super().__init__(exchange)
        self._endpoint = endpoint
        self._done = done
        self._body = b""
        length = exchange.head.fields.length
        self._framing: Framing = Chunked() if length == CHUNKED else ByLength(length)

    def begin(self) -> None:
        """Wait for the body, and ask for it where the client wants to be asked (RFC 9110 10.1.1)."""
        exchange = self.exchange
        fields = exchange.head.fields
        is_grant = self._endpoint is Endpoint.PASSWORD_GRANT
        if (
            fields.length > LONGEST_BODY[self._endpoint]
            or (is_grant and _FORM.search(fields.block) is None)
            or not _is_read_as_it_stands(fields.block)
        ):
            self._done(UNREADABLE)
            return
        if _EXPECT.search(fields.block) is not None and not exchange.head.old:
            exchange.client.send(_CONTINUE)
        self.wait(monotonic() + exchange.client.worker.limits.body_silence_seconds)
        exchange.client.resume_reading()

    def from_client(self, data: bytes) -> None:
        """More of it."""
        super().from_client(data)
        try:
            self._body += data[: self._framing.feed(data)]
        except MalformedBody:
            self.go_on(lambda: self.exchange.fail_request(Refusal.MALFORMED_BODY))
            return
        if self._framing.done or len(self._body) >= LONGEST_BODY[self._endpoint]:
            user = self._user(self._body) if self._framing.done else UNREADABLE
            self._body = b""
            self.go_on(lambda: self._done(user))

    def _user(self, body: bytes) -> str | None:
        if self.exchange.head.fields.length == CHUNKED:
            body = content_of(body)
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
