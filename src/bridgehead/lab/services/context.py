"""What every service of a site is built from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.lab.messages import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgehead.lab.publication import Publication
    from bridgehead.lab.site import Identity
    from bridgehead.lab.tickets import TicketOffice
    from bridgehead.lab.users import User

WEB_TICKET_SERVICE = "/WebTicket/WebTicketService.svc"


@dataclass(frozen=True)
class Context:
    """The site a service stands on, and what the whole deployment shares."""

    identity: Identity
    publication: Publication
    tickets: TicketOffice
    users: Sequence[User]
    internal_web: str
    """The internal web services FQDN of the pool."""
    external_web: str
    """The external one: of the pool, or of the Director."""

    @property
    def external(self) -> bool:
        """Whether this is the external web site."""
        return self.identity.access_location == "External"

    def own_url(self, path: str) -> str:
        """A URL on this site's own FQDN: a request that came to the wrong site is betrayed by it."""
        return self.publication.url(self.external_web, path) if self.external else self.internal_url(path)

    def internal_url(self, path: str) -> str:
        """A URL on the internal FQDN."""
        return f"https://{self.internal_web}{path}"

    def needs_web_ticket(self) -> Response:
        """The 401 that tells a client where it gets a web ticket (MS-OCDISCWS)."""
        return Response(
            401,
            b"<h1>401 - Unauthorized</h1><p>This service wants a web ticket.</p>",
            fields=[
                ("X-MS-WebTicketURL", self.own_url(WEB_TICKET_SERVICE)),
                ("X-MS-WebTicketSupported", "cwt,saml"),
                ("X-Ms-diagnostics", f'28020;source="{self.identity.server}";reason="No valid security token."'),
            ],
        )


def json_response(
    status: int,
    content: Mapping[str, object],
    content_type: str = "application/json; charset=utf-8",
    fields: Sequence[tuple[str, str]] = (),
) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(content).encode(), content_type=content_type, fields=list(fields))
