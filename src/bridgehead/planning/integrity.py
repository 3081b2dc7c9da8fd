"""Whether a ProxySpec refers only to what it has. What planning makes always does; what was written by hand may not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgehead.problems import Findings, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.spec import ProxySpec


def broken_references(spec: ProxySpec) -> list[Problem]:
    """Names that are used and not defined, or defined twice."""
    findings = Findings()
    listeners = _defined("listeners", (listener.name for listener in spec.listeners), findings)
    certificates = _defined("certificates", (certificate.name for certificate in spec.certificates), findings)
    pools = _defined("pools", (pool.name for pool in spec.pools), findings)
    accounts = _defined("accounts", (source.name for source in spec.accounts), findings)
    for index, listener in enumerate(spec.listeners):
        _used(f"listeners.{index}.certificates", listener.certificates, certificates, "certificate", findings)
    taken: dict[tuple[str, str, str], int] = {}
    for index, rule in enumerate(spec.rules):
        _used(f"rules.{index}.listeners", rule.listeners, listeners, "listener", findings)
        if rule.action.kind in {"forward", "relay"}:
            _used(f"rules.{index}.action.pool", (rule.action.pool,), pools, "pool", findings)
        if rule.action.kind == "forward" and rule.action.login is not None:
            where = f"rules.{index}.action.login.accounts"
            _used(where, (rule.action.login.accounts,), accounts, "source of accounts", findings)
        for place in ((listener, host, rule.path.lower()) for listener in rule.listeners for host in rule.hosts):
            if taken.setdefault(place, index) != index:
                first = spec.rules[taken[place]].name
                message = f"{place[1]}{place[2]} on {place[0]} is for the rule {first} already."
                findings.add("spec.rule-twice", f"rules.{index}", message)
    return findings.problems


def _defined(where: str, names: Iterable[str], findings: Findings) -> set[str]:
    counted = Counter(names)
    for name, count in counted.items():
        if count > 1:
            findings.add("spec.name-twice", where, f"The name {name} is given {count} times.", "Give each its own.")
    return set(counted)


def _used(where: str, names: Iterable[str], known: set[str], kind: str, findings: Findings) -> None:
    for name in names:
        if name not in known:
            findings.add(
                "spec.name-unknown", where, f"There is no {kind} {name}.", f"Known: {', '.join(sorted(known))}."
            )
