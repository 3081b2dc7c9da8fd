"""Bodies of answers: where they end, and what is never presented as whole."""

from __future__ import annotations

from tests.conformance.cases import AnswerCase, BrokenOff, PassedOn, head

_OK = b"HTTP/1.1 200 OK"
_CHUNKED = b"Transfer-Encoding: chunked"
_END = b"0\r\n\r\n"
_HEAD_ONLY = b"HEAD /case HTTP/1.1\r\nHost: site.test\r\n\r\n"
_OLD = b"GET /case HTTP/1.0\r\nHost: site.test\r\n\r\n"
_FALSE = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


def sized(*values: bytes) -> bytes:
    """An answer with these Content-Lengths and three bytes."""
    return head(_OK, *[b"Content-Length: " + value for value in values]) + b"abc"


def coded(*values: bytes) -> bytes:
    """An answer with these Transfer-Encodings and a chunked body."""
    return head(_OK, *[b"Transfer-Encoding: " + value for value in values]) + b"3\r\nabc\r\n" + _END


def chunks(body: bytes) -> bytes:
    """An answer in chunks: a good one, and then these bytes."""
    return head(_OK, _CHUNKED) + b"3\r\nabc\r\n" + body


LENGTHS = (
    AnswerCase("two lengths", "RFC 9112 6.3", sized(b"3", b"4")),
    AnswerCase("the same length twice", "RFC 9112 6.3", sized(b"3", b"3")),
    AnswerCase("the same length twice in one field", "RFC 9110 8.6", sized(b"3, 3")),
    AnswerCase("two lengths in one field", "RFC 9112 6.3", sized(b"3, 4")),
    AnswerCase("an empty length", "RFC 9112 6.3", sized(b"")),
    AnswerCase("an empty length and another", "RFC 9112 6.3", sized(b"", b"3")),
    AnswerCase("a plus before the length", "RFC 9110 8.6", sized(b"+3")),
    AnswerCase("a minus before the length", "RFC 9110 8.6", sized(b"-3")),
    AnswerCase("a hexadecimal length", "RFC 9110 8.6", sized(b"0x3")),
    AnswerCase("an underscore in the length", "RFC 9110 8.6", sized(b"0_3")),
    AnswerCase("a letter behind the length", "RFC 9110 8.6", sized(b"3b")),
    AnswerCase("a space in the length", "RFC 9110 8.6", sized(b"0 3")),
    AnswerCase("a length with a parameter", "RFC 9110 8.6", sized(b"3;a=b")),
    AnswerCase("a length in quotes", "RFC 9110 8.6", sized(b'"3"')),
    AnswerCase("a length of 2 to the 64th, and three", "RFC 9110 8.6", sized(b"18446744073709551619")),
    AnswerCase("Arabic digits", "RFC 9110 8.6", sized("\u0663".encode())),
    AnswerCase("a length and chunks", "RFC 9112 6.3", head(_OK, b"Content-Length: 3", _CHUNKED) + _END),
    AnswerCase("chunks and a length", "RFC 9112 6.3", head(_OK, _CHUNKED, b"Content-Length: 3") + _END),
    AnswerCase("a length of nothing and chunks", "RFC 9112 6.3", head(_OK, b"Content-Length: 0", _CHUNKED) + _END),
    AnswerCase("zeros before the length", "RFC 9110 8.6", sized(b"003"), PassedOn("1*DIGIT", sized(b"003"))),
    AnswerCase(
        "white space around the length",
        "RFC 9112 5",
        sized(b"\t3 \t"),
        PassedOn("OWS is no part of the value", sized(b"\t3 \t")),
    ),
    AnswerCase(
        "a name that a length's name begins",
        "RFC 9110 5.1",
        head(_OK, b"Content-Length-X: 9", _CHUNKED) + _END,
        PassedOn("another name, which frames nothing", head(_OK, b"Content-Length-X: 9", _CHUNKED) + _END),
    ),
)

CODINGS = (
    AnswerCase("an empty coding", "RFC 9112 6.1", coded(b"")),
    AnswerCase("an unknown coding", "RFC 9112 6.1", coded(b"pigeons")),
    AnswerCase("identity", "RFC 9112 7", coded(b"identity")),
    AnswerCase("gzip, then chunks", "RFC 9110 10.1.4", coded(b"gzip, chunked")),
    AnswerCase("chunks, then gzip", "RFC 9112 6.3", coded(b"chunked, deflate")),
    AnswerCase("chunks, then identity, in two fields", "RFC 9112 6.3", coded(b"chunked", b"identity")),
    AnswerCase("chunks twice", "RFC 9112 6.1", coded(b"chunked, chunked")),
    AnswerCase("chunks in two fields", "RFC 9112 6.1", coded(b"chunked", b"chunked")),
    AnswerCase("two words in one", "RFC 9112 7", coded(b"chunkedchunked")),
    AnswerCase("a comma before", "RFC 9110 5.6.1", coded(b",chunked")),
    AnswerCase("quotes", "RFC 9112 7", coded(b'"chunked"')),
    AnswerCase("a parameter", "RFC 9112 7", coded(b"chunked;a=b")),
    AnswerCase("a vertical tab before", "RFC 9110 5.5", coded(b"\x0bchunked")),
    AnswerCase("a no-break space before", "RFC 9112 7", coded(b"\xa0chunked")),
    AnswerCase(
        "a coding with a space before its colon", "RFC 9112 5.1", head(_OK, b"Transfer-Encoding : chunked") + _END
    ),
    AnswerCase("a folded coding", "RFC 9112 5.2", head(_OK, b"Transfer-Encoding: chunked", b"  abc") + _END),
    AnswerCase("chunks in HTTP/1.0", "RFC 9112 6.1", head(b"HTTP/1.0 200 OK", _CHUNKED) + _END),
    AnswerCase(
        "Connection nominates the coding", "RFC 9110 7.6.1", head(_OK, _CHUNKED, b"Connection: transfer-encoding")
    ),
    AnswerCase("chunks for a client of HTTP/1.0", "RFC 9112 6.1", coded(b"chunked"), request=_OLD),
    AnswerCase(
        "a coding in capitals",
        "RFC 9112 7",
        coded(b"CHUNKED"),
        PassedOn("names are case-insensitive", coded(b"CHUNKED")),
    ),
)

CHUNKS = (
    AnswerCase("a size that is no number", "RFC 9112 7.1", chunks(b"g\r\n"), BrokenOff()),
    AnswerCase("no size", "RFC 9112 7.1", chunks(b"\r\n" + _END), BrokenOff()),
    AnswerCase("a minus before the size", "RFC 9112 7.1", chunks(b"-1\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("0x before the size", "RFC 9112 7.1", chunks(b"0x1\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("an underscore in the size", "RFC 9112 7.1", chunks(b"0_1\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("spaces behind the size", "RFC 9112 7.1", chunks(b"1  \r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("spaces behind the last size", "RFC 9112 7.1", chunks(b"0  \r\n\r\n"), BrokenOff()),
    AnswerCase("2 to the 64th, and one", "RFC 9112 7.1", chunks(b"10000000000000001\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("a chunk longer than its size", "RFC 9112 7.1", chunks(b"1\r\nxy\r\n" + _END), BrokenOff()),
    AnswerCase("LF after the size", "RFC 9112 2.2", chunks(b"1\nx\r\n" + _END), BrokenOff()),
    AnswerCase("LF after the data", "RFC 9112 2.2", chunks(b"1\r\nx\n" + _END), BrokenOff()),
    AnswerCase("CR after the size", "RFC 9112 2.2", chunks(b"1\rx\r\n" + _END), BrokenOff()),
    AnswerCase("no semicolon before an extension", "RFC 9112 7.1.1", chunks(b"1 abc\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("a semicolon and nothing", "RFC 9112 7.1.1", chunks(b"1;\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("an open quote", "RFC 9112 7.1.1", chunks(b'1;a="b\r\nx\r\n' + _END), BrokenOff()),
    AnswerCase("LF in an extension", "RFC 9112 2.2", chunks(b"1;a\nb\r\nx\r\n" + _END), BrokenOff()),
    AnswerCase("a trailer without colon", "RFC 9112 7.1.2", chunks(b"0\r\nword\r\n\r\n"), BrokenOff()),
    AnswerCase("a folded trailer", "RFC 9112 5.2", chunks(b"0\r\nX: y\r\n z\r\n\r\n"), BrokenOff()),
    AnswerCase("a length in the trailers", "RFC 9110 6.5.1", chunks(b"0\r\nContent-Length: 5\r\n\r\n"), BrokenOff()),
    AnswerCase("a cookie in the trailers", "RFC 9110 6.5.1", chunks(b"0\r\nSet-Cookie: a=b\r\n\r\n"), BrokenOff()),
    AnswerCase(
        "a challenge in the trailers", "RFC 9110 6.5.1", chunks(b"0\r\nWWW-Authenticate: NTLM\r\n\r\n"), BrokenOff()
    ),
    AnswerCase("an answer for a chunk", "RFC 9112 7.1", chunks(_FALSE), BrokenOff()),
    AnswerCase(
        "extensions and trailers",
        "RFC 9112 7.1",
        chunks(b'1;a=b;c="d"\r\nx\r\n0\r\nX-Checksum: 1\r\n\r\n'),
        PassedOn("both are for the client to ignore", chunks(b'1;a=b;c="d"\r\nx\r\n0\r\nX-Checksum: 1\r\n\r\n')),
    ),
)

BROKEN_OFF = (
    AnswerCase("fewer bytes than announced", "RFC 9112 8", sized(b"4"), BrokenOff(), then="ends"),
    AnswerCase("no byte of those announced", "RFC 9112 8", head(_OK, b"Content-Length: 4"), BrokenOff(), then="ends"),
    AnswerCase("no last chunk", "RFC 9112 8", chunks(b""), BrokenOff(), then="ends"),
    AnswerCase("half a chunk", "RFC 9112 8", chunks(b"5\r\nxy"), BrokenOff(), then="ends"),
    AnswerCase("half a size", "RFC 9112 8", chunks(b"5"), BrokenOff(), then="ends"),
    AnswerCase("no empty line after the last chunk", "RFC 9112 8", chunks(b"0\r\n"), BrokenOff(), then="ends"),
    AnswerCase("half a trailer", "RFC 9112 8", chunks(b"0\r\nX-Check"), BrokenOff(), then="ends"),
    AnswerCase(
        "a body until the end",
        "RFC 9112 6.3",
        head(_OK) + b"abc",
        PassedOn("the end of the connection is its end, on both sides", head(_OK, b"Connection: close") + b"abc"),
        then="ends",
    ),
)

STATUSES = (
    AnswerCase(
        "HEAD, with a length and a body",
        "RFC 9112 6.3",
        head(_OK, b"Content-Length: 6") + b"poison",
        PassedOn("an answer to HEAD ends with its head", head(_OK, b"Content-Length: 6")),
        request=_HEAD_ONLY,
    ),
    AnswerCase(
        "HEAD, with chunks and a body",
        "RFC 9112 6.3",
        head(_OK, _CHUNKED) + b"6\r\npoison\r\n" + _END,
        PassedOn("an answer to HEAD ends with its head", head(_OK, _CHUNKED)),
        request=_HEAD_ONLY,
    ),
    AnswerCase(
        "304 with a length and an answer behind it",
        "RFC 9112 6.3",
        head(b"HTTP/1.1 304 Not Modified", b"Content-Length: 6") + _FALSE,
        PassedOn("304 ends with its head", head(b"HTTP/1.1 304 Not Modified", b"Content-Length: 6")),
    ),
    AnswerCase(
        "204 with a body",
        "RFC 9112 6.3",
        head(b"HTTP/1.1 204 No Content", b"Content-Length: 6") + b"poison",
        PassedOn("204 ends with its head, and announces nothing", head(b"HTTP/1.1 204 No Content")),
    ),
    AnswerCase(
        "204 with chunks",
        "RFC 9112 6.1",
        head(b"HTTP/1.1 204 No Content", _CHUNKED) + _END,
        PassedOn("204 ends with its head, and announces nothing", head(b"HTTP/1.1 204 No Content")),
    ),
    AnswerCase(
        "101 that nobody asked for",
        "RFC 9110 15.2.2",
        head(b"HTTP/1.1 101 Switching Protocols", b"Connection: upgrade", b"Upgrade: h2c"),
    ),
    AnswerCase("101 without an upgrade", "RFC 9110 7.8", head(b"HTTP/1.1 101 Switching Protocols")),
    AnswerCase(
        "101 to another protocol",
        "RFC 9110 7.8",
        head(b"HTTP/1.1 101 Switching Protocols", b"Connection: upgrade", b"Upgrade: h2c"),
        request=b"GET /case HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ),
    AnswerCase(
        "101 in HTTP/1.0",
        "RFC 9110 7.8",
        head(b"HTTP/1.1 101 Switching Protocols", b"Connection: upgrade", b"Upgrade: websocket"),
        request=b"GET /case HTTP/1.0\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ),
    AnswerCase(
        "a challenge by a forward proxy",
        "RFC 9110 15.5.8",
        head(b"HTTP/1.1 407 Proxy Authentication Required", b"Proxy-Authenticate: NTLM", b"Content-Length: 0"),
    ),
    AnswerCase(
        "200 that speaks of an upgrade",
        "RFC 9110 7.8",
        head(_OK, b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 2") + b"ok",
        PassedOn("an offer, which concerns one hop and goes", head(_OK, b"Content-Length: 2") + b"ok"),
    ),
)

INTERIM = (
    AnswerCase("a malformed interim answer", "RFC 9110 15.2", head(b"HTTP/1.1 100 Continue", b"X : y")),
    AnswerCase(
        "an interim answer with a folded field", "RFC 9112 5.2", head(b"HTTP/1.1 103 Early Hints", b"X: y", b" z")
    ),
    AnswerCase("an interim answer and nothing", "RFC 9112 8", b"HTTP/1.1 102 Processing\r\n", then="ends"),
    AnswerCase(
        "interim answers for a client of HTTP/1.0",
        "RFC 9110 15.2",
        head(b"HTTP/1.1 100 Continue") + sized(b"3"),
        PassedOn(
            "a proxy MUST NOT send 1xx to HTTP/1.0", head(_OK, b"Content-Length: 3", b"Connection: close") + b"abc"
        ),
        request=_OLD,
    ),
    AnswerCase(
        "two interim answers",
        "RFC 9110 15.2",
        head(b"HTTP/1.1 100 Continue") + head(b"HTTP/1.1 103 Early Hints", b"Link: </a>") + sized(b"3"),
        PassedOn(
            "a proxy MUST forward 1xx",
            head(b"HTTP/1.1 100 Continue") + head(b"HTTP/1.1 103 Early Hints", b"Link: </a>") + sized(b"3"),
        ),
    ),
    AnswerCase(
        "an interim answer with a length",
        "RFC 9110 8.6",
        head(b"HTTP/1.1 103 Early Hints", b"Content-Length: 6") + sized(b"3"),
        PassedOn("1xx ends with its head, and announces nothing", head(b"HTTP/1.1 103 Early Hints") + sized(b"3")),
    ),
)

SURPLUS = (
    AnswerCase(
        "an answer behind the answer",
        "RFC 9112 6.3",
        sized(b"3") + _FALSE,
        PassedOn("what follows belongs to no request: that connection is not used again", sized(b"3")),
    ),
    AnswerCase(
        "an answer behind the chunks",
        "RFC 9112 6.3",
        chunks(_END) + _FALSE,
        PassedOn("what follows belongs to no request: that connection is not used again", chunks(_END)),
    ),
    AnswerCase(
        "an empty line behind the answer",
        "RFC 9112 6.3",
        sized(b"3") + b"\r\n",
        PassedOn("what follows belongs to no request: that connection is not used again", sized(b"3")),
    ),
)
