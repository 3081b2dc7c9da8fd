"""The field block of a response: judged by llhttp, its framing read, and made ready to pass on."""

from __future__ import annotations

import re

import httptools

from bridgehead.proxy.authentication import binds_connection
from bridgehead.proxy.fields import CHUNKED, LENGTH, SILENT, USUAL_OPTIONS, options_of, remove_nominated

_NOTED = re.compile(
    rb"\n(?=[CcTtUuKkPpWw])"
    rb"((?i:connection|content-length|transfer-encoding|upgrade|keep-alive|proxy-connection|www-authenticate))"
    rb"[ \t]*:[ \t]*([^\r\n]*)"
)
_REMOVED = re.compile(rb"\n(?=[CcUuKkPp])(?i:connection|upgrade|keep-alive|proxy-connection)[ \t]*:[^\n]*(?=\n)")

# What follows the length in most answers.
_KEPT: tuple[list[tuple[bytes, bytes]], ...] = ([(b"Connection", b"keep-alive")], [])


class ResponseFields:
    """What the fields of a response say, and the block to send on."""

    # Made for most answers: what starts the same for all stands in the class.
    block = b""
    length: int | None = None
    """None where the head gives none; `CHUNKED` for chunks."""
    close = False
    keep_alive = False
    upgrade = b""
    binds = False
    """A challenge of a scheme that authenticates the connection."""
    ordinary = False
    """A length, and nothing that concerns the connection but its being kept: most answers."""


def judge_response_fields(received: bytes) -> ResponseFields | None:
    """Judge the field block of a response. None where it must not be passed on."""
    try:
        httptools.HttpResponseParser(SILENT).feed_data(b"HTTP/1.1 200 OK" + received)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError:
        return None
    found = _NOTED.findall(received)
    fields = ResponseFields()
    if found and found[1:] in _KEPT and found[0][0] == b"Content-Length" and LENGTH.fullmatch(found[0][1]):
        fields.length = int(found[0][1])
        fields.keep_alive = len(found) == 2
        fields.ordinary = True
        fields.block = received
        if fields.keep_alive:
            block = received.replace(b"\nConnection: keep-alive\r", b"", 1)
            # Spaces around the value are the only reason why it would still be there.
            fields.block = block if len(block) < len(received) else _REMOVED.sub(b"", received)
        return fields
    return _read(fields, received, found)


def _read(fields: ResponseFields, received: bytes, found: list[tuple[bytes, bytes]]) -> ResponseFields | None:
    options: list[bytes] = []
    removed = False
    for name, value in found:
        match name.lower():
            case b"content-length":
                text = value.rstrip(b" \t")
                if fields.length is not None or LENGTH.fullmatch(text) is None:
                    return None
                fields.length = int(text)
            case b"transfer-encoding":
                # RFC 9112 6.3 lets it override a length; a gateway that passed both on would be a smuggler's tool.
                if fields.length is not None or value.rstrip(b" \t").lower() != b"chunked":
                    return None
                fields.length = CHUNKED
            case b"www-authenticate":
                fields.binds = fields.binds or binds_connection(value)
            case b"connection":
                removed = True
                options += options_of(value)
            case b"upgrade":
                removed = True
                fields.upgrade = value.rstrip(b" \t")
            case _:
                removed = True
    fields.block = _REMOVED.sub(b"", received) if removed else received
    if options:
        return _apply_options(fields, options)
    fields.upgrade = b""  # RFC 9110 7.8: it counts only where `Connection` names it
    return fields


def _apply_options(fields: ResponseFields, options: list[bytes]) -> ResponseFields | None:
    fields.close = b"close" in options
    fields.keep_alive = b"keep-alive" in options
    if b"upgrade" not in options:
        fields.upgrade = b""
    nominated = [option for option in options if option and option not in USUAL_OPTIONS]
    if nominated:
        block = remove_nominated(fields.block, nominated)
        if block is None:
            return None
        fields.block = block
    return fields
