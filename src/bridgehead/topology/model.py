"""The whole file: what exists, in the administrator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from bridgehead.topology.accounts import Accounts
from bridgehead.topology.acme import Authority
from bridgehead.topology.alarms import Alarms
from bridgehead.topology.edge import Edge
from bridgehead.topology.farm import Farm
from bridgehead.topology.limits import Limits, Proxy
from bridgehead.topology.listeners import DEFAULT_LISTENERS, Certificate, Listener
from bridgehead.topology.plan_choices import PlanChoices
from bridgehead.topology.pools import Pool
from bridgehead.topology.shield import Shield
from bridgehead.topology.simple_urls import AnySipDomain, Discovery, SimpleUrls
from bridgehead.topology.sites import Exchange, Relay, Site
from bridgehead.topology.values import DirectoryPath, FilePath, Label, Part, Several, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_STORE = "/var/lib/bridgehead/certificates"

Path = tuple[str | int, ...]
"""Where a value is in the file: `("pool", 0, "external_fqdn")`."""


def _names_of_directories(certificates: dict[str, Certificate]) -> dict[str, Certificate]:
    """Those in the store are directories there."""
    for name, pairs in certificates.items():
        if "/" in name and any(pair.store for pair in pairs):
            raise wrong("store.name", f"{name!r} cannot be a name in the store", "Choose one without slashes.")
    return certificates


Certificates = Annotated[dict[Label, Certificate], AfterValidator(_names_of_directories)]


class Topology(Part):
    """A deployment, and where the proxy listens for it."""

    sip_domains: Several[AnySipDomain] = ()
    """The SIP domains of the deployment, each a name or a table."""
    simple_urls: SimpleUrls = SimpleUrls()
    """The simple URLs of the deployment."""
    discovery: Discovery = Discovery()
    """How clients find the deployment."""
    pools: tuple[Pool, ...] = Field(default=(), alias="pool")
    """Front-end pools, Directors and Office Web Apps farms."""
    sites: tuple[Site, ...] = Field(default=(), alias="publish")
    """Other sites by host and path."""
    exchanges: tuple[Exchange, ...] = Field(default=(), alias="exchange")
    """Exchange, in a few lines."""
    relays: tuple[Relay, ...] = Field(default=(), alias="relay")
    """Sites whose TLS is passed on undecrypted."""
    edges: tuple[Edge, ...] = Field(default=(), alias="edge")
    """Edge Servers, for plans alone."""
    listeners: tuple[Listener, ...] = Field(default=(), alias="listener")
    """Where the proxy listens; ports 443 and 80 on every IPv4 address without it."""
    certificates: Certificates = Field(default_factory=dict, alias="certificate")
    """Certificates by the names that listeners use for them."""
    authorities: Several[Authority] = Field(default=(), alias="acme")
    """Authorities that certificates with `acme` are ordered from; each is asked where those before it cannot."""
    certificate_store: DirectoryPath = DEFAULT_STORE
    """The store: directory of the certificates that `bridgehead certificate` looks after, for those with `store`."""
    certificate_passphrase_file: FilePath | None = None
    """File whose first line encrypts the keys in the store; `$CREDENTIALS_DIRECTORY/NAME` is a credential of the
    systemd service. Without it keys are protected by the permissions of their files alone."""
    accounts: Several[Accounts] = ()
    """Sources of accounts, for `authentication = "ntlm"`."""
    shield: Shield = Shield()
    """Protection of the accounts inside against guessing."""
    alarms: Alarms = Alarms()
    """Whom to tell when a certificate needs somebody."""
    farm: Farm = Farm()
    """Several proxies that share their certificates."""
    limits: Limits = Limits()
    """What one client may cost."""
    proxy: Proxy = Proxy()
    """How the proxy runs."""
    plan: PlanChoices = PlanChoices()
    """What plans need to know besides."""

    @property
    def proxy_count(self) -> int:
        """How many machines run the proxy with this file."""
        return max(self.plan.proxies, len(self.farm.nodes))

    def all_listeners(self) -> tuple[Listener, ...]:
        """The listeners of the file, or the usual two."""
        return self.listeners or DEFAULT_LISTENERS

    def all_sites(self) -> Iterator[tuple[Path, Site]]:
        """Every site with its place in the file, those that Exchange is short for included."""
        for index, site in enumerate(self.sites):
            yield ("publish", index), site
        for index, exchange in enumerate(self.exchanges):
            for site in exchange.sites():
                yield ("exchange", index), site

    def published_pools(self) -> Iterator[tuple[Path, Pool]]:
        """Every pool of which something is published, with its place in the file."""
        for index, pool in enumerate(self.pools):
            if pool.published:
                yield ("pool", index), pool

    def pool_named(self, label: str) -> Pool | None:
        """The pool of this name."""
        return next((pool for pool in self.pools if pool.label == label), None)

    def pool_for_simple_urls(self) -> Pool | None:
        """The pool that answers simple URLs and discovery unless the file names another; None if there is none.

        A Director, where there is one: it redirects each user to the pool that is the user's home.
        """
        lync = [pool for _, pool in self.published_pools() if pool.role != "office-web-apps"]
        if self.simple_urls.pool is not None:
            return self.pool_named(self.simple_urls.pool)
        return next((pool for pool in lync if pool.role == "director"), lync[0] if lync else None)

    def pool_for(self, named: str | None) -> Pool | None:
        """The pool that a simple URL or discovery names, or the one for all."""
        return self.answering()(named)

    def answering(self) -> Callable[[str | None], Pool | None]:
        """`pool_for`, worked out once for many questions."""
        common = self.pool_for_simple_urls()
        return lambda named: self.pool_named(named) if named is not None else common
