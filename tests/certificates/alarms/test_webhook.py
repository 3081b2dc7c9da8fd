"""A real web server that is told, and the ways in which it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from bridgehead.certificates.alarms.webhook import post
from tests.certificates.alarms.web import Manner, Web
from tests.certificates.issuing import Authority
from tests.end_to_end.free_port import free_port

TOLD = {"version": 1, "text": "soon: ä"}
PATIENCE = 60.0


def test_it_gets_the_alarms_as_json() -> None:
    with Web() as web:
        assert post(web.url, None, TOLD, PATIENCE) is None
    assert web.messages == [TOLD]
    assert web.heads[0].startswith(b"POST /hooks/secret?token=hidden HTTP/1.1\r\n")
    assert b"Content-Type: application/json\r\n" in web.heads[0]


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("error", "It answered 500."),
        ("redirect", "It answered 302."),
        ("nonsense", "It cannot be told: 220 mail.contoso.com ESMTP"),
        ("hang-up", "It cannot be told: Remote end closed connection without response."),
    ],
)
def test_a_failure_is_told_without_what_is_secret_in_the_address(manner: Manner, said: str) -> None:
    with Web() as web:
        web.manner = manner
        problem = post(web.url, None, TOLD, PATIENCE)
    assert problem is not None
    assert problem.message.startswith(said)
    assert "secret" not in str(problem)
    assert "hidden" not in str(problem)


@pytest.mark.parametrize("manner", ["silent", "dripping"])
def test_one_that_does_not_answer_is_not_waited_for(manner: Manner) -> None:
    with Web() as web:
        web.manner = manner
        problem = post(web.url, None, TOLD, 0.5)
    assert problem is not None
    assert problem.message in {"There was no answer within 0.5 seconds.", "It cannot be told: timed out."}


def test_one_that_is_not_there_is_told() -> None:
    problem = post(f"http://127.0.0.1:{free_port()}/x", None, TOLD, PATIENCE)
    assert problem is not None
    assert "Connection refused" in problem.message


def test_it_is_verified_with_its_own_root(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf, root = authority.issue_cert("127.0.0.1"), tmp_path / "root.pem"
    authority.cert_pem.write_to_path(root)
    pem = tmp_path / "leaf.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(pem)
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(Authority("Somebody else").pem)
    with Web(pem) as web:
        assert post(web.url, root, TOLD, PATIENCE) is None
        for trust in (stranger, None):
            problem = post(web.url, trust, TOLD, PATIENCE)
            assert problem is not None
            assert "certificate verify failed" in problem.message.lower()
        problem = post(web.url, tmp_path / "nothing.pem", TOLD, PATIENCE)
        assert problem is not None
        assert "root certificates cannot be read: No such file" in problem.message
    assert web.messages == [TOLD]
