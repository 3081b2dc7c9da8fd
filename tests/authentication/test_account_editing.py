from __future__ import annotations

import pytest

from bridgehead.authentication.account_editing import with_user, without_user
from bridgehead.authentication.account_list import parse_accounts
from bridgehead.problems import ProblemsFound

HASH, OTHER = bytes(range(16)), bytes(range(1, 17))

BY_HAND = f"""\
# Ours, 2026

[users.alice]   # the first
nt_hash = "{HASH.hex()}"
member_of = ["staff"]
disabled = true

# Bob is on the fourth floor.
[users."bob b."]
nt_hash = "{HASH.hex()}"

[groups.staff]
member_of = ["everybody"]
""".encode()


def code_of(found: pytest.ExceptionInfo[ProblemsFound]) -> str:
    return found.value.problems[0].code


def test_the_first_user_makes_a_file_that_says_what_it_is() -> None:
    made = with_user(b"", "a.toml", "alice", HASH, ["staff"], replace=False)
    assert made.startswith(b"# ")
    (user,) = parse_accounts(made, "a.toml").users.values()
    assert (user.name, user.nt_hash, set(user.member_of)) == ("alice", HASH, {"staff"})


@pytest.mark.parametrize("name", ["zoë", "jean-luc", "o'brien", "a b", "9", "alice.ashdown", "true", "users"])
def test_every_sound_name_is_written_so_that_it_is_read(name: str) -> None:
    made = with_user(BY_HAND, "a.toml", name, OTHER, ["a group"], replace=False)
    assert parse_accounts(made, "a.toml").users[name].nt_hash == OTHER
    assert without_user(made, "a.toml", name).strip() == BY_HAND.strip()


def test_what_an_admin_wrote_is_kept() -> None:
    made = with_user(BY_HAND, "a.toml", "carol", HASH, [], replace=False)
    assert made.startswith(BY_HAND)


def test_a_user_is_removed_with_their_lines_and_no_others() -> None:
    text = without_user(BY_HAND, "a.toml", "ALICE").decode()
    assert "alice" not in text
    assert 'staff"]' not in text
    assert "# Ours, 2026" in text
    assert '# Bob is on the fourth floor.\n[users."bob b."]' in text


def test_a_user_who_exists_is_replaced_only_where_that_is_said() -> None:
    with pytest.raises(ProblemsFound) as found:
        with_user(BY_HAND, "a.toml", "Alice", OTHER, [], replace=False)
    assert code_of(found) == "accounts.exists"
    user = parse_accounts(with_user(BY_HAND, "a.toml", "Alice", OTHER, [], replace=True), "a.toml").users["alice"]
    assert (user.nt_hash, user.disabled, set(user.member_of)) == (OTHER, True, {"staff", "everybody"})


def test_a_clear_password_is_replaced_by_a_hash() -> None:
    made = with_user(b'[users.a]\npassword = "secret"\n', "a.toml", "a", HASH, [], replace=True)
    assert b"secret" not in made
    assert parse_accounts(made, "a.toml").users["a"].nt_hash == HASH


@pytest.mark.parametrize(
    "content",
    [
        f'users.alice.nt_hash = "{HASH.hex()}"\n',
        f'[users]\nalice = {{nt_hash = "{HASH.hex()}"}}\n',
        f'[users]\n[users.alice]\nnt_hash = "{HASH.hex()}"\nmember_of = [\n["staff"][0]]\n',
    ],
)
def test_what_only_an_editor_can_change_is_left_as_it_is(content: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        without_user(content.encode(), "a.toml", "alice")
    assert code_of(found) in {"accounts.by-hand", "file.not-toml"}


def test_a_table_within_a_text_is_no_table() -> None:
    content = f"""[users.alice]
nt_hash = "{HASH.hex()}"
principal = '''
[users.bob]
'''
[users.bob]
nt_hash = "{OTHER.hex()}"
"""
    with pytest.raises(ProblemsFound) as found:
        without_user(content.encode(), "a.toml", "bob")
    assert code_of(found) == "accounts.by-hand"


def test_nobody_is_removed_who_is_not_there() -> None:
    with pytest.raises(ProblemsFound) as found:
        without_user(BY_HAND, "a.toml", "mallory")
    assert code_of(found) == "accounts.no-user"


@pytest.mark.parametrize("name", ["", " ", "CONTOSO\\alice", "alice@contoso.com", 'a"b', "a\nb", "a]", "x" * 257])
def test_a_name_that_no_account_can_have_is_refused(name: str) -> None:
    for user, groups in ((name, []), ("alice", [name])):
        with pytest.raises(ProblemsFound) as found:
            with_user(b"", "a.toml", user, HASH, groups, replace=False)
        assert code_of(found) == "accounts.name"
