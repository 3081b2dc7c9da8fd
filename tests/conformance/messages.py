"""Requests made by chance: from a grammar of likely parts, from the catalogue, and both with some bytes changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.catalogue import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_METHODS = (b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"PROPFIND", b"RPC_IN_DATA", b"get", b"M-SEARCH", b"CONNECT")
_TARGETS = (
    b"/", b"/a", b"/a?b=c", b"//a", b"/%00", b"*", b"http://site.test/", b"http://site.test", b"http://evil.test/",
    b"/a#b", b"/\xc3\xa4", b'/"<>', b"a", b"site.test:80",
)  # fmt: skip
_VERSIONS = (
    (b"HTTP/1.1",) * 30
    + (b"HTTP/1.0",) * 4
    + (b"HTTP/1.0", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/0.9", b"http/1.1", b"HTTP/1.1 ")
)
_HOSTS = (b"Host: site.test",) * 30 + (
    b"host:SITE.test:80", b"Host: site.test.", b"Host: [::1]", b"Host: 10.0.0.1", b"Host: evil.test", b"Host:",
    b"Host : site.test", b"X: y",
)  # fmt: skip
_NAMES = (
    b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade", b"TE", b"Expect", b"Trailer", b"Host",
    b"Authorization", b"X-Forwarded-For", b"Forwarded", b"Keep-Alive", b"Cookie", b"Via", b"X", b"Content_Length",
    b"Transfer_Encoding", b"Content-Encoding", b"Proxy-Connection", b"X-Original-URL", b"Date", b"Accept",
)  # fmt: skip
_HARMLESS = (b"Cookie", b"Via", b"X", b"Accept", b"Date", b"X-Forwarded-For", b"Keep-Alive", b"Content_Length", b"TE")
_VALUES = (
    b"", b"0", b"3", b"5", b"10", b"003", b"+3", b"3, 3", b"0x3", b"chunked", b"Chunked", b"gzip, chunked", b",chunked",
    b"identity", b"close", b"keep-alive", b"upgrade", b"X", b"host", b"content-length", b"websocket", b"h2c",
    b"trailers", b"100-continue", b"x", b"\xe4", b"site.test", b"evil.test", b'"a"', b"a, b", b"NTLM TlRM", b"/evil",
)  # fmt: skip
_COLONS = (b": ",) * 16 + (b":", b":\t", b":  ") * 2 + (b" : ", b"", b"=")
_ENDS = (b"\n", b"\r", b"\r\n ", b"\r\n\t", b" \r\n", b"\t\r\n", b"\r\r\n")
_SIZES = (b"%x", b"%X", b"%02x", b"0%x", b"%x;a", b"%x;a=b", b'%x;a="b;c"', b"%x ;a", b"%x ", b"+%x", b"0x%x", b"%x;")
_TRAILERS = (b"",) * 12 + (b"X: y\r\n", b"X:\r\nY: z\r\n", b"Content-Length: 3\r\n", b"X : y\r\n", b"X\r\n", b"X: y\n")
_BYTES = (
    b"\r\n", b"\r", b"\n", b"\x00", b" ", b"\t", b":", b";", b",", b"=", b"0", b"1", b"a", b"-", b"_", b"+", b"\x0b",
    b"\x0c", b"\x7f", b"\x80", b"\x85", b"\xa0", b"\xff", b'"', b"\\", b"#", b"\r\n\r\n", b"GET ", b"0\r\n\r\n",
)  # fmt: skip
_BEHIND = b"GET /behind HTTP/1.1\r\nHost: site.test\r\n\r\n"


def make_request(random: Random) -> bytes:
    """The bytes of one request, mostly with one behind it; the same for the same numbers."""
    data = random.choice(REQUESTS).data[:2000] if random.randrange(4) == 0 else _composed(random)
    for _ in range(random.choice((0, 0, 0, 0, 1, 1, 2))):
        data = random.choice(_CHANGES)(random, data)
    return data


def _composed(random: Random) -> bytes:
    start = b" ".join((random.choice(_METHODS[:7] * 8 + _METHODS), _target(random), random.choice(_VERSIONS)))
    lines = [random.choice(_HOSTS), *(_line(random) for _ in range(random.choice((0, 0, 1, 1, 2, 4))))]
    framing, body = _framing(random)
    lines += framing
    random.shuffle(lines)
    head = start + b"".join(_end(random) + line for line in lines)
    return head + _end(random) + b"\r\n" + body + random.choice((b"", _BEHIND))


def _end(random: Random) -> bytes:
    return random.choice(_ENDS) if random.randrange(40) == 0 else b"\r\n"


def _target(random: Random) -> bytes:
    return random.choice(_TARGETS[:5] * 12 + _TARGETS)


def _line(random: Random) -> bytes:
    names = _NAMES if random.randrange(4) == 0 else _HARMLESS
    return random.choice(names) + random.choice(_COLONS) + random.choice(_VALUES)


def _framing(random: Random) -> tuple[list[bytes], bytes]:
    content = random.choice((b"", b"a", b"abc", b"0\r\n\r\n", _BEHIND, b"0123456789"))
    match random.randrange(6):
        case 0 | 1:
            length = len(content) + random.choice((0, 0, 0, 0, 1, -1))
            return [b"Content-Length: %d" % length], content
        case 2 | 3:
            return [b"Transfer-Encoding: chunked"], _chunks(random, content)
        case 4:
            return [], b""
        case _:
            return [random.choice(_NAMES[:2]) + random.choice(_COLONS) + random.choice(_VALUES)], content


def _chunks(random: Random, content: bytes) -> bytes:
    parts = [content[at : at + 4] for at in range(0, len(content), 4)]
    sizes = _SIZES[:7] * 8 + _SIZES
    body = b"".join(random.choice(sizes) % len(part) + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        body + random.choice((b"0", b"0", b"0", b"00", b"0;a=b", b"0 ")) + b"\r\n" + random.choice(_TRAILERS) + b"\r\n"
    )


# Changes


def _insert(random: Random, data: bytes) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(_BYTES) + data[at:]


def _replace(random: Random, data: bytes) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(_BYTES) + data[at + 1 :]


def _remove(random: Random, data: bytes) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.choice((1, 1, 2)) :]


def _add_line(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    lines.insert(random.randint(1, len(lines)), _line(random))
    return b"\r\n".join(lines)


def _repeat_line(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    lines.insert(random.randint(1, len(lines)), random.choice(lines))
    return b"\r\n".join(lines)


def _change_case(random: Random, data: bytes) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at : at + 9].swapcase() + data[at + 9 :]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randint(0, len(data))]


_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(_insert, _insert, _replace, _remove, _add_line, _repeat_line, _change_case, _cut),
)
