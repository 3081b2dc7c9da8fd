"""Whatever an authority answers, or does not, is told; nothing is a traceback. Against a stub."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridgehead.certificates.acme.account import open_session
from bridgehead.certificates.acme.authority import Authority
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.session import Session, seconds_of
from bridgehead.problems import ProblemsFound
from tests.certificates.acme.stub import NOW, GivenTime, Stub, stub

CLOCK = GivenTime().clock


@pytest.fixture
def authority() -> Iterator[Stub]:
    with stub() as answering:
        answering.directory()
        yield answering


def failure(authority: Authority, directory: Path) -> AttemptFailed:
    with pytest.raises(AttemptFailed) as found:
        open_session(authority, directory, None, CLOCK)
    return found.value


def test_an_authority_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failed = failure(Authority("gone", f"http://127.0.0.1:{port}/directory"), tmp_path)
    (problem,) = failed.problems
    assert problem.code == "acme.unreachable"
    assert "connection refused" in problem.message
    assert failed.another_may_help


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, "<html>"),
        (200, {}, []),
        (200, {}, {}),
        (404, {}, "no"),
        (200, {}, '"x"'),
        (200, {}, "5"),
        (200, {}, "[" * 100_000),
    ],
)
def test_a_page_that_is_no_directory(
    authority: Stub, tmp_path: Path, answer: tuple[int, dict[str, str], object]
) -> None:
    authority.answers["/directory"] = answer
    (problem,) = failure(authority.authority, tmp_path).problems
    assert problem.code == "acme.not-understood"


def test_a_rate_limit_and_how_long_it_holds(authority: Stub, tmp_path: Path) -> None:
    refused = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many registrations"}
    authority.answers["/newAccount"] = 429, {"Retry-After": "7200"}, refused
    failed = failure(authority.authority, tmp_path)
    assert failed.retry_after == 7200
    assert "too many registrations" in failed.problems[0].message


def test_a_nonce_that_is_refused_every_time_is_told_in_the_end(authority: Stub, tmp_path: Path) -> None:
    authority.answers["/newAccount"] = 400, {}, {"type": "urn:ietf:params:acme:error:badNonce"}
    assert "the number that protects against replay" in failure(authority.authority, tmp_path).problems[0].message
    assert authority.asked.count("/newAccount") == 20


def test_terms_are_agreed_to_by_a_person(authority: Stub, tmp_path: Path) -> None:
    authority.directory(meta={"termsOfService": "https://acme.contoso.com/terms"})
    (problem,) = failure(replace(authority.authority, terms_agreed=False), tmp_path).problems
    assert problem.code == "acme.terms"
    assert "https://acme.contoso.com/terms" in problem.message
    assert "/newAccount" not in authority.asked


def test_an_account_is_registered_once_and_its_key_kept_before(authority: Stub, tmp_path: Path) -> None:
    authority.answers["/newAccount"] = 500, {}, "out of order"
    failure(authority.authority, tmp_path)
    key = (tmp_path / "key.pem").read_bytes()
    authority.answers["/newAccount"] = 201, {"Location": f"{authority.url}/account/1"}, {"status": "valid"}
    for _ in range(2):
        open_session(authority.authority, tmp_path, None, CLOCK)
    assert authority.asked.count("/newAccount") == 2
    assert (tmp_path / "key.pem").read_bytes() == key
    assert oct((tmp_path / "key.pem").stat().st_mode & 0o777) == "0o600"


def test_an_account_that_exists_already_is_taken_up_again(authority: Stub, tmp_path: Path) -> None:
    authority.answers["/newAccount"] = 200, {"Location": f"{authority.url}/account/1"}, {"status": "valid"}
    open_session(authority.authority, tmp_path, None, CLOCK)
    assert f"{authority.url}/account/1" in (tmp_path / "account.json").read_text()


def test_a_key_is_encrypted_where_the_store_is(authority: Stub, tmp_path: Path) -> None:
    authority.answers["/newAccount"] = 201, {"Location": f"{authority.url}/account/1"}, {}
    open_session(authority.authority, tmp_path, b"correct horse", CLOCK)
    assert b"ENCRYPTED" in (tmp_path / "key.pem").read_bytes()
    with pytest.raises(ProblemsFound, match="passphrase"):
        open_session(authority.authority, tmp_path, b"wrong", CLOCK)


def test_a_root_that_is_not_there(authority: Stub, tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="There is no such file"):
        Session(replace(authority.authority, roots=(tmp_path / "gone.pem",)), None, CLOCK)


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(field: str | None, seconds: float | None) -> None:
    assert seconds_of(field, NOW) == seconds


def test_several_roots_are_together_and_leave_nothing_behind(authority: Stub, tmp_path: Path) -> None:
    roots = tmp_path / "one.pem", tmp_path / "two.pem"
    for root in roots:
        root.write_text(root.name)
    session = Session(replace(authority.authority, roots=roots), None, CLOCK)
    together = Path(str(session._network.verify_ssl))
    assert together.read_text() == "one.pem\ntwo.pem"
    del session
    assert not together.exists()


def test_an_encrypted_directory_leads_to_nothing_in_the_clear(authority: Stub) -> None:
    session = Session(authority.authority, None, CLOCK)
    session._network.encrypted = True  # as with a directory that is
    asked = len(authority.asked)
    with pytest.raises(AttemptFailed, match="is not encrypted"), session.failures():
        session.get(f"{authority.url}/order")
    assert len(authority.asked) == asked


def test_a_directory_without_end_is_given_up(authority: Stub) -> None:
    authority.answers["/directory"] = 200, {}, "x" * 1_000_000
    with pytest.raises(AttemptFailed, match="its answer is larger than"):
        Session(authority.authority, None, CLOCK)
