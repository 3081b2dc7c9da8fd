"""Start lines of requests: method, target, version."""

from __future__ import annotations

from tests.conformance.cases import HOST, SMUGGLED, Forwarded, Refused, RequestCase, head, line

_AT_ONCE = "RFC 9112 2.2: at least one empty line before the request line is to be ignored"

METHODS = (
    RequestCase("no method", "RFC 9112 3", line(b" / HTTP/1.1"), Refused()),
    RequestCase("a space before the method", "RFC 9112 3", line(b" GET / HTTP/1.1"), Refused()),
    RequestCase("a tab before the method", "RFC 9112 3", line(b"\tGET / HTTP/1.1"), Refused()),
    RequestCase("an at-sign in the method", "RFC 9110 9.1", line(b"G@T / HTTP/1.1"), Refused()),
    RequestCase("brackets and quotes in the method", "RFC 9110 9.1", line(b'G=":<>(e),[T];?" / HTTP/1.1'), Refused()),
    RequestCase("a colon in the method", "RFC 9110 9.1", line(b"GET: / HTTP/1.1"), Refused()),
    RequestCase("NUL as the method", "RFC 9110 9.1", line(b"\x00 / HTTP/1.1"), Refused()),
    RequestCase("NUL in the method", "RFC 9110 9.1", line(b"GE\x00T / HTTP/1.1"), Refused()),
    RequestCase("a letter beyond ASCII in the method", "RFC 9110 9.1", line(b"G\xcbT / HTTP/1.1"), Refused()),
    RequestCase("a slash in the method", "RFC 9110 9.1", line(b"GET/x / HTTP/1.1"), Refused()),
    RequestCase("CONNECT with an authority", "RFC 9110 9.3.6", line(b"CONNECT site.test:443 HTTP/1.1"), Refused(405)),
    RequestCase("CONNECT with a path", "RFC 9110 9.3.6", line(b"CONNECT / HTTP/1.1"), Refused(405)),
    RequestCase(
        "the preface of HTTP/2", "RFC 9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", Refused(505)
    ),
    RequestCase("PRI in HTTP/1.1", "RFC 9113 11.6", line(b"PRI / HTTP/1.1"), Refused(405)),
    RequestCase("PRI with an asterisk in HTTP/1.1", "RFC 9113 11.6", line(b"PRI * HTTP/1.1"), Refused(405)),
    RequestCase(
        "a method in lower case",
        "RFC 9110 9.1",
        head(b"get / HTTP/1.1", HOST),
        Forwarded("methods are case-sensitive tokens: this one is unknown, and not GET", method=b"get"),
    ),
    RequestCase(
        "every sign that a token may have",
        "RFC 9110 5.6.2",
        head(b"!#$%&'*+-.^_`|~09AZaz / HTTP/1.1", HOST),
        Forwarded("any token is a method", method=b"!#$%&'*+-.^_`|~09AZaz"),
    ),
)

TARGETS = (
    RequestCase("a fragment", "RFC 9112 3.2", line(b"GET /a#b HTTP/1.1"), Refused()),
    RequestCase("a fragment after a query", "RFC 9112 3.2", line(b"GET /a?b#c HTTP/1.1"), Refused()),
    RequestCase("nothing but a fragment", "RFC 9112 3.2", line(b"GET # HTTP/1.1"), Refused()),
    RequestCase(
        "a fragment in an absolute target", "RFC 9112 3.2", line(b"GET http://site.test/#a HTTP/1.1"), Refused()
    ),
    RequestCase("a space in the target", "RFC 9112 3.2", line(b"GET /a b HTTP/1.1"), Refused()),
    RequestCase("a tab in the target", "RFC 9112 3.2", line(b"GET /a\tb HTTP/1.1"), Refused()),
    RequestCase("NUL in the target", "RFC 9112 3.2", line(b"GET /a\x00b HTTP/1.1"), Refused()),
    RequestCase("a control in the target", "RFC 9112 3.2", line(b"GET /a\x1fb HTTP/1.1"), Refused()),
    RequestCase("DEL in the target", "RFC 9112 3.2", line(b"GET /a\x7fb HTTP/1.1"), Refused()),
    RequestCase("CR in the target", "RFC 9112 2.2", line(b"GET /a\rb HTTP/1.1"), Refused()),
    RequestCase("LF in the target", "RFC 9112 2.2", line(b"GET /a\nb HTTP/1.1"), Refused()),
    RequestCase("no target", "RFC 9112 3", line(b"GET HTTP/1.1"), Refused()),
    RequestCase("an empty target", "RFC 9112 3", line(b"GET  HTTP/1.1"), Refused()),
    RequestCase("a path without its slash", "RFC 9112 3.2.1", line(b"GET a/b HTTP/1.1"), Refused()),
    RequestCase("a bare exclamation mark", "RFC 9112 3.2", line(b"GET ! HTTP/1.1"), Refused()),
    RequestCase("a query alone", "RFC 9112 3.2.1", line(b"GET ?a HTTP/1.1"), Refused()),
    RequestCase("a back-slash for a slash", "RFC 9112 3.2.1", line(b"GET \\a HTTP/1.1"), Refused()),
    RequestCase("an authority for a GET", "RFC 9112 3.2.3", line(b"GET site.test:80 HTTP/1.1"), Refused()),
    RequestCase("an asterisk for a GET", "RFC 9112 3.2.4", line(b"GET * HTTP/1.1"), Refused()),
    RequestCase("an asterisk with more", "RFC 9112 3.2.4", line(b"OPTIONS *a HTTP/1.1"), Refused()),
    RequestCase("a scheme that is not HTTP", "RFC 9112 3.2.2", line(b"GET ftp://site.test/ HTTP/1.1"), Refused()),
    RequestCase("a file", "RFC 9112 3.2.2", line(b"GET file:///etc/passwd HTTP/1.1"), Refused()),
    RequestCase("a scheme alone", "RFC 9112 3.2.2", line(b"GET http:// HTTP/1.1"), Refused()),
    RequestCase("a scheme with one slash", "RFC 9112 3.2.2", line(b"GET http:/site.test/ HTTP/1.1"), Refused()),
    RequestCase("an absolute target without a host", "RFC 9110 4.2.1", line(b"GET http:///a HTTP/1.1"), Refused()),
    RequestCase(
        "an absolute target of another host", "RFC 9112 3.2.2", line(b"GET http://evil.test/ HTTP/1.1"), Refused()
    ),
    RequestCase(
        "an absolute target with a user", "RFC 9110 4.2.4", line(b"GET http://u@site.test/ HTTP/1.1"), Refused()
    ),
    RequestCase(
        "our host as the user of another",
        "RFC 9110 4.2.4",
        line(b"GET http://site.test@evil.test/ HTTP/1.1"),
        Refused(),
    ),
    RequestCase(
        "our host with a back-slash before another",
        "RFC 9112 3.2.2",
        line(b"GET http://site.test\\@evil.test/ HTTP/1.1"),
        Refused(),
    ),
    RequestCase(
        "an absolute target with a port that is none",
        "RFC 9110 4.2.1",
        line(b"GET http://site.test:80a/ HTTP/1.1"),
        Refused(),
    ),
    RequestCase(
        "an absolute target and no Host", "RFC 9112 3.2", head(b"GET http://site.test/ HTTP/1.1", b"X: y"), Refused()
    ),
    RequestCase(
        "an encoded back-slash in the host", "RFC 3986 3.2.2", line(b"GET http://site.test%5c/ HTTP/1.1"), Refused()
    ),
    RequestCase("a target that is too long", "RFC 9112 3", line(b"GET /" + b"a" * 20_000 + b" HTTP/1.1"), Refused(414)),
    RequestCase(
        "an absolute target of the same host",
        "RFC 9112 3.2.2",
        head(b"GET http://SITE.test/a?b HTTP/1.1", HOST),
        Forwarded("a server MUST accept it; the server inside gets the origin form", target=b"/a?b"),
    ),
    RequestCase(
        "an absolute target without a path",
        "RFC 9112 3.2.2",
        head(b"GET http://site.test?a HTTP/1.1", HOST),
        Forwarded("RFC 9112 3.2.1: an empty path becomes a slash", target=b"/?a"),
    ),
    RequestCase(
        "an absolute target with a port, and Host without",
        "RFC 9112 3.2.2",
        head(b"GET http://site.test:8080/ HTTP/1.1", HOST),
        Forwarded("the hosts agree, and no rule depends on the port", target=b"/"),
    ),
    RequestCase(
        "two slashes at the beginning",
        "RFC 9112 3.2.1",
        head(b"GET //evil.test/a HTTP/1.1", HOST),
        Forwarded("it begins with a slash: a path, whatever it looks like", target=b"//evil.test/a"),
    ),
    RequestCase(
        "OPTIONS for the server as a whole",
        "RFC 9112 3.2.4",
        head(b"OPTIONS * HTTP/1.1", HOST),
        Forwarded("the asterisk form is for OPTIONS", method=b"OPTIONS", target=b"*"),
    ),
    RequestCase(
        "signs that a URI may not have",
        "RFC 3986 2",
        head(b'GET /"<>\\^`{|} HTTP/1.1', HOST),
        Forwarded("RFC 9112 3.2 delimits a target by spaces; Windows clients send these", target=b'/"<>\\^`{|}'),
    ),
    RequestCase(
        "a percent-encoded CRLF",
        "RFC 3986 2.1",
        head(b"GET /%0d%0aHost:%20evil.test HTTP/1.1", HOST),
        Forwarded("encoded octets are data", target=b"/%0d%0aHost:%20evil.test"),
    ),
)

VERSIONS = (
    RequestCase("HTTP/0.9", "RFC 9112 3", b"GET /\r\n\r\n" + SMUGGLED, Refused()),
    RequestCase("HTTP/0.9 with a Host", "RFC 9112 3", line(b"GET /"), Refused()),
    RequestCase("HTTP/0.9 said aloud", "RFC 9112 2.3", line(b"GET / HTTP/0.9"), Refused(505)),
    RequestCase("HTTP/1.2", "RFC 9110 2.5", line(b"GET / HTTP/1.2"), Refused(505)),
    RequestCase("HTTP/2.0", "RFC 9110 15.6.6", line(b"GET / HTTP/2.0"), Refused(505)),
    RequestCase("HTTP/3", "RFC 9110 15.6.6", line(b"GET / HTTP/3"), Refused(505)),
    RequestCase("two digits after the point", "RFC 9112 2.3", line(b"GET / HTTP/1.10"), Refused()),
    RequestCase("two digits before the point", "RFC 9112 2.3", line(b"GET / HTTP/11.1"), Refused()),
    RequestCase("a leading zero", "RFC 9112 2.3", line(b"GET / HTTP/01.1"), Refused()),
    RequestCase("a version that overflows", "RFC 9112 2.3", line(b"GET / HTTP/4294967297.257"), Refused()),
    RequestCase("a version without a point", "RFC 9112 2.3", line(b"GET / HTTP/11"), Refused()),
    RequestCase("a version without a number", "RFC 9112 2.3", line(b"GET / HTTP/"), Refused()),
    RequestCase("a comma for the point", "RFC 9112 2.3", line(b"GET / HTTP/1,1"), Refused()),
    RequestCase("a plus in the version", "RFC 9112 2.3", line(b"GET / HTTP/+1.1"), Refused()),
    RequestCase("letters after the version", "RFC 9112 2.3", line(b"GET / HTTP/1.1a"), Refused()),
    RequestCase("a space in the version", "RFC 9112 2.3", line(b"GET / HTTP/ 1.1"), Refused()),
    RequestCase("CR in the version", "RFC 9112 2.2", line(b"GET / HTTP/\r\r1.1"), Refused()),
    RequestCase("a lower-case name", "RFC 9112 2.3", line(b"GET / http/1.1"), Refused()),
    RequestCase("ICE for HTTP", "RFC 9112 2.3", line(b"GET / ICE/1.1"), Refused()),
    RequestCase("RTSP for HTTP", "RFC 9112 2.3", line(b"OPTIONS / RTSP/1.0"), Refused()),
    RequestCase("a letter before HTTP", "RFC 9112 2.3", line(b"GET / XHTTP/1.1"), Refused()),
    RequestCase("two versions", "RFC 9112 3", line(b"GET / HTTP/1.1 HTTP/1.0"), Refused()),
    RequestCase("full-width digits", "RFC 9112 2.3", line("GET / HTTP/\uff11.\uff11".encode()), Refused()),
)

SEPARATORS = (
    RequestCase("two spaces after the method", "RFC 9112 3", line(b"GET  / HTTP/1.1"), Refused()),
    RequestCase("two spaces after the target", "RFC 9112 3", line(b"GET /  HTTP/1.1"), Refused()),
    RequestCase("a space after the version", "RFC 9112 3", line(b"GET / HTTP/1.1 "), Refused()),
    RequestCase("a tab after the method", "RFC 9112 3", line(b"GET\t/ HTTP/1.1"), Refused()),
    RequestCase("a tab after the target", "RFC 9112 3", line(b"GET /\tHTTP/1.1"), Refused()),
    RequestCase("a form feed after the method", "RFC 9112 3", line(b"GET\x0c/ HTTP/1.1"), Refused()),
    RequestCase("a vertical tab after the target", "RFC 9112 3", line(b"GET /\x0bHTTP/1.1"), Refused()),
    RequestCase("CR for a space", "RFC 9112 2.2", line(b"GET\r/ HTTP/1.1"), Refused()),
    RequestCase("LF for a space", "RFC 9112 2.2", line(b"GET /\nHTTP/1.1"), Refused()),
    RequestCase("a no-break space", "RFC 9112 3", line(b"GET\xa0/ HTTP/1.1"), Refused()),
    RequestCase("the start line ends with LF", "RFC 9112 2.2", b"GET / HTTP/1.1\nHost: site.test\r\n\r\n", Refused()),
    RequestCase("the start line ends with CR", "RFC 9112 2.2", b"GET / HTTP/1.1\rHost: site.test\r\n\r\n", Refused()),
    RequestCase("the start line ends with CR CR LF", "RFC 9112 2.2", line(b"GET / HTTP/1.1\r"), Refused()),
    RequestCase(
        "every line ends with LF", "RFC 9112 2.2", b"GET / HTTP/1.1\nHost: site.test\n\n" + SMUGGLED, Refused()
    ),
    RequestCase("an LF before the request", "RFC 9112 2.2", b"\nGET / HTTP/1.1\r\nHost: site.test\r\n\r\n", Refused()),
    RequestCase("a CR before the request", "RFC 9112 2.2", b"\rGET / HTTP/1.1\r\nHost: site.test\r\n\r\n", Refused()),
    RequestCase("a byte-order mark", "RFC 9112 3", line(b"\xef\xbb\xbfGET / HTTP/1.1"), Refused()),
    RequestCase("a TLS handshake", "RFC 9112 3", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", Refused()),
    RequestCase("an answer for a request", "RFC 9112 2.1", head(b"HTTP/1.1 200 OK", b"Content-Length: 0"), Refused()),
    RequestCase("no letter at all", "RFC 9112 3", b"\x00\x00\x00\x00\r\n\r\n", Refused()),
    RequestCase("three empty lines before the request", "RFC 9112 2.2", b"\r\n" * 3 + SMUGGLED, Refused()),
    RequestCase(
        "an empty line before the request",
        "RFC 9112 2.2",
        b"\r\n" + head(b"GET / HTTP/1.1", HOST),
        Forwarded(_AT_ONCE),
    ),
    RequestCase(
        "two empty lines before the request",
        "RFC 9112 2.2",
        b"\r\n\r\n" + head(b"GET / HTTP/1.1", HOST),
        Forwarded(_AT_ONCE),
    ),
)
