"""Heads of answers: status line, field names, values, line ends. What is malformed is never passed on."""

from __future__ import annotations

from tests.conformance.cases import AnswerCase, PassedOn, head

_EMPTY = b"Content-Length: 0"
_OK = b"HTTP/1.1 200 OK"


def status(line: bytes) -> bytes:
    """An answer with this status line."""
    return head(line, _EMPTY)


def ok(*lines: bytes) -> bytes:
    """An answer with these lines before its length."""
    return head(_OK, *lines, _EMPTY)


START_LINES = (
    AnswerCase("a letter is missing in HTTP", "RFC 9112 4", status(b"HTP/1.1 200 OK")),
    AnswerCase("letters behind HTTP", "RFC 9112 4", status(b"HTTPER/1.1 200 OK")),
    AnswerCase("HTTP in lower case", "RFC 9112 2.3", status(b"http/1.1 200 OK")),
    AnswerCase("RTSP", "RFC 9112 4", status(b"RTSP/1.1 200 OK")),
    AnswerCase("ICE", "RFC 9112 4", status(b"ICE/1.1 200 OK")),
    AnswerCase("ICY, as radio stations have it", "RFC 9112 4", status(b"ICY 200 OK")),
    AnswerCase("no version", "RFC 9112 4", status(b"200 OK")),
    AnswerCase("HTTP/0.9", "RFC 9112 2.3", status(b"HTTP/0.9 200 OK")),
    AnswerCase("HTTP/1.2", "RFC 9112 2.3", status(b"HTTP/1.2 200 OK")),
    AnswerCase("HTTP/2", "RFC 9112 2.3", status(b"HTTP/2 200")),
    AnswerCase("HTTP/5.6", "RFC 9112 2.3", status(b"HTTP/5.6 200 OK")),
    AnswerCase("a leading zero in the version", "RFC 9112 2.3", status(b"HTTP/01.1 200 OK")),
    AnswerCase("two digits before the point", "RFC 9112 2.3", status(b"HTTP/11.1 200 OK")),
    AnswerCase("two digits after the point", "RFC 9112 2.3", status(b"HTTP/1.01 200 OK")),
    AnswerCase("no point", "RFC 9112 2.3", status(b"HTTP/11 200 OK")),
    AnswerCase("a tab after the version", "RFC 9112 4", status(b"HTTP/1.1\t200 OK")),
    AnswerCase("two spaces after the version", "RFC 9112 4", status(b"HTTP/1.1  200 OK")),
    AnswerCase("no space after the version", "RFC 9112 4", status(b"HTTP/1.1200 OK")),
    AnswerCase("no status", "RFC 9112 4", status(b"HTTP/1.1 OK")),
    AnswerCase("nothing but the version", "RFC 9112 4", status(b"HTTP/1.1")),
    AnswerCase("a status of one digit", "RFC 9110 15", status(b"HTTP/1.1 2 OK")),
    AnswerCase("a status of two digits", "RFC 9110 15", status(b"HTTP/1.1 20 OK")),
    AnswerCase("a status of four digits", "RFC 9110 15", status(b"HTTP/1.1 2000 OK")),
    AnswerCase("a status below 100", "RFC 9110 15", status(b"HTTP/1.1 099 OK")),
    AnswerCase("status zero", "RFC 9110 15", status(b"HTTP/1.1 000 OK")),
    AnswerCase("a status above 599", "RFC 9110 15", status(b"HTTP/1.1 600 OK")),
    AnswerCase("a signed status", "RFC 9112 4", status(b"HTTP/1.1 +200 OK")),
    AnswerCase("a hexadecimal status", "RFC 9112 4", status(b"HTTP/1.1 0xc OK")),
    AnswerCase("letters behind the status", "RFC 9112 4", status(b"HTTP/1.1 200OK")),
    AnswerCase("Arabic digits for a status", "RFC 9112 4", status("HTTP/1.1 \u0662\u0660\u0660 OK".encode())),
    AnswerCase("NUL in the phrase", "RFC 9112 4", status(b"HTTP/1.1 200 O\x00K")),
    AnswerCase("a control in the phrase", "RFC 9112 4", status(b"HTTP/1.1 200 O\x1bK")),
    AnswerCase("DEL in the phrase", "RFC 9112 4", status(b"HTTP/1.1 200 O\x7fK")),
    AnswerCase("CR in the phrase", "RFC 9112 2.2", status(b"HTTP/1.1 200 OK\rX: y")),
    AnswerCase("CR CR LF", "RFC 9112 2.2", status(b"HTTP/1.1 200 OK\r")),
    AnswerCase("LF after the status line", "RFC 9112 2.2", b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"),
    AnswerCase("every line ends with LF", "RFC 9112 2.2", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    AnswerCase("an empty line before", "RFC 9112 2.2", b"\r\n" + ok()),
    AnswerCase("a CR before", "RFC 9112 2.2", b"\r" + ok()),
    AnswerCase("a space before", "RFC 9112 4", b" " + ok()),
    AnswerCase("a byte-order mark", "RFC 9112 4", b"\xef\xbb\xbf" + ok()),
    AnswerCase("a page without a head", "RFC 9112 2.1", b"<html><body>It works!</body></html>\r\n\r\n", then="ends"),
    AnswerCase("a request", "RFC 9112 2.1", head(b"GET / HTTP/1.1", b"Host: site.test")),
    AnswerCase("a TLS alert", "RFC 9112 2.1", b"\x15\x03\x01\x00\x02\x02\x28", then="ends"),
    AnswerCase("another protocol's greeting", "RFC 9112 2.1", b"220 mail.test ESMTP\r\n", then="ends"),
    AnswerCase("nothing", "RFC 9112 8", b"", then="ends"),
    AnswerCase("half a status line", "RFC 9112 8", b"HTTP/1.1 20", then="ends"),
    AnswerCase("half a head", "RFC 9112 8", b"HTTP/1.1 200 OK\r\nContent-Len", then="ends"),
    AnswerCase("a head without its empty line", "RFC 9112 8", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", then="ends"),
    AnswerCase(
        "no phrase", "RFC 9112 4", status(b"HTTP/1.1 200 "), PassedOn("a phrase may be empty", status(b"HTTP/1.1 200 "))
    ),
    AnswerCase(
        "no phrase, and no space before it",
        "RFC 9112 4",
        status(b"HTTP/1.1 200"),
        PassedOn("the space SHOULD be there; clients ignore the phrase", status(b"HTTP/1.1 200")),
    ),
    AnswerCase(
        "letters beyond ASCII in the phrase",
        "RFC 9112 4",
        status("HTTP/1.1 404 Página não encontrada".encode()),
        PassedOn("obs-text is allowed", status("HTTP/1.1 404 Página não encontrada".encode())),
    ),
    AnswerCase(
        "a status that nobody knows",
        "RFC 9110 15",
        status(b"HTTP/1.1 499 What"),
        PassedOn("its class is known", status(b"HTTP/1.1 499 What")),
    ),
    AnswerCase(
        "HTTP/1.0",
        "RFC 9112 2.3",
        status(b"HTTP/1.0 200 OK"),
        PassedOn("an intermediary sends its own version", status(b"HTTP/1.1 200 OK")),
    ),
)

NAMES = (
    AnswerCase("a space before the colon", "RFC 9112 5.1", ok(b"X : y")),
    AnswerCase("a tab before the colon", "RFC 9112 5.1", ok(b"X\t: y")),
    AnswerCase("a space before the colon of a length", "RFC 9112 5.1", head(_OK, b"Content-Length : 0")),
    AnswerCase("a space in a name", "RFC 9110 5.6.2", ok(b"en-US Content-Type: text/xml")),
    AnswerCase("no name", "RFC 9112 5", ok(b": y")),
    AnswerCase("no colon", "RFC 9112 5", ok(b"word")),
    AnswerCase("a letter beyond ASCII in a name", "RFC 9110 5.6.2", ok(b"X\xe4: y")),
    AnswerCase("NUL in a name", "RFC 9110 5.6.2", ok(b"X\x00: y")),
    AnswerCase("brackets in a name", "RFC 9110 5.6.2", ok(b"X[1]: y")),
    AnswerCase("CR in a name", "RFC 9112 2.2", ok(b"X\rY: z")),
    AnswerCase("a status line for a field", "RFC 9112 5", ok(b"HTTP/1.1 200 OK")),
    AnswerCase(
        "names that look damaged",
        "RFC 9110 5.6.2",
        ok(b".et-Cookie: a=b", b"_onnection: close"),
        PassedOn("they are tokens, and mean nothing", ok(b".et-Cookie: a=b", b"_onnection: close")),
    ),
)

VALUES = (
    AnswerCase("NUL in a value", "RFC 9110 5.5", ok(b"X: a\x00b")),
    AnswerCase("a control in a value", "RFC 9110 5.5", ok(b"X: a\x01b")),
    AnswerCase("a form feed in a value", "RFC 9110 5.5", ok(b"X: \x0c")),
    AnswerCase("DEL in a value", "RFC 9110 5.5", ok(b"X: a\x7f")),
    AnswerCase("CR in a value", "RFC 9112 2.2", ok(b"X: 1\rSet-Cookie: a=b")),
    AnswerCase("CR at the end of a value", "RFC 9112 2.2", ok(b"X: 1\r")),
    AnswerCase("LF in a value", "RFC 9112 2.2", ok(b"X: 1\nSet-Cookie: a=b")),
    AnswerCase("Connection nominates the length", "RFC 9110 7.6.1", ok(b"Connection: content-length")),
    AnswerCase("Connection nominates a challenge", "RFC 9110 7.6.1", ok(b"Connection: www-authenticate")),
    AnswerCase("an option that is no token", "RFC 9110 7.6.1", ok(b"Connection: a b")),
    AnswerCase(
        "Connection nominates another field",
        "RFC 9110 7.6.1",
        ok(b"Connection: keep-alive, X-Hop", b"X-Hop: 1", b"Keep-Alive: timeout=5"),
        PassedOn("an intermediary MUST remove it", ok()),
    ),
    AnswerCase(
        "letters beyond ASCII in a value",
        "RFC 9110 5.5",
        ok(b"X: \xff\xfe"),
        PassedOn("obs-text is opaque data", ok(b"X: \xff\xfe")),
    ),
    AnswerCase("an empty value", "RFC 9110 5.5", ok(b"X:"), PassedOn("field-value may be empty", ok(b"X:"))),
)

LINES = (
    AnswerCase("a folded value", "RFC 9112 5.2", ok(b"X: y", b" z")),
    AnswerCase("a value folded by a tab", "RFC 9112 5.2", ok(b"X: y", b"\tz")),
    AnswerCase("a folded length", "RFC 9112 5.2", head(_OK, b"X: y", b" Content-Length: 0")),
    AnswerCase("a space before the first field", "RFC 9112 2.2", head(_OK, b" X: y", _EMPTY)),
    AnswerCase("a line of spaces", "RFC 9112 5.2", ok(b"  ")),
    AnswerCase("a field ends with LF", "RFC 9112 2.2", head(_OK, b"X: y\nContent-Length: 0")),
    AnswerCase("the head ends with LF", "RFC 9112 2.2", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"),
    AnswerCase("the head ends with CR CR LF", "RFC 9112 2.2", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\r\n\r\n"),
    AnswerCase("a head that is too long", "RFC 9110 5.4", ok(b"X: " + b"y" * 70_000)),
)
