"""Authorities that issue certificates by themselves, by ACME (RFC 8555), and how the names are proved to them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bridgehead.topology.values import (
    FilePath,
    Flag,
    HostName,
    Label,
    Part,
    Reference,
    Seconds,
    Several,
    split_host_and_port,
    wrong,
)


@dataclass(frozen=True)
class WellKnown:
    """An authority that is known by a name."""

    title: str
    directory: str
    staging: str | None = None
    external_account: bool = False
    """Whether it wants an external account binding (RFC 8555, 7.3.4)."""


@cache
def well_known() -> dict[str, WellKnown]:
    """The authorities that came with this version, by their names."""
    text = files(__package__).joinpath("acme_directories.toml").read_text(encoding="utf-8")
    return {name: WellKnown(**row) for name, row in tomllib.loads(text).items()}


def _url_or_name(text: str) -> str:
    if text in well_known():
        return text
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname:
        raise wrong(
            "acme.directory",
            f"{text!r} is neither the https:// URL of an ACME directory nor the name of a known authority",
            f"Known: {', '.join(well_known())}.",
        )
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname:
        raise wrong("acme.directory", f"{text!r} is not an https:// URL", "Ask the authority for its ACME directory.")
    return text


def _mail_address(text: str) -> str:
    name, at, host = text.removeprefix("mailto:").rpartition("@")
    if not (name and at and host) or any(character in text for character in " ,?"):
        raise wrong(
            "acme.email", f"{text!r} is not an e-mail address", "Write one address, such as hostmaster@contoso.com."
        )
    return text.removeprefix("mailto:")


def _server_and_port(text: str) -> str:
    split_host_and_port(text)
    return text


Directory = Annotated[str, AfterValidator(_url_or_name)]
"""An ACME directory."""
DirectoryUrl = Annotated[str, AfterValidator(_url)]
"""The same by its URL alone."""
MailAddress = Annotated[str, AfterValidator(_mail_address)]
"""An e-mail address."""
ServerAddress = Annotated[str, AfterValidator(_server_and_port)]
"""A host name or address, with a port where that is not the usual one."""
Argument = Annotated[str, Field(min_length=1)]
"""One word of a command."""


class ExternalAccount(Part):
    """What ties the ACME account to one that you have with the authority (external account binding)."""

    key_id: Reference
    """The identifier of the key, as the authority gave it."""
    key_file: FilePath
    """File with the HMAC key, as the authority gave it, in base64url; for its owner alone."""
    algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    """How the key signs."""


class DnsUpdate(Part):
    """Where records for dns-01 are made by dynamic updates (RFC 2136), signed with TSIG (RFC 8945)."""

    server: ServerAddress
    """The primary name server of the zone; port 53 unless it says another."""
    key_file: FilePath
    """File with the TSIG key, as `tsig-keygen` writes it; for its owner alone."""
    zone: HostName | None = None
    """The zone that is updated; without it the server is asked which one the name is in."""
    name_servers: Several[ServerAddress] = ()
    """The servers that must show a record before the authority looks; without it all that the zone names (NS)."""


class Authority(Part):
    """An authority that certificates with `acme = true` are ordered from."""

    name: Label | None = None
    """What to call it; its well-known name or the host of its directory without it."""
    directory: Directory
    """The URL of its ACME directory, or the name of a known authority (above)."""
    staging: DirectoryUrl | None = None
    """The directory that `--dry-run` tries; that of a known authority is known."""
    email: Several[MailAddress] = ()
    """Where it writes to when something is wrong."""
    terms_agreed: Flag = False
    """`true`: you have read the authority's terms of service, and agree."""
    external_account: ExternalAccount | None = None
    """Needed by authorities where an account exists before."""
    root: Several[FilePath] = ()
    """PEM files of an authority of your own: the root above its web server, and that above what it signs."""
    profile: Reference | None = None
    """The certificate profile that is asked for, where it has several: `certificate account` lists them."""
    challenge: Literal["http-01", "dns-01"] = "http-01"
    """How names are proved: by the proxy's listener on port 80, or by records in DNS, which wildcards need."""
    hook: Several[Argument] = ()
    """For dns-01: a command that makes and removes the record, its arguments one by one."""
    hook_seconds: Seconds = 300
    """How long the hook may take."""
    dns_update: DnsUpdate | None = None
    """For dns-01, instead of a hook: dynamic updates."""
    propagation_seconds: Seconds = 120
    """How long to wait, at most, until name servers show a record that was made by `dns_update`."""

    @property
    def label(self) -> str:
        """What it is called, and its directory in the store."""
        if self.name is not None:
            return self.name
        return self.directory if self.directory in well_known() else urlsplit(self.directory).hostname or ""

    @property
    def url(self) -> str:
        """The URL of its directory."""
        known = well_known().get(self.directory)
        return known.directory if known is not None else self.directory

    @property
    def staging_url(self) -> str | None:
        """Where a dry run goes, if there is such a place."""
        known = well_known().get(self.directory)
        return self.staging or (known.staging if known is not None else None)

    @model_validator(mode="after")
    def _can_prove_names(self) -> Authority:
        ways = [way for way in (self.hook, self.dns_update) if way]
        if self.challenge == "dns-01" and len(ways) != 1:
            found = "both a hook and dns_update" if ways else "neither a hook nor dns_update"
            raise wrong("acme.dns", f"dns-01 has {found}", "Give the one that makes records in your DNS.")
        if self.challenge == "http-01" and ways:
            raise wrong(
                "acme.dns", "A hook or dns_update is here, and the challenge is http-01", 'Write challenge = "dns-01".'
            )
        known = well_known().get(self.directory)
        if known is not None and known.external_account and self.external_account is None:
            raise wrong(
                "acme.external-account",
                f"{known.title} wants an external account binding",
                'Add external_account = { key_id = "...", key_file = "..." } with what its web site gives you.',
            )
        return self
