"""What is verified: the published names, as clients outside know them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Role = Literal[
    "front-end", "director", "dialin", "meet", "office-web-apps", "discovery", "exchange", "site", "relay", "unknown"
]

LYNC_POOLS: frozenset[Role] = frozenset({"front-end", "director"})
"""Roles that answer with the external web services."""
LYNC: frozenset[Role] = LYNC_POOLS | {"dialin", "meet", "discovery"}
"""Roles that Lync Server answers."""

OverHttp = Literal["served", "redirected", "refused", "closed", "unknown"]


@dataclass(frozen=True)
class InsideServer:
    """A server behind the proxy, where the machine that verifies may happen to reach it."""

    address: str
    port: int
    server_name: str


@dataclass(frozen=True)
class Scope:
    """What is common to all targets: the deployment, and the wishes of whoever verifies."""

    names: tuple[str, ...] = ()
    """Every published name."""
    sip_domains: tuple[str, ...] = ()
    internal_names: tuple[str, ...] = ()
    """Names that exist inside alone, so far as they are known: of servers, and `lyncdiscoverinternal`."""
    from_file: bool = False
    """Whether a file said so; else roles were guessed from names."""
    mapped: bool = False
    """Whether `--connect-to` leads past DNS."""
    dns_servers: tuple[str, ...] = ()
    """DNS servers to ask besides this machine's resolver."""
    poll_seconds: tuple[float, ...] = ()
    """How long polls are to be held; empty tries none."""
    poll_url: str = ""
    """A URL that answers after so many seconds as stand in it for `{seconds}`; empty where there is none."""
    upload_bytes: int = 32 << 20


@dataclass(frozen=True)
class Target:
    """One published name."""

    host: str
    roles: tuple[Role, ...]
    https_port: int | None = 443
    """As clients see it; None where it is not published with TLS."""
    http_port: int | None = 80
    """As clients see it; None where nothing listens without TLS."""
    over_http: OverHttp = "unknown"
    """What a request without TLS is meant to get."""
    directories: tuple[tuple[Role, str], ...] = ()
    """Directories of simple URLs on a shared host: ("meet", "/Meet")."""
    paths: tuple[str, ...] = ("/*",)
    """What of it is published over TLS."""
    closed: tuple[str, ...] = ("/Cscp", "/OcsPowerShell")
    """Directories that must be refused."""
    addresses: tuple[str, ...] = ()
    """Where DNS outside should lead, where that is known."""
    inside: tuple[InsideServer, ...] = ()
    logs_in_to_proxy: bool = False
    """Whether logins by NTLM or Kerberos end at the proxy itself, and none reaches the site."""
    scope: Scope = field(default_factory=Scope, repr=False)

    def has(self, *roles: Role) -> bool:
        """Whether it has any of these roles."""
        return any(role in self.roles for role in roles)

    def authority(self, scheme: Literal["https", "http"] = "https") -> str:
        """The Host field that clients send: with the port, unless it is the scheme's own."""
        port, usual = (self.https_port, 443) if scheme == "https" else (self.http_port, 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if port in {usual, None} else f"{host}:{port}"

    def url(self, path: str = "/", scheme: Literal["https", "http"] = "https") -> str:
        """A URL on this name."""
        return f"{scheme}://{self.authority(scheme)}{path}"

    def publishes(self, path: str) -> bool:
        """Whether a path is published, by the file's patterns."""
        asked = path.lower().rstrip("/")
        prefixes = [pattern.lower().removesuffix("*").rstrip("/") for pattern in self.paths]
        return any(asked == prefix or asked.startswith(f"{prefix}/") for prefix in prefixes)

    def directories_of(self, role: Role) -> tuple[str, ...]:
        """Where a simple URL's page is on this host: directories, or the root."""
        found = tuple(directory for known, directory in self.directories if known == role)
        return found or (("",) if role in self.roles else ())


def guessed_role(host: str) -> Role:
    """The role that a name suggests, by the names of Microsoft's documents."""
    label = host.partition(".")[0]
    for beginning, role in _SUGGESTIVE:
        if label.startswith(beginning):
            return role
    return "front-end"


_SUGGESTIVE: tuple[tuple[str, Role], ...] = (
    ("lyncdiscover", "discovery"),
    ("meet", "meet"),
    ("dialin", "dialin"),
    ("officewebapps", "office-web-apps"),
    ("oos", "office-web-apps"),
    ("owas", "office-web-apps"),
    ("wac", "office-web-apps"),
    ("webdir", "director"),
    ("mail", "exchange"),
    ("autodiscover", "exchange"),
)


def from_names(
    hosts: Iterable[tuple[str, Role | None]],
    sip_domains: Iterable[str] = (),
    *,
    https_port: int = 443,
    http_port: int | None = 80,
    scope: Scope | None = None,
) -> tuple[Target, ...]:
    """Targets for somebody who has no file: names with their roles (None guesses), and SIP domains."""
    domains = tuple(sip_domains)
    known: dict[str, Role] = {f"lyncdiscover.{domain}": "discovery" for domain in domains}
    known.update({host: role or guessed_role(host) for host, role in hosts})
    complete = replace(
        scope or Scope(),
        names=tuple(known),
        sip_domains=domains,
        internal_names=tuple(f"lyncdiscoverinternal.{domain}" for domain in domains),
    )
    return tuple(
        Target(host=host, roles=(role,), https_port=https_port, http_port=http_port, scope=complete)
        for host, role in known.items()
    )
