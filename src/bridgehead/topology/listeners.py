"""Where the proxy accepts connections, and the certificates bound there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from bridgehead.names import address_or_none
from bridgehead.topology.authentication import Authenticating
from bridgehead.topology.handling import RequireTls
from bridgehead.topology.values import FilePath, Flag, Label, Part, Port, Reference, Several, split_host_and_port, wrong


def _kinds(value: object) -> object:
    if isinstance(value, bool):
        return ("rsa",) if value else ()
    return value if isinstance(value, list | tuple) else (value,)


def _needed_outside_the_store(path: str | None, info: ValidationInfo) -> str | None:
    stored = info.data.get("store")
    if path is not None and stored:
        raise wrong("certificate.twice", "The certificate has files, and is in the store", "Leave out one of the two.")
    if path is None and stored == ():
        raise wrong(
            "key.missing",
            f"{info.field_name} is missing here",
            "Give chain and key, or write store = true for what `bridgehead certificate` looks after.",
        )
    return path


def _in_the_store_alone(ordered: bool, info: ValidationInfo) -> bool:
    if ordered and not info.data.get("store"):
        raise wrong("acme.without-store", "A certificate that renews itself is in the store", "Add store = true.")
    return ordered


StoredKinds = Annotated[tuple[Literal["rsa", "ecdsa"], ...], BeforeValidator(_kinds)]
"""`true` is RSA alone."""

_OwnFile = Annotated[FilePath | None, AfterValidator(_needed_outside_the_store), Field(validate_default=True)]


class KeyPair(Part):
    """A certificate with its private key: two files of yours, or one that `bridgehead certificate` looks after."""

    store: StoredKinds = ()
    """`true`: the certificate of this name in the store, `["rsa", "ecdsa"]` both kinds side by side, instead of
    `chain` and `key`."""
    acme: Annotated[Flag, AfterValidator(_in_the_store_alone)] = False
    """`true`: it is ordered and renewed by `bridgehead certificate renew`, with the planned names, from the authorities
    of `[acme]`. Only with `store`."""
    chain: _OwnFile = None
    """PEM file with the certificate first, then its intermediates. Needed without `store`."""
    key: _OwnFile = None
    """PEM file with the private key. Needed without `store`."""
    passphrase_file: FilePath | None = None
    """File whose first line opens the private key in `key`."""


def _pair_alone(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _one_for_each_kind(pairs: tuple[KeyPair, ...]) -> tuple[KeyPair, ...]:
    if not pairs:
        raise wrong("certificate.empty", "The certificate has no files", "Give its chain and key.")
    return tuple(
        one
        for pair in pairs
        for one in ((pair.model_copy(update={"store": (kind,)}) for kind in pair.store) if pair.store else (pair,))
    )


Certificate = Annotated[tuple[KeyPair, ...], BeforeValidator(_pair_alone), AfterValidator(_one_for_each_kind)]
"""One key pair as `[certificate.NAME]`, or an RSA and an ECDSA one, side by side, as `[[certificate.NAME]]` twice."""


def _address_with_port(text: str) -> str:
    host, port = split_host_and_port(text)
    if address_or_none(host) is None:
        raise wrong(
            "address.not-an-address",
            f"{text!r} is not an IP address with a port",
            'Write "0.0.0.0:443" for all IPv4 addresses, "[::]:443" for IPv6, or interface = "eth0" with a port.',
        )
    return join_host_and_port(host, port)


def join_host_and_port(host: str, port: int | None) -> str:
    """`192.0.2.1:443`, `[2001:db8::1]:443`; without a port the address alone."""
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


SocketAddress = Annotated[str, AfterValidator(_address_with_port)]


class Listener(Authenticating):
    """An address or interface on which the proxy accepts connections. Several may share an interface."""

    name: Label | None = None
    """What to call it; its address or interface and port without it."""
    address: SocketAddress | None = None
    """IP address and port: `0.0.0.0:443`, `192.0.2.10:443`, `[::]:443`, `[2001:db8::10]:443`."""
    interface: Reference | None = None
    """Instead of an address: every address of a network interface, such as `eth0`."""
    port: Port | None = None
    """The port, where the address does not have it."""
    public_address: SocketAddress | None = None
    """The address on the internet when this one is behind NAT; with its port where that differs."""
    tls: Flag | None = None
    """Whether connections are encrypted; without it all are but those on port 80."""
    certificate: Several[Reference] | None = None
    """Name or names of certificates. Clients get the one that covers the name they ask for, else the first.
    Without it every certificate of the file, in its order."""
    require_tls: RequireTls = "redirect"
    """Only without TLS: what a request gets, `redirect` to https, `refuse`, or with `off` the site itself."""
    tls_profile: Literal["intermediate", "lync-era"] = "intermediate"
    """`lync-era` also admits the ciphers of clients as old as Lync 2013 on Windows 7."""

    @property
    def port_number(self) -> int:
        """The port that is listened on."""
        port = split_host_and_port(self.address)[1] if self.address else None
        number = port or self.port
        assert number is not None, "validated below"
        return number

    @property
    def host(self) -> str | None:
        """The address that is listened on, None for those of an interface."""
        return split_host_and_port(self.address)[0] if self.address else None

    @property
    def uses_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.port_number != 80 if self.tls is None else self.tls

    @property
    def public_port(self) -> int:
        """The port that clients on the internet connect to."""
        port = split_host_and_port(self.public_address)[1] if self.public_address else None
        return port or self.port_number

    @property
    def label(self) -> str:
        """What the listener is called."""
        return self.name or self.address_label

    @property
    def address_label(self) -> str:
        """What is listened on, for people."""
        return join_host_and_port(self.host or self.interface or "", self.port_number)

    @model_validator(mode="after")
    def _is_one_place(self) -> Listener:
        if bool(self.address) == bool(self.interface):
            found = "both an address and an interface" if self.address else "neither an address nor an interface"
            raise wrong("listener.place", f"The listener has {found}", 'Write address = "0.0.0.0:443", for example.')
        in_address = split_host_and_port(self.address)[1] if self.address else None
        if (in_address is None) == (self.port is None):
            found = "two ports" if self.port else "no port"
            raise wrong("listener.port", f"The listener has {found}", 'Write it once: address = "0.0.0.0:443".')
        if self.certificate and not self.uses_tls:
            raise wrong(
                "listener.certificate-without-tls",
                "The listener has a certificate, and its connections are not encrypted",
                "Write tls = true, or leave out the certificate.",
            )
        return self


DEFAULT_LISTENERS = (Listener(address="0.0.0.0:443"), Listener(address="0.0.0.0:80"))
"""What a file without listeners gets: both web ports on every IPv4 address."""
