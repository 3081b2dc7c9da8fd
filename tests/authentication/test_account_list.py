from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication.account_list import parse_accounts, read_accounts
from bridgehead.authentication.ntlm_keys import nt_hash
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

HASH = nt_hash("secret").hex()


def problems(text: str | bytes) -> list[tuple[str, str]]:
    """Code and place of everything that is wrong."""
    with pytest.raises(ProblemsFound) as found:
        parse_accounts(text.encode() if isinstance(text, str) else text, "a.toml")
    assert "secret" not in str(found.value)
    return [(problem.code, problem.where) for problem in found.value.problems]


def test_a_user_has_a_hash_or_a_password() -> None:
    found = parse_accounts(f'[users.Alice]\nnt_hash = "{HASH}"\n[users.bob]\npassword = "secret"'.encode(), "a.toml")
    assert found.users["alice"].name == "Alice"
    assert found.users["alice"].nt_hash == found.users["bob"].nt_hash == nt_hash("secret")


def test_an_empty_file_and_one_with_a_byte_order_mark_are_sound() -> None:
    assert parse_accounts(b"", "a.toml").users == {}
    assert set(parse_accounts(f'\ufeff[users.a]\nnt_hash = "{HASH}"'.encode(), "a.toml").users) == {"a"}


def test_groups_reach_through_others_and_circles_end() -> None:
    found = parse_accounts(
        f"""
        [users.alice]
        nt_hash = "{HASH}"
        member_of = ["Staff", "lone"]
        [groups.staff]
        member_of = ["everybody"]
        [groups.Everybody]
        member_of = ["STAFF", "world"]
        """.encode(),
        "a.toml",
    )
    assert found.users["alice"].member_of == {"staff", "lone", "everybody", "world"}
    assert set(found.groups) == {"staff", "lone", "everybody", "world"}
    assert found.groups_of(found.users["alice"]) == ["Everybody", "lone", "staff", "world"]


def test_everything_that_is_wrong_is_told_at_once_and_no_secret() -> None:
    found = problems(
        """
        accounts = 1
        [users.a]
        [users.b]
        password = "secret"
        nt_hash = "secret"
        [users.c]
        nt_hash = "secretsecretsecretsecretsecretse"
        [users.d]
        password = ""
        [users.e]
        password = "secret"
        colour = "secret"
        member_of = "staff"
        [users.f]
        password = "secret"
        disabled = "secret"
        [users.'CONTOSO\\g']
        password = "secret"
        [users.H]
        password = "secret"
        principal = "h@CONTOSO.COM"
        [users.h]
        password = "secret"
        principal = "H@contoso.com"
        [groups.i]
        member_of = ["CONTOSO\\\\staff"]
        """
    )
    assert sorted(found) == [
        ("accounts.malformed", "a.toml: groups.i.member_of"),
        ("accounts.malformed", "a.toml: users.e.member_of"),
        ("accounts.malformed", "a.toml: users.f"),
        ("accounts.name", "a.toml: users.CONTOSO\\g"),
        ("accounts.no-password", "a.toml: users.a"),
        ("accounts.no-password", "a.toml: users.b"),
        ("accounts.no-password", "a.toml: users.c"),
        ("accounts.no-password", "a.toml: users.d"),
        ("accounts.twice", "a.toml: users.h"),
        ("accounts.unknown", "a.toml: accounts"),
        ("accounts.unknown", "a.toml: users.e.colour"),
    ]


def test_two_users_have_two_principals() -> None:
    text = '[users.{}]\npassword = "secret"\nprincipal = "{}@CONTOSO.COM"\n'
    assert problems(text.format("a", "x") + text.format("b", "X")) == [("accounts.twice", "a.toml: users.b.principal")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe[", "file.not-text"),
        (b"[users.a\npassword = 'secret'", "file.not-toml"),
        (b"users = ['secret']", "accounts.malformed"),
        (b"[users]\na = 'secret'", "accounts.malformed"),
        (b"[[users]]\npassword = 'secret'", "accounts.malformed"),
        (b"[users.a]\npassword = '''\nsecret'''\nx = secret", "file.not-toml"),
    ],
)
def test_what_is_no_accounts_file_is_told_without_its_text(text: bytes, code: str) -> None:
    assert problems(text)[0][0] == code


def test_an_account_does_not_show_its_hash() -> None:
    found = parse_accounts(f'[users.alice]\nnt_hash = "{HASH}"'.encode(), "a.toml")
    assert repr(nt_hash("secret")) not in repr(found)


# Reading


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.touch()
    path.chmod(mode)
    with pytest.raises(ProblemsFound) as found:
        read_accounts(path)
    assert found.value.problems[0].code == "accounts.permissions"
    assert "chmod 600" in found.value.problems[0].hint


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_its_owner_alone_is_read(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"# nobody")
    path.chmod(mode)
    assert read_accounts(path) == b"# nobody"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none", "file.missing"), (tmp_path, "file.unreadable")):
        with pytest.raises(ProblemsFound) as found:
            read_accounts(path)
        assert found.value.problems[0].code == code
