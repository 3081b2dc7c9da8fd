"""The key of dynamic updates; the updates themselves are tried against BIND, in `tests/interop/test_acme.py`."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.name
import dns.tsig
import pytest

from bridgehead.certificates.acme.dns_update import DnsUpdates, UpdateSettings, read_tsig_key
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.state import Proof
from bridgehead.problems import ProblemsFound
from tests.certificates.acme.stub import GivenTime
from tests.end_to_end.free_port import free_port

KEY = 'key "bridgehead" {\n\talgorithm hmac-sha512;\n\tsecret "c2VjcmV0IG9mIHRoZSB0ZXN0cw==";\n};\n'
PROOF = Proof(name="meet.contoso.com", challenge="dns-01", token="t", value="v")


def test_a_key_as_tsig_keygen_writes_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    key = read_tsig_key(tmp_path / "key")
    assert key.name == dns.name.from_text("bridgehead")
    assert key.secret == b"secret of the tests"
    assert key.algorithm == dns.name.from_text("hmac-sha512")


@pytest.mark.parametrize(
    "text", ["", "secret", 'key "x" { algorithm hmac-sha256; };', 'key "x" { secret "not base64!"; };']
)
def test_a_file_without_a_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(ProblemsFound, match="There is no TSIG key in this file"):
        read_tsig_key(tmp_path / "key")


def test_a_name_server_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    settings = UpdateSettings(("127.0.0.1", free_port()), tmp_path / "key", "contoso.com")
    with pytest.raises(AttemptFailed, match="does not answer") as found:
        DnsUpdates(settings, GivenTime().clock).place([PROOF])
    assert not found.value.another_may_help
    DnsUpdates(settings, GivenTime().clock).remove([PROOF])


def test_a_name_server_that_names_no_name_servers_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    key = read_tsig_key(tmp_path / "key")
    with name_server(key) as port:
        settings = UpdateSettings(("127.0.0.1", port), tmp_path / "key", "contoso.com")
        with pytest.raises(AttemptFailed, match=r"names no name servers of contoso\.com") as found:
            DnsUpdates(settings, GivenTime().clock).place([PROOF])
    assert "write name_servers" in found.value.problems[0].hint


@contextmanager
def name_server(key: dns.tsig.Key) -> Iterator[int]:
    """Takes every update, and knows nothing. Its port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            query = dns.message.from_wire(self.rfile.read(length), keyring=key)
            answer = dns.message.make_response(query).to_wire()
            self.wfile.write(struct.pack("!H", len(answer)) + answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
