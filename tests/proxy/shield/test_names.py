from __future__ import annotations

import pytest

from bridgehead.proxy.shield.names import UNREADABLE, account_of, network_around, source_of


@pytest.mark.parametrize(
    "spelling",
    [
        "alice",
        "ALICE",
        r"CONTOSO\alice",
        r"contoso.com\Alice",
        "CONTOSO/alice",
        "alice@contoso.com",
        r"other\alice@contoso.com",
        "ａｌｉｃｅ",  # noqa: RUF001 - full width, which Windows takes for the same
        "álicé",
        "a\u0301lice",
        "al\u00adi\u200bce",
        "alice\0",
        " alice ",
    ],
)
def test_every_spelling_of_an_account_is_one(spelling: str) -> None:
    assert account_of(spelling) == "alice"


def test_names_that_only_look_alike_are_different() -> None:
    assert account_of("аlice") != account_of("alice")  # noqa: RUF001 - its first letter is Cyrillic


def test_sharp_s_and_double_s_share_a_count_and_so_do_the_two_kana() -> None:
    assert account_of("Weiß") == account_of("WEISS")
    assert account_of("カナ") == account_of("かな")


def test_an_anonymous_login_is_nobodys() -> None:
    assert account_of("") == ""


@pytest.mark.parametrize("name", ["@alice", "@contoso.com", "alice\\", "alice/", "\u200b", "CONTOSO\\\u00ad"])
def test_a_name_of_which_nothing_is_left_is_not_an_anonymous_one(name: str) -> None:
    assert account_of(name) == UNREADABLE


def test_a_domain_of_any_length_does_not_push_the_name_out() -> None:
    assert account_of("x" * 300 + "\\alice") == "alice"


def test_the_network_around_a_place() -> None:
    assert network_around(source_of("2001:db8:1:2:3::4")) == "2001:db8:1::/48"
    assert network_around(source_of("198.51.100.7")) == ""


def test_a_name_beyond_any_length_is_cut() -> None:
    assert account_of("a" * 100_000) == "a" * 256


def test_an_address_of_version_4_is_a_place_of_its_own() -> None:
    assert source_of("198.51.100.7") == "198.51.100.7"
    assert source_of("::ffff:198.51.100.7") == "198.51.100.7"


def test_addresses_of_one_customer_are_one_place() -> None:
    assert source_of("2001:db8:1:2:3::4") == source_of("2001:db8:1:2:ffff::1%eth0") == "2001:db8:1:2::/64"
    assert source_of("2001:db8:1:3::4") != source_of("2001:db8:1:2::4")
