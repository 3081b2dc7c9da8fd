"""Fields that concern one hop: Connection and what it nominates, Upgrade, Expect, TE, and what proxies add."""

from __future__ import annotations

from tests.conformance.cases import HOST, SMUGGLED, Forwarded, Refused, RequestCase, get, head, post

_UPGRADE = b"Connection: Upgrade"

CONNECTION = (
    RequestCase("Connection nominates Host", "RFC 9110 7.6.1", get(b"Connection: Host"), Refused()),
    RequestCase(
        "Connection nominates the length",
        "RFC 9110 7.6.1",
        post(b"Connection: close, Content-Length", b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED),
        Refused(),
    ),
    RequestCase(
        "Connection nominates the coding",
        "RFC 9110 7.6.1",
        post(b"Connection: transfer-ENCODING", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        Refused(),
    ),
    RequestCase(
        "Connection nominates the credential",
        "RFC 9110 7.6.1",
        get(b"Connection: Authorization", b"Authorization: Bearer x"),
        Refused(),
    ),
    RequestCase("an option that is no token", "RFC 9110 7.6.1", get(b"Connection: a b"), Refused()),
    RequestCase("an option in quotes", "RFC 9110 7.6.1", get(b'Connection: "close"'), Refused()),
    RequestCase("an option with a parameter", "RFC 9110 7.6.1", get(b"Connection: close;a=b"), Refused()),
    RequestCase("CR in Connection", "RFC 9112 2.2", get(b"Connection: keep\ralive"), Refused()),
    RequestCase("Connection with a space", "RFC 9112 5.1", get(b"Connection : close"), Refused()),
    RequestCase(
        "Connection nominates another field",
        "RFC 9110 7.6.1",
        head(b"GET / HTTP/1.1", HOST, b"Connection: keep-alive, X-Hop", b"X-Hop: 1"),
        Forwarded("an intermediary MUST remove it", absent=b"x-hop"),
    ),
    RequestCase(
        "Connection nominates what proxies add",
        "RFC 9110 7.6.1",
        head(b"GET / HTTP/1.1", HOST, b"Connection: keep-alive, Cookie, X-A", b"Cookie: a=b"),
        Forwarded("an intermediary MUST remove it, wise or not", absent=b"cookie"),
    ),
    RequestCase(
        "empty options",
        "RFC 9110 5.6.1",
        head(b"GET / HTTP/1.1", HOST, b"Connection: , keep-alive ,, "),
        Forwarded("a recipient MUST ignore empty elements of a list", absent=b"connection"),
    ),
    RequestCase(
        "close, and a request behind it",
        "RFC 9112 9.6",
        get(b"Connection: close"),
        Forwarded("MUST NOT process what follows close", then="refused"),
    ),
    RequestCase(
        "HTTP/1.0, and a request behind it",
        "RFC 9112 9.3",
        head(b"GET / HTTP/1.0", HOST) + SMUGGLED,
        Forwarded("the connection ends with the answer", then="refused"),
    ),
    RequestCase(
        "HTTP/1.0 that would stay",
        "RFC 9112 9.3",
        head(b"GET / HTTP/1.0", HOST, b"Connection: keep-alive") + SMUGGLED,
        Forwarded("a proxy MUST NOT keep an HTTP/1.0 client's connection", absent=b"connection", then="refused"),
    ),
    RequestCase(
        "TE nominates chunks",
        "RFC 9110 10.1.4",
        head(b"GET / HTTP/1.1", HOST, b"TE: chunked, trailers;q=0.5", b"Connection: TE"),
        Forwarded("TE concerns one hop, and goes", absent=b"te"),
    ),
    RequestCase(
        "a connection for another proxy",
        "RFC 9112 C.2.2",
        head(b"GET / HTTP/1.1", HOST, b"Proxy-Connection: close", b"Keep-Alive: timeout=5"),
        Forwarded("both concern one hop, and go", absent=b"proxy-connection"),
    ),
)

UPGRADES = (
    RequestCase(
        "an upgrade to h2c",
        "RFC 9113 3.1",
        head(b"GET / HTTP/1.1", HOST, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA"),
        Forwarded("a server MAY ignore Upgrade; nobody inside must see this one", absent=b"upgrade"),
    ),
    RequestCase(
        "an upgrade to h2c in capitals",
        "RFC 9113 3.1",
        head(b"GET / HTTP/1.1", HOST, _UPGRADE, b"Upgrade: H2C"),
        Forwarded("a server MAY ignore Upgrade", absent=b"upgrade"),
    ),
    RequestCase(
        "an upgrade to h2c among others",
        "RFC 9110 7.8",
        head(b"GET / HTTP/1.1", HOST, _UPGRADE, b"Upgrade: websocket, h2c"),
        Forwarded("a server MAY ignore Upgrade", absent=b"upgrade"),
    ),
    RequestCase(
        "an upgrade to h2c that Connection does not name",
        "RFC 9110 7.8",
        head(b"GET / HTTP/1.1", HOST, b"Upgrade: h2c"),
        Forwarded("it counts only where Connection names it, and goes", absent=b"upgrade"),
    ),
    RequestCase(
        "two upgrades",
        "RFC 9110 7.8",
        head(b"GET / HTTP/1.1", HOST, _UPGRADE, b"Upgrade: websocket", b"Upgrade: h2c"),
        Forwarded("a server MAY ignore Upgrade", absent=b"upgrade"),
    ),
    RequestCase(
        "an upgrade with a body",
        "RFC 9110 7.8",
        post(_UPGRADE, b"Upgrade: websocket", b"Content-Length: 3", body=b"abc"),
        Forwarded("a server MAY ignore Upgrade", method=b"POST", body=b"abc", absent=b"upgrade"),
    ),
    RequestCase(
        "an upgrade in HTTP/1.0",
        "RFC 9110 7.8",
        head(b"GET / HTTP/1.0", HOST, _UPGRADE, b"Upgrade: websocket"),
        Forwarded("a server MUST ignore Upgrade in HTTP/1.0", absent=b"upgrade", then="refused"),
    ),
    RequestCase(
        "an upgrade that is no name",
        "RFC 9110 7.8",
        head(b"GET / HTTP/1.1", HOST, _UPGRADE, b"Upgrade: a b"),
        Forwarded("a server MAY ignore Upgrade", absent=b"upgrade"),
    ),
)

EXPECTATIONS = (
    RequestCase("an unknown expectation", "RFC 9110 10.1.1", get(b"Expect: 200-maybe"), Refused(417)),
    RequestCase("an empty expectation", "RFC 9110 10.1.1", get(b"Expect:"), Refused(417)),
    RequestCase("100-continue and another", "RFC 9110 10.1.1", get(b"Expect: 100-continue, x"), Refused(417)),
    RequestCase("100-continue with a parameter", "RFC 9110 10.1.1", get(b"Expect: 100-continue;a=b"), Refused(417)),
    RequestCase(
        "100-continue and another in two fields",
        "RFC 9110 10.1.1",
        get(b"Expect: 100-continue", b"Expect: x"),
        Refused(417),
    ),
    RequestCase("100-continue and half of it", "RFC 9110 10.1.1", get(b"Expect: 100-continu"), Refused(417)),
    RequestCase("a NUL before 100-continue", "RFC 9110 5.5", get(b"Expect: \x00100-continue"), Refused()),
    RequestCase(
        "100-continue in capitals",
        "RFC 9110 10.1.1",
        post(b"Expect: 100-CONTINUE", b"Content-Length: 3", body=b"abc"),
        Forwarded("the value is case-insensitive", method=b"POST", body=b"abc"),
    ),
    RequestCase(
        "100-continue without a body",
        "RFC 9110 10.1.1",
        head(b"GET / HTTP/1.1", HOST, b"Expect: 100-continue"),
        Forwarded("a client MUST NOT; a server MAY ignore it"),
    ),
)

OTHERS = (
    RequestCase(
        "two credentials", "RFC 9110 11.6.2", get(b"Authorization: NTLM TlRM", b"Authorization: Bearer x"), Refused()
    ),
    RequestCase(
        "another client's address",
        "RFC 7239 8.1",
        head(b"GET / HTTP/1.1", HOST, b"X-Real-IP: 10.0.0.1"),
        Forwarded("what a stranger says of an address goes", absent=b"x-real-ip"),
    ),
    RequestCase(
        "another target",
        "RFC 9112 3.2",
        head(b"GET / HTTP/1.1", HOST, b"X-Original-URL: /evil"),
        Forwarded("there is one target, in the request line", absent=b"x-original-url"),
    ),
    RequestCase(
        "another target by its other name",
        "RFC 9112 3.2",
        head(b"GET / HTTP/1.1", HOST, b"X-Rewrite-URL: /evil"),
        Forwarded("there is one target, in the request line", absent=b"x-rewrite-url"),
    ),
)
