"""The field block of a response: judged by llhttp, its framing read, and made ready to pass on."""

from __future__ import annotations

import re
from copy import copy

import httptools

from bridgehead.proxy.authentication import binds_connection
from bridgehead.proxy.fields import CHUNKED, LENGTH, SILENT, USUAL_OPTIONS, options_of, remove_nominated

_NOTED = re.compile(
    rb"\n(?=[CcTtUuKkPpWw])"
    rb"((?i:connection|content-length|transfer-encoding|upgrade|keep-alive|proxy-connection|www-authenticate)"
    rb"[ \t]*:[^\r\n]*)"
)
_REMOVED = re.compile(rb"\n(?=[CcUuKkPp])(?i:connection|upgrade|keep-alive|proxy-connection)[ \t]*:[^\n]*(?=\n)")

_FRAMING = re.compile(rb"\n(?=[CcTt])(?i:content-length|transfer-encoding)[ \t]*:[^\n]*(?=\n)")

_LENGTH = b"Content-Length: "
_KEPT = [b"Connection: keep-alive"]
_KEPT_LINE = b"\nConnection: keep-alive\r"


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
    return _read_ordinary(received, found) or _read(received, found)


def without_framing(fields: ResponseFields) -> ResponseFields:
    """The same for an answer that never has a body: it may announce none (RFC 9110 8.6, RFC 9112 6.1).

    A client that believed an announcement would take the next answer for that body. What the server announced stays
    known, because it may send it.
    """
    silent = copy(fields)
    silent.block = _FRAMING.sub(b"", fields.block)
    return silent


def _read_ordinary(received: bytes, found: list[bytes]) -> ResponseFields | None:
    """Most answers: a length, and perhaps the word that the connection is kept. None for all others."""
    if not found or not found[0].startswith(_LENGTH):
        return None
    digits = found[0][len(_LENGTH) :]
    kept = found[1:] == _KEPT
    if not (kept or len(found) == 1) or not digits.isdigit() or len(digits) > 18:
        return None
    fields = ResponseFields()
    fields.ordinary = True
    fields.length = int(digits)
    fields.keep_alive = kept
    fields.block = received.replace(_KEPT_LINE, b"", 1) if kept else received
    return fields


def _read(received: bytes, found: list[bytes]) -> ResponseFields | None:
    fields = ResponseFields()
    options: list[bytes] = []
    removed = False
    for line in found:
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        match name.rstrip(b" \t").lower():
            case b"content-length":
                if fields.length is not None or LENGTH.fullmatch(value) is None:
                    return None
                fields.length = int(value)
            case b"transfer-encoding":
                # RFC 9112 6.3 lets it override a length; a gateway that passed both on would be a smuggler's tool.
                if fields.length is not None or value.lower() != b"chunked":
                    return None
                fields.length = CHUNKED
            case b"www-authenticate":
                fields.binds = fields.binds or binds_connection(value)
            case b"connection":
                removed = True
                options += options_of(value)
            case b"upgrade":
                removed = True
                fields.upgrade = value
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
