"""How publishing rules differ between two specifications, and whose connections a change ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from bridgehead.planning.planned import Planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.spec import Action, Forward, Pool, ProxySpec, Relay, Rule


class RuleChange(Planned):
    """A rule that comes, goes or becomes another."""

    kind: Literal["added", "removed", "changed"]
    rule: str
    how: str


class _Route(NamedTuple):
    listener: str
    host: str
    path: str


class _Target(NamedTuple):
    pool: Pool | None
    action: Forward | Relay


def rule_changes(old: ProxySpec, new: ProxySpec) -> Iterator[RuleChange]:
    """Rules by name and path: those that come, those that go, those that are no longer the same."""
    before, after = _by_name(old), _by_name(new)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, []), after.get(key, [])
        if was == now:
            continue
        name, path = key
        if not was or not now:
            rules = now or was
            hosts = _list([host for rule in rules for host in rule.hosts])
            yield RuleChange(kind="added" if now else "removed", rule=name, how=f"{hosts} {path}")
        else:
            yield RuleChange(kind="changed", rule=name, how=_difference(was, now))


def _by_name(spec: ProxySpec) -> dict[tuple[str, str], list[Rule]]:
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in spec.rules:
        found.setdefault((rule.name, rule.path), []).append(rule)
    return found


def _difference(was: list[Rule], now: list[Rule]) -> str:
    parts = []
    for what, pick in (("hosts", _hosts), ("listeners", _listeners)):
        before, after = pick(was), pick(now)
        gained = [one for one in after if one not in before]
        lost = [one for one in before if one not in after]
        if gained:
            parts.append(f"{what} gained: {_list(gained)}")
        if lost:
            parts.append(f"{what} lost: {_list(lost)}")
    before_login, after_login = _logins(was), _logins(now)
    if before_login != after_login:
        parts.append(f"logins: {_list(after_login)}, before {_list(before_login)}")
    if [_without_login(rule) for rule in was] != [_without_login(rule) for rule in now]:
        parts.append("another action or pool")
    return "; ".join(parts) or "another order or reason"


def _without_login(rule: Rule) -> Action:
    action = rule.action
    return action.model_copy(update={"authentication": "none", "login": None}) if action.kind == "forward" else action


def _logins(rules: list[Rule]) -> list[str]:
    """How rules have clients log in, in words that tell two ways apart."""
    return list(dict.fromkeys(_way_of_logging_in(rule.action) for rule in rules))


def _way_of_logging_in(action: Action) -> str:
    if action.kind != "forward":
        return "none"
    login = action.login
    if login is None:
        return action.authentication
    usual = type(login)(accounts=login.accounts)
    own = (field for field in type(login).model_fields if getattr(login, field) != getattr(usual, field))
    told = (f"{field.replace('_', ' ')} {_told(getattr(login, field))}" for field in own)
    return "; ".join((f"at the proxy with the accounts {login.accounts}", *told))


def _told(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _hosts(rules: list[Rule]) -> list[str]:
    return [host for rule in rules for host in rule.hosts]


def _listeners(rules: list[Rule]) -> list[str]:
    return list(dict.fromkeys(name for rule in rules for name in rule.listeners))


def _list(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def drained(old: ProxySpec, new: ProxySpec) -> Iterator[str]:
    """Whose connections would drain: on listeners that go, for hosts that go, to servers that go."""
    kept = {listener.name: listener for listener in new.listeners}
    gone = set()
    for listener in old.listeners:
        now = kept.get(listener.name)
        if now is None or (now.host, now.port, now.tls) != (listener.host, listener.port, listener.tls):
            gone.add(listener.name)
            yield f"everyone on the listener {listener.name}: it closes or moves"
    before, after = _targets(old), _targets(new)
    told: dict[str, list[str]] = {}
    for route, target in before.items():
        if route.listener in gone or after.get(route) == target:
            continue
        why = "no longer published" if route not in after else _why(target, after[route])
        told.setdefault(f"{route.host} {route.path}", []).append(why)
    for place, reasons in told.items():
        yield f"clients of {place}: {reasons[0]}"


def _why(was: _Target, now: _Target) -> str:
    """What is no longer the same about where requests go, in words of the specification."""
    if was.pool is None or now.pool is None or was.action.kind != now.action.kind:
        return "handled in another way"
    if was.pool.servers != now.pool.servers:
        return "other servers"
    pairs = ((was.pool, now.pool), (was.action, now.action))
    parts = [
        field.replace("_", " ")
        for one, other in pairs
        for field in type(one).model_fields
        if getattr(one, field) != getattr(other, field, None)
    ]
    return f"the same servers, with another {', '.join(parts)}"


def _targets(spec: ProxySpec) -> dict[_Route, _Target]:
    """Where requests for each listener, host and path go; pools by what they are, whatever they are called."""
    pools = {pool.name: pool.model_copy(update={"name": ""}) for pool in spec.pools}
    found: dict[_Route, _Target] = {}
    for rule in spec.rules:
        if rule.action.kind in {"forward", "relay"}:
            target = _Target(pools.get(rule.action.pool), rule.action.model_copy(update={"pool": ""}))
            for listener in rule.listeners:
                for host in rule.hosts:
                    found[_Route(listener, host, rule.path)] = target
    return found
