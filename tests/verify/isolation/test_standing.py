from __future__ import annotations

from bridgehead.verify.credentials import User
from bridgehead.verify.isolation.standing import Standing, Standings


def refused(standing: Standing, times: int) -> Standing:
    for _ in range(times):
        standing.refuse()
    return standing


def test_whoever_never_got_in_is_spent_after_two_refusals_and_others_after_three_in_a_row() -> None:
    known = Standing()
    known.accept()
    assert [refused(Standing(), 1).spent, refused(Standing(), 2).spent] == [False, True]
    assert [refused(known, 2).spent, refused(known, 1).spent] == [False, True]


def test_a_login_forgets_the_refusals_before_it_but_not_those_of_a_whole_run() -> None:
    alone, within_a_run = refused(Standing(), 1), refused(Standing(most=2), 1)
    for standing in (alone, within_a_run):
        standing.accept()
        refused(standing, 1)
    assert (alone.spent, within_a_run.spent) == (False, True)


def test_one_account_is_one_however_its_name_is_written() -> None:
    standings = Standings(most=2)
    refused(standings.of(User(r"CONTOSO\Alice")), 2)
    assert standings.of(User("alice@contoso.com")).spent
    assert not standings.of(User(r"CONTOSO\bob")).spent
