"""What a ProxySpec says of logins to the proxy, checked before anything runs. A plan cannot get it wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bridgehead.authentication.account_list import AccountList, parse_accounts
from bridgehead.authentication.kerberos import ticket_reader
from bridgehead.problems import ProblemsFound
from bridgehead.proxy.preauthentication.identity_field import is_taken
from bridgehead.spec import Forward

if TYPE_CHECKING:
    from bridgehead.problems import Findings
    from bridgehead.proxy.material import Material
    from bridgehead.spec import Accounts, Login, ProxySpec


def check_logins(spec: ProxySpec, findings: Findings) -> None:
    """Note what is contradictory in rules with a login and in the sources of accounts."""
    sources = {accounts.name: accounts for accounts in spec.accounts}
    if len(sources) < len(spec.accounts):
        findings.add("accounts.same-name", "accounts", "two sources of accounts have the same name")
    for accounts in spec.accounts:
        _check_source(accounts, findings)
    for rule in spec.rules:
        where = f"rule {rule.name}"
        if not isinstance(rule.action, Forward):
            continue
        login = rule.action.login
        if (rule.action.authentication == "ntlm") != (login is not None):
            findings.add(
                "rule.login-unclear",
                where,
                "the rule asks for a login without saying how, or says how and asks for none",
                '`login` belongs to `authentication = "ntlm"`, and to nothing else.',
            )
        elif login is not None and login.accounts not in sources:
            findings.add("rule.unknown-accounts", where, f"there is no source of accounts named {login.accounts!r}")
        elif login is not None:
            _check_login(where, login, sources[login.accounts], findings)


def _check_login(where: str, login: Login, accounts: Accounts, findings: Findings) -> None:
    if login.site_sees == "header" and is_taken(login.header):
        findings.add(
            "rule.header-taken",
            where,
            f"{login.header} already means something else",
            "Choose a field of your own for the user's name, such as X-Forwarded-User.",
        )
    for user in login.users:
        domain = user.rpartition("@")[2] if "@" in user else ""
        if domain and domain.casefold() not in {accounts.domain.casefold(), accounts.dns_domain.casefold()}:
            findings.add(
                "rule.user-unclear",
                where,
                f"whom {user!r} means cannot be told: accounts are known as {accounts.domain}\\user",
                "Write the down-level name, DOMAIN\\user.",
            )


def _check_source(accounts: Accounts, findings: Findings) -> None:
    where = f"accounts {accounts.name}"
    if accounts.source == "file" and not accounts.file:
        findings.add("accounts.no-file", where, "the accounts are in a file, and none is named")
    if accounts.source == "winbind":
        for program in (accounts.ntlm_auth, accounts.wbinfo):
            if shutil.which(program) is None:
                findings.add(
                    "accounts.program-missing",
                    where,
                    f"there is no program {program!r}, by which winbind is asked",
                    "Install Samba's winbind, and join this computer to the domain.",
                )


def account_lists(spec: ProxySpec, material: Material, findings: Findings) -> dict[str, AccountList]:
    """The accounts of each source that is a file, by the source's name. Keytabs are tried as well."""
    lists: dict[str, AccountList] = {}
    for accounts in spec.accounts:
        if accounts.source == "file" and accounts.file:
            try:
                lists[accounts.name] = parse_accounts(material[accounts.file], accounts.file)
            except ProblemsFound as found:
                findings.problems += found.problems
        if accounts.keytab and accounts.keytab in material:
            try:
                ticket_reader(material[accounts.keytab], accounts.keytab)
            except ProblemsFound as found:
                findings.problems += found.problems
    return lists
