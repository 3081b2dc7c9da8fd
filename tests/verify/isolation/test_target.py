from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.verify.isolation.answers import Answer
from bridgehead.verify.isolation.target import Naming, path_of, pattern_of, same_user, target_of

if TYPE_CHECKING:
    from pathlib import Path

ALICE, BOB = "CONTOSO\\alice", "bob@contoso.com"


def page(text: str, *fields: tuple[str, str]) -> Answer:
    return Answer(200, fields, text.encode())


def test_a_url_says_all() -> None:
    target = target_of("https://mail.contoso.com:8443/ews/?a=b")
    assert (target.address, target.authority, target.path) == (
        ("mail.contoso.com", 8443),
        "mail.contoso.com:8443",
        "/ews/?a=b",
    )
    assert target.context is not None
    assert target_of("http://mail.contoso.com").context is None


@pytest.mark.parametrize(
    ("connect_to", "address"),
    [
        ("192.0.2.1", ("192.0.2.1", 443)),
        ("192.0.2.1:8443", ("192.0.2.1", 8443)),
        ("2001:db8::1", ("2001:db8::1", 443)),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
        ("proxy.contoso.com:444", ("proxy.contoso.com", 444)),
    ],
)
def test_where_to_connect(connect_to: str, address: tuple[str, int]) -> None:
    target = target_of("https://mail.contoso.com/", connect_to=connect_to)
    assert (target.address, target.host) == (address, "mail.contoso.com")


@pytest.mark.parametrize("url", ["mail.contoso.com", "ftp://a/", "https://", "https://a:x/", "https://alice:secret@a/"])
def test_what_is_no_web_address_is_refused_without_a_password(url: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        target_of(url)
    assert "secret" not in str(found.value)


def test_roots_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("nothing")
    for name in ("roots.pem", "none.pem"):
        with pytest.raises(ProblemsFound):
            target_of("https://a/", trust=tmp_path / name)


def test_a_page_of_another_site_is_refused() -> None:
    target = target_of("https://mail.contoso.com/")
    assert path_of("/whoami", target) == path_of("https://mail.contoso.com/whoami", target) == "/whoami"
    with pytest.raises(ProblemsFound):
        path_of("https://www.contoso.com/whoami", target)


def test_a_pattern_finds_the_name() -> None:
    naming = Naming(pattern_of("Signed in as ([^<]+)"), (ALICE, BOB))
    assert naming.user_of(page("<p>Signed in as carol</p> CONTOSO\\alice")) == "carol"
    assert naming.user_of(page("CONTOSO\\alice")) is None
    with pytest.raises(ProblemsFound):
        pattern_of("(")


@pytest.mark.parametrize("text", ["Hello contoso\\Alice!", r'{"user": "CONTOSO\\alice"}'])
def test_an_account_in_the_page_is_found(text: str) -> None:
    assert Naming(None, (ALICE, BOB)).user_of(page(text)) == ALICE


def test_a_page_that_lists_both_tells_nothing() -> None:
    assert Naming(None, (ALICE, BOB)).user_of(page(f"{ALICE}, {BOB}")) is None


def test_a_page_about_somebody_is_not_taken_for_theirs() -> None:
    naming = Naming(None, (ALICE, BOB))
    naming.calibrate(BOB, page(f"Owner of this page: {ALICE}"))
    assert naming.user_of(page(f"Owner of this page: {ALICE}")) is None


def test_spellings_of_one_user() -> None:
    assert same_user("CONTOSO\\Alice", "alice@contoso.com")
    assert not same_user(ALICE, BOB)
