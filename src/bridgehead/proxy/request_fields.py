"""The field block of a request: judged, its framing read, and made ready to send.

Two judges must accept a block before any of it is used: our own pattern, and llhttp, which reads the block that will
be sent, in a fresh parser. llhttp is never shown a body, an upgrade or a method that it may not know.
"""

from __future__ import annotations

import re

import httptools

from bridgehead.proxy.authentication import binds_connection
from bridgehead.proxy.fields import (
    CHUNKED,
    LENGTH,
    SILENT,
    TOKEN,
    USUAL_OPTIONS,
    host_of_authority,
    options_of,
    remove_nominated,
)
from bridgehead.proxy.refusals import Refusal

# No possessive quantifiers: the `re` of CPython 3.11.2, which Debian 12 has, gets nested ones wrong (gh-101955).
_VALID_BLOCK = re.compile(rb"(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)*\r\n\r\n")

# The look at the first letter, outside the case-folding group, dismisses most lines by one byte.
_NOTED = re.compile(
    rb"\n(?=[HhCcTtEeUuAaXxFfMm])"
    rb"((?i:host|connection|content-length|transfer-encoding|expect|upgrade|authorization|"
    rb"forwarded|x-forwarded-for|x-real-ip|x-bridgehead-instance|max-forwards))"
    rb"[ \t]*:[ \t]*([^\r\n]*)"
)
_REMOVED = re.compile(
    rb"\n(?=[CcTtUuKkPpFfHhXx])"
    rb"(?i:connection|te|upgrade|keep-alive|http2-settings|proxy-connection|proxy-authorization|forwarded|"
    rb"x[-_]forwarded[-_][a-z0-9_-]+|x[-_]real[-_]ip|x[-_](?:original|rewrite)[-_]url|x-bridgehead-instance)"
    rb"[ \t]*:[^\n]*(?=\n)"
)


class RequestFields:
    """What the fields of a request say, and the block to send. Immutable; a pure function of the bytes."""

    __slots__ = (
        "authorization",
        "binds",
        "block",
        "close",
        "declared_client",
        "host",
        "host_value",
        "instance",
        "length",
        "max_forwards",
        "transfer_encoding",
        "upgrade",
    )

    def __init__(self) -> None:
        self.block = b""
        """Without hop-by-hop and forwarding fields; everything else byte for byte, in its order."""
        self.host = ""
        """Lower case, without port and trailing dot."""
        self.host_value = b""
        self.length = 0
        self.transfer_encoding = False
        self.close = False
        self.upgrade = b""
        self.authorization: bytes | None = None
        self.binds = False
        """The credential authenticates a connection, not a request."""
        self.declared_client = b""
        """What the sender said of clients behind it (X-Forwarded-For, Forwarded)."""
        self.max_forwards: bytes | None = None
        self.instance = b""
        """Proxies of our kind that the request has passed."""


def llhttp_accepts(block: bytes) -> bool:
    """Whether llhttp reads these fields as the head of one request."""
    try:
        httptools.HttpRequestParser(SILENT).feed_data(b"POST / HTTP/1.1" + block)
    except httptools.HttpParserError:
        return False
    return True


def judge_request_fields(received: bytes, most_fields: int) -> RequestFields | Refusal:
    """Judge the field block of a request, which begins with CRLF and ends with the empty line."""
    if _VALID_BLOCK.fullmatch(received) is None:
        return Refusal.MALFORMED_FIELDS
    if received.count(b"\n") > most_fields + 2:
        return Refusal.TOO_MANY_FIELDS
    fields = _Reading().read(received)
    if isinstance(fields, Refusal):
        return fields
    return fields if llhttp_accepts(fields.block) else Refusal.MALFORMED_FIELDS


class _Reading:
    """One walk over the noted fields of one block."""

    def __init__(self) -> None:
        self.fields = RequestFields()
        self.hosts = 0
        self.lengths = 0
        self.options: list[bytes] = []
        self.protocol = b""

    def read(self, received: bytes) -> RequestFields | Refusal:
        fields = self.fields
        for name, value in _NOTED.findall(received):
            refusal = self._note(name.lower(), value.rstrip(b" \t"))
            if refusal is not None:
                return refusal
        if self.lengths > 1 or (self.lengths and fields.transfer_encoding):
            return Refusal.FRAMING_AMBIGUOUS
        if fields.transfer_encoding:
            fields.length = CHUNKED
        fields.block = _REMOVED.sub(b"", received)
        if self.options and not self._apply_options():
            return Refusal.MALFORMED_FIELDS
        return self._read_host() or fields

    def _note(self, name: bytes, value: bytes) -> Refusal | None:
        fields = self.fields
        match name:
            case b"host":
                self.hosts += 1
                fields.host_value = value
            case b"connection":
                self.options += options_of(value)
            case b"content-length":
                self.lengths += 1
                if LENGTH.fullmatch(value) is None:
                    return Refusal.FRAMING_AMBIGUOUS
                fields.length = int(value)
            case b"transfer-encoding":
                # RFC 9112 6.1: what is not exactly `chunked` would have to be understood; we do not, so we refuse.
                if fields.transfer_encoding or value.lower() != b"chunked":
                    return Refusal.FRAMING_AMBIGUOUS
                fields.transfer_encoding = True
            case b"authorization":
                if fields.authorization is not None:
                    return Refusal.CREDENTIALS_AMBIGUOUS
                fields.authorization = value
                fields.binds = binds_connection(value)
            case _:
                return self._note_rare(name, value)
        return None

    def _note_rare(self, name: bytes, value: bytes) -> Refusal | None:
        fields = self.fields
        match name:
            case b"expect":
                if value.lower() != b"100-continue":
                    return Refusal.EXPECTATION
            case b"upgrade":
                self.protocol = value if not self.protocol else b","
            case b"x-forwarded-for" | b"forwarded" | b"x-real-ip":
                fields.declared_client += value + b";"
            case b"max-forwards":
                if fields.max_forwards is not None or LENGTH.fullmatch(value) is None:
                    return Refusal.MALFORMED_FIELDS
                fields.max_forwards = value
            case b"x-bridgehead-instance":
                fields.instance = fields.instance + b", " + value if fields.instance else value
        return None

    def _apply_options(self) -> bool:
        """Read `Connection`, and remove what it nominates. False where that is absurd."""
        fields, options = self.fields, self.options
        fields.close = b"close" in options
        # One protocol at a time, and never h2c: what follows a 101 could then not be judged. A body would have to
        # end before the tunnel begins; no client sends one.
        if b"upgrade" in options and TOKEN.fullmatch(self.protocol) and not fields.length:
            fields.upgrade = b"" if self.protocol.lower() in (b"h2c", b"h2") else self.protocol
        nominated = [option for option in options if option and option not in USUAL_OPTIONS]
        if nominated:
            block = remove_nominated(fields.block, nominated)
            fields.block = block or b""
            return block is not None
        return True

    def _read_host(self) -> Refusal | None:
        if self.hosts != 1:
            return Refusal.HOST_AMBIGUOUS if self.hosts else Refusal.HOST_MISSING
        host = host_of_authority(self.fields.host_value)
        if host is None:
            return Refusal.HOST_MALFORMED
        self.fields.host = host
        return None
