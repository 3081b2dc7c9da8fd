"""How each publishing rule has clients log in, and by which accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from bridgehead import spec
from bridgehead.topology.authentication import settled
from bridgehead.topology.logins import source_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.listeners import Door, Doors
    from bridgehead.topology.accounts import Accounts
    from bridgehead.topology.authentication import Authenticating, Settled
    from bridgehead.topology.model import Topology


class Asked(NamedTuple):
    """What a forwarding rule says about logins."""

    authentication: Literal["pass-through", "none", "ntlm"]
    login: spec.Login | None
    shield: bool


@dataclass(frozen=True)
class Logins:
    """Answers for each publication at each of its doors."""

    topology: Topology

    def at(self, doors: Doors, names: Iterable[str], words: tuple[Authenticating, ...]) -> dict[Asked, list[str]]:
        """Of these listeners, those that ask alike together: a rule has one way of asking."""
        by_name = {door.spec.name: door for door in doors.all}
        alike: dict[Asked, list[str]] = {}
        for name in names:
            alike.setdefault(self._asked(by_name[name], words), []).append(name)
        return alike

    def _asked(self, door: Door, words: tuple[Authenticating, ...]) -> Asked:
        said = settled(*words, door.listener)
        return Asked(said.authentication, self._login(said), said.shield)

    def _login(self, said: Settled) -> spec.Login | None:
        source = source_for(self.topology, said) if said.authentication == "ntlm" else None
        if source is None:
            return None
        return spec.Login(
            accounts=source.label,
            schemes=said.challenges,
            channel_binding=said.channel_binding,
            users=tuple(dict.fromkeys(_user(name, source) for name in said.allowed_users)),
            groups=tuple(dict.fromkeys(_group(name, source) for name in said.allowed_groups)),
            site_sees=said.site_sees,
            header=said.user_header,
        )

    def sources(self, rules: Iterable[spec.Rule]) -> tuple[spec.Accounts, ...]:
        """The sources of accounts that rules ask, and no others."""
        actions = (rule.action for rule in rules)
        used = {action.login.accounts for action in actions if action.kind == "forward" and action.login is not None}
        return tuple(_source(one) for one in self.topology.accounts if one.label in used)


def _user(name: str, source: Accounts) -> str:
    domain, _, user = name.rpartition("\\")
    return f"{domain.upper() or source.own_domain}\\{user}"


def _group(name: str, source: Accounts) -> str:
    domain, _, group = name.rpartition("\\")
    if name.startswith("S-1-"):
        return name
    # A file has no other domain than its own; a domain knows groups of those that it trusts as well.
    return group if source.source == "file" else f"{domain.upper() or source.own_domain}\\{group}"


def _source(source: Accounts) -> spec.Accounts:
    dns_domain = source.dns_domain or ""
    return spec.Accounts(
        name=source.label,
        source=source.source,
        file=source.file,
        domain=source.own_domain,
        dns_domain=dns_domain,
        computer=source.own_name,
        dns_computer=f"{source.own_name.lower()}.{dns_domain}" if dns_domain else "",
        keytab=source.keytab,
        helpers=source.helpers,
        helper_seconds=source.helper_seconds,
        ntlm_auth=source.ntlm_auth,
        wbinfo=source.wbinfo,
    )
