"""The services whose inside does not matter to a proxy: pages for people, and SOAP that wants a web ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services import soap
from bridgehead.lab.services.context import WEB_TICKET_SERVICE
from bridgehead.lab.site import Directory, echo_page

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context

_TICKETED = {
    "/Reach/sip.svc": "AuthBroker",
    "/LocationInformation/LIService.svc": "LocationInformation",
    "/CertProv/CertProvisioningService.svc": "CertProvisioningServiceWebTicketProof_SHA1",
    "/Mcx/McxService.svc": "Mcx",
}


class WebAppAndScheduler:
    """Lync Web App (`/lwa`) and the web scheduler."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where they answer."""
        return [Directory("/lwa", self.web_app), Directory("/Scheduler", self.scheduler)]

    async def web_app(self, request: Request) -> Response:
        """The page that runs a meeting in the browser."""
        return echo_page(request, self._context.identity, "Lync Web App", "The meeting runs in this page.")

    async def scheduler(self, request: Request) -> Response:
        """The page that makes meetings without Outlook."""
        return echo_page(request, self._context.identity, "Lync Web Scheduler", "Make a meeting without Outlook.")


class TicketedServices:
    """SOAP services: their description is open, everything else wants a web ticket."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where they answer."""
        return [Directory(path, self.handle) for path in _TICKETED]

    async def handle(self, request: Request) -> Response:
        """The description, the answer for a ticket's holder, or the way to a ticket."""
        path, port = next((p, name) for p, name in _TICKETED.items() if Directory(p, self.handle).holds(request.path))
        if request.path.lower().rstrip("/") == f"{path}/mex".lower():
            own = self._context.own_url
            return soap.metadata(port, own(f"{path}/WebTicket_Proof"), own(WEB_TICKET_SERVICE))
        holder = self._context.tickets.holder_of_web_ticket(request)
        if holder is None:
            return self._context.needs_web_ticket()
        await request.body.discard()
        return soap.envelope(f"<Answered><Service>{port}</Service><Caller>{holder}</Caller></Answered>")


class AdministrativeServices:
    """Control Panel and remote PowerShell: on the internal web site alone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where they answer: nowhere outside."""
        if self._context.external:
            return []
        return [Directory(path, self.handle, windows_authentication=True) for path in ("/Cscp", "/OcsPowerShell")]

    async def handle(self, request: Request) -> Response:
        """A page that must never be seen from outside."""
        return echo_page(request, self._context.identity, "Lync Server Control Panel", "For administrators inside.")
