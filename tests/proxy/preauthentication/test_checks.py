"""What is wrong with logins in a ProxySpec is told before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.spec import Accounts, Forward, Listener, Login, Pool, ProxySpec, Rule, Server
from tests.proxy.preauthentication.logging_in import accounts_in

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.problems import Problem


def problems(accounts: tuple[Accounts, ...], **forward: object) -> list[Problem]:
    spec = ProxySpec(
        listeners=(Listener(name="web", host="127.0.0.1", port=1, tls=False),),
        pools=(Pool(name="pool", servers=(Server(host="127.0.0.1", port=2),), tls=False),),
        rules=(
            Rule(
                name="site",
                listeners=("web",),
                hosts=("*",),
                action=Forward.model_validate({"pool": "pool", **forward}),
            ),
        ),
        accounts=accounts,
        access_log="",
    )
    try:
        Snapshot.read(spec)
    except ProblemsFound as found:
        return list(found.problems)
    return []


def codes(accounts: tuple[Accounts, ...], **forward: object) -> set[str]:
    return {problem.code for problem in problems(accounts, **forward)}


@pytest.fixture
def people(tmp_path: Path) -> tuple[Accounts, ...]:
    return (accounts_in(tmp_path),)


def ntlm(**how: object) -> dict[str, object]:
    return {"authentication": "ntlm", "login": Login.model_validate({"accounts": "people", **how})}


def test_what_is_right_has_no_problem(people: tuple[Accounts, ...]) -> None:
    assert codes(people, **ntlm(users=["bob", "alice@contoso.com", "ELSEWHERE\\eve"], site_sees="header")) == set()


def test_a_rule_that_asks_for_a_login_says_how(people: tuple[Accounts, ...]) -> None:
    assert codes(people, authentication="ntlm") == {"rule.login-unclear"}
    assert codes(people, login=Login(accounts="people")) == {"rule.login-unclear"}


def test_its_accounts_are_known(people: tuple[Accounts, ...]) -> None:
    assert codes(people, **ntlm(accounts="nobody")) == {"rule.unknown-accounts"}
    assert codes((*people, *people), **ntlm()) == {"accounts.same-name"}


@pytest.mark.parametrize("header", ["Host", "authorization", "X-Forwarded-For", "Content-Length"])
def test_the_users_name_takes_no_other_fields_place(people: tuple[Accounts, ...], header: str) -> None:
    assert codes(people, **ntlm(site_sees="header", header=header)) == {"rule.header-taken"}


def test_a_user_of_whom_nobody_knows_who_it_is(people: tuple[Accounts, ...]) -> None:
    assert codes(people, **ntlm(users=["alice@fabrikam.com"])) == {"rule.user-unclear"}


def test_a_file_of_accounts_that_is_not_there(tmp_path: Path, people: tuple[Accounts, ...]) -> None:
    (tmp_path / "people.toml").unlink()
    assert len(codes(people, **ntlm())) == 1


def test_a_file_of_accounts_that_others_may_read(tmp_path: Path, people: tuple[Accounts, ...]) -> None:
    (tmp_path / "people.toml").chmod(0o644)
    (problem,) = problems(people, **ntlm())
    assert str(tmp_path / "people.toml") in problem.where


def test_a_file_of_accounts_that_says_nothing_of_use(tmp_path: Path) -> None:
    found = problems((accounts_in(tmp_path, "[users.alice]\npassword = 5\n[nonsense]\n"),), **ntlm())
    assert found
    assert all(str(tmp_path / "people.toml") in problem.where for problem in found)


def test_a_file_that_is_not_named(tmp_path: Path) -> None:
    accounts = accounts_in(tmp_path).model_copy(update={"file": None})
    assert "accounts.no-file" in codes((accounts,), **ntlm())


def test_a_domain_without_sambas_programs(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    accounts = Accounts(
        name="people", source="winbind", domain="CONTOSO", computer="EDGE", ntlm_auth=missing, wbinfo=missing
    )
    found = problems((accounts,), **ntlm())
    assert [problem.code for problem in found] == ["accounts.program-missing"] * 2
    assert missing in found[0].message


def test_a_keytab_that_is_none(tmp_path: Path) -> None:
    keytab = tmp_path / "http.keytab"
    keytab.write_bytes(b"nonsense")
    found = problems((accounts_in(tmp_path, keytab=str(keytab)),), **ntlm())
    assert len(found) == 1
    assert found[0].where == str(keytab)
    keytab.unlink()
    assert codes((accounts_in(tmp_path, keytab=str(keytab)),), **ntlm()) == {"file.unreadable"}
