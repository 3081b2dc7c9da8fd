"""Field lines of requests: names, values, line ends; and Host."""

from __future__ import annotations

from tests.conformance.cases import HOST, SMUGGLED, Forwarded, Refused, RequestCase, get, head

NAMES = (
    RequestCase("a space before the colon", "RFC 9112 5.1", get(b"X : y"), Refused()),
    RequestCase("a tab before the colon", "RFC 9112 5.1", get(b"X\t: y"), Refused()),
    RequestCase("a space before the colon of a length", "RFC 9112 5.1", get(b"Content-Length : 42"), Refused()),
    RequestCase("a space in a name", "RFC 9110 5.6.2", get(b"X Y: z"), Refused()),
    RequestCase("no name", "RFC 9112 5", get(b": z"), Refused()),
    RequestCase("a colon alone", "RFC 9112 5", get(b":"), Refused()),
    RequestCase("no name in the first line", "RFC 9112 5", head(b"GET / HTTP/1.1", b": z", HOST), Refused()),
    RequestCase("no colon", "RFC 9112 5", get(b"Content-Length 42"), Refused()),
    RequestCase("a word alone", "RFC 9112 5", get(b"word"), Refused()),
    RequestCase("NUL in a name", "RFC 9110 5.6.2", get(b"X\x00Y: z"), Refused()),
    RequestCase("a control in a name", "RFC 9110 5.6.2", get(b"X\x01Y: z"), Refused()),
    RequestCase("DEL in a name", "RFC 9110 5.6.2", get(b"X\x7f: z"), Refused()),
    RequestCase("brackets in a name", "RFC 9110 5.6.2", get(b"X(y): z"), Refused()),
    RequestCase("an at-sign in a name", "RFC 9110 5.6.2", get(b"X@: z"), Refused()),
    RequestCase("quotes around a name", "RFC 9110 5.6.2", get(b'"X": z'), Refused()),
    RequestCase("a letter beyond ASCII in a name", "RFC 9110 5.6.2", get(b"X\xe4: z"), Refused()),
    RequestCase("NEL at the end of a length's name", "RFC 9110 5.6.2", get(b"Content-Length\x85: 42"), Refused()),
    RequestCase("a no-break space at the end of a name", "RFC 9110 5.6.2", get(b"Content-Length\xa0: 42"), Refused()),
    RequestCase("an em dash in a length's name", "RFC 9110 5.6.2", get("Content\u2014Length: 42".encode()), Refused()),
    RequestCase("CR in a name", "RFC 9112 2.2", get(b"Content\rLength: 42"), Refused()),
    RequestCase("LF in a name", "RFC 9112 2.2", get(b"Te\nst: x"), Refused()),
    RequestCase("a name across two lines", "RFC 9112 5.2", get(b"Transfer-", b"Encoding: chunked"), Refused()),
    RequestCase("a name and a folded colon", "RFC 9112 5.2", get(b"X", b" : y"), Refused()),
    RequestCase("a request line for a field", "RFC 9112 5", get(b"GET /evil HTTP/1.1"), Refused()),
    RequestCase(
        "an underscore for the hyphen of a length",
        "RFC 9110 5.6.2",
        head(b"GET / HTTP/1.1", HOST, b"Content_Length: 42"),
        Forwarded("another name, which frames nothing"),
    ),
    RequestCase(
        "a name that a length's name begins",
        "RFC 9110 5.1",
        head(b"GET / HTTP/1.1", HOST, b"Content-Length-X: 42"),
        Forwarded("another name, which frames nothing"),
    ),
)

VALUES = (
    RequestCase("NUL in a value", "RFC 9110 5.5", get(b"X: a\x00b"), Refused()),
    RequestCase("NUL at the end of a value", "RFC 9110 5.5", get(b"X: a\x00"), Refused()),
    RequestCase("a control in a value", "RFC 9110 5.5", get(b"X: a\x01b"), Refused()),
    RequestCase("a form feed for a value", "RFC 9110 5.5", get(b"X: \x0c"), Refused()),
    RequestCase("a back-space in a value", "RFC 9110 5.5", get(b"X: a\x08b"), Refused()),
    RequestCase("an escape in a value", "RFC 9110 5.5", get(b"X: \x1b[0m"), Refused()),
    RequestCase("DEL in a value", "RFC 9110 5.5", get(b"X: a\x7f"), Refused()),
    RequestCase("CR in a value", "RFC 9112 2.2", get(b"X: a\rTransfer-Encoding: chunked"), Refused()),
    RequestCase("CR for a value", "RFC 9112 2.2", get(b"X:\rTransfer-Encoding: chunked"), Refused()),
    RequestCase("CR at the end of a value", "RFC 9112 2.2", get(b"X: a\r"), Refused()),
    RequestCase("LF in a value", "RFC 9112 2.2", get(b"X: a\nContent-Length: 42"), Refused()),
    RequestCase("LF for a value", "RFC 9112 2.2", get(b"X:\nTransfer-Encoding: chunked"), Refused()),
    RequestCase("two LFs for a value", "RFC 9112 2.2", get(b"X:\n\nGET /evil HTTP/1.1"), Refused()),
    RequestCase(
        "letters beyond ASCII in a value",
        "RFC 9110 5.5",
        head(b"GET / HTTP/1.1", HOST, b"X: D\xc3\xbcsseldorf \xff"),
        Forwarded("obs-text is opaque data"),
    ),
    RequestCase(
        "an empty value",
        "RFC 9110 5.5",
        head(b"GET / HTTP/1.1", HOST, b"X:", b"Y: \t "),
        Forwarded("field-value may be empty"),
    ),
    RequestCase(
        "a tab before and after a value",
        "RFC 9112 5",
        head(b"GET / HTTP/1.1", HOST, b"X:\ty\t "),
        Forwarded("OWS is spaces and tabs"),
    ),
)

LINES = (
    RequestCase("a folded value", "RFC 9112 5.2", get(b"X: y", b" z"), Refused()),
    RequestCase("a value folded by a tab", "RFC 9112 5.2", get(b"X: y", b"\tz"), Refused()),
    RequestCase("an empty value, folded", "RFC 9112 5.2", get(b"X:", b" y"), Refused()),
    RequestCase("a fold of nothing but a space", "RFC 9112 5.2", get(b"X: y", b" ", b"Z: w"), Refused()),
    RequestCase("a folded length", "RFC 9112 5.2", get(b"X: y", b" Content-Length: 42"), Refused()),
    RequestCase("a folded coding", "RFC 9112 5.2", get(b"Transfer-Encoding:", b" chunked"), Refused()),
    RequestCase("a coding with a fold behind", "RFC 9112 5.2", get(b"Transfer-Encoding: chunked", b"  abc"), Refused()),
    RequestCase("a folded Connection", "RFC 9112 5.2", get(b"Connection: close,", b" X"), Refused()),
    RequestCase("a folded Host", "RFC 9112 5.2", head(b"GET / HTTP/1.1", b"Host:", b" site.test"), Refused()),
    RequestCase(
        "a space before the first field", "RFC 9112 2.2", head(b"GET / HTTP/1.1", b" Host: site.test"), Refused()
    ),
    RequestCase("a tab before the first field", "RFC 9112 2.2", head(b"GET / HTTP/1.1", b"\tX: y", HOST), Refused()),
    RequestCase(
        "a line of spaces after the start line", "RFC 9112 2.2", head(b"GET / HTTP/1.1", b"  ", HOST), Refused()
    ),
    RequestCase("a field ends with LF", "RFC 9112 2.2", b"GET / HTTP/1.1\r\nHost: site.test\nX: y\r\n\r\n", Refused()),
    RequestCase(
        "the head ends with LF LF", "RFC 9112 2.2", b"GET / HTTP/1.1\r\nHost: site.test\n\n" + SMUGGLED, Refused()
    ),
    RequestCase(
        "the head ends with CRLF LF", "RFC 9112 2.2", b"GET / HTTP/1.1\r\nHost: site.test\r\n\n" + SMUGGLED, Refused()
    ),
    RequestCase(
        "the head ends with LF CRLF", "RFC 9112 2.2", b"GET / HTTP/1.1\r\nHost: site.test\n\r\n" + SMUGGLED, Refused()
    ),
    RequestCase(
        "the head ends with CR CR LF", "RFC 9112 2.2", b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\r\n\r\n", Refused()
    ),
    RequestCase(
        "the head ends with CR and any byte",
        "RFC 9112 2.2",
        b"GET / HTTP/1.1\r\nHost: site.test\r\n\rZGET /evil: HTTP/1.1\r\nHost: site.test\r\n\r\n",
        Refused(),
    ),
    RequestCase("a head that is too long", "RFC 6585 5", get(b"X: " + b"y" * 70_000), Refused(431)),
    RequestCase("too many fields", "RFC 6585 5", get(*[b"X: y"] * 1000), Refused(431)),
)

HOSTS = (
    RequestCase("no Host", "RFC 9112 3.2", head(b"GET / HTTP/1.1", b"X: y"), Refused()),
    RequestCase("no field at all", "RFC 9112 3.2", b"GET / HTTP/1.1\r\n\r\n" + SMUGGLED, Refused()),
    RequestCase("no Host in HTTP/1.0", "RFC 9112 3.2", head(b"GET / HTTP/1.0", b"X: y"), Refused()),
    RequestCase("an empty Host", "RFC 9112 3.2", head(b"GET / HTTP/1.1", b"Host:"), Refused()),
    RequestCase("two Hosts", "RFC 9112 3.2", get(b"Host: evil.test"), Refused()),
    RequestCase("the same Host twice", "RFC 9112 3.2", get(HOST), Refused()),
    RequestCase("two Hosts in two spellings", "RFC 9112 3.2", get(b"hOST: evil.test"), Refused()),
    RequestCase("a Host and a Host with a space", "RFC 9112 5.1", get(b"Host : evil.test"), Refused()),
    RequestCase("a Host and a folded Host", "RFC 9112 5.2", get(b" Host: evil.test"), Refused()),
    RequestCase("two Hosts in one", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test, evil.test"), Refused()),
    RequestCase("a space in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test evil.test"), Refused()),
    RequestCase("a path in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test/evil"), Refused()),
    RequestCase("a user in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test@evil.test"), Refused()),
    RequestCase("a scheme in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: http://site.test"), Refused()),
    RequestCase("a query in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test?a"), Refused()),
    RequestCase("a fragment in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test#a"), Refused()),
    RequestCase("a back-slash in Host", "RFC 9110 7.2", head(b"GET / HTTP/1.1", b"Host: site.test\\evil"), Refused()),
    RequestCase("an escape in Host", "RFC 3986 3.2.2", head(b"GET / HTTP/1.1", b"Host: site%2etest"), Refused()),
    RequestCase("NUL in Host", "RFC 9110 5.5", head(b"GET / HTTP/1.1", b"Host: site.test\x00.evil.test"), Refused()),
    RequestCase("NEL around Host", "RFC 9110 5.5", head(b"GET / HTTP/1.1", b"Host: \x85site.test\x85"), Refused()),
    RequestCase("a port that is none", "RFC 3986 3.2.3", head(b"GET / HTTP/1.1", b"Host: site.test:x"), Refused()),
    RequestCase(
        "a port that is too large", "RFC 3986 3.2.3", head(b"GET / HTTP/1.1", b"Host: site.test:65536"), Refused()
    ),
    RequestCase("a signed port", "RFC 3986 3.2.3", head(b"GET / HTTP/1.1", b"Host: site.test:+80"), Refused()),
    RequestCase("two ports", "RFC 3986 3.2.3", head(b"GET / HTTP/1.1", b"Host: site.test:80:80"), Refused()),
    RequestCase("an open bracket", "RFC 3986 3.2.2", head(b"GET / HTTP/1.1", b"Host: [::1"), Refused()),
    RequestCase("an IPv6 address that is none", "RFC 3986 3.2.2", head(b"GET / HTTP/1.1", b"Host: [:::::]"), Refused()),
    RequestCase("an IPv6 address without brackets", "RFC 3986 3.2.2", head(b"GET / HTTP/1.1", b"Host: ::1"), Refused()),
    RequestCase("an empty label", "RFC 1123 2.1", head(b"GET / HTTP/1.1", b"Host: site..test"), Refused()),
    RequestCase(
        "a label that begins with a hyphen", "RFC 1123 2.1", head(b"GET / HTTP/1.1", b"Host: -site.test"), Refused()
    ),
    RequestCase(
        "a letter beyond ASCII", "RFC 3986 3.2.2", head(b"GET / HTTP/1.1", b"Host: s\xc3\xaete.test"), Refused()
    ),
    RequestCase("an underscore for Host", "RFC 9112 3.2", head(b"GET / HTTP/1.1", b"Host_: site.test"), Refused()),
    RequestCase(
        "Host with a port and a final dot",
        "RFC 9110 7.2",
        head(b"GET / HTTP/1.1", b"Host: SITE.test.:8080"),
        Forwarded("one host in another spelling; it is sent as it came"),
    ),
    RequestCase(
        "Host after the other fields",
        "RFC 9110 7.2",
        head(b"GET / HTTP/1.1", b"X: y", HOST),
        Forwarded("SHOULD be first, need not"),
    ),
)
