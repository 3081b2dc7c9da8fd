"""Targets from a file: from what the proxy is to run, and the reasons why it publishes each name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.verify.targets import InsideServer, OverHttp, Role, Scope, Target, guessed_role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bridgehead.planning.published_names import PublishedName
    from bridgehead.spec import ProxySpec, Rule

_MOST_INTERNAL_NAMES = 16


def from_proxy(
    proxy: ProxySpec,
    names: Iterable[PublishedName] = (),
    *,
    sip_domains: Sequence[str] = (),
    public_port: Callable[[str], int] | None = None,
    public_addresses: Callable[[str], tuple[str, ...]] = lambda _: (),
    scope: Scope | None = None,
) -> tuple[Target, ...]:
    """A target for each published host: first those with a reason in `names`, in their order, then the others.

    `public_port` has the port that clients use for a listener's name, `public_addresses` those of a host. Without
    `names`, as for a ProxySpec in JSON, roles are guessed from the hosts.
    """
    reasons: dict[str, list[PublishedName]] = {}
    for name in names:
        reasons.setdefault(name.host, []).append(name)
    own_port = {listener.name: listener.port for listener in proxy.listeners}
    rules = _rules_by_host(proxy)
    complete = _scope(proxy, tuple(rules), sip_domains, scope or Scope())
    view = _View(proxy, public_port or own_port.__getitem__)
    return tuple(
        replace(view.target(host, rules[host], reasons.get(host, [])), addresses=public_addresses(host), scope=complete)
        for host in (*(host for host in reasons if host in rules), *(host for host in rules if host not in reasons))
    )


def _ends_logins(rule: Rule) -> bool:
    login = rule.action.login if rule.action.kind == "forward" else None
    return login is not None and login.site_sees != "own-login"


def _rules_by_host(proxy: ProxySpec) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in proxy.rules:
        for host in rule.hosts:
            if host != "*":
                found.setdefault(host, []).append(rule)
    served = {"forward", "relay"}
    return {host: rules for host, rules in found.items() if any(rule.action.kind in served for rule in rules)}


class _View:
    """What clients see of a proxy."""

    def __init__(self, proxy: ProxySpec, public_port: Callable[[str], int]) -> None:
        self._tls = {listener.name for listener in proxy.listeners if listener.tls}
        self._plain = {listener.name for listener in proxy.listeners if not listener.tls}
        self._pools = {pool.name: pool for pool in proxy.pools}
        self._public_port = public_port

    def target(self, host: str, rules: Sequence[Rule], reasons: Sequence[PublishedName]) -> Target:
        secure = [rule for rule in rules if self._tls & set(rule.listeners)]
        serving = [rule for rule in secure if rule.action.kind in {"forward", "relay"}]
        relayed = any(rule.action.kind == "relay" for rule in serving)
        roles: tuple[Role, ...] = tuple(dict.fromkeys(reason.kind for reason in reasons)) or (
            "relay" if relayed else guessed_role(host),
        )
        return Target(
            host=host,
            roles=roles,
            https_port=self._port(serving, self._tls),
            http_port=self._port(rules, self._plain),
            over_http=self._over_http(rules),
            directories=tuple((reason.kind, reason.directory) for reason in reasons if reason.directory),
            paths=tuple(rule.path for rule in serving),
            closed=tuple(rule.path.removesuffix("/*") for rule in secure if rule.action.kind == "refuse"),
            inside=tuple(dict.fromkeys(self._inside(serving))),
            logs_in_to_proxy=bool(serving) and all(_ends_logins(rule) for rule in serving),
        )

    def _port(self, rules: Iterable[Rule], listeners: set[str]) -> int | None:
        ports = (self._public_port(name) for rule in rules for name in rule.listeners if name in listeners)
        return next(ports, None)

    def _over_http(self, rules: Sequence[Rule]) -> OverHttp:
        kinds = {rule.action.kind for rule in rules if self._plain & set(rule.listeners)}
        if "forward" in kinds:
            return "served"
        if "redirect-to-tls" in kinds:
            return "redirected"
        return "refused" if kinds else "closed"

    def _inside(self, serving: Iterable[Rule]) -> Iterable[InsideServer]:
        for rule in serving:
            if rule.action.kind != "forward":
                continue
            pool = self._pools[rule.action.pool]
            for server in pool.servers if pool.tls else ():
                yield InsideServer(server.host, server.port, server.server_name or server.verify_name or server.host)


def _scope(proxy: ProxySpec, names: tuple[str, ...], sip_domains: Sequence[str], wishes: Scope) -> Scope:
    servers = (
        name
        for pool in proxy.pools
        for server in pool.servers
        for name in (server.host, server.verify_name, server.server_name)
        if name is not None and address_or_none(name) is None and name not in names
    )
    discovery = (f"lyncdiscoverinternal.{domain}" for domain in sip_domains)
    internal = tuple(dict.fromkeys((*discovery, *servers)))[:_MOST_INTERNAL_NAMES]
    return replace(wishes, names=names, sip_domains=tuple(sip_domains), internal_names=internal, from_file=True)
