"""Writes `docs/file.md`, the reference of the file, from the model: `python -m bridgehead.topology.reference`."""

from __future__ import annotations

import sys
import types
import typing
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bridgehead.topology import accounts, acme, authentication, listeners, shield, values
from bridgehead.topology.accounts import Accounts
from bridgehead.topology.acme import Authority, DnsUpdate, ExternalAccount, well_known
from bridgehead.topology.alarms import Alarms, WebAddress
from bridgehead.topology.authentication import Authenticating
from bridgehead.topology.edge import Edge
from bridgehead.topology.farm import Farm, NodeName, NodeText
from bridgehead.topology.handling import Handling, Reaching
from bridgehead.topology.limits import Limits, Proxy
from bridgehead.topology.listeners import KeyPair, Listener
from bridgehead.topology.model import Topology
from bridgehead.topology.plan_choices import PlanChoices
from bridgehead.topology.pools import AnyServer, Pool, Server
from bridgehead.topology.shield import Shield
from bridgehead.topology.simple_urls import AnySimpleUrl, AnySipDomain, Discovery, SimpleUrl, SimpleUrls, SipDomain, Url
from bridgehead.topology.sites import AnyDestination, Destination, Exchange, Relay, Site

if TYPE_CHECKING:
    from collections.abc import Iterable

INTRODUCTION = """\
# The file

Made from the model by `python -m bridgehead.topology.reference > docs/file.md`; edit the model, not this page.

The file is [TOML](https://toml.io), in UTF-8. It says what exists; rules follow from it. `bridgehead check FILE` tells
everything that is wrong with it, and shows the rules and why there are such. Complete files are in `examples/`.

The smallest that is useful:

```toml
sip_domains = ["contoso.com"]

[simple_urls]
dialin = "https://dialin.contoso.com"
meet."contoso.com" = "https://meet.contoso.com"

[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
trust = "contoso-root-ca.pem"

[certificate.public]
chain = "public-chain.pem"
key = "public-key.pem"
```

Names are written as people write them: case and a final dot do not matter, international names are converted.
Relative paths count from the directory of the file; `$CREDENTIALS_DIRECTORY/NAME` is a credential of the service.
Where a list is expected, a single value needs no brackets. A key that is not listed here is refused.
"""

BRIDGES = """\
## The four bridges

| From the client | To the server | How it is written |
| --- | --- | --- |
| TLS | TLS | 443 to 4443 for pools, `to = ["https://..."]` for sites |
| plain | plain | 80 to 8080: `discovery_over_http = true` for discovery, `require_tls = "off"` for a whole pool |
| plain | plain | a site with `to = ["http://..."]` and `require_tls = "off"` |
| TLS | plain | a site with `to = ["http://..."]`; Lync Server does not support it, so there is none for pools |
| plain | TLS | a site with `to = ["https://..."]` and `require_tls = "off"` |
"""

THREE_FORMS = (
    "In any of the three forms that Microsoft allows: `https://meet.contoso.com`, `https://lync.contoso.com/Meet`, "
    "`https://lync.contoso.com/contosoSIPdomain/Meet`. Of a host with a directory, only the directory is published."
)

BOTH_KINDS = (
    "`[[certificate.NAME]]` twice binds an RSA and an ECDSA certificate side by side: each client gets its kind. "
    "Of one that `bridgehead certificate` looks after ([Certificates](certificates.md)), `store = true` says it all."
)

AUTHORITIES = (
    "`[[acme]]` several times names authorities in order: one is asked where those before it cannot. How renewal works "
    "is in [Certificates](certificates.md#renewal-acme). Known names: "
    + ", ".join(f"`{name}` ({one.title})" for name, one in well_known().items())
    + "."
)

SOURCES = (
    "`[[accounts]]` several times names several sources. How logins to the proxy work, and how to set up a domain, is "
    "in [Logging in at the proxy](preauthentication.md)."
)

LOGGING_IN = (
    "In `[[pool]]`, `[[publish]]`, `[[exchange]]`, `[simple_urls]`, `[discovery]` and `[[listener]]`. Simple URLs and "
    "discovery are asked first, then their pool; what neither says, the listener does."
)

SECTIONS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The top of the file", "Keys before the first table.", Topology),
    ("`[[sip_domains]]`", "", SipDomain),
    (
        "`[simple_urls]`",
        THREE_FORMS,
        SimpleUrls,
    ),
    ("A simple URL as a table", "", SimpleUrl),
    ("`[discovery]`", "", Discovery),
    (
        "`[[pool]]`",
        "Of a front-end pool or Director everything is published but `/Cscp` and `/OcsPowerShell`.",
        Pool,
    ),
    ("A server as a table", "", Server),
    ("`[[publish]]`", "", Site),
    ("A server of a site as a table", "", Destination),
    ("`[[exchange]]`", "", Exchange),
    ("`[[relay]]`", "", Relay),
    ("`[[edge]]`", "", Edge),
    ("`[[listener]]`", "", Listener),
    (
        "`[certificate.NAME]`",
        BOTH_KINDS,
        KeyPair,
    ),
    ("`[acme]`", AUTHORITIES, Authority),
    ("`acme.external_account`", "", ExternalAccount),
    ("`acme.dns_update`", "", DnsUpdate),
    ("`[accounts]`", SOURCES, Accounts),
    ("`[shield]`", "How it works is in [The shield](shield.md).", Shield),
    ("`[alarms]`", "See [Alarms](certificates.md#alarms).", Alarms),
    ("`[farm]`", "See [A farm](certificates.md#a-farm).", Farm),
    ("`[limits]`", "", Limits),
    ("`[proxy]`", "", Proxy),
    ("`[plan]`", "Read by `bridgehead plan` alone; nothing here changes what the proxy runs.", PlanChoices),
)

SHARED: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("Keys for logging in", LOGGING_IN, Authenticating),
    ("Keys for handling requests", "In `[[pool]]`, `[[publish]]` and `[[exchange]]`.", Handling),
    ("Keys for reaching servers", "In `[[pool]]`, `[[publish]]` and `[[exchange]]`.", Reaching),
)


def reference() -> str:
    """The page, in Markdown."""
    parts = [INTRODUCTION]
    for title, text, model in SECTIONS:
        parts.append(_section(title, text, model, _shared_with(model)))
    for title, text, model in SHARED:
        parts.append(_section(title, text, model, _shared_with(model)))
    parts.append(BRIDGES)
    return "\n".join(parts)


def _shared_with(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The tables of keys that this one has besides its own."""
    return [(title, part) for title, _, part in SHARED if issubclass(model, part) and model is not part]


def _section(title: str, text: str, model: type[BaseModel], shared: Iterable[tuple[str, type[BaseModel]]]) -> str:
    about = " ".join(filter(None, (text, "" if model is Topology else _joined(model.__doc__))))
    inherited = {name for _, part in shared for name in part.model_fields}
    own = ((name, field) for name, field in model.model_fields.items() if name not in inherited)
    rows = "".join(_row(field.alias or name, field) for name, field in own)
    table = f"| Key | Value | Without it | Meaning |\n| --- | --- | --- | --- |\n{rows}"
    return f"## {title}\n\n{about}\n\n{table}{_also([title for title, _ in shared])}"


def _also(titles: list[str]) -> str:
    if not titles:
        return ""
    *others, last = (title.removeprefix("Keys ") for title in titles)
    return f"\nAlso the keys {', '.join(others)}{' and ' if others else ''}{last}, below.\n"


def _row(key: str, field: FieldInfo) -> str:
    return f"| `{key}` | {_kind(field)} | {_default(field)} | {_joined(field.description)} |\n"


def _joined(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


_KINDS: dict[object, str] = {
    values.Port: "port",
    # A field that is never left out has its annotation in the spelling of pydantic.
    FieldInfo.from_annotation(values.Port).rebuild_annotation(): "port",
    values.Flag: "`true` or `false`",
    values.Count: "whole number",
    values.Seconds: "seconds",
    values.Label: "name",
    values.Reference: "name",
    values.FilePath: "path of a file",
    values.DirectoryPath: "path of a directory",
    values.PathPattern: "path",
    values.PublishedHost: "host name or `*`",
    values.PublicName: "full host name",
    values.HostName: "host name",
    values.Host: "host name or IP address",
    values.IpAddress: "IP address",
    listeners.SocketAddress: "IP address and port",
    listeners.Certificate: "table or tables",
    listeners.StoredKinds: '`true`, `"rsa"`, `"ecdsa"`, or a list of both',
    acme.Directory: "https URL or name",
    acme.DirectoryUrl: "https URL",
    acme.MailAddress: "e-mail address",
    acme.ServerAddress: "host name or IP address, with a port or without",
    WebAddress: "URL",
    NodeName: "name",
    NodeText: "public text of a node",
    authentication.Authentication: "`pass-through`, `none` or `ntlm`",
    authentication.UserName: "user",
    authentication.GroupName: "group",
    authentication.FieldName: "name of a header",
    accounts.OwnName: "NetBIOS name",
    accounts.NetBiosName: "NetBIOS name",
    shield.Network: "IP address or network",
    shield.BareName: "account",
    AnySipDomain: "name or table",
    AnySimpleUrl: "URL, list of URLs, or table",
    AnyServer: "server's name or table",
    AnyDestination: "URL or table",
    Url: "URL",
    bool: "`true` or `false`",
    float: "seconds",
    int: "whole number",
}


def _kind(field: FieldInfo) -> str:
    return _words(field.rebuild_annotation())


def _words(annotation: object) -> str:
    if annotation in _KINDS:
        return _KINDS[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType}:
        return _words(next(argument for argument in arguments if argument is not type(None)))
    if origin is Literal:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if origin is typing.Annotated:
        return _words(arguments[0])
    if origin is tuple:
        return f"list: {_words(arguments[0])}"
    if origin is dict:
        return f"table: {_words(arguments[1])} by {_words(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    default = field.get_default(call_default_factory=True)
    if default is None or default in ({}, ()) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
