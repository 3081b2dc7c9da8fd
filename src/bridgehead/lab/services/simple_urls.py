"""Meet and dial-in pages, found by the Host field: what breaks first when a proxy changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.site import Directory, echo_page

if TYPE_CHECKING:
    from bridgehead.lab.messages import Request, Response
    from bridgehead.lab.services.context import Context


class SimpleUrlPages:
    """The two pages, under every simple URL and in the directories of the external web FQDN."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where they answer on the site's own FQDN."""
        return [Directory("/meet", self.meet), Directory("/dialin", self.dialin)]

    def pages_of(self, host: str) -> list[Directory]:
        """Where they answer on the host of a simple URL; nowhere on other hosts."""
        handlers = {"meet": self.meet, "dialin": self.dialin}
        simple_urls = self._context.publication.simple_urls
        return [Directory(simple.path, handlers[simple.function]) for simple in simple_urls if simple.host == host]

    async def meet(self, request: Request) -> Response:
        """The page that people reach by the link in an invitation."""
        sentence = "The meeting opens in your Lync client, or here in Lync Web App."
        return echo_page(request, self._context.identity, "Join the meeting", sentence)

    async def dialin(self, request: Request) -> Response:
        """Telephone numbers, and the way to a PIN."""
        sentence = "Find the telephone number of a conference, or set your PIN."
        return echo_page(request, self._context.identity, "Dial-in conferencing", sentence)
