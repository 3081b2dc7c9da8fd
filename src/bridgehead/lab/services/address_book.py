"""Address book and group expansion: what desktop clients fetch behind Windows authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services import soap
from bridgehead.lab.services.context import WEB_TICKET_SERVICE, json_response
from bridgehead.lab.site import Directory

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context


class AddressBook:
    """Both services say in every answer who is logged in on the connection."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where they answer; the descriptions (`/mex`) are open to everybody."""
        return [
            Directory("/abs", self.address_book, windows_authentication=True),
            Directory("/abs/handler", self.address_book, windows_authentication=True),
            Directory("/GroupExpansion/service.svc/mex", self.metadata),
            Directory("/GroupExpansion", self.group_expansion, windows_authentication=True),
            Directory("/RgsClients", self.address_book, windows_authentication=True),
        ]

    async def address_book(self, request: Request) -> Response:
        """Who asks, and the people they can find."""
        people = [user.display_name for user in self._context.users[:4]]
        return json_response(200, {**self._who(request), "path": request.path, "people": people})

    async def group_expansion(self, request: Request) -> Response:
        """The members of a distribution list; a plain GET tells who is logged in."""
        if request.method != "POST":
            return json_response(200, self._who(request))
        asked = await soap.read_envelope(request)
        members = "".join(
            f"<Member>{user.sip_address(self._context.publication.sip_domain)}</Member>"
            for user in self._context.users[:4]
        )
        group, user = soap.text_of(asked, "MailAddress"), self._who(request)["user"]
        return soap.envelope(f"<Expanded><Group>{group}</Group><Caller>{user}</Caller>{members}</Expanded>")

    async def metadata(self, request: Request) -> Response:  # noqa: ARG002 - every handler takes the request
        """Where the service is, and who issues its tickets."""
        own = self._context.own_url
        return soap.metadata(
            "AddressBookWebTicketBearer", own("/GroupExpansion/service.svc/WebTicket_Bearer"), own(WEB_TICKET_SERVICE)
        )

    def _who(self, request: Request) -> dict[str, object]:
        return {
            "user": request.connection.authentication.user,
            "server": self._context.identity.server,
            "connection": request.connection.number,
        }
