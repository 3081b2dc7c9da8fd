from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication.accounts import Account
from bridgehead.authentication.membership import Membership, UnknownName
from bridgehead.authentication.program_runs import NoAnswer
from tests.authentication.winbind_programs import WinbindPrograms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[WinbindPrograms]:
    made = WinbindPrograms(tmp_path)
    yield made
    made.loop.close()


def members(programs: WinbindPrograms, *wanted: str, **settings: float) -> Membership:
    accounts = programs.accounts(**settings)  # type: ignore[arg-type] # each test gives what it changes
    return Membership(programs.loop, accounts, frozenset(wanted))


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (["Lync Users"], {"Lync Users"}),
        (["CONTOSO\\Lync Users"], {"CONTOSO\\Lync Users"}),
        (["S-1-5-32-545", "s-1-5-21-1-2-3-2001"], {"S-1-5-32-545", "s-1-5-21-1-2-3-2001"}),
        (["FABRIKAM\\Lync Users", "Nobody's", "S-1-5-21-1-2-3-200"], set()),
        ([], set()),
    ],
)
def test_groups_are_compared_by_identifier_and_told_as_they_were_spelt(
    programs: WinbindPrograms, wanted: list[str], held: set[str]
) -> None:
    account = programs.run(members(programs, *wanted).account("CONTOSO", "alice"))
    assert account == Account("CONTOSO\\alice", frozenset(held))


def test_an_identifier_that_begins_like_another_is_another(programs: WinbindPrograms) -> None:
    wanted = ["S-1-5-21-1-2-3-2001", "S-1-5-21-1-2-3-20011", "FABRIKAM\\Lync Users"]
    account = programs.run(members(programs, *wanted).account("CONTOSO", "bob"))
    assert account.groups == {"S-1-5-21-1-2-3-20011", "FABRIKAM\\Lync Users"}


def test_without_wanted_groups_none_are_asked_for(programs: WinbindPrograms) -> None:
    programs.run(members(programs).account("CONTOSO", "alice"))
    assert not any("sids" in question for question in programs.looked_up)


def test_a_name_without_a_domain_is_the_domains(programs: WinbindPrograms) -> None:
    assert programs.run(members(programs).account("", "alice")).name == "CONTOSO\\alice"


def test_a_group_is_no_user_and_a_user_no_group(programs: WinbindPrograms) -> None:
    with pytest.raises(UnknownName):
        programs.run(members(programs).account("CONTOSO", "Lync Users"))
    account = programs.run(members(programs, "alice").account("CONTOSO", "alice"))
    assert account.groups == frozenset()


def test_somebody_whose_groups_nobody_knows_is_not_unknown(programs: WinbindPrograms) -> None:
    with pytest.raises(NoAnswer):
        programs.run(members(programs, "Lync Users").account("CONTOSO", "carol@fabrikam.com"))


def test_the_same_question_is_asked_once_however_often_it_comes(programs: WinbindPrograms) -> None:
    membership = members(programs, "Lync Users")

    async def ten_at_once() -> None:
        await asyncio.gather(*(membership.account("CONTOSO", name) for name in ["alice"] * 10))

    programs.run(ten_at_once())
    programs.run(membership.account("CONTOSO", "alice"))
    assert len(programs.looked_up) == len(set(programs.looked_up)) == 5


def test_a_stopped_winbind_is_no_answer_and_is_asked_again(programs: WinbindPrograms) -> None:
    membership = members(programs)
    for _ in range(2):
        with pytest.raises(NoAnswer):
            programs.run(membership.account("CONTOSO", "winbind-stopped"))
    assert programs.looked_up.count("--name-to-sid=CONTOSO+winbind-stopped") == 2


def test_a_question_that_is_not_answered_in_time_has_no_answer(programs: WinbindPrograms) -> None:
    with pytest.raises(NoAnswer):
        programs.run(members(programs, seconds=1.0).account("CONTOSO", "hanging"))
