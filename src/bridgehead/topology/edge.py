"""Edge Servers. The proxy does not serve them; plans of certificates, DNS records and firewalls need them."""

from __future__ import annotations

from typing import NamedTuple

from bridgehead.topology.values import Flag, Host, HostName, IpAddress, Label, Part, Port, PublicName, Several


class EdgeService(NamedTuple):
    """One of the three services of an Edge, as the internet reaches it."""

    name: str
    """`Access Edge`, `Web Conferencing Edge` or `A/V Edge`."""
    fqdn: str | None
    address: str | None
    port: int


class Edge(Part):
    """An Edge Server or Edge pool."""

    name: Label | None = None
    """What to call it; its access_fqdn without it."""
    access_fqdn: PublicName
    """Access Edge service, external interface: usually sip.contoso.com."""
    web_conferencing_fqdn: PublicName | None = None
    """Web Conferencing Edge service, external interface."""
    av_fqdn: PublicName | None = None
    """A/V Edge service, external interface."""
    internal_fqdn: HostName | None = None
    """Internal interface."""
    servers: Several[Host] = ()
    """The Edge Servers, by name or address of their internal interface."""
    virtual_address: IpAddress | None = None
    """The one internal address of a hardware load balancer in front of them."""
    access_port: Port = 443
    """Port of the Access Edge service for clients outside: 5061 is usual where one name serves all three services."""
    web_conferencing_port: Port = 443
    """Port of the Web Conferencing Edge service: 444 is usual where one name serves all three services."""
    av_port: Port = 443
    """TCP port of the A/V Edge service, for media where UDP is closed."""
    access_address: IpAddress | None = None
    """Public address of the Access Edge service."""
    web_conferencing_address: IpAddress | None = None
    """Public address of the Web Conferencing Edge service; the Access Edge service's without it."""
    av_address: IpAddress | None = None
    """Public address of the A/V Edge service; the Access Edge service's without it."""
    client_auto_configuration: Flag = True
    """Whether clients find the Edge by DNS: then its certificate needs `sip.` and each SIP domain."""
    federation: Flag = False
    """Whether other organisations connect to it: the same names are needed."""

    @property
    def label(self) -> str:
        """What the Edge is called."""
        return self.name or self.access_fqdn

    @property
    def services(self) -> tuple[EdgeService, EdgeService, EdgeService]:
        """The three services, each with its public address as far as the file knows it."""
        access = self.access_address
        conferencing = self.web_conferencing_address or access
        return (
            EdgeService("Access Edge", self.access_fqdn, access, self.access_port),
            EdgeService("Web Conferencing Edge", self.web_conferencing_fqdn, conferencing, self.web_conferencing_port),
            EdgeService("A/V Edge", self.av_fqdn, self.av_address or access, self.av_port),
        )
