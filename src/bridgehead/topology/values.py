"""The values that the file is made of: names, addresses, ports, paths. Each has one spelling and one complaint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from bridgehead.names import address_or_none, normalise_host


class Part(BaseModel):
    """A part of the file. Frozen; keys that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, serialize_by_alias=True)


def wrong(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """A complaint about a value, for a validator to raise: it becomes a `Problem` with this code and hint."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


Item = TypeVar("Item")

Flag = Annotated[bool, Field(strict=True)]
"""`true` or `false`, and no other way of saying it."""

Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
"""A TCP port."""

Seconds = Annotated[float, Field(strict=True, gt=0)]
"""A duration in seconds."""

Count = Annotated[int, Field(strict=True, ge=1)]
"""A number of things, at least one."""


def _one_or_several(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


Several = Annotated[tuple[Item, ...], BeforeValidator(_one_or_several)]
"""A list; a single value may be written without brackets."""


def _bare_host(text: str) -> str:
    """A host and nothing else, in its one spelling."""
    if "://" in text:
        raise wrong("host.is-a-url", f"{text!r} is a URL; a host name is expected here", "Leave out https:// and path.")
    if "*" in text:
        raise wrong(
            "host.wildcard",
            f"{text!r} has a wildcard; a full host name is expected here",
            "Name each host. A wildcard may stand in a certificate, never in what is published or connected to.",
        )
    name, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        raise wrong(
            "host.has-a-port", f"{text!r} carries a port; a host alone is expected here", "Give the port as `port`."
        )
    try:
        return normalise_host(text)
    except ValueError as error:
        raise wrong("host.not-a-name", str(error), "Letters, digits and hyphens between dots, as in DNS.") from error


def _name_only(host: str) -> str:
    if address_or_none(host) is not None:
        raise wrong("host.is-an-address", f"{host!r} is an IP address; a host name is expected here")
    return host


def _fully_qualified(host: str) -> str:
    if "." not in host:
        raise wrong(
            "host.not-qualified",
            f"{host!r} is not a fully qualified domain name",
            "Clients on the internet need the whole name, such as webext.contoso.com.",
        )
    return host


def _address_only(host: str) -> str:
    if address_or_none(host) is None:
        raise wrong("address.not-an-address", f"{host!r} is not an IP address", "Write an IPv4 or an IPv6 address.")
    return host


Host = Annotated[str, AfterValidator(_bare_host)]
"""A host name or an IP address."""

HostName = Annotated[Host, AfterValidator(_name_only)]
"""A host name of one label or more."""

PublicName = Annotated[HostName, AfterValidator(_fully_qualified)]
"""A fully qualified domain name."""

IpAddress = Annotated[Host, AfterValidator(_address_only)]
"""An IPv4 or IPv6 address, without a port."""


def _public_name_or_everything(host: str) -> str:
    return host if host == "*" else _fully_qualified(_name_only(_bare_host(host)))


PublishedHost = Annotated[str, AfterValidator(_public_name_or_everything)]
"""A fully qualified domain name, or `*` for every host that nothing else names."""


def split_host_and_port(text: str) -> tuple[str, int | None]:
    """`192.0.2.1:443`, `[2001:db8::1]:443`, `fe01:443`: the host in its one spelling, and the port if there is one.

    Raises a complaint for anything else.
    """
    host, port = text.strip(), None
    cut = re.fullmatch(r"(\[[^\]]*\]|[^:]*):([0-9]+)", host)
    if cut:
        host, port = cut[1], int(cut[2])
        if not 1 <= port <= 65535:
            raise wrong("port.out-of-range", f"{port} is not a port", "Ports are 1 to 65535.")
    return _bare_host(host), port


_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()+,;=:@-]+)*(/|/\*)?")


def _path_pattern(text: str) -> str:
    if not text.startswith("/"):
        raise wrong("path.no-slash", f"{text!r} does not begin with a slash", f"Write {'/' + text!r}.")
    if not _PATH.fullmatch(text) or "/../" in f"{text}/" or "/./" in f"{text}/":
        raise wrong(
            "path.not-a-path",
            f"{text!r} is not a path that can be published",
            "Write /* for all content, /ucwa/* for a directory or /ucwa/page.aspx for one page; "
            "no query, no percent-encoding, no dots as directories.",
        )
    return text


PathPattern = Annotated[str, AfterValidator(_path_pattern)]
"""`/*` for all content, `/ucwa/*` for a directory and what is in it, or one exact path. Case does not matter."""


CREDENTIALS = "$CREDENTIALS_DIRECTORY/"
"""What systemd hands over to the service (systemd.exec, "Credentials"): the directory is another on each system."""


def beside_the_file(text: str, info: ValidationInfo) -> str:
    """The path counted from the directory of the file, if it is known."""
    if not text or "\0" in text:
        raise wrong("path.empty", "The path of a file is expected here")
    context = info.context or {}
    if text.startswith(CREDENTIALS):
        return f"{context.get('credentials', '')}/{text.removeprefix(CREDENTIALS)}"
    directory = context.get("directory")
    # Never resolved: certificate tools replace a symbolic link when they renew, and the link is what must be followed.
    return str(Path(directory, text)) if directory is not None else text


FilePath = Annotated[str, AfterValidator(beside_the_file)]
"""The path of a file; a relative one counts from the directory of this file. `$CREDENTIALS_DIRECTORY/NAME` is a
credential of the service."""

DirectoryPath = Annotated[FilePath, "directory"]
"""The same of a directory."""


def _label(text: str) -> str:
    if not re.fullmatch(r"\w[\w ./-]{0,126}", text):
        raise wrong(
            "name.not-a-name",
            f"{text!r} cannot be a name",
            "Letters, digits, spaces, dots, hyphens, slashes and underscores.",
        )
    return text


Label = Annotated[str, AfterValidator(_label)]
"""A name that you choose, for tables and logs."""

Reference = Annotated[str, Field(min_length=1)]
"""What something else in the file, or a network interface, is called."""


def split_url(text: str, schemes: tuple[str, ...]) -> tuple[str, str, int | None, str]:
    """Scheme, host in its one spelling, port if given, and path of a URL that has nothing else.

    Raises a complaint for anything else.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in schemes or not parts.netloc:
        expected = " or ".join(f"{scheme}://" for scheme in schemes)
        raise wrong("url.scheme", f"{text!r} does not begin with {expected}", f"Write the whole URL, {expected} first.")
    if parts.query or parts.fragment or "@" in parts.netloc or "?" in text or "#" in text:
        raise wrong("url.too-much", f"{text!r} has more than a host and a path", "Leave out user, query and fragment.")
    host, port = split_host_and_port(parts.netloc)
    return parts.scheme, host, port, parts.path
