"""Other sites by host and path: any web site, Exchange as a whole, and sites whose TLS is passed on undecrypted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bridgehead.topology.handling import Handling, Reaching
from bridgehead.topology.listeners import join_host_and_port
from bridgehead.topology.values import (
    Host,
    HostName,
    Label,
    Part,
    PathPattern,
    PublicName,
    PublishedHost,
    Reference,
    Seconds,
    Several,
    split_host_and_port,
    split_url,
    wrong,
)


def _origin(text: str) -> str:
    scheme, host, port, path = split_url(text, ("https", "http"))
    if path not in {"", "/"}:
        raise wrong(
            "publish.path",
            f"{text!r} has a path; requests are passed on with the path they came with",
            "Leave the path out here, and name what is published in `paths`.",
        )
    return f"{scheme}://{join_host_and_port(host, port or (443 if scheme == 'https' else 80))}"


class Destination(Part):
    """A server of a site. `"https://ex01.contoso.local"` is short for its url alone."""

    url: Annotated[str, AfterValidator(_origin)]
    """https:// or http://, the name, and the port where it is not 443 or 80."""
    address: Host | None = None
    """Where to connect, if not to the name: usually an IP address."""
    server_name: HostName | None = None
    """The name sent in the TLS handshake (SNI), if not its own."""
    verify_name: Host | None = None
    """The name its certificate must carry, if not its own."""

    @property
    def tls(self) -> bool:
        """Whether the server is reached over TLS."""
        return self.url.startswith("https:")

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The server's name and port."""
        host, port = split_host_and_port(self.url.partition("://")[2])
        assert port is not None, "_origin adds it"
        return host, port


def _url_alone(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


AnyDestination = Annotated[Destination, BeforeValidator(_url_alone)]


class Site(Handling, Reaching):
    """Any web site, published by host and path."""

    name: Label | None = None
    """What to call it; its first host and path without it."""
    hosts: Several[PublishedHost] = Field(alias="host", min_length=1)
    """The name or names that clients use; `*` for every name that nothing else publishes."""
    paths: Several[PathPattern] = ("/*",)
    """What is published: `/*` for all, `/owa/*` for a directory. The longest match counts."""
    refuse: Several[PathPattern] = ()
    """What is not published although `paths` includes it."""
    to: Several[AnyDestination] = ()
    """The servers of the site, each a URL or a table. They must answer alike."""
    pool: Reference | None = None
    """Instead of servers: the name of a pool, for one more name or path of it."""

    @property
    def label(self) -> str:
        """What the site is called."""
        everything = self.hosts[0] if self.hosts[0] != "*" else "any other host"
        return self.name or f"{everything}{self.paths[0].removesuffix('/*')}"

    @model_validator(mode="after")
    def _has_servers_of_one_kind(self) -> Site:
        if bool(self.to) == bool(self.pool):
            found = "both servers and a pool" if self.to else "no servers"
            raise wrong("publish.servers", f"The site has {found}", 'Write to = ["https://server.contoso.local"].')
        if len({destination.tls for destination in self.to}) > 1:
            raise wrong(
                "publish.mixed-schemes", "Some servers of the site are https and some http", "They must be alike."
            )
        if not self.paths:
            raise wrong(
                "publish.nothing", "The list of paths is empty, so nothing is published", 'Write paths = ["/*"].'
            )
        return self


ExchangeService = Literal["autodiscover", "ews", "owa", "ecp", "mapi", "rpc", "oab", "activesync", "rest", "powershell"]

EXCHANGE_DIRECTORIES: dict[ExchangeService, str] = {
    "autodiscover": "/Autodiscover/*",
    "ews": "/EWS/*",
    "owa": "/owa/*",
    "ecp": "/ecp/*",
    "mapi": "/mapi/*",
    "rpc": "/rpc/*",
    "oab": "/OAB/*",
    "activesync": "/Microsoft-Server-ActiveSync/*",
    "rest": "/api/*",
    "powershell": "/PowerShell/*",
}


class Exchange(Handling, Reaching):
    """Exchange beside it: the directories that its clients, and Lync clients, use."""

    name: Label | None = None
    """What to call it; `Exchange` and its host without it."""
    host: PublicName
    """The name that clients use, such as mail.contoso.com."""
    autodiscover_hosts: Several[PublicName] | None = None
    """Names that clients look for; without it `autodiscover.` and the domain of `host`."""
    services: Several[ExchangeService] = ("autodiscover", "ews", "owa", "mapi", "rpc", "oab", "activesync", "rest")
    """What is published. `ecp` (options in Outlook on the web, and administration) and `powershell` only if named."""
    to: Several[AnyDestination] = Field(min_length=1)
    """The Exchange servers."""

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or f"Exchange {self.host}"

    def sites(self) -> tuple[Site, ...]:
        """The sites that this is short for."""
        shared = self.model_dump(include=set(Handling.model_fields) | set(Reaching.model_fields), exclude_unset=True)
        shared["to"] = [destination.model_dump(exclude_unset=True) for destination in self.to]
        directories = [EXCHANGE_DIRECTORIES[service] for service in self.services]
        label = self.label
        sites = [Site.model_validate({"name": label, "host": [self.host], "paths": directories, **shared})]
        found = self._autodiscover_hosts()
        if "autodiscover" in self.services and found:
            paths = [EXCHANGE_DIRECTORIES["autodiscover"]]
            sites.append(
                Site.model_validate({"name": f"{label} autodiscover", "host": found, "paths": paths, **shared})
            )
        return tuple(sites)

    def _autodiscover_hosts(self) -> list[str]:
        if self.autodiscover_hosts is None:
            return [f"autodiscover.{self.host.partition('.')[2]}"]
        return [host for host in self.autodiscover_hosts if host != self.host]


def _host_with_port(text: str) -> str:
    if "://" in text:
        raise wrong("relay.url", f"{text!r} is a URL; a relay passes TLS on as it is", 'Write to = ["server:443"].')
    host, port = split_host_and_port(text)
    return join_host_and_port(host, port or 443)


class Relay(Part):
    """A site that must keep its own TLS: connections are passed on undecrypted, by the name that clients ask for."""

    name: Label | None = None
    """What to call it; its first host without it."""
    hosts: Several[PublicName] = Field(alias="host", min_length=1)
    """The name or names that clients ask for (SNI)."""
    to: Several[Annotated[str, AfterValidator(_host_with_port)]] = Field(min_length=1)
    """The servers, each `name:port` or `address:port`; 443 without a port."""
    connect_seconds: Seconds = 5.0
    """Longest wait for a connection to a server."""
    listeners: Several[Reference] | None = None
    """Names of the listeners that relay; all with TLS without it."""

    @model_validator(mode="before")
    @classmethod
    def _is_not_asked_to_log_in(cls, value: object) -> object:
        if isinstance(value, dict) and "authentication" in value:
            raise wrong(
                "relay.authentication",
                "A relay passes TLS on undecrypted, so that the proxy sees no request to ask for a login",
                "Leave authentication out, or publish the site by [[publish]].",
            )
        return value

    @property
    def label(self) -> str:
        """What the relay is called."""
        return self.name or self.hosts[0]
