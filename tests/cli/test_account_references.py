"""What `check` and every start say of accounts in files, keytabs and Samba's programs."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from bridgehead.cli.account_references import check_accounts
from bridgehead.spec import Accounts, Forward, Listener, Login, Pool, ProxySpec, Rule, Server

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.problems import Problem

ACCOUNTS = '[users.Alice]\npassword = "one"\nmember_of = ["Staff"]\n\n[groups.Staff]\nmember_of = ["Everybody"]\n'


def write(path: Path, content: str | bytes, mode: int = 0o600) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return str(path)


def judged(source: Accounts, login: Login | None = None) -> list[Problem]:
    action = Forward(pool="inside", authentication="ntlm", login=login or Login(accounts="people"))
    rule = Rule(name="intranet", listeners=("https",), hosts=("intranet.contoso.com",), action=action)
    return check_accounts(
        ProxySpec(
            listeners=(Listener(name="https", host="127.0.0.1", port=443, tls=True),),
            pools=(Pool(name="inside", servers=(Server(host="127.0.0.1", port=80),), tls=False),),
            rules=(rule,),
            accounts=(source,),
        )
    )


def in_file(file: str, keytab: str | None = None) -> Accounts:
    return Accounts(name="people", source="file", file=file, domain="CONTOSO", computer="PROXY", keytab=keytab)


@pytest.mark.parametrize("name", [r"CONTOSO\alice", "ALICE"])
def test_a_file_with_everybody_whom_rules_name_is_fine(tmp_path: Path, name: str) -> None:
    login = Login(accounts="people", users=(name,), groups=("staff", "Everybody"))
    assert judged(in_file(write(tmp_path / "accounts.toml", ACCOUNTS)), login) == []


def test_groups_and_users_that_the_file_lacks_are_told_and_stop_nothing(tmp_path: Path) -> None:
    login = Login(accounts="people", users=(r"CONTOSO\bob",), groups=("Boss",))
    (problem,) = judged(in_file(write(tmp_path / "accounts.toml", ACCOUNTS)), login)
    assert (problem.code, problem.severity) == ("accounts.nobody", "warning")
    assert r"CONTOSO\bob, Boss" in problem.message


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (ACCOUNTS, 0o644, "accounts.permissions"),
        ("users = 1", 0o600, "accounts.malformed"),
        ("=", 0o600, "file.not-toml"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_once(tmp_path: Path, content: str, mode: int, code: str) -> None:
    assert [one.code for one in judged(in_file(write(tmp_path / "accounts.toml", content, mode)))] == [code]


def test_a_file_that_is_not_there_is_told_with_how_to_make_it(tmp_path: Path) -> None:
    (problem,) = judged(in_file(str(tmp_path / "accounts.toml")))
    assert "bridgehead user add" in problem.hint


def test_programs_of_samba_that_are_not_there_are_told() -> None:
    source = Accounts(
        name="people",
        source="winbind",
        domain="CONTOSO",
        computer="PROXY",
        ntlm_auth="/nowhere/ntlm_auth",
        wbinfo="/nowhere/wbinfo",
    )
    assert {one.code for one in judged(source)} == {"accounts.program-missing"}


def keytab_of(*components: str) -> bytes:
    """One entry; only names count here."""
    parts = b"".join(struct.pack(">H", len(part)) + part.encode() for part in ("CONTOSO.COM", *components))
    entry = struct.pack(">H", len(components)) + parts
    return b"\x05\x02" + struct.pack(">i", len(entry)) + entry


def test_a_published_name_without_a_key_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "accounts.toml", ACCOUNTS)
    found = judged(in_file(file, write(tmp_path / "http.keytab", keytab_of("HTTP", "other.contoso.com"))))
    assert "HTTP/intranet.contoso.com" in next(one for one in found if one.code == "accounts.keytab-names").message


def test_a_name_that_has_its_key_is_not(tmp_path: Path) -> None:
    file = write(tmp_path / "accounts.toml", ACCOUNTS)
    found = judged(in_file(file, write(tmp_path / "http.keytab", keytab_of("HTTP", "Intranet.contoso.com"))))
    assert "accounts.keytab-names" not in {one.code for one in found}


def test_a_keytab_that_is_none_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "accounts.toml", ACCOUNTS)
    assert "accounts.keytab-unusable" in {one.code for one in judged(in_file(file, write(tmp_path / "k", b"keys")))}
    assert "file.unreadable" in {one.code for one in judged(in_file(file, str(tmp_path / "nothing")))}
