from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication.accounts import Account, Claim, Outcome, Verdict, Vouched
from bridgehead.authentication.winbind import LONGEST_RESPONSE, Winbind
from tests.authentication.winbind_programs import KEY, WinbindPrograms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = Verdict(Outcome.UNAVAILABLE)
UNHEARD = NOBODY._replace(may_be_counted=True)
"""The domain was asked, and may have judged."""
ALICE = Account("CONTOSO\\alice", frozenset({"Lync Users"}))


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[WinbindPrograms]:
    made = WinbindPrograms(tmp_path)
    yield made
    made.loop.close()


class Asked:
    """A source that is asked, and what it has said and told."""

    def __init__(self, programs: WinbindPrograms, **settings: object) -> None:
        self.told: list[str] = []
        self._programs = programs
        accounts = programs.accounts(**settings)  # type: ignore[arg-type] # each test gives what it changes
        wanted = frozenset({"Lync Users"})
        self.source = Winbind(accounts, wanted_groups=wanted, loop=programs.loop, tell=self.told.append)

    def verify(self, *claims: Claim) -> list[Verdict]:
        """Ask all at once."""

        async def all_at_once() -> list[Verdict]:
            return await asyncio.gather(*(self._verdict(claim) for claim in claims))

        return self._programs.run(all_at_once())

    def look_up(self, name: str, vouched: Vouched | None = None) -> Verdict:
        async def verdict() -> Verdict:
            said = self._programs.loop.create_future()
            self.source.look_up(name, said.set_result, vouched)
            verdict: Verdict = await said
            return verdict

        return self._programs.run(verdict())

    async def _verdict(self, claim: Claim) -> Verdict:
        said = self._programs.loop.create_future()
        self.source.verify(claim, said.set_result)
        verdict: Verdict = await said
        return verdict


@pytest.fixture
def asked(programs: WinbindPrograms) -> Iterator[Asked]:
    made = Asked(programs)
    yield made
    made.source.close()


def claim(user: str, domain: str = "CONTOSO", response: bytes = bytes(100)) -> Claim:
    return Claim(user, domain, "LAPTOP", b"\x01\x02\x03\x04\x05\x06\x07\x08", response)


def test_a_good_login_has_an_account_its_groups_and_the_session_key(asked: Asked) -> None:
    assert asked.verify(claim("alice")) == [Verdict(Outcome.ACCEPTED, ALICE, bytes.fromhex(KEY))]


@pytest.mark.parametrize(("user", "domain"), [("alice", "contoso.com"), ("alice@contoso.com", "")])
def test_an_account_has_one_name_by_whichever_it_logs_in(asked: Asked, user: str, domain: str) -> None:
    (verdict,) = asked.verify(claim(user, domain))
    assert verdict.account == ALICE


def test_a_suffix_that_the_forest_does_not_know_is_tried_in_the_domain(asked: Asked, programs: WinbindPrograms) -> None:
    (verdict,) = asked.verify(claim("carol@fabrikam.com", ""))
    # winbind knows no list of her groups, and who is in no group for sure is not let in.
    assert verdict == NOBODY
    assert programs.judged == ["/carol@fabrikam.com", "CONTOSO/carol@fabrikam.com"]


@pytest.mark.parametrize(
    ("user", "outcome"),
    [
        ("wrong", Outcome.WRONG_PASSWORD),
        ("nobody", Outcome.UNKNOWN_USER),
        ("keyless", Outcome.UNAVAILABLE),
        ("absent-winbind", Outcome.UNAVAILABLE),
        ("babbler", Outcome.UNAVAILABLE),
        ("dying", Outcome.UNAVAILABLE),
    ],
)
def test_nobody_else_is_let_in(asked: Asked, programs: WinbindPrograms, user: str, outcome: Outcome) -> None:
    assert asked.verify(claim(user)) == [UNHEARD if user == "dying" else Verdict(outcome)]
    assert bool(asked.told) == (outcome is Outcome.UNAVAILABLE), "what is wrong with winbind is for the log"
    assert programs.judged == [f"CONTOSO/{user}"], "the domain was asked once, and counted once"


def test_no_answer_is_taken_for_that_of_the_question_after_it(asked: Asked) -> None:
    users = ["wrong", "alice", "nobody", "bob", "wrong", "wrong", "alice"]
    verdicts = asked.verify(*(claim(user) for user in users))
    names = [verdict.account and verdict.account.name.rpartition("\\")[2] for verdict in verdicts]
    assert names == [None, "alice", None, "bob", None, None, "alice"]


@pytest.mark.parametrize("user", ["", "alice\0", "alice\n.", "alice\r", "a" * 256, "é" * 128, "alice\ud800"], ids=ascii)
def test_a_name_that_samba_would_read_as_another_is_nobodys(asked: Asked, programs: WinbindPrograms, user: str) -> None:
    assert asked.verify(claim(user)) == [Verdict(Outcome.UNKNOWN_USER)]
    assert asked.verify(claim("alice", f"CONTOSO{user}" if user else "x" * 300)) == [Verdict(Outcome.UNKNOWN_USER)]
    assert programs.judged == []


@pytest.mark.parametrize(
    "user", ["CONTOSO\\alice", "contoso.com\\alice", "FOREIGN\\alice", "\\alice", "CONTOSO\\nobody", "CONTOSO/alice"]
)
def test_a_name_with_its_domain_left_in_it_is_judged_as_it_was_sent(
    asked: Asked, programs: WinbindPrograms, user: str
) -> None:
    # The response was made with it: with another one the password would be wrong, and the domain would count that.
    assert asked.verify(claim(user, "")) == [Verdict(Outcome.UNKNOWN_USER)]
    assert programs.judged == [f"/{user}"]
    assert asked.told == []


def test_a_domain_that_takes_a_name_with_our_domain_in_it_means_our_account(
    asked: Asked, programs: WinbindPrograms
) -> None:
    programs.let_everybody_in()
    users = ["CONTOSO\\alice", "contoso.com\\alice"]
    assert [verdict.account for verdict in asked.verify(*(claim(user, "") for user in users))] == [ALICE, ALICE]
    assert asked.told == []


@pytest.mark.parametrize(
    ("user", "domain"),
    [
        ("stranger", "CONTOSO"),
        ("FABRIKAM\\dave", ""),
        ("CONTOSO\\alice", "CONTOSO"),
        ("CONTOSO\\mallory", ""),
        ("\\alice", ""),
        ("@alice", "CONTOSO"),
        ("alice", "FOREIGN"),
        ("mallory\u202e", "CONTOSO"),
    ],
    ids=ascii,
)
def test_a_good_login_of_nobody_whom_winbind_knows_lets_nobody_in_and_is_told(
    asked: Asked, programs: WinbindPrograms, user: str, domain: str
) -> None:
    programs.let_everybody_in()
    assert asked.verify(claim(user, domain)) == [Verdict(Outcome.UNKNOWN_USER)]
    (told,) = asked.told
    assert f"{user!r} of {domain!r}" in told
    assert told.isprintable()
    # FABRIKAM knows a dave, and it was not FABRIKAM that judged him.
    (verdict,) = asked.verify(claim("dave", "FABRIKAM"))
    assert verdict.account is not None
    assert verdict.account.name == "FABRIKAM\\dave"


@pytest.mark.parametrize(("user", "domain"), [("alice", "BUILTIN"), ("alice", "builtin"), ("alice@BUILTIN", "")])
def test_a_domain_without_users_is_not_asked_about_one(
    asked: Asked, programs: WinbindPrograms, user: str, domain: str
) -> None:
    assert asked.verify(claim(user, domain)) == [Verdict(Outcome.UNKNOWN_USER)]
    assert programs.judged == []


def test_a_user_may_be_called_like_that_domain(asked: Asked, programs: WinbindPrograms) -> None:
    asked.verify(claim("builtin", ""))
    assert programs.judged == ["/builtin"]


def test_a_response_of_any_length_is_judged_or_refused(asked: Asked) -> None:
    longest = claim("alice", response=bytes(LONGEST_RESPONSE))
    longer = claim("alice", response=bytes(LONGEST_RESPONSE + 1))
    assert [verdict.outcome for verdict in asked.verify(longest, longer)] == [Outcome.ACCEPTED, Outcome.MALFORMED]


def test_a_domain_that_falls_silent_is_answered_for_in_time(programs: WinbindPrograms) -> None:
    asked = Asked(programs, seconds=2.0)
    assert asked.verify(claim("alice"))[0].account == ALICE
    assert asked.verify(claim("hanging"))[0] == UNHEARD
    assert asked.verify(claim("alice"))[0].account == ALICE
    asked.source.close()


def test_programs_that_are_not_installed_let_nobody_in(programs: WinbindPrograms) -> None:
    for missing in ("ntlm_auth", "wbinfo"):
        asked = Asked(programs, **{missing: "/nowhere/at/all"})
        assert asked.verify(claim("alice")) == [NOBODY]
        assert asked.told
        asked.source.close()


def test_a_kerberos_principal_is_looked_up_by_its_realm(asked: Asked) -> None:
    assert asked.look_up("alice@contoso.com") == Verdict(Outcome.ACCEPTED, ALICE)


def test_a_ticket_that_names_its_owners_groups_is_believed_and_winbind_not_asked_for_them(
    asked: Asked, programs: WinbindPrograms
) -> None:
    outside = Vouched("S-1-5-21-1-2-3-1103", frozenset({"S-1-5-21-1-2-3-513"}))
    inside = Vouched("S-1-5-21-1-2-3-1104", frozenset({"S-1-5-21-1-2-3-2001"}))
    assert asked.look_up("alice@contoso.com", outside).account == Account("CONTOSO\\alice")
    assert asked.look_up("bob@contoso.com", inside).account == Account("CONTOSO\\bob", frozenset({"Lync Users"}))
    assert not any("user-sids" in question for question in programs.looked_up)


def test_a_ticket_of_an_account_that_is_no_more_lets_nobody_in(asked: Asked) -> None:
    gone = Vouched("S-1-5-21-1-2-3-9999", frozenset({"S-1-5-21-1-2-3-2001"}))
    assert asked.look_up("alice@contoso.com", gone) == Verdict(Outcome.UNKNOWN_USER)


@pytest.mark.parametrize(
    "principal", ["mallory@contoso.com", "HTTP/web@contoso.com", "alice", "@contoso.com", "a\\@b@contoso.com", "a\0@b"]
)
def test_a_principal_of_nobody_is_unknown(asked: Asked, principal: str) -> None:
    assert asked.look_up(principal) == Verdict(Outcome.UNKNOWN_USER)


def test_closing_answers_every_question(programs: WinbindPrograms) -> None:
    asked = Asked(programs)
    verdicts: list[Verdict] = []

    async def close_meanwhile() -> None:
        asked.source.verify(claim("hanging"), verdicts.append)
        await asyncio.sleep(0)
        asked.source.verify(claim("alice"), verdicts.append)
        asked.source.look_up("alice@contoso.com", verdicts.append)
        asked.source.close()
        while len(verdicts) < 3:
            await asyncio.sleep(0)

    programs.run(close_meanwhile())
    assert sorted(verdicts, key=lambda verdict: verdict.may_be_counted) == [NOBODY, NOBODY, UNHEARD]
    assert asked.verify(claim("alice")) == [NOBODY], "and every later one"
