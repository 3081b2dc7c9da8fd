"""Looking at what a real server sends."""

from __future__ import annotations

import socket
from pathlib import Path

from bridgehead.certificates.trust.fetching import fetch
from bridgehead.spec import Server
from tests.certificates.issuing import Authority
from tests.certificates.trust.servers import tls_server

ROOT = Authority("Contoso Root CA")
ISSUING = Authority("Contoso Issuing CA", ROOT)
LEAF = ISSUING.issue(names=("fe01.contoso.local",))


def test_the_chain_comes_as_the_server_sends_it(tmp_path: Path) -> None:
    with tls_server(tmp_path, LEAF, ISSUING.certificate) as port:
        shown = fetch(Server(host="127.0.0.1", port=port, verify_name="fe01.contoso.local"))
    assert shown.chain == (LEAF.certificate, ISSUING.certificate)
    assert (shown.server, shown.problem) == (f"127.0.0.1:{port}", None)


def test_nobody_there_is_one_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    shown = fetch(Server(host="127.0.0.1", port=port))
    assert shown.chain == ()
    assert shown.problem is not None
    assert shown.problem.code == "trust.no-answer"


def test_a_server_without_tls_is_one_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        shown = fetch(Server(host="127.0.0.1", port=plain.getsockname()[1]), patience=0.2)
    assert shown.problem is not None
