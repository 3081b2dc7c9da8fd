r"""Field blocks of message heads: what requests and responses have in common.

A block begins with the CRLF that ends the start line and ends with the empty line: `\r\nHost: a\r\n\r\n`. It is judged
and rewritten as a whole: nothing looks at a head field by field in Python unless something in it is unusual.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bridgehead.names import address_or_none, is_host_name
from bridgehead.proxy.authentication import binds_connection

CHUNKED = -1
"""As a length: the body is in chunks."""

LONGEST_AUTHORITY = 260
"""Bytes: the longest host name of DNS with a final dot, and a port."""

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LENGTH = re.compile(rb"[0-9]{1,18}")

# What a `Connection` field may nominate without any further consequence: these are removed in any case.
USUAL_OPTIONS = frozenset((b"close", b"keep-alive", b"upgrade", b"te", b"http2-settings", b"proxy-connection"))
_NEVER_NOMINATED = frozenset((b"host", b"content-length", b"transfer-encoding", b"authorization", b"www-authenticate"))

_HOST_VALUE = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_AUTHORIZATION = re.compile(rb"\n[Aa](?i:uthorization)[ \t]*:[^\n]*(?=\n)")
_CHALLENGE = re.compile(rb"\n[Ww](?i:ww-authenticate)[ \t]*:[^\n]*(?=\n)")
_MAX_FORWARDS = re.compile(rb"\n[Mm](?i:ax-forwards)[ \t]*:[^\n]*(?=\n)")
_HOST = re.compile(rb"\n[Hh](?i:ost)[ \t]*:[^\n]*(?=\n)")


class Silent:
    """A protocol without callbacks: llhttp is asked for its verdict alone."""


SILENT = Silent()


def options_of(value: bytes) -> list[bytes]:
    """The options in a `Connection` field, lower case."""
    return [option.strip(b" \t").lower() for option in value.split(b",")]


def host_of_authority(value: bytes) -> str | None:
    """The normalised host of `host[:port]`, or None where it is no such thing."""
    # Not remembered at any length: 4,096 values as long as a head may be would take 256 MB.
    return _read_authority(value) if len(value) <= LONGEST_AUTHORITY else None


@lru_cache(maxsize=4096)
def _read_authority(value: bytes) -> str | None:
    match = _HOST_VALUE.fullmatch(value)
    if match is None or (match[2] is not None and int(match[2]) > 65535):
        return None
    host = match[1].decode("ascii").lower().removesuffix(".")
    if host.startswith("["):
        return address_or_none(host) if ":" in host else None
    return host if is_host_name(host) else address_or_none(host)


def remove_nominated(block: bytes, nominated: list[bytes]) -> bytes | None:
    """The block without the fields that `Connection` nominates (RFC 9110 7.6.1), or None where that is absurd."""
    names = set(nominated)
    if not names.isdisjoint(_NEVER_NOMINATED) or not all(map(TOKEN.fullmatch, names)):
        return None
    # One walk, however many are nominated: one walk for each took half a second for a single head of 64 KB.
    lines = block.split(b"\r\n")
    return b"\r\n".join([line for line in lines if line.partition(b":")[0].lower() not in names])


def without_authorization(block: bytes) -> bytes:
    """The block without `Authorization`."""
    return _AUTHORIZATION.sub(b"", block)


def without_challenges(block: bytes) -> bytes:
    """The block without any `WWW-Authenticate`."""
    return _CHALLENGE.sub(b"", block)


def without_bound_challenges(block: bytes) -> bytes:
    """The block without those lines of `WWW-Authenticate` that ask for a login which stays with its connection.

    A line that somebody joined with commas goes as a whole.
    """
    return _CHALLENGE.sub(lambda line: b"" if binds_connection(line[0].partition(b":")[2].strip()) else line[0], block)


def has_challenge(block: bytes) -> bool:
    """Whether there is any `WWW-Authenticate`."""
    return _CHALLENGE.search(block) is not None


def with_max_forwards(block: bytes, left: int) -> bytes:
    """The block with another Max-Forwards."""
    return _MAX_FORWARDS.sub(b"\nMax-Forwards: %d\r" % left, block)


def with_host(block: bytes, host: str) -> bytes:
    """The block with another Host, in the place of the one it had."""
    return _HOST.sub(b"\nHost: " + host.encode("ascii") + b"\r", block)
