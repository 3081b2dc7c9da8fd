"""Logins that could not work are told with their line, and what to do."""

from __future__ import annotations

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.topology.file import parse

SITE = '[[publish]]\nhost = "a.contoso.com"\nto = "https://a.local"\n'
NTLM = 'authentication = "ntlm"\n'
FILE = '[accounts]\nsource = "file"\nfile = "accounts.toml"\ndomain = "CONTOSO"\n'
DOMAIN = '[[accounts]]\nsource = "winbind"\ndomain = "CONTOSO"\n'
OTHER = '[[accounts]]\nsource = "winbind"\ndomain = "FABRIKAM"\n'
CERTIFICATE = '[certificate.public]\nchain = "chain.pem"\nkey = "key.pem"\n'
LISTENERS = '[[listener]]\naddress = "0.0.0.0:443"\n[[listener]]\naddress = "0.0.0.0:80"\n'
RELAY = '[[relay]]\nhost = "b.contoso.com"\nto = "b.local:443"\n'

# What is written, then the one problem: its code, its line, and a word that must be in it.
WRONG = [
    (SITE + NTLM, "accounts.none", 4, "[accounts]"),
    (SITE + NTLM + DOMAIN + OTHER, "accounts.which", 4, "CONTOSO, FABRIKAM"),
    (SITE + NTLM + 'accounts = "contoso"\n' + DOMAIN, "accounts.unknown", 5, "CONTOSO"),
    (LISTENERS.replace("443", '443"\nauthentication = "ntlm', 1) + SITE, "accounts.none", 3, "[accounts]"),
    (SITE + 'allowed_groups = "Staff"\n' + DOMAIN, "authentication.nobody-logs-in", 4, "ntlm"),
    (SITE + NTLM + 'user_header = "X-User"\n' + DOMAIN, "authentication.header-unused", 5, 'site_sees = "header"'),
    (
        SITE + NTLM + 'require_tls = "off"\nchannel_binding = "require"\n' + DOMAIN,
        "authentication.binding-without-tls",
        6,
        "0.0.0.0:80",
    ),
    (SITE + NTLM + "allowed_users = 'FABRIKAM\\alice'\n" + FILE, "accounts.other-domain", 5, "CONTOSO"),
    (SITE + NTLM + 'allowed_groups = "S-1-5-21-1-2-3-512"\n' + FILE, "accounts.no-identifiers", 5, "Name the group"),
    (
        SITE + NTLM + 'challenges = "NTLM"\n' + DOMAIN + 'keytab = "http.keytab"\n',
        "accounts.keytab-unused",
        9,
        "Negotiate",
    ),
    (SITE + NTLM + DOMAIN + DOMAIN.replace("[[accounts]]", '[[accounts]]\nname = "CONTOSO"'), "name.twice", 8, "own"),
    (RELAY + NTLM, "relay.authentication", 1, "undecrypted"),
    (SITE + NTLM + 'allowed_users = "CONTOSO\\alice"\n' + DOMAIN, "file.not-toml", 5, "single quotes"),
]


@pytest.mark.parametrize(("text", "code", "line", "word"), WRONG, ids=[code for _, code, _, _ in WRONG])
def test_what_could_not_work_is_told_once_with_its_line(text: str, code: str, line: int, word: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        parse(text + CERTIFICATE, "bridgehead.toml")
    problems = [problem for problem in found.value.problems if problem.code != "accounts.which"] or found.value.problems
    assert [(problem.code, problem.where.split(":")[1]) for problem in problems] == [(code, str(line))]
    assert word in f"{problems[0].message} {problems[0].hint}"


@pytest.mark.parametrize(
    "text",
    [
        SITE + NTLM + FILE,
        SITE + NTLM + 'allowed_groups = ["Staff", "S-1-5-21-1-2-3-512"]\nsite_sees = "own-login"\n' + DOMAIN,
        SITE + NTLM + "accounts = 'FABRIKAM'\nallowed_users = 'CONTOSO\\alice'\n" + DOMAIN + OTHER,
        SITE + 'allowed_groups = "Staff"\n' + DOMAIN + LISTENERS.replace("443", '443"\nauthentication = "ntlm', 1),
    ],
)
def test_what_can_work_is_accepted(text: str) -> None:
    assert parse(text + CERTIFICATE, "bridgehead.toml").topology.accounts
