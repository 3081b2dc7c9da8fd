"""The names and ports that the laboratory's deployment is published under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SimpleUrl:
    """A meet or dial-in URL, in any of the three shapes of "Planning for simple URLs in Lync Server 2013"."""

    function: Literal["meet", "dialin"]
    host: str
    path: str = "/"


@dataclass(frozen=True)
class Publication:
    """What clients outside know: the public names, and the ports that the proxy listens on."""

    https_port: int = 443
    http_port: int = 80
    sip_domain: str = "contoso.localhost"

    @property
    def web(self) -> str:
        """The external web services FQDN of the front-end pool."""
        return f"webext.{self.sip_domain}"

    @property
    def director_web(self) -> str:
        """The same of the Director."""
        return f"webdirext.{self.sip_domain}"

    @property
    def discovery(self) -> str:
        """The name that clients derive from their SIP domain."""
        return f"lyncdiscover.{self.sip_domain}"

    @property
    def office(self) -> str:
        """The Office Web Apps Server."""
        return f"officewebapps01.{self.sip_domain}"

    @property
    def meet(self) -> str:
        """The host of the meet URL in use."""
        return f"meet.{self.sip_domain}"

    @property
    def dialin(self) -> str:
        """The host of the dial-in URL in use."""
        return f"dialin.{self.sip_domain}"

    @property
    def shared(self) -> str:
        """The host of simple URLs that share one name and differ in their paths."""
        return f"lync.{self.sip_domain}"

    @property
    def intranet(self) -> str:
        """A site beside the deployment, where there is one (`bridgehead.lab.intranet`)."""
        return f"intranet.{self.sip_domain}"

    @property
    def simple_urls(self) -> tuple[SimpleUrl, ...]:
        """Every simple URL that the servers know: a host each, paths of one host, and paths per SIP domain."""
        domain = self.sip_domain.partition(".")[0]
        return (
            SimpleUrl("meet", self.meet),
            SimpleUrl("dialin", self.dialin),
            SimpleUrl("meet", self.shared, "/Meet"),
            SimpleUrl("dialin", self.shared, "/Dialin"),
            SimpleUrl("meet", self.shared, f"/{domain}SIPdomain/Meet"),
        )

    @property
    def public_names(self) -> tuple[str, ...]:
        """Every name that the proxy's certificate must carry, the front-end pool's first."""
        return (
            self.web,
            self.director_web,
            self.meet,
            self.dialin,
            self.shared,
            self.discovery,
            self.office,
        )

    def authority(self, host: str, scheme: Literal["https", "http"] = "https") -> str:
        """The Host field that a browser sends: with the port, unless it is the scheme's own."""
        port, usual = (self.https_port, 443) if scheme == "https" else (self.http_port, 80)
        return host if port == usual else f"{host}:{port}"

    def url(self, host: str, path: str = "/", scheme: Literal["https", "http"] = "https") -> str:
        """A URL as clients outside write it."""
        return f"{scheme}://{self.authority(host, scheme)}{path}"

    def is_published_port(self, port: int | None) -> bool:
        """Whether a Host field may carry this port; None is a field without one, that is 443 or 80."""
        published = {self.https_port, self.http_port}
        return bool(published & {443, 80}) if port is None else port in published
