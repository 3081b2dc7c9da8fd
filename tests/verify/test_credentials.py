from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.verify.credentials import User, read_credentials, short_name

if TYPE_CHECKING:
    from pathlib import Path

TWO = """
[[user]]
name = 'CONTOSO\\alice'
password = 'secret-1'

[[user]]
name = 'bob@contoso.com'
password = 'secret-2'
sip_address = 'bob@fabrikam.com'
"""


def written(directory: Path, text: str, mode: int = 0o600) -> Path:
    file = directory / "users.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def codes(file: Path) -> set[str]:
    with pytest.raises(ProblemsFound) as found:
        read_credentials(file)
    text = str(found.value)
    assert "secret" not in text
    return {problem.code for problem in found.value.problems}


def test_users_in_their_order(tmp_path: Path) -> None:
    alice, bob = read_credentials(written(tmp_path, TWO))
    assert (alice.name, alice.short, alice.password) == ("CONTOSO\\alice", "alice", "secret-1")
    assert (bob.short, bob.sip_address) == ("bob", "bob@fabrikam.com")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    assert codes(written(tmp_path, TWO, mode)) == {"credentials.permissions"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "credentials.malformed"),
        ("user = 'alice'", "credentials.malformed"),
        ("[[user]]\nname = secret", "credentials.malformed"),
        ("[[user]]\npassword = 'secret'", "credentials.malformed"),
        ("[[user]]\nname = 'alice'", "credentials.malformed"),
        ("[[user]]\nname = 'alice'\npassword = 5", "credentials.malformed"),
        ("[[user]]\nname = 'alice'\ntoken = 'not base64!'", "credentials.malformed"),
        ("[[user]]\nname = 'alice'\npassword = 'secret'\npasword = 'secret'", "credentials.unknown"),
    ],
)
def test_what_is_wrong_is_said_without_a_word_of_the_secrets(tmp_path: Path, text: str, code: str) -> None:
    assert code in codes(written(tmp_path, text))


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert codes(tmp_path / "none.toml") == {"credentials.unreadable"}


def test_a_user_shows_no_secret() -> None:
    assert "secret" not in repr(User("alice", "secret-1", "c2VjcmV0"))


@pytest.mark.parametrize("name", ["CONTOSO\\Alice", "alice@contoso.com", "Alice"])
def test_spellings_of_one_user(name: str) -> None:
    assert short_name(name) == "alice"
