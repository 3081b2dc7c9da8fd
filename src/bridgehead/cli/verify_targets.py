"""What `bridgehead verify` is asked to look at: from a file, or from words on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import typer

from bridgehead.cli.loading import load
from bridgehead.names import address_or_none, normalise_host
from bridgehead.planning.addresses import PublicAddresses
from bridgehead.planning.published_names import published_names
from bridgehead.topology.interfaces import machine_addresses
from bridgehead.verify.from_file import from_proxy
from bridgehead.verify.observing.ways import Leads
from bridgehead.verify.targets import Role

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.verify.targets import Scope, Target

ROLES: tuple[Role, ...] = get_args(Role)


def targets_of_file(file: Path, scope: Scope) -> tuple[Target, ...]:
    """Every name that a file publishes. Raises ProblemsFound with everything that is wrong with it."""
    loaded = load(file)
    if loaded.topology is None:
        return from_proxy(loaded.spec, scope=scope)
    outside = PublicAddresses(loaded.topology, loaded.spec, machine_addresses())
    return from_proxy(
        loaded.spec,
        published_names(loaded.topology),
        sip_domains=[domain.name for domain in loaded.topology.sip_domains],
        public_port=outside.public_port,
        public_addresses=outside.of_host,
        scope=scope,
    )


def target_of(text: str) -> tuple[str, Role | None]:
    """`NAME` or `NAME=ROLE`. Raises ValueError."""
    name, _, role = text.partition("=")
    if role and role not in ROLES:
        raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}")
    found = next((one for one in ROLES if one == role), None)
    return normalise_host(name), found


def lead_of(text: str) -> Leads:
    """`ADDRESS`, `ADDRESS:PORT`, `NAME:ADDRESS` or `NAME:ADDRESS:PORT`; IPv6 in brackets. Raises ValueError."""
    address, port = _address_and_port(text)
    if address is not None:
        return Leads(address, port=port)
    name, colon, rest = text.partition(":")
    address, port = _address_and_port(rest) if colon else (None, None)
    if address is None:
        raise ValueError(f"{text!r} is not [NAME:]ADDRESS[:PORT] with an IP address (IPv6 in brackets)")
    return Leads(address, normalise_host(name), port)


def wrong_option(option: str, error: ValueError) -> typer.BadParameter:
    """What an option has instead of what it should."""
    return typer.BadParameter(f"{option}: {error}")


def _address_and_port(text: str) -> tuple[str | None, int | None]:
    address = address_or_none(text)
    if address is not None:
        return address, None
    host, _, port = text.rpartition(":")
    # Bare IPv6 with a port could be read in two ways.
    if (":" in host and not host.startswith("[")) or not port.isdigit() or not 0 < int(port) < 65536:
        return None, None
    address = address_or_none(host)
    return (address, int(port)) if address is not None else (None, None)
