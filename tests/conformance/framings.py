"""How long a request's body is: Content-Length and Transfer-Encoding, and what attackers make of the two."""

from __future__ import annotations

from tests.conformance.cases import HOST, SMUGGLED, Forwarded, Refused, RequestCase, head, post

_CHUNKED = b"Transfer-Encoding: chunked"
_END = b"0\r\n\r\n"


def length(value: bytes) -> bytes:
    """A POST with this Content-Length, and ten bytes that may or may not be its body."""
    return post(b"Content-Length: " + value, body=b"0123456789" + SMUGGLED)


def coding(value: bytes) -> bytes:
    """A POST with this Transfer-Encoding, and a chunked body that may or may not be its own."""
    return post(b"Transfer-Encoding: " + value, body=b"1\r\nZ\r\n" + _END + SMUGGLED)


LENGTHS = (
    RequestCase("an empty length", "RFC 9112 6.3", length(b""), Refused()),
    RequestCase("a length of spaces", "RFC 9112 6.3", length(b" \t "), Refused()),
    RequestCase("a plus before the length", "RFC 9110 8.6", length(b"+10"), Refused()),
    RequestCase("a minus before the length", "RFC 9110 8.6", length(b"-10"), Refused()),
    RequestCase("minus zero", "RFC 9110 8.6", length(b"-0"), Refused()),
    RequestCase("a hexadecimal length", "RFC 9110 8.6", length(b"0x0a"), Refused()),
    RequestCase("a hexadecimal digit", "RFC 9110 8.6", length(b"a"), Refused()),
    RequestCase("an underscore in the length", "RFC 9110 8.6", length(b"1_0"), Refused()),
    RequestCase("a comma at the end of the length", "RFC 9110 8.6", length(b"10,"), Refused()),
    RequestCase("a comma before the length", "RFC 9110 8.6", length(b",10"), Refused()),
    RequestCase("a length with a unit", "RFC 9110 8.6", length(b"10B"), Refused()),
    RequestCase("a length with a parameter", "RFC 9110 8.6", length(b"10;q=1"), Refused()),
    RequestCase("a length in quotes", "RFC 9110 8.6", length(b'"10"'), Refused()),
    RequestCase("a length with a fraction", "RFC 9110 8.6", length(b"10.0"), Refused()),
    RequestCase("a length with an exponent", "RFC 9110 8.6", length(b"1e1"), Refused()),
    RequestCase("a space in the length", "RFC 9110 8.6", length(b"1 0"), Refused()),
    RequestCase("a tab in the length", "RFC 9110 8.6", length(b"1\t0"), Refused()),
    RequestCase("NUL after the length", "RFC 9110 5.5", length(b"10\x00"), Refused()),
    RequestCase("a vertical tab before the length", "RFC 9110 5.5", length(b"\x0b10"), Refused()),
    RequestCase("a no-break space before the length", "RFC 9110 8.6", length(b"\xa010"), Refused()),
    RequestCase("Arabic digits", "RFC 9110 8.6", length("\u0661\u0660".encode()), Refused()),
    RequestCase("a superscript digit", "RFC 9110 8.6", length(b"\xb2"), Refused()),
    RequestCase("a length of 2 to the 64th, and ten", "RFC 9110 8.6", length(b"18446744073709551626"), Refused()),
    RequestCase("a length of 2 to the 63rd", "RFC 9110 8.6", length(b"9223372036854775808"), Refused()),
    RequestCase("a length of a thousand digits", "RFC 9110 8.6", length(b"1" * 1000), Refused()),
    RequestCase("two lengths", "RFC 9112 6.3", length(b"10\r\nContent-Length: 0"), Refused()),
    RequestCase("two lengths, the longer one last", "RFC 9112 6.3", length(b"0\r\nContent-Length: 10"), Refused()),
    RequestCase("the same length twice", "RFC 9110 8.6", length(b"10\r\nContent-Length: 10"), Refused()),
    RequestCase("two lengths in two spellings", "RFC 9112 6.3", length(b"10\r\ncontent-LENGTH: 0"), Refused()),
    RequestCase("an empty length before another", "RFC 9112 6.3", length(b"\r\nContent-Length: 44"), Refused()),
    RequestCase("an empty length after another", "RFC 9112 6.3", length(b"44\r\nContent-Length:"), Refused()),
    RequestCase("the same length twice in one field", "RFC 9110 8.6", length(b"10, 10"), Refused()),
    RequestCase("two lengths in one field", "RFC 9112 6.3", length(b"10, 0"), Refused()),
    RequestCase(
        "a length and one with a space before its colon", "RFC 9112 5.1", length(b"0\r\nContent-Length : 10"), Refused()
    ),
    RequestCase("a length and a folded one", "RFC 9112 5.2", length(b"0\r\n Content-Length: 10"), Refused()),
    RequestCase(
        "zeros before the length",
        "RFC 9110 8.6",
        post(b"Content-Length: 0010", body=b"0123456789"),
        Forwarded("1*DIGIT, and decimal: zeros mean nothing", method=b"POST", body=b"0123456789"),
    ),
    RequestCase(
        "white space around the length",
        "RFC 9112 5",
        post(b"Content-Length:\t 10 \t", body=b"0123456789"),
        Forwarded("OWS is no part of the value", method=b"POST", body=b"0123456789"),
    ),
    RequestCase(
        "a GET with a body",
        "RFC 9110 9.3.1",
        head(b"GET / HTTP/1.1", HOST, b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED,
        Forwarded("a body without meaning, and still a body: it must not become a request", body=SMUGGLED),
    ),
    RequestCase(
        "a HEAD with a body in chunks",
        "RFC 9112 6.3",
        head(b"HEAD / HTTP/1.1", HOST, _CHUNKED) + b"%x\r\n%s\r\n" % (len(SMUGGLED), SMUGGLED) + _END,
        Forwarded("the length does not depend on the method", method=b"HEAD", body=SMUGGLED),
    ),
    RequestCase(
        "a POST without a length",
        "RFC 9112 6.3",
        post(),
        Forwarded("a request without either field has no body", method=b"POST"),
    ),
    RequestCase(
        "a POST without a length, and bytes behind it",
        "RFC 9112 6.3",
        post(body=b"a=b\r\n\r\n"),
        Forwarded("what follows is the next request, and none", method=b"POST", then="refused"),
    ),
    RequestCase(
        "bytes behind a length of nothing",
        "RFC 9112 6.3",
        post(b"Content-Length: 0", body=b"a=b&c=d\r\n\r\n"),
        Forwarded("what follows is the next request, and none", method=b"POST", then="refused"),
    ),
    RequestCase(
        "a body that is longer than its length",
        "RFC 9112 6.3",
        post(b"Content-Length: 3", body=b"abcdef\r\n\r\n"),
        Forwarded("what follows is the next request, and none", method=b"POST", body=b"abc", then="refused"),
    ),
)

BOTH = (
    RequestCase(
        "a length and chunks",
        "RFC 9112 6.1",
        post(b"Content-Length: 5", _CHUNKED, body=_END + SMUGGLED),
        Refused(),
    ),
    RequestCase(
        "chunks and a length", "RFC 9112 6.1", post(_CHUNKED, b"Content-Length: 48", body=_END + SMUGGLED), Refused()
    ),
    RequestCase(
        "a length of nothing and chunks", "RFC 9112 6.1", post(b"Content-Length: 0", _CHUNKED, body=_END), Refused()
    ),
    RequestCase(
        "an unknown coding and a length", "RFC 9112 6.1", length(b"5\r\nTransfer-Encoding: pigeons"), Refused()
    ),
    RequestCase("identity and a length", "RFC 9112 6.1", length(b"5\r\nTransfer-Encoding: identity"), Refused()),
    RequestCase(
        "a coding in a list and a length", "RFC 9112 6.1", length(b"5\r\nTransfer-Encoding: ,chunked"), Refused()
    ),
    RequestCase("an empty coding and a length", "RFC 9112 6.1", length(b"5\r\nTransfer-Encoding:"), Refused()),
    RequestCase(
        "chunks in HTTP/1.0", "RFC 9112 6.1", head(b"POST / HTTP/1.0", HOST, _CHUNKED) + _END + SMUGGLED, Refused()
    ),
    RequestCase(
        "chunks and a length in HTTP/1.0",
        "RFC 9112 6.1",
        head(b"POST / HTTP/1.0", HOST, b"Content-Length: 5", _CHUNKED) + _END + SMUGGLED,
        Refused(),
    ),
    RequestCase(
        "identity in HTTP/1.0",
        "RFC 9112 6.1",
        head(b"POST / HTTP/1.0", HOST, b"Transfer-Encoding: identity"),
        Refused(),
    ),
    RequestCase(
        "a coding whose hyphen is an underscore, and a length",
        "RFC 9110 5.6.2",
        post(b"Transfer_Encoding: chunked", b"Content-Length: 5", body=_END),
        Forwarded("another name, which frames nothing", method=b"POST", body=_END),
    ),
    RequestCase(
        "a coding inside another field, and a length",
        "RFC 9110 5.5",
        post(b"X: X\tTransfer-Encoding: chunked", b"Content-Length: 5", body=_END),
        Forwarded("the rest of a value", method=b"POST", body=_END),
    ),
    RequestCase(
        "a coding of the content, and a length",
        "RFC 9110 8.4",
        post(b"Content-Encoding: chunked", b"Content-Length: 5", body=_END),
        Forwarded("Content-Encoding says nothing of the message", method=b"POST", body=_END),
    ),
)

CODINGS = (
    RequestCase("an empty coding", "RFC 9112 6.1", coding(b""), Refused()),
    RequestCase(
        "three empty codings", "RFC 9112 6.1", coding(b"\r\nTransfer-Encoding:\r\nTransfer-Encoding:"), Refused()
    ),
    RequestCase("an unknown coding", "RFC 9112 6.1", coding(b"pigeons"), Refused()),
    RequestCase("identity", "RFC 9112 7", coding(b"identity"), Refused()),
    RequestCase("gzip", "RFC 9112 6.3", coding(b"gzip"), Refused()),
    RequestCase("gzip, then chunks", "RFC 9112 6.1", coding(b"gzip, chunked"), Refused()),
    RequestCase("gzip by its old name, then chunks", "RFC 9112 7.2", coding(b"x-gzip, chunked"), Refused()),
    RequestCase(
        "gzip and chunks in two fields", "RFC 9112 6.1", coding(b"gzip\r\nTransfer-Encoding: chunked"), Refused()
    ),
    RequestCase("chunks, then gzip", "RFC 9112 6.3", coding(b"chunked, gzip"), Refused()),
    RequestCase("chunks, then identity", "RFC 9112 6.3", coding(b"chunked, identity"), Refused()),
    RequestCase("identity, then chunks", "RFC 9112 6.1", coding(b"identity, chunked"), Refused()),
    RequestCase(
        "chunks and gzip in two fields", "RFC 9112 6.3", coding(b"chunked\r\nTransfer-Encoding: gzip"), Refused()
    ),
    RequestCase("chunks twice", "RFC 9112 6.1", coding(b"chunked, chunked"), Refused()),
    RequestCase("chunks in two fields", "RFC 9112 6.1", coding(b"chunked\r\nTransfer-Encoding: chunked"), Refused()),
    RequestCase("two words in one", "RFC 9112 7", coding(b"chunkedchunked"), Refused()),
    RequestCase("a comma before", "RFC 9110 5.6.1", coding(b",chunked"), Refused()),
    RequestCase("a comma behind", "RFC 9110 5.6.1", coding(b"chunked,"), Refused()),
    RequestCase("a comma alone", "RFC 9110 5.6.1", coding(b","), Refused()),
    RequestCase("a parameter", "RFC 9112 7", coding(b"chunked;a=b"), Refused()),
    RequestCase("a weight", "RFC 9112 7", coding(b"chunked;q=0"), Refused()),
    RequestCase("double quotes", "RFC 9112 7", coding(b'"chunked"'), Refused()),
    RequestCase("single quotes", "RFC 9112 7", coding(b"'chunked'"), Refused()),
    RequestCase("half the word", "RFC 9112 7", coding(b"chunk"), Refused()),
    RequestCase("a letter before", "RFC 9112 7", coding(b"xchunked"), Refused()),
    RequestCase("a word before", "RFC 9112 7", coding(b"cow chunked"), Refused()),
    RequestCase("a word behind", "RFC 9112 7", coding(b"chunked cow"), Refused()),
    RequestCase("a NUL before", "RFC 9110 5.5", coding(b"\x00chunked"), Refused()),
    RequestCase("a NUL behind", "RFC 9110 5.5", coding(b"chunked\x00"), Refused()),
    RequestCase("a vertical tab before", "RFC 9110 5.5", coding(b"\x0bchunked"), Refused()),
    RequestCase("a form feed behind", "RFC 9110 5.5", coding(b"chunked\x0c"), Refused()),
    RequestCase("CR behind", "RFC 9112 2.2", coding(b"chunked\r"), Refused()),
    RequestCase("LF before", "RFC 9112 2.2", coding(b"\nchunked"), Refused()),
    RequestCase("a no-break space around", "RFC 9112 7", coding(b"\xa0chunked\xa0"), Refused()),
    RequestCase("NEL around", "RFC 9112 7", coding(b"\x85chunked\x85"), Refused()),
    RequestCase("byte 255 around", "RFC 9112 7", coding(b"\xffchunked\xff"), Refused()),
    RequestCase("an accent", "RFC 9112 7", coding(b"ch\x96nked"), Refused()),
    RequestCase("a dotless letter", "RFC 9112 7", coding("chunKed".replace("K", "\u212a").encode()), Refused()),
    RequestCase(
        "a space before the coding's colon", "RFC 9112 5.1", post(b"Transfer-Encoding : chunked", body=_END), Refused()
    ),
    # RFC 9112 5 allows it. llhttp does not read `chunked` there, so others would not either.
    RequestCase("white space behind the coding", "RFC 9112 5", coding(b"chunked \t"), Refused()),
    RequestCase("a tab around the colon", "RFC 9112 5.1", post(b"Transfer-Encoding\t:\tchunked", body=_END), Refused()),
    RequestCase("a space for the hyphen", "RFC 9110 5.6.2", post(b"Transfer Encoding: chunked", body=_END), Refused()),
    RequestCase("CR in the name", "RFC 9112 2.2", post(b"Transfer\r-Encoding: chunked", body=_END), Refused()),
    RequestCase("a space before the name", "RFC 9112 5.2", post(b" Transfer-Encoding: chunked", body=_END), Refused()),
    RequestCase(
        "an accent in the name", "RFC 9110 5.6.2", post(b"Transf\x82r-Encoding: chunked", body=_END), Refused()
    ),
    RequestCase(
        "a coding in capitals",
        "RFC 9112 7",
        post(b"TRANSFER-ENCODING: cHuNkEd", body=b"1\r\nZ\r\n" + _END),
        Forwarded("names of codings are case-insensitive", method=b"POST", body=b"Z"),
    ),
    RequestCase(
        "white space before the coding",
        "RFC 9112 5",
        post(b"Transfer-Encoding:\t chunked", body=b"1\r\nZ\r\n" + _END),
        Forwarded("OWS is no part of the value", method=b"POST", body=b"Z"),
    ),
)
