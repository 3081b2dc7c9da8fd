"""Bodies in chunks: sizes, extensions, line ends, trailers. Their heads are good, so they may be on their way."""

from __future__ import annotations

from tests.conformance.cases import SMUGGLED, BrokenOff, Forwarded, RequestCase, chunked

_END = b"0\r\n\r\n"


def size(line: bytes) -> bytes:
    """A chunk of one byte with this size line, whole in every other respect, and a request behind it."""
    return chunked(line + b"\r\nZ\r\n" + _END + SMUGGLED)


def trailer(*lines: bytes) -> bytes:
    """A body with these trailer lines, and a request behind it."""
    return chunked(b"1\r\nZ\r\n0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + SMUGGLED)


def whole(body: bytes) -> bytes:
    """A body that ends as it should, and nothing behind it."""
    return chunked(body)


SIZES = (
    RequestCase("no size", "RFC 9112 7.1", size(b""), BrokenOff()),
    RequestCase("a size that is no number", "RFC 9112 7.1", size(b"Z"), BrokenOff()),
    RequestCase("a plus before the size", "RFC 9112 7.1", size(b"+1"), BrokenOff()),
    RequestCase("a minus before the size", "RFC 9112 7.1", size(b"-1"), BrokenOff()),
    RequestCase("minus zero for the last size", "RFC 9112 7.1", chunked(b"-0\r\n\r\n" + SMUGGLED), BrokenOff()),
    RequestCase("0x before the size", "RFC 9112 7.1", size(b"0x1"), BrokenOff()),
    RequestCase("0X before the last chunk's", "RFC 9112 7.1", chunked(b"0X0\r\n\r\n" + SMUGGLED), BrokenOff()),
    RequestCase("-0x0", "RFC 9112 7.1", chunked(b"-0x0\r\n\r\n" + SMUGGLED), BrokenOff()),
    RequestCase("an h behind the size", "RFC 9112 7.1", size(b"1h"), BrokenOff()),
    RequestCase("an underscore in the size", "RFC 9112 7.1", chunked(b"0_2e\r\n\r\n" + SMUGGLED + _END), BrokenOff()),
    RequestCase("a fraction", "RFC 9112 7.1", size(b"1.0"), BrokenOff()),
    RequestCase("an exponent is a digit, a comma is not", "RFC 9112 7.1", size(b"1,0"), BrokenOff()),
    RequestCase("a space before the size", "RFC 9112 7.1", size(b" 1"), BrokenOff()),
    RequestCase("many spaces before the last", "RFC 9112 7.1", chunked(b"     0\r\n\r\n" + SMUGGLED), BrokenOff()),
    RequestCase("a space behind the size", "RFC 9112 7.1", size(b"1 "), BrokenOff()),
    RequestCase("a tab behind the size", "RFC 9112 7.1", size(b"1\t"), BrokenOff()),
    RequestCase("a form feed before the size", "RFC 9112 7.1", size(b"\x0c1"), BrokenOff()),
    RequestCase("NUL behind the size", "RFC 9112 7.1", size(b"1\x00"), BrokenOff()),
    RequestCase("NUL before the size", "RFC 9112 7.1", size(b"\x001"), BrokenOff()),
    RequestCase("two sizes", "RFC 9112 7.1", size(b"1 1"), BrokenOff()),
    RequestCase("a word behind the size", "RFC 9112 7.1", size(b"1word"), BrokenOff()),
    RequestCase("quotes around the size", "RFC 9112 7.1", size(b'"1"'), BrokenOff()),
    RequestCase("full-width digits for a size", "RFC 9112 7.1", size("\uff11".encode()), BrokenOff()),
    RequestCase("2 to the 64th, and one", "RFC 9112 7.1", size(b"10000000000000001"), BrokenOff()),
    RequestCase(
        "2 to the 32nd, 2 to the 64th", "RFC 9112 7.1", size(b"100000000000000000000000000000001"), BrokenOff()
    ),
    RequestCase("the largest 64-bit number", "RFC 9112 7.1", size(b"ffffffffffffffff"), BrokenOff()),
    RequestCase("a thousand zeros before it", "RFC 9112 7.1", size(b"0" * 1000 + b"1"), BrokenOff()),
    RequestCase("a size line without end", "RFC 9112 7.1", chunked(b"1;" + b"a" * 10_000), BrokenOff()),
)

DATA = (
    RequestCase("a chunk longer than its size", "RFC 9112 7.1", chunked(b"1\r\nZZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("a chunk shorter than its size", "RFC 9112 7.1", chunked(b"3\r\nZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("no line end after the data", "RFC 9112 7.1", chunked(b"1\r\nZ" + _END + SMUGGLED), BrokenOff()),
    RequestCase("two bytes for the line end", "RFC 9112 7.1", chunked(b"1\r\nZXX" + _END + SMUGGLED), BrokenOff()),
    RequestCase("LF after the data", "RFC 9112 2.2", chunked(b"1\r\nZ\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("CR after the data", "RFC 9112 2.2", chunked(b"1\r\nZ\r" + _END + SMUGGLED), BrokenOff()),
    RequestCase(
        "an empty line between chunks", "RFC 9112 7.1", chunked(b"1\r\nZ\r\n\r\n" + _END + SMUGGLED), BrokenOff()
    ),
    RequestCase("an empty line before the chunks", "RFC 9112 7.1", chunked(b"\r\n1\r\nZ\r\n" + _END), BrokenOff()),
    RequestCase("LF after the size", "RFC 9112 2.2", chunked(b"1\nZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("CR after the size", "RFC 9112 2.2", chunked(b"1\rZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("CR CR LF after the size", "RFC 9112 2.2", chunked(b"1\r\r\nZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("LF LF after the size", "RFC 9112 2.2", chunked(b"1\n\nZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase(
        "every line of the chunks ends with LF", "RFC 9112 2.2", chunked(b"1\nZ\n0\n\n" + SMUGGLED), BrokenOff()
    ),
    RequestCase("the last chunk ends with LF", "RFC 9112 2.2", chunked(b"1\r\nZ\r\n0\n\r\n" + SMUGGLED), BrokenOff()),
    RequestCase("the trailers end with LF", "RFC 9112 2.2", chunked(b"1\r\nZ\r\n0\r\n\n" + SMUGGLED), BrokenOff()),
    RequestCase(
        "the trailers end with CR CR LF", "RFC 9112 2.2", chunked(b"1\r\nZ\r\n0\r\n\r\r\n" + SMUGGLED), BrokenOff()
    ),
    RequestCase("any two bytes for the end", "RFC 9112 7.1", chunked(b"1\r\nZ\r\n0\r\nX:" + SMUGGLED), BrokenOff()),
    RequestCase("no chunk at all", "RFC 9112 7.1", chunked(SMUGGLED), BrokenOff()),
)

EXTENSIONS = (
    RequestCase("a semicolon and nothing", "RFC 9112 7.1.1", size(b"1;"), BrokenOff()),
    RequestCase("two semicolons", "RFC 9112 7.1.1", size(b"1;;a"), BrokenOff()),
    RequestCase("no name for an extension", "RFC 9112 7.1.1", size(b"1;=a"), BrokenOff()),
    RequestCase("no value", "RFC 9112 7.1.1", size(b"1;a="), BrokenOff()),
    RequestCase("two equals signs", "RFC 9112 7.1.1", size(b"1;a==b"), BrokenOff()),
    RequestCase("no semicolon", "RFC 9112 7.1.1", size(b"1 a=b"), BrokenOff()),
    RequestCase("an open quote", "RFC 9112 7.1.1", size(b'1;a="b'), BrokenOff()),
    RequestCase("something behind the quote", "RFC 9112 7.1.1", size(b'1;a="b"c'), BrokenOff()),
    RequestCase("an open quote and a line more", "RFC 9112 7.1.1", chunked(b'1;a="\r\nZ\r\n"\r\n' + _END), BrokenOff()),
    RequestCase("an escaped line end", "RFC 9110 5.6.4", chunked(b'1;a="\\\r\nZ\r\n' + _END + SMUGGLED), BrokenOff()),
    RequestCase(
        "CR before the semicolon", "RFC 9112 2.2", chunked(b"2\r\r;a\r\n02\r\n41\r\n" + _END + SMUGGLED), BrokenOff()
    ),
    RequestCase("CR after the semicolon", "RFC 9112 2.2", size(b"1;a=b\r\rX"), BrokenOff()),
    RequestCase("CR in an extension", "RFC 9112 2.2", size(b"1;a\rb"), BrokenOff()),
    RequestCase("LF in an extension", "RFC 9112 2.2", chunked(b"2;\nxx\r\n4c\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("LF at the end of an extension", "RFC 9112 2.2", chunked(b"1;a\nZ\r\n" + _END + SMUGGLED), BrokenOff()),
    RequestCase("NUL in an extension", "RFC 9110 5.6.4", size(b'1;a="\x00"'), BrokenOff()),
    RequestCase("a control in an extension", "RFC 9110 5.6.2", size(b"1;a\x01"), BrokenOff()),
    RequestCase(
        "extensions of every form",
        "RFC 9112 7.1.1",
        whole(b'1;a;b=c;d="e;f\\"\\\\ g"\r\nZ\r\n0;last\r\n\r\n'),
        Forwarded("a recipient MUST ignore what it does not know", method=b"POST", body=b"Z"),
    ),
    RequestCase(
        "zeros before the sizes",
        "RFC 9112 7.1",
        whole(b"0001\r\nZ\r\n000\r\n\r\n"),
        Forwarded("1*HEXDIG: zeros mean nothing", method=b"POST", body=b"Z"),
    ),
    RequestCase(
        "a request inside a chunk",
        "RFC 9112 7.1",
        whole(b"%X\r\n%s\r\n" % (len(_END + SMUGGLED), _END + SMUGGLED) + _END),
        Forwarded("chunk-data is any octets", method=b"POST", body=_END + SMUGGLED),
    ),
)

TRAILERS = (
    RequestCase("a space before a trailer's colon", "RFC 9112 5.1", trailer(b"X : y"), BrokenOff()),
    RequestCase("a trailer without colon", "RFC 9112 7.1.2", trailer(b"word"), BrokenOff()),
    RequestCase("a trailer without name", "RFC 9112 7.1.2", trailer(b": y"), BrokenOff()),
    RequestCase("a folded trailer", "RFC 9112 5.2", trailer(b"X: y", b" z"), BrokenOff()),
    RequestCase("a space before the first trailer", "RFC 9112 5.2", trailer(b" X: y"), BrokenOff()),
    RequestCase("NUL in a trailer", "RFC 9110 5.5", trailer(b"X: \x00"), BrokenOff()),
    RequestCase("CR in a trailer", "RFC 9112 2.2", trailer(b"X: y\rZ: w"), BrokenOff()),
    RequestCase("LF in a trailer", "RFC 9112 2.2", trailer(b"X: y\nZ: w"), BrokenOff()),
    RequestCase("a request for a trailer", "RFC 9112 7.1.2", trailer(b"GET / HTTP/1.1"), BrokenOff()),
    RequestCase("a length in the trailers", "RFC 9110 6.5.1", trailer(b"Content-Length: 5"), BrokenOff()),
    RequestCase("a coding in the trailers", "RFC 9110 6.5.1", trailer(b"Transfer-Encoding: chunked"), BrokenOff()),
    RequestCase("Host in the trailers", "RFC 9110 6.5.1", trailer(b"host: evil.test"), BrokenOff()),
    RequestCase("a login in the trailers", "RFC 9110 6.5.1", trailer(b"Authorization: NTLM TlRM"), BrokenOff()),
    RequestCase("a cookie in the trailers", "RFC 9110 6.5.1", trailer(b"Cookie: a=b"), BrokenOff()),
    RequestCase("Connection in the trailers", "RFC 9110 6.5.1", trailer(b"Connection: close"), BrokenOff()),
    RequestCase("another client in the trailers", "RFC 9110 6.5.1", trailer(b"X-Forwarded-For: 10.0.0.1"), BrokenOff()),
    RequestCase("another port in the trailers", "RFC 9110 6.5.1", trailer(b"X-Forwarded-Port: 443"), BrokenOff()),
    RequestCase(
        "another client by its other name", "RFC 9110 6.5.1", trailer(b"x_forwarded_for: 10.0.0.1"), BrokenOff()
    ),
    RequestCase("another address in the trailers", "RFC 9110 6.5.1", trailer(b"X-Real-IP: 10.0.0.1"), BrokenOff()),
    RequestCase("another target in the trailers", "RFC 9110 6.5.1", trailer(b"X-Original-URL: /evil"), BrokenOff()),
    RequestCase("trailers without end", "RFC 9110 6.5", trailer(*[b"X: " + b"y" * 1000] * 40), BrokenOff()),
    RequestCase(
        "an ordinary trailer",
        "RFC 9112 7.1.2",
        whole(b"1\r\nZ\r\n0\r\nX-Checksum: 1\r\n\r\n"),
        Forwarded("its meaning is between client and server", method=b"POST", body=b"Z"),
    ),
)
