"""Simple URLs, as the `[simple_urls]` table; those of one site alone, as `[[publish]]` on that site's pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgehead.topology.importing.draft import Draft, same_name
from bridgehead.topology.importing.simple_url_configuration import EXPORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.topology.importing.inventory import Inventory, SimpleUrlEntry
    from bridgehead.topology.pools import Role

    PoolsBySite = dict[str, list[tuple[Role, str]]]

_COMPONENTS = {"meet": "meet", "dialin": "dialin", "cscp": "admin", "admin": "admin"}


def add_simple_urls(
    draft: Draft, inventory: Inventory, entries: Sequence[SimpleUrlEntry], file: str, pools: PoolsBySite
) -> None:
    """Add every simple URL; `file` is where they came from, `pools` has role and label of each by its site."""
    if not entries:
        _publish_none(draft)
        return
    urls = _SimpleUrls(draft, inventory, file, pools)
    for entry in sorted(entries, key=lambda entry: bool(entry.site)):  # those for all first
        urls.take(entry)
    urls.finish()


def _publish_none(draft: Draft) -> None:
    draft.data["simple_urls"] = {"published": False}
    draft.comment(("simple_urls",), "The export has no simple URLs, so meetings cannot be joined from outside yet.")
    draft.comment(("simple_urls",), f"Import again with --simple-urls and the output of {EXPORT}")
    draft.comment(("simple_urls",), 'Or write them here: dialin = "https://..." and [simple_urls.meet].')
    draft.leave(f"Simple URLs are not in this export: import again with --simple-urls and the output of {EXPORT}")


class _SimpleUrls:
    def __init__(self, draft: Draft, inventory: Inventory, file: str, pools: PoolsBySite) -> None:
        self._draft = draft
        self._file = file
        self._pools = pools
        self._domains = {same_name(domain.name): domain for domain in inventory.sip_domains}
        self._default = same_name(inventory.default_domain) or next(iter(self._domains), "")
        self._table: dict[str, Any] = {}
        self._seen: set[str] = set()

    def take(self, entry: SimpleUrlEntry) -> None:
        """Add one simple URL."""
        kind = _COMPONENTS.get(entry.component.lower())
        if kind is None:
            self._note(
                "import.component",
                entry,
                f"The simple URL {entry.active} is for {entry.component}, which is neither meet, dial-in nor admin.",
                "It was left out. To publish it, write [[publish]] with its host, its paths, and a pool.",
            )
        elif not entry.active:
            self._note(
                "import.not-active",
                entry,
                f"The simple URL for {entry.component} {entry.domain} has no active URL, and was left out.",
                "Choose an active URL in Topology Builder.",
            )
        else:
            self._place(entry, kind)

    def finish(self) -> None:
        """Put what was taken into the draft; a SIP domain without meetings is a fault."""
        meet = self._table.get("meet", {})
        for name, domain in self._domains.items():
            if name not in meet:
                self._draft.fault(
                    "import.no-meet",
                    domain.line,
                    f"The SIP domain {domain.name} has no active meet URL; each needs one.",
                    "Add it in Topology Builder and export again, or give the published ones with --simple-urls.",
                )
        self._draft.data["simple_urls"] = {**self._table, "meet": meet}

    def _place(self, entry: SimpleUrlEntry, kind: str) -> None:
        path: tuple[str, ...] = ("simple_urls", kind)
        if kind == "meet":
            name = self._default if entry.domain in {"*", ""} else same_name(entry.domain)
            if name not in self._domains:
                self._note(
                    "import.unknown-domain",
                    entry,
                    f"The meet URL {entry.active} is for {entry.domain}, which is no SIP domain, and was left out.",
                    "Add the SIP domain in Topology Builder if meetings there still count.",
                )
                return
            where, path = self._table.setdefault("meet", {}), (*path, name)
        else:
            where, name = self._table, kind
        self._add(entry, where, name, path)

    def _add(self, entry: SimpleUrlEntry, where: dict[str, Any], name: str, path: tuple[str, ...]) -> None:
        urls = self._new(entry)
        what = f"{path[1]} {name}" if len(path) > 2 else name
        if name in where and not entry.site:
            message = f"There are two simple URLs for {what}; the first is in line {self._draft.lines[path]}."
            hint = "Remove one, or make them one with an active URL."
            self._draft.fault("import.simple-url-twice", entry.line, message, hint, file=self._file)
        elif name in where:
            self._publish_on_site(entry, urls, what)
        elif urls:
            pool = self._pool_of(entry)
            where[name] = {"active": urls[0], "older": urls[1:], **({"pool": pool} if pool else {})}
            self._draft.place(path, entry.line)
            self._tell(entry, what, urls)

    def _new(self, entry: SimpleUrlEntry) -> list[str]:
        """The URLs of an entry that nothing before it had, the active one first."""
        kept = []
        for url in (entry.active, *entry.urls):
            spelling = url.rstrip("/").lower()
            if url and spelling not in self._seen:
                self._seen.add(spelling)
                kept.append(url)
        return kept

    def _tell(self, entry: SimpleUrlEntry, what: str, urls: list[str]) -> None:
        older = f", and before {', '.join(urls[1:])}" if urls[1:] else ""
        site = f" (site {entry.site})" if entry.site else ""
        self._draft.taken.append(f"Simple URL for {what}{site}: {urls[0]}{older}")

    def _pool_of(self, entry: SimpleUrlEntry) -> str | None:
        """Label of the pool that answers for a site: its Director, where there is one."""
        pools = next((pools for site, pools in self._pools.items() if site.lower() == entry.site.lower()), [])
        return next((label for role, label in sorted(pools, key=lambda pool: pool[0] != "director")), None)

    def _publish_on_site(self, entry: SimpleUrlEntry, urls: list[str], what: str) -> None:
        """One more URL for what has one: published on the site's own pool, which is why it exists."""
        pool = self._pool_of(entry)
        if pool is None:
            message = f"The simple URL {entry.active} is for site {entry.site}, which has no pool here. Left out."
            self._note("import.unknown-site", entry, message, "Write [[publish]] with its host, its paths, and a pool.")
            return
        if what == "admin":
            return  # internal wherever it is
        for url in urls:
            parts = urlsplit(url)
            table = {"host": parts.netloc, "paths": [f"{parts.path.rstrip('/')}/*"], "pool": pool}
            path = self._draft.add("publish", table, entry.line)
            self._draft.comment(path, f"Simple URL for {what} of site {entry.site}, answered by that site's pool.")
        if urls:
            self._tell(entry, what, urls)

    def _note(self, code: str, entry: SimpleUrlEntry, message: str, hint: str) -> None:
        self._draft.note(code, entry.line, message, hint, file=self._file)
