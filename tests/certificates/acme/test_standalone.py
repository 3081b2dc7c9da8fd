"""http-01 before any proxy runs."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.standalone import DIRECTORY, Standalone
from bridgehead.certificates.acme.state import Proof
from tests.end_to_end.free_port import free_port

PROOF = Proof(name="meet.contoso.com", challenge="http-01", token="token", value="token.thumbprint")


def asking(port: int, page: str, host: str = "Meet.contoso.com:80", method: str = "GET") -> urllib.request.Request:
    url = f"http://127.0.0.1:{port}{DIRECTORY}{page}"
    return urllib.request.Request(url, headers={"Host": host}, method=method)


def test_it_answers_what_is_open_and_nothing_else_and_goes_with_it() -> None:
    port = free_port()
    made = Standalone([("127.0.0.1", port)])
    made.place([PROOF])
    with urllib.request.urlopen(asking(port, "token"), timeout=10) as answer:
        assert answer.read() == b"token.thumbprint"
    with urllib.request.urlopen(asking(port, "token", method="HEAD"), timeout=10) as answer:
        assert (answer.headers["Content-Length"], answer.read()) == ("16", b"")
    others = asking(port, "other"), asking(port, "token/"), asking(port, "../"), asking(port, "token", "other.test")
    for other in others:
        with pytest.raises(urllib.error.HTTPError, match="404") as found:
            urllib.request.urlopen(other, timeout=10)
        found.value.close()
    made.remove([PROOF])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AttemptFailed, match=f"127.0.0.1, port {port}"):
            Standalone([("127.0.0.1", free_port()), ("127.0.0.1", port)]).place([PROOF])
