"""The files of accounts and keys that a ProxySpec refers to: whether they are there, and hold whom rules name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.authentication.account_list import read_accounts
from bridgehead.authentication.keytab import NotKeytab, principals_in
from bridgehead.problems import Findings, Problem, ProblemsFound
from bridgehead.proxy.preauthentication.checks import account_lists, check_logins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.authentication.account_list import AccountList
    from bridgehead.proxy.material import Material
    from bridgehead.spec import Accounts, Login, ProxySpec, Rule

_SHOWN = 5


def check_accounts(spec: ProxySpec) -> list[Problem]:
    """Problems with accounts in files, keytabs, and Samba's programs."""
    findings = Findings()
    check_logins(spec, findings)
    material = _read(spec, findings)
    # What could not be read has been told; nothing more can be said about it.
    readable = tuple(one for one in spec.accounts if one.file is None or one.file in material)
    lists = account_lists(spec.model_copy(update={"accounts": readable}), material, findings)
    found = list(findings.problems)
    for source in spec.accounts:
        if source.name in lists:
            found += _nobody(spec, source, lists[source.name])
        if source.keytab in material:
            found += _names_without_keys(spec, source, material[source.keytab])
    return found


def _read(spec: ProxySpec, findings: Findings) -> Material:
    material: Material = {}
    for source in spec.accounts:
        try:
            if source.file is not None:
                material[source.file] = read_accounts(source.file)
            if source.keytab is not None:
                material[source.keytab] = Path(source.keytab).read_bytes()
        except ProblemsFound as found:
            findings.problems += found.problems
        except OSError as error:
            findings.add("file.unreadable", str(source.keytab), f"This file cannot be read: {error.strerror}.")
    return material


def _logins(spec: ProxySpec, source: Accounts) -> Iterator[tuple[Rule, Login]]:
    for rule in spec.rules:
        login = rule.action.login if rule.action.kind == "forward" else None
        if login is not None and login.accounts == source.name:
            yield rule, login


def _nobody(spec: ProxySpec, source: Accounts, known: AccountList) -> Iterator[Problem]:
    """Users and groups that a rule lets in, and that are not in the file: it works, and lets nobody in by them."""
    for rule, login in _logins(spec, source):
        absent = [name for name in login.users if _bare(name) not in known.users]
        absent += [name for name in login.groups if _bare(name) not in known.groups]
        if absent:
            yield Problem(
                "accounts.nobody",
                f"rule {rule.name}",
                f"{', '.join(absent[:_SHOWN])} may enter, and is not in {source.file}.",
                f"bridgehead user add {source.file} NAME --group GROUP, or correct the name.",
                "warning",
            )


def _bare(name: str) -> str:
    return name.rpartition("\\")[2].casefold()


def _names_without_keys(spec: ProxySpec, source: Accounts, keytab: bytes) -> Iterator[Problem]:
    try:
        held = {principal.rpartition("@")[0].casefold() for principal in principals_in(keytab)}
    except NotKeytab:
        return  # told already
    hosts = {
        host: None
        for rule, login in _logins(spec, source)
        if "Negotiate" in login.schemes
        for host in rule.hosts
        if host != "*" and f"http/{host}" not in held
    }
    if hosts:
        yield Problem(
            "accounts.keytab-names",
            str(source.keytab),
            f"The keytab has no key of HTTP/{', HTTP/'.join(list(hosts)[:_SHOWN])}.",
            "Clients cannot use Kerberos there, and go on with NTLM. `bridgehead plan` has the names to register.",
            "warning",
        )
