"""From the file's model to the waist: everything that the proxy is to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead import spec
from bridgehead.planning.listeners import Doors, certificate, doors
from bridgehead.planning.logins import Logins
from bridgehead.planning.publications import publications
from bridgehead.planning.rules import RuleBook, write_admin, write_relay, write_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgehead.topology.model import Topology


def proxy_spec(topology: Topology, interfaces: Mapping[str, Sequence[str]] | None = None) -> spec.ProxySpec:
    """What the proxy runs for this deployment. The same topology and interfaces always give the same.

    `interfaces` has the IP addresses of this machine's network interfaces by name; needed only where a listener names
    an interface. The topology must be consistent (`bridgehead.topology.consistency`). Raises ProblemsFound for a
    listener whose interface does not exist.
    """
    every_door = Doors(doors(topology, interfaces or {}))
    book, logins = RuleBook(), Logins(topology)
    for publication in publications(topology):
        write_rules(book, publication, every_door.among(publication.handling.listeners), logins)
    for relay in topology.relays:
        write_relay(book, relay, every_door.among(relay.listeners))
    write_admin(book, topology, every_door)
    rules = book.rules()
    return spec.ProxySpec(
        listeners=tuple(door.spec for door in every_door.all),
        certificates=tuple(certificate(name, topology) for name in topology.certificates),
        pools=book.pools,
        rules=rules,
        accounts=logins.sources(rules),
        shield=spec.Shield(**topology.shield.model_dump()),
        limits=spec.Limits(**topology.limits.model_dump()),
        workers=topology.proxy.workers,
        access_log=topology.proxy.access_log,
    )
