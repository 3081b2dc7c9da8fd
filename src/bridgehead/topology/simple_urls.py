"""Simple URLs (meet, dial-in, admin), SIP domains and discovery."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bridgehead.names import address_or_none
from bridgehead.topology.authentication import Authenticating
from bridgehead.topology.values import Flag, Part, PublicName, Reference, Several, split_url, wrong


class WebAddress(NamedTuple):
    """Host and directory of a simple URL; the directory of `https://meet.contoso.com` is empty."""

    host: str
    directory: str

    @property
    def pattern(self) -> str:
        """What is published of the host: all of it, or the directory."""
        return f"{self.directory}/*"


def web_address(url: str) -> WebAddress:
    """The parts of a simple URL that has been validated."""
    host, slash, directory = url.removeprefix("https://").partition("/")
    return WebAddress(host, slash + directory)


def _simple_url(text: str) -> str:
    """The rules that one URL can break alone ("DNS requirements for simple URLs in Skype for Business Server")."""
    _, host, port, path = split_url(text, ("https",))
    if port is not None:
        raise wrong("simple-url.port", f"{text!r} has a port; simple URLs have none", "Clients always use port 443.")
    if address_or_none(host) is not None or "." not in host:
        raise wrong("simple-url.host", f"{text!r} has no fully qualified host name", "Write https://meet.contoso.com.")
    directory = path.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9.-]*[A-Za-z0-9-])*", directory):
        raise wrong(
            "simple-url.characters",
            f"{text!r} has a path that simple URLs cannot have",
            "Letters, digits and full stops between slashes, such as https://lync.contoso.com/Meet.",
        )
    return f"https://{host}{directory}"


Url = Annotated[str, AfterValidator(_simple_url)]


class SimpleUrl(Part):
    """A simple URL and those that went before it. A URL alone is short for `active`; in a list the first is active."""

    active: Url
    """The URL in new invitations: https://host, https://host/Meet or https://host/domain/Meet."""
    older: Several[Url] = ()
    """URLs of invitations that were sent before: still published."""
    pool: Reference | None = None
    """Name of the pool that answers, if not the one for all simple URLs."""
    published: Flag = True
    """`false`: it exists inside only."""

    @property
    def addresses(self) -> tuple[WebAddress, ...]:
        """Host and directory of each of its URLs, the active one first."""
        return tuple(web_address(url) for url in (self.active, *self.older))


def _url_alone(value: object) -> object:
    if isinstance(value, str):
        return {"active": value}
    if isinstance(value, list | tuple) and value:
        return {"active": value[0], "older": value[1:]}
    return value


AnySimpleUrl = Annotated[SimpleUrl, BeforeValidator(_url_alone)]


def _quoted_domains(value: object) -> object:
    for key, url in value.items() if isinstance(value, dict) else ():
        if isinstance(url, dict) and url and not set(url) & set(SimpleUrl.model_fields):
            raise wrong(
                "simple-url.domain-not-quoted",
                f"{key} has a table where a URL is expected: a SIP domain without quotes is taken apart at its dots",
                'Put the SIP domain in quotes: "contoso.com" = "https://meet.contoso.com".',
            )
    return value


class SimpleUrls(Authenticating):
    """The simple URLs of the deployment."""

    meet: Annotated[dict[PublicName, AnySimpleUrl], BeforeValidator(_quoted_domains)] = Field(default_factory=dict)
    """For each SIP domain (in quotes) the URL of its meetings."""
    dialin: AnySimpleUrl | None = None
    """The URL of the dial-in conferencing page, one for the whole deployment."""
    admin: AnySimpleUrl | None = None
    """The URL of the Control Panel. It is internal: this proxy refuses it."""
    pool: Reference | None = None
    """Name of the pool that answers simple URLs; without it the first published Director, else the first published
    front-end pool."""
    published: Flag = True
    """`false`: no simple URL is published, so nobody joins meetings from outside."""

    def published_urls(self) -> list[tuple[tuple[str, ...], str, SimpleUrl]]:
        """Place in the file, what it is for, and each simple URL that is to be published."""
        known: list[tuple[tuple[str, ...], str, SimpleUrl]] = [
            (("simple_urls", "meet", domain), f"meet {domain}", url) for domain, url in self.meet.items()
        ]
        if self.dialin:
            known.append((("simple_urls", "dialin"), "dialin", self.dialin))
        return [one for one in known if self.published and one[2].published]


class SipDomain(Part):
    """A SIP domain. `"contoso.com"` is short for its name alone."""

    name: PublicName
    """The part of users' SIP addresses after the @."""
    discovery_over_http: Flag = False
    """Whether `lyncdiscover.<domain>` may also be asked without TLS on port 80. Some mobile clients start so; what they
    send then is not encrypted, and they cannot authenticate there."""
    discovery_over_tls: Flag = True
    """`false`: `lyncdiscover.<domain>` is asked on port 80 alone, and the certificate needs no name for it. The way out
    for a company with very many SIP domains; needs `discovery_over_http = true`."""

    @model_validator(mode="after")
    def _is_found_somehow(self) -> SipDomain:
        if not self.discovery_over_tls and not self.discovery_over_http:
            raise wrong(
                "discovery.nowhere",
                f"Discovery for {self.name} is neither over TLS nor without it",
                "Write discovery_over_http = true beside it, or leave discovery_over_tls out.",
            )
        return self

    @property
    def discovery_host(self) -> str:
        """The name that clients look for."""
        return f"lyncdiscover.{self.name}"


def _domain_alone(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


AnySipDomain = Annotated[SipDomain, BeforeValidator(_domain_alone)]


class Discovery(Authenticating):
    """How clients find the deployment: `lyncdiscover.<SIP domain>`."""

    published: Flag = True
    """`false`: discovery exists inside only."""
    pool: Reference | None = None
    """Name of the pool that answers; without it as for simple URLs."""
