"""Edge Servers. The proxy does not serve them; plans of certificates, DNS records and firewalls need them."""

from __future__ import annotations

from bridgehead.topology.values import Flag, Host, HostName, IpAddress, Label, Part, PublicName, Several


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
