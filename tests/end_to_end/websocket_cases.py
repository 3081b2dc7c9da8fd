"""WebSocket conversations as data: what a client sends, and how a server that follows RFC 6455 and 7692 ends them.

The families are those of the Autobahn test suite, which needs Python 2 and so runs where nothing else here does.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NORMAL, PROTOCOL_ERROR, INVALID_DATA = 1000, 1002, 1007
_MASK = b"\x37\xfa\x21\x3d"
COMPRESSED = 0b100
"""RSV1 (RFC 7692 section 6)."""


class Case(NamedTuple):
    """One conversation."""

    name: str
    writes: tuple[bytes, ...]
    """What the client sends, write by write."""
    close: int = NORMAL
    """The code of the server's Close frame."""
    offer: str = ""
    """Sec-WebSocket-Extensions."""
    messages: int = 0
    """How many data messages come back."""


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, reserved: int = 0) -> bytes:
    """A client's frame, masked (RFC 6455 section 5.2)."""
    size = len(payload)
    head = bytes([final << 7 | reserved << 4 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += b"\xfe" + size.to_bytes(2, "big")
    else:
        head += b"\xff" + size.to_bytes(8, "big")
    repeated = _MASK * (size // 4 + 1)
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:size], "big")
    return head + _MASK + masked.to_bytes(size, "big")


def farewell(code: int = NORMAL, reason: bytes = b"") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def chopped(data: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(data[start : start + size] for start in range(0, len(data), size))


def fragments(opcode: int, payload: bytes, size: int) -> bytes:
    """A message in frames of `size` octets."""
    pieces = chopped(payload, size) or (b"",)
    last = len(pieces) - 1
    return b"".join(
        frame(CONTINUATION if index else opcode, piece, final=index == last) for index, piece in enumerate(pieces)
    )


def framing() -> Iterator[Case]:
    """Family 1: every form of the length, in one write and in many."""
    for opcode, name in ((TEXT, "text"), (BINARY, "binary")):
        for size in (0, 125, 126, 127, 128, 65535, 65536):
            message = frame(opcode, b"*" * size)
            yield Case(f"{name} of {size}", (message, farewell()), messages=1)
            yield Case(f"{name} of {size} with its farewell", (message + farewell(),), messages=1)
        yield Case(
            f"{name} of 65536 in pieces of 997", (*chopped(frame(opcode, b"*" * 65536), 997), farewell()), messages=1
        )


def pings() -> Iterator[Case]:
    """Family 2."""
    for size in (0, 7, 124, 125):
        yield Case(f"ping of {size}", (frame(PING, b"\xfe" * size), farewell()))
    yield Case("ping of 126", (frame(PING, b"\xfe" * 126),), PROTOCOL_ERROR)
    yield Case("ping octet by octet", (*chopped(frame(PING, b"\xfe" * 125), 1), farewell()))
    yield Case("unasked pong", (frame(PONG), farewell()))
    yield Case("unasked pong with payload", (frame(PONG, b"unsolicited"), farewell()))
    yield Case("pong, then ping", (frame(PONG, b"unsolicited"), frame(PING, b"ping"), farewell()))
    yield Case("ten pings", (*(frame(PING, b"payload-%d" % number) for number in range(10)), farewell()))
    many = b"".join(frame(PING, b"payload-%d" % number) for number in range(10))
    yield Case("ten pings octet by octet", (*chopped(many, 1), farewell()))


def reserved_bits() -> Iterator[Case]:
    """Family 3."""
    for bits in range(1, 8):
        yield Case(f"text with {bits:03b}", (frame(TEXT, b"small", reserved=bits),), PROTOCOL_ERROR)
        after = frame(TEXT, b"Hello") + frame(TEXT, b"Hello", reserved=bits)
        yield Case(f"text with {bits:03b} after a sound one", (after,), PROTOCOL_ERROR, messages=1)
        yield Case(f"ping with {bits:03b}", (frame(PING, b"Hello", reserved=bits),), PROTOCOL_ERROR)


def opcodes() -> Iterator[Case]:
    """Family 4."""
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Case(f"opcode {opcode}", (frame(opcode),), PROTOCOL_ERROR)
        yield Case(f"opcode {opcode} with payload", (frame(opcode, b"reserved"),), PROTOCOL_ERROR)
        after = frame(TEXT, b"Hello") + frame(opcode, b"reserved")
        yield Case(f"opcode {opcode} after a text", (*chopped(after, 1),), PROTOCOL_ERROR, messages=1)


def fragmentation() -> Iterator[Case]:
    """Family 5."""
    first, last = frame(TEXT, b"fragment1", final=False), frame(CONTINUATION, b"fragment2")
    middle = frame(CONTINUATION, b"fragment3", final=False)
    ping = frame(PING, b"ping")
    yield Case("fragmented ping", (frame(PING, b"a", final=False), frame(CONTINUATION, b"b")), PROTOCOL_ERROR)
    yield Case("fragmented pong", (frame(PONG, b"a", final=False), frame(CONTINUATION, b"b")), PROTOCOL_ERROR)
    for name, parts in {
        "two": first + last,
        "three": first + middle + last,
        "two with a ping between": first + ping + last,
        "three with pings between": first + ping + middle + ping + last,
        "an empty first": frame(TEXT, final=False) + last,
        "an empty last": first + frame(CONTINUATION),
        "all empty": frame(TEXT, final=False) + frame(CONTINUATION, final=False) + frame(CONTINUATION),
    }.items():
        yield Case(f"{name}, in one write", (parts, farewell()), messages=1)
        yield Case(f"{name}, octet by octet", (*chopped(parts, 1), farewell()), messages=1)
    for name, stray in {
        "continuation of nothing": last,
        "unfinished continuation of nothing": middle,
        "continuation after the end": first + last + last,
    }.items():
        answered = int(stray.startswith(first))
        yield Case(name, (stray,), PROTOCOL_ERROR, messages=answered)
        yield Case(f"{name}, octet by octet", chopped(stray, 1), PROTOCOL_ERROR, messages=answered)
    yield Case("a text inside a text", (first, frame(TEXT, b"other")), PROTOCOL_ERROR)
    yield Case("a text inside a text, at once", (first + frame(TEXT, b"other"),), PROTOCOL_ERROR)


_GOOD_TEXT = (
    *("", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\0", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd"),
    *("\uffff", "\U00010000", "\ufffe"),
    *(chr(plane << 16 | end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)),
)
_BAD_TEXT = (
    *(b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"),
    *(b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf", b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"),
    *(b"\x80\xbf" * count for count in (1, 2, 3)),
    *(b"\x80", b"\xbf", b"\x80\xbf\x80", bytes(range(0x80, 0xC0))),
    *(bytes([start]) + b" " for start in (0xC0, 0xC2, 0xDF, 0xE0, 0xEF, 0xF0, 0xF4, 0xF8, 0xFC)),
    *(b"\xc3", b"\xe0\xa0", b"\xed\x9f", b"\xf0\x90\x80", b"\xf4\x8f\xbf"),
    *(b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"),
    *(b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80"),
    *(
        b"\xed\xa0\x80",
        b"\xed\xad\xbf",
        b"\xed\xae\x80",
        b"\xed\xaf\xbf",
        b"\xed\xb0\x80",
        b"\xed\xbe\x80",
        b"\xed\xbf\xbf",
    ),
    *(b"\xed\xa0\x80\xed\xb0\x80", b"\xed\xaf\xbf\xed\xbf\xbf"),
)


def text() -> Iterator[Case]:
    """Family 6: UTF-8 (RFC 3629), whole and cut within characters."""
    for good in _GOOD_TEXT:
        payload = good.encode()
        yield Case(f"{good!a}", (frame(TEXT, payload), farewell()), messages=1)
        yield Case(f"{good!a} in fragments", (fragments(TEXT, payload, 1), farewell()), messages=1)
    for bad in _BAD_TEXT:
        yield Case(f"{bad!r}", (frame(TEXT, b"sound " + bad),), INVALID_DATA)
        yield Case(f"{bad!r} in fragments", (fragments(TEXT, "κόσμε".encode() + bad, 1),), INVALID_DATA)


def closing() -> Iterator[Case]:
    """Family 7."""
    hello = frame(TEXT, b"Hello")
    yield Case("after a text", (hello, farewell()), messages=1)
    yield Case("twice", (farewell(), farewell()))
    yield Case("then a ping", (farewell() + frame(PING),))
    yield Case("then a text", (farewell() + hello,))
    yield Case("in the middle of a message", (frame(TEXT, b"Hel", final=False), farewell()))
    yield Case("without a code", (frame(CLOSE),), 0)
    yield Case("with half a code", (frame(CLOSE, b"\x03"),), PROTOCOL_ERROR)
    yield Case("with a reason", (farewell(reason=b"Hello World!"),))
    yield Case("with the longest reason", (farewell(reason=b"*" * 123),))
    yield Case("with too long a reason", (farewell(reason=b"*" * 124),), PROTOCOL_ERROR)
    yield Case("with a reason that is no text", (farewell(reason=b"\xce\xba\xed\xa0\x80"),), INVALID_DATA)
    yield Case("octet by octet", chopped(farewell(reason=b"bye"), 1))
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"with {code}", (farewell(code),), code)
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"with {code}, which nobody may send", (farewell(code),), PROTOCOL_ERROR)


def sizes(largest: int) -> Iterator[Case]:
    """Families 9 and 10: large messages, in one frame and in many, and many messages."""
    size = 1 << 16
    while size <= largest:
        for opcode, name in ((TEXT, "text"), (BINARY, "binary")):
            payload = b"*" * size
            yield Case(f"{name} of {size}", (frame(opcode, payload), farewell()), messages=1)
            for piece in (size // 64, size // 4):
                whole = fragments(opcode, payload, piece)
                yield Case(f"{name} of {size} in frames of {piece}", (whole, farewell()), messages=1)
        size *= 4
    for size in (0, 16, 64, 256, 1024, 4096):
        count = min(1000, largest // max(size, 64))
        for opcode, name in ((TEXT, "texts"), (BINARY, "binaries")):
            yield Case(f"{count} {name} of {size}", (frame(opcode, b"*" * size) * count, farewell()), messages=count)
    yield Case("65536 in frames of 1300", (fragments(TEXT, b"*" * 65536, 1300), farewell()), messages=1)


_OFFERS = (
    "permessage-deflate",
    "permessage-deflate; client_no_context_takeover",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=15; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=9; server_no_context_takeover, permessage-deflate",
)


def deflated(payload: bytes) -> bytes:
    """RFC 7692 section 7.2.1, without context from message to message."""
    packer = zlib.compressobj(wbits=-9)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


def compression() -> Iterator[Case]:
    """Families 12 and 13."""
    for number, offer in enumerate(_OFFERS, 1):
        for size in (0, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072):
            payload = (b"The quick brown fox %d. " % size * (size // 20 + 1))[:size]
            packed = frame(TEXT, deflated(payload), reserved=COMPRESSED)
            yield Case(f"offer {number}, {size} octets", (packed * 3, farewell()), offer=offer, messages=3)
        pieces = chopped(deflated(b"some words " * 100), 9)
        parts = [frame(CONTINUATION, piece, final=False) for piece in pieces[1:-1]]
        opening = frame(TEXT, pieces[0], final=False, reserved=COMPRESSED)
        whole = b"".join((opening, *parts, frame(CONTINUATION, pieces[-1])))
        yield Case(f"offer {number}, in frames", (whole, farewell()), offer=offer, messages=1)
        yield Case(f"offer {number}, not compressed", (frame(TEXT, b"plain"), farewell()), offer=offer, messages=1)
        wrong = frame(PING, b"x", reserved=COMPRESSED)
        yield Case(f"offer {number}, a compressed ping", (wrong,), PROTOCOL_ERROR, offer=offer)


SMALL = {
    "framing": framing,
    "pings": pings,
    "reserved bits": reserved_bits,
    "opcodes": opcodes,
    "fragmentation": fragmentation,
    "text": text,
    "closing": closing,
    "sizes": lambda: sizes(1 << 18),
    "compression": compression,
}
