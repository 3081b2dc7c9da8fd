"""The pools that the proxy forwards to: same machines, another port, another pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead import spec
from bridgehead.names import address_or_none
from bridgehead.topology.values import split_host_and_port

if TYPE_CHECKING:
    from bridgehead.topology.handling import Reaching
    from bridgehead.topology.pools import Pool, Server
    from bridgehead.topology.sites import Destination, Relay, Site


def over_tls(pool: Pool) -> spec.Pool:
    """The pool's external web site on its TLS port: 4443 unless the file says otherwise."""
    servers = tuple(_server(server, pool) for server in pool.members)
    return spec.Pool(name=f"{pool.label}:{pool.tls_port}", servers=servers, tls=True, **_reaching(pool))


def without_tls(pool: Pool) -> spec.Pool:
    """The same web site on its port without TLS: 8080 unless the file says otherwise."""
    servers = tuple(
        spec.Server(host=server.address or server.name, port=server.http_port or pool.plain_port)
        for server in pool.members
    )
    return spec.Pool(
        name=f"{pool.label}:{pool.plain_port}",
        servers=servers,
        tls=False,
        connect_seconds=pool.connect_seconds,
        response_seconds=pool.response_seconds,
    )


def of_site(site: Site) -> spec.Pool:
    """The servers that a site names itself."""
    tls = site.to[0].tls
    if tls:
        servers = tuple(_destination(destination) for destination in site.to)
        return spec.Pool(name=site.label, servers=servers, tls=True, **_reaching(site))
    servers = tuple(
        spec.Server(host=destination.address or destination.host_and_port[0], port=destination.host_and_port[1])
        for destination in site.to
    )
    return spec.Pool(
        name=site.label,
        servers=servers,
        tls=False,
        connect_seconds=site.connect_seconds,
        response_seconds=site.response_seconds,
    )


def of_relay(relay: Relay) -> spec.Pool:
    """The servers that get connections as they are."""
    parts = [split_host_and_port(text) for text in relay.to]
    servers = tuple(spec.Server(host=host, port=port or 443) for host, port in parts)
    return spec.Pool(name=f"relay:{relay.label}", servers=servers, tls=False, connect_seconds=relay.connect_seconds)


def _server(server: Server, pool: Pool) -> spec.Server:
    # A certificate names the server or its pool, hardly ever an address: where the file has only an address, the
    # pool's own FQDN is what "Certificate requirements for internal servers" puts into it, then the external one.
    name = server.name
    if address_or_none(name) is not None:
        name = pool.internal_fqdn or pool.external_fqdn or name
    return spec.Server(
        host=server.address or server.name,
        port=server.port or pool.tls_port,
        server_name=server.server_name or _sni(server.verify_name) or _sni(name),
        verify_name=server.verify_name or name,
    )


def _destination(destination: Destination) -> spec.Server:
    host, port = destination.host_and_port
    return spec.Server(
        host=destination.address or host,
        port=port,
        server_name=destination.server_name or _sni(destination.verify_name) or _sni(host),
        verify_name=destination.verify_name or host,
    )


def _sni(name: str | None) -> str | None:
    # RFC 6066 section 3: literal addresses are not permitted in SNI.
    return None if name is None or address_or_none(name) is not None else name


def _reaching(part: Reaching) -> dict[str, object]:
    return part.model_dump(include={"trust", "verify", "tls_profile", "connect_seconds", "response_seconds"})
