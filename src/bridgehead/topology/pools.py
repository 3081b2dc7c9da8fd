"""Front-end pools, Directors and Office Web Apps farms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, model_validator

from bridgehead.topology.handling import Handling, Reaching
from bridgehead.topology.values import Flag, Host, HostName, Label, Part, PathPattern, Port, PublicName, Several, wrong

Role = Literal["front-end", "director", "office-web-apps"]

# "Scenarios for reverse proxy in Lync Server 2013": external web services listen on 4443 and 8080 by default, and
# Topology Builder can change both. Office Web Apps listens where any web site does.
DEFAULT_PORTS: dict[Role, tuple[int, int]] = {
    "front-end": (4443, 8080),
    "director": (4443, 8080),
    "office-web-apps": (443, 80),
}

INTERNAL_DIRECTORIES = ("/Cscp", "/OcsPowerShell")
"""The Control Panel and remote PowerShell: they exist in the internal web site alone, and administer the deployment."""


class Server(Part):
    """One server, or a hardware load balancer's address. `"fe01.contoso.local"` is short for its name alone."""

    name: Host
    """Its name, as its certificate has it, or its IP address."""
    address: Host | None = None
    """Where to connect, if not to the name: usually an IP address."""
    port: Port | None = None
    """Its port for TLS, if not the pool's."""
    http_port: Port | None = None
    """Its port without TLS, if not the pool's."""
    server_name: HostName | None = None
    """The name sent in the TLS handshake (SNI), if not its own."""
    verify_name: Host | None = None
    """The name its certificate must carry, if not its own."""


def _name_alone(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


AnyServer = Annotated[Server, BeforeValidator(_name_alone)]


class Pool(Handling, Reaching):
    """Servers that answer alike: a front-end pool, a Standard Edition server, a Director, an Office Web Apps farm."""

    role: Role
    """`front-end`, `director` or `office-web-apps`."""
    name: Label | None = None
    """What to call it in this file, in tables and logs; its external_fqdn without it."""
    external_fqdn: PublicName | None = None
    """External web services FQDN, as in Topology Builder: the name that clients on the internet use."""
    internal_fqdn: HostName | None = None
    """The pool's own FQDN: expected in the certificate where a server is given by address alone."""
    servers: Several[AnyServer] = ()
    """The servers of the pool, each a name or a table."""
    load_balancer: AnyServer | None = None
    """Instead of servers: the one address of a hardware load balancer in front of them."""
    https_port: Port | None = None
    """The external web site's port for TLS: 4443, for Office Web Apps 443."""
    http_port: Port | None = None
    """The external web site's port without TLS: 8080, for Office Web Apps 80."""
    paths: Several[PathPattern] = ("/*",)
    """What is published of the web site under the external_fqdn."""
    open_directories: Several[Literal["/Cscp", "/OcsPowerShell"]] = ()
    """Directories to publish although they are internal by design."""
    published: Flag = True
    """`false`: it exists, and nothing of it is published."""

    @property
    def label(self) -> str:
        """What the pool is called."""
        return self.name or self.external_fqdn or self.internal_fqdn or self.members[0].name

    @property
    def members(self) -> tuple[Server, ...]:
        """What is connected to."""
        return (self.load_balancer,) if self.load_balancer else self.servers

    @property
    def tls_port(self) -> int:
        """The port for TLS."""
        return self.https_port or DEFAULT_PORTS[self.role][0]

    @property
    def plain_port(self) -> int:
        """The port without TLS."""
        return self.http_port or DEFAULT_PORTS[self.role][1]

    @property
    def closed_directories(self) -> tuple[str, ...]:
        """Directories of a Lync web site that are not for the internet and that nobody opened."""
        if self.role == "office-web-apps":
            return ()
        asked_for = {path.lower().removesuffix("/*") for path in (*self.open_directories, *self.paths)}
        return tuple(directory for directory in INTERNAL_DIRECTORIES if directory.lower() not in asked_for)

    @model_validator(mode="after")
    def _has_servers_and_a_name(self) -> Pool:
        if bool(self.servers) == bool(self.load_balancer):
            found = "both servers and a load_balancer" if self.servers else "no servers"
            raise wrong(
                "pool.servers",
                f"The pool has {found}; its servers or the one address of its load balancer is expected",
                'Write servers = ["fe01.contoso.local"], or load_balancer = "192.0.2.10".',
            )
        if self.tls_port == self.plain_port:
            raise wrong(
                "pool.one-port", f"https_port and http_port are both {self.tls_port}", "A port has TLS or has not."
            )
        if self.published and self.external_fqdn is None:
            raise wrong(
                "pool.no-external-fqdn",
                "The pool has no external_fqdn, and clients need a name for it",
                "Give the external web services FQDN from Topology Builder, or write published = false.",
            )
        return self
