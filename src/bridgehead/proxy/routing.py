"""(listener, SNI, Host, path) → rule, or a refusal.

The SNI chose a certificate; the Host chooses the site. Longest path first, case ignored, as IIS does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.paths import is_plain, path_of, readings
from bridgehead.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.proxy.rules import PublishingRule

ANY_HOST = "*"


class PathPattern:
    """`/*`, `/directory/*` (and `/directory` itself), or one exact path."""

    __slots__ = ("directory", "exact", "length")

    def __init__(self, path: str) -> None:
        lowered = path.lower()
        self.directory = lowered.endswith("/*")
        self.exact = lowered.removesuffix("/*") if self.directory else lowered
        self.length = len(self.exact)

    def matches(self, path: str) -> bool:
        """Whether a lower-case path belongs to the pattern."""
        if not path.startswith(self.exact):
            return False
        return len(path) == self.length or (self.directory and path[self.length] == "/")


class Site:
    """The rules of one host on one listener, longest path first."""

    __slots__ = ("_everything", "_known", "_rules")

    REMEMBERED = 512
    """Paths whose rule is remembered, of 256 bytes at most: clients ask for the same few over and over."""

    def __init__(self, rules: Iterable[PublishingRule]) -> None:
        patterns = [(PathPattern(_path_of_rule(rule)), rule) for rule in rules]
        self._rules = sorted(patterns, key=lambda pair: (-pair[0].length, pair[1].path.endswith("*")))
        self._known: dict[bytes, PublishingRule] = {}
        only = self._rules[0] if len(self._rules) == 1 else None
        self._everything = only[1] if only is not None and only[0].exact == "" else None

    def rule_for(self, target: bytes) -> PublishingRule | Refusal:
        """The rule for a target in origin form, or `*`."""
        if self._everything is not None:
            return self._everything
        path = path_of(target)
        known = self._known.get(path)
        if known is not None:
            return known
        rule = self._judge(path)
        if not isinstance(rule, Refusal) and len(path) <= 256:
            if len(self._known) >= self.REMEMBERED:
                self._known.clear()
            self._known[path] = rule
        return rule

    def _judge(self, path: bytes) -> PublishingRule | Refusal:
        if is_plain(path):
            return self._choose(path.decode("latin-1").lower()) or Refusal.UNKNOWN_PATH
        chosen = {id(rule): rule for rule in map(self._choose, readings(path))}
        if len(chosen) > 1:
            return Refusal.PATH_AMBIGUOUS
        return next(iter(chosen.values())) or Refusal.UNKNOWN_PATH

    def _choose(self, path: str) -> PublishingRule | None:
        if path == "*":
            path = "/"
        for pattern, rule in self._rules:
            if pattern.matches(path):
                return rule
        return None


def _path_of_rule(rule: PublishingRule) -> str:
    """Its path; a page that is refused is refused with what follows it, which ASP.NET takes for path information."""
    return f"{rule.path}/*" if rule.refuse_reason is not None and not rule.path.endswith("/*") else rule.path


class RoutingTable:
    """Which site answers for which host on one listener. Immutable."""

    def __init__(self, rules: Iterable[PublishingRule]) -> None:
        by_host: dict[str, list[PublishingRule]] = {}
        for rule in rules:
            for host in rule.hosts:
                by_host.setdefault(host, []).append(rule)
        self._sites = {host: Site(rules_of_host) for host, rules_of_host in by_host.items()}
        self._any = self._sites.pop(ANY_HOST, None)

    def route(self, server_name: str | None, host: str, target: bytes) -> PublishingRule | Refusal:
        """The rule for a request, or why there is none.

        `server_name` is the SNI of its connection, None on a plain one or where the client sent none.
        """
        site = self._sites.get(host, self._any)
        if site is None:
            return Refusal.UNKNOWN_HOST
        if server_name is not None and server_name != host:
            return Refusal.MISDIRECTED
        return site.rule_for(target)
