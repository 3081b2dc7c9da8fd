"""What the file says of logging in, value by value, and which word counts where several parts speak."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridgehead.topology.authentication import Authenticating, settled
from bridgehead.topology.handling import Handling
from bridgehead.topology.listeners import Listener


def said(**words: object) -> Authenticating:
    return Authenticating.model_validate(words)


def test_without_a_word_everything_passes_through() -> None:
    assert settled(said(), said()).authentication == "pass-through"


def test_the_first_that_speaks_of_a_matter_counts() -> None:
    site, pool = said(channel_binding="off"), said(authentication="none", challenges="NTLM")
    listener = Listener(address="0.0.0.0:443", authentication="ntlm", channel_binding="require", site_sees="header")
    counts = settled(site, pool, listener)
    assert (counts.authentication, counts.channel_binding, counts.challenges, counts.site_sees) == (
        "none",
        "off",
        ("NTLM",),
        "header",
    )


def test_who_may_enter_is_one_matter() -> None:
    listener = Listener(address="0.0.0.0:443", authentication="ntlm", allowed_groups=("Everybody",))
    counts = settled(Handling(allowed_users=("alice",)), listener)
    assert (counts.allowed_users, counts.allowed_groups) == (("alice",), ())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"allowed_users": "alice@contoso.com"}, "user.principal-name"),
        ({"allowed_users": "CONTOSO\\"}, "user.not-a-name"),
        ({"allowed_users": "CONTOSO\test"}, "user.not-a-name"),
        ({"allowed_groups": "S-1-5-21-"}, "group.not-an-identifier"),
        ({"allowed_groups": " "}, "group.not-a-name"),
        ({"challenges": ["NTLM", "NTLM"]}, "challenges.twice"),
        ({"user_header": "X User"}, "header.not-a-name"),
        ({"user_header": "authorization"}, "header.taken"),
        ({"user_header": "X-Forwarded-For"}, "header.taken"),
    ],
)
def test_a_value_that_means_nothing_is_refused(words: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as found:
        said(**words)
    (error,) = found.value.errors()
    assert error["type"] == code
    assert error["ctx"]["hint"]


@pytest.mark.parametrize("word", ["NTLM", "ntlm", "Pass-Through", "none"])
def test_the_case_of_the_word_does_not_matter(word: str) -> None:
    assert said(authentication=word).authentication == word.lower()


@pytest.mark.parametrize("key", ["allowed_users", "allowed_groups", "challenges"])
def test_an_empty_list_neither_lets_everybody_in_nor_nobody(key: str) -> None:
    with pytest.raises(ValidationError) as found:
        said(**{key: []})
    assert [error["type"] for error in found.value.errors()] == ["too_short"]


@pytest.mark.parametrize("group", ["S-1-5-21-1004336348-1177238915-682003330-512", r"CONTOSO\Büro West", "Staff"])
def test_groups_are_names_or_identifiers(group: str) -> None:
    assert said(allowed_groups=group).allowed_groups == (group,)
