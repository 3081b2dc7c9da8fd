"""The addresses to listen on, the certificates there, and what a listener without TLS does with a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead import spec
from bridgehead.problems import Findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bridgehead.topology.handling import RequireTls
    from bridgehead.topology.listeners import KeyPair, Listener
    from bridgehead.topology.model import Topology


@dataclass(frozen=True)
class Door:
    """One address of a listener: what the proxy opens, and what the file says about it."""

    spec: spec.Listener
    listener: Listener


def doors(topology: Topology, interfaces: Mapping[str, Sequence[str]]) -> tuple[Door, ...]:
    """Every address that the file's listeners stand for.

    `interfaces` has the addresses of this machine's network interfaces. Raises ProblemsFound for an interface that
    is not among them.
    """
    findings = Findings()
    found: list[Door] = []
    for index, listener in enumerate(topology.all_listeners()):
        if listener.host is not None:
            found.append(_door(listener, listener.host, listener.label, topology))
            continue
        interface = listener.interface or ""
        addresses = interfaces.get(interface, ())
        if not addresses:
            findings.add(
                "listener.no-such-interface",
                f"listener[{index}].interface",
                f"There is no network interface {interface!r} with an address",
                f"Interfaces here: {', '.join(interfaces) or 'none known'}.",
            )
        for address in addresses:
            label = listener.label if len(addresses) == 1 else f"{listener.label} {address}"
            found.append(_door(listener, address, label, topology))
    findings.raise_any()
    return tuple(found)


def _door(listener: Listener, host: str, name: str, topology: Topology) -> Door:
    certificates = tuple(topology.certificates) if listener.certificate is None else listener.certificate
    return Door(
        spec.Listener(
            name=name,
            host=host,
            port=listener.port_number,
            tls=listener.uses_tls,
            certificates=certificates if listener.uses_tls else (),
            tls_profile=listener.tls_profile,
        ),
        listener,
    )


def certificate(name: str, topology: Topology) -> spec.Certificate:
    """The files of a certificate. One in the store is known by the link to its live generation, whichever that is."""
    return spec.Certificate(
        name=name, pairs=tuple(_key_pair(name, pair, topology) for pair in topology.certificates[name])
    )


def _key_pair(name: str, pair: KeyPair, topology: Topology) -> spec.KeyPair:
    if pair.chain is not None and pair.key is not None:
        return spec.KeyPair(chain=pair.chain, key=pair.key, passphrase_file=pair.passphrase_file)
    (kind,) = pair.store
    live = f"{topology.certificate_store}/{name}/{kind}/live"
    return spec.KeyPair(
        chain=f"{live}/chain.pem", key=f"{live}/key.pem", passphrase_file=topology.certificate_passphrase_file
    )


@dataclass(frozen=True)
class Doors:
    """The doors that one publication is reached through."""

    all: tuple[Door, ...]

    def among(self, labels: Iterable[str] | None) -> Doors:
        """Those of the listeners that a publication names, or all."""
        if labels is None:
            return self
        wanted = set(labels)
        return Doors(tuple(door for door in self.all if door.listener.label in wanted))

    @property
    def with_tls(self) -> tuple[str, ...]:
        """Names of the encrypted ones."""
        return tuple(door.spec.name for door in self.all if door.spec.tls)

    def without_tls(self, answer: RequireTls, required: RequireTls | None) -> tuple[str, ...]:
        """Names of the unencrypted ones that give this answer, where the publication says `required` or nothing."""
        return tuple(
            door.spec.name
            for door in self.all
            if not door.spec.tls and (required or door.listener.require_tls) == answer
        )

    @property
    def public_tls_port(self) -> int:
        """The port that a redirection to https names."""
        return next((door.listener.public_port for door in self.all if door.spec.tls), 443)
