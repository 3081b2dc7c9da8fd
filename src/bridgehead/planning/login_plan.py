"""Logins that end at the proxy, as a plan tells them: who may enter, what the site sees, and names for Kerberos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.planned import Because, PlannedLogin, PrincipalName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.spec import Accounts, Login, ProxySpec, Rule

SEES = {
    "nothing": "nothing of the user",
    "header": "the name of the user, in {header}",
    "own-login": "nothing of ours; it may ask for a login of its own after it",
}
BINDING = {
    "off": "not looked at",
    "accept": "a login made for another certificate is refused",
    "require": "a login made for another certificate, or for none, is refused",
}


def logins(proxy: ProxySpec) -> Iterator[PlannedLogin]:
    """Each way of logging in, with the rules that ask for it."""
    asking: dict[Login, list[Rule]] = {}
    for rule in proxy.rules:
        if rule.action.kind == "forward" and rule.action.login is not None:
            asking.setdefault(rule.action.login, []).append(rule)
    sources = {source.name: source for source in proxy.accounts}
    for login, rules in asking.items():
        source = sources[login.accounts]
        yield PlannedLogin(
            rules=tuple(rule.name for rule in rules),
            hosts=tuple(dict.fromkeys(host for rule in rules for host in rule.hosts)),
            accounts=f"{source.name}: {_kind(source)}",
            who=_who(login),
            challenges=", ".join(login.schemes),
            channel_binding=BINDING[login.channel_binding],
            site_sees=SEES[login.site_sees].format(header=login.header),
            because=tuple(_reasons(login, source)),
        )


def _kind(source: Accounts) -> str:
    return f"the file {source.file}" if source.source == "file" else f"the domain {source.domain}, through winbind"


def _who(login: Login) -> str:
    if not login.users and not login.groups:
        return "everybody with an account"
    groups = f"members of {', '.join(login.groups)}, through other groups too" if login.groups else ""
    return "; ".join(filter(None, (", ".join(login.users), groups)))


def _reasons(login: Login, source: Accounts) -> Iterator[Because]:
    yield Because(
        reason="A reverse proxy is to allow configuration of NTLM authentication: nothing goes inside before somebody "
        "has logged in.",
        source=documents.REQUIREMENTS,
    )
    if "Negotiate" in login.schemes and source.keytab is None:
        reason = "Without a keytab there is no Kerberos: clients that try it go on with NTLM inside Negotiate."
        yield Because(reason=reason, source=documents.THE_FILE)
    if login.site_sees == "header":
        reason = (
            f"The site can believe {login.header}: what clients send under that name is removed. It must be reached "
            "through the proxy alone."
        )
        yield Because(reason=reason, source=documents.THE_FILE)
    if login.site_sees == "own-login":
        reason = "Clients log in twice on one connection, here and then to the site: many ask people for each."
        yield Because(reason=reason, source=documents.THE_FILE)


def principal_names(proxy: ProxySpec) -> Iterator[PrincipalName]:
    """`HTTP/<published name>` for every name with a login, for each source with a keytab."""
    for source in proxy.accounts:
        for host in _hosts(proxy, source) if source.keytab is not None else ():
            yield PrincipalName(
                name=f"HTTP/{host}",
                accounts=source.name,
                command=f"setspn -S HTTP/{host} {source.domain}\\ACCOUNT",
                because=Because(
                    reason="Clients ask the domain for a ticket by the name in the URL; the account that has this name "
                    "must be the one whose keys are in the keytab. No other account may have it: where the site goes "
                    "by this name inside as well and its own account has it, leave it there, and do without Kerberos.",
                    source=documents.KERBEROS_NAMES,
                ),
            )


def _hosts(proxy: ProxySpec, source: Accounts) -> list[str]:
    found: dict[str, None] = {}
    for rule in proxy.rules:
        login = rule.action.login if rule.action.kind == "forward" else None
        if login is not None and login.accounts == source.name and "Negotiate" in login.schemes:
            found.update(dict.fromkeys(host for host in rule.hosts if host != "*"))
    return list(found)
