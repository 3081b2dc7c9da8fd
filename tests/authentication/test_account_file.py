from __future__ import annotations

import pytest

from bridgehead.authentication.account_file import AccountFile, parse_accounts
from bridgehead.authentication.accounts import Account, AccountSource, Claim, Outcome, Verdict
from tests.authentication import published_vectors as published
from tests.authentication.logins import account_file

PUBLISHED = Claim(
    published.USER,
    published.DOMAIN,
    published.WORKSTATION,
    published.SERVER_CHALLENGE,
    published.NT_PROOF + published.BLOB,
)


def published_accounts() -> AccountFile:
    return AccountFile(parse_accounts(b'[users.user]\npassword = "Password"', "a.toml"), domain="Domain")


def verified(source: AccountSource, claim: Claim) -> Verdict:
    verdicts: list[Verdict] = []
    source.verify(claim, verdicts.append)
    (verdict,) = verdicts
    return verdict


def looked_up(source: AccountSource, name: str) -> Verdict:
    verdicts: list[Verdict] = []
    source.look_up(name, verdicts.append)
    (verdict,) = verdicts
    return verdict


def test_the_published_claim_is_true_and_gives_the_published_key() -> None:
    verdict = verified(published_accounts(), PUBLISHED)
    assert verdict == Verdict(Outcome.ACCEPTED, Account("Domain\\user"), published.SESSION_BASE_KEY)


@pytest.mark.parametrize(
    "claim",
    [
        PUBLISHED._replace(server_challenge=bytes(8)),
        PUBLISHED._replace(nt_response=bytes(16) + published.BLOB),
        PUBLISHED._replace(nt_response=published.NT_PROOF),
        PUBLISHED._replace(nt_response=b""),
        PUBLISHED._replace(domain=""),
    ],
    ids=["challenge", "proof", "no blob", "nothing", "domain"],
)
def test_any_change_makes_it_untrue(claim: Claim) -> None:
    assert verified(published_accounts(), claim) == Verdict(Outcome.WRONG_PASSWORD)


@pytest.mark.parametrize("principal", ["alice@CONTOSO.COM", "Alice@contoso.com", "alice@CONTOSO"])
def test_a_principal_is_looked_up_without_a_password(principal: str) -> None:
    assert looked_up(account_file("staff"), principal).account == Account("CONTOSO\\alice", frozenset({"staff"}))


@pytest.mark.parametrize("principal", ["alice@FABRIKAM.COM", "HTTP/proxy@CONTOSO.COM", "@CONTOSO.COM", "", "x@y@z"])
def test_other_principals_are_nobody(principal: str) -> None:
    assert looked_up(account_file(), principal) == Verdict(Outcome.UNKNOWN_USER)


def test_a_principal_of_another_name_is_found_where_the_file_gives_it() -> None:
    content = b'[users.alice]\npassword = "x"\nprincipal = "a.ashdown@AD.CONTOSO.COM"'
    source = AccountFile(parse_accounts(content, "a.toml"), domain="CONTOSO", dns_domain="contoso.com")
    assert looked_up(source, "A.Ashdown@ad.contoso.com").account == Account("CONTOSO\\alice")


def test_a_disabled_account_is_not_looked_up_either() -> None:
    assert looked_up(account_file(), "carol@CONTOSO.COM") == Verdict(Outcome.ACCOUNT_DISABLED)


def test_groups_are_told_as_they_are_wanted() -> None:
    source = account_file("STAFF", "contoso\\Everybody", "FABRIKAM\\staff", "nobody", "S-1-5-21-1")
    account = looked_up(source, "alice@CONTOSO.COM").account
    assert account is not None
    assert account.groups == {"STAFF", "contoso\\Everybody"}
