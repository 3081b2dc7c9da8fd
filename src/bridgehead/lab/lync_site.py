"""The web sites of Front End Servers and Directors: the external one, and the internal twin made of the same code.

Which of the two a request reached shows in `AccessLocation` and in every link, exactly as it does in a real
deployment whose proxy bridges to port 443 instead of 4443.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.services.address_book import AddressBook
from bridgehead.lab.services.autodiscover import Autodiscover
from bridgehead.lab.services.pages import AdministrativeServices, TicketedServices
from bridgehead.lab.services.simple_urls import SimpleUrlPages
from bridgehead.lab.services.web_ticket import WebTicket
from bridgehead.lab.site import Directory, Site, invalid_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bridgehead.lab.messages import Request
    from bridgehead.lab.services.context import Context

_REFUSED = (Directory("/", invalid_host),)


def lync_site(context: Context, store: Path, more: Iterable[Directory] = ()) -> Site:
    """A site with what Directors and Front End Servers both have, and `more`."""
    services = (
        Autodiscover(context),
        WebTicket(context),
        SimpleUrlPages(context),
        AddressBook(context),
        TicketedServices(context),
        AdministrativeServices(context),
    )
    directories = [directory for service in services for directory in service.directories()]
    hosts = _Hosts(context, [*directories, *more])
    return Site(context.identity, hosts.directories_of, store)


class _Hosts:
    """What answers for which Host.

    The external site knows the published names, with exactly the published ports: a proxy that rewrites Host, or
    puts 4443 into it, is found out here. The internal site answers for its own name as well.
    """

    def __init__(self, context: Context, directories: Sequence[Directory]) -> None:
        self._context = context
        self._directories = directories
        self._simple_urls = SimpleUrlPages(context)
        self._discovery = Directory("/", Autodiscover(context).root)

    def directories_of(self, request: Request) -> Sequence[Directory]:
        """The directories that this request may see."""
        host, publication = request.host, self._context.publication
        if not self._context.external and host == self._context.internal_web:
            return self._directories
        if not publication.is_published_port(request.port):
            return _REFUSED
        if host == publication.discovery:
            return [*self._directories, self._discovery]
        if host in {publication.web, publication.director_web}:
            return self._directories
        return self._simple_urls.pages_of(host)
