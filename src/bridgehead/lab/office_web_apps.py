"""An Office Web Apps Server: it shows the slides of a meeting. Published on its own port 443, never on 4443."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.site import Directory, Identity, Site, echo_page, invalid_host

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgehead.lab.publication import Publication

_REFUSED = (Directory("/", invalid_host),)
_PRESENTER = "/m/Presenter.aspx"
_PARTICIPANT = "/m/ParticipantFrame.aspx"


class OfficeWebApps:
    """The WOPI discovery document, and the two frames that it points to."""

    def __init__(self, identity: Identity, publication: Publication) -> None:
        self._identity = identity
        self._publication = publication
        self._directories = (
            Directory("/hosting/discovery", self.discovery),
            Directory(_PRESENTER, self.frame),
            Directory(_PARTICIPANT, self.frame),
        )

    def site(self, store: Path) -> Site:
        """The site of the server."""
        return Site(self._identity, self.directories_of, store)

    def directories_of(self, request: Request) -> Sequence[Directory]:
        """Everything under its public name, with the published port; nothing else."""
        if not self._publication.is_published_port(request.port):
            return _REFUSED
        return self._directories if request.host == self._publication.office else ()

    async def discovery(self, request: Request) -> Response:  # noqa: ARG002 - every handler takes the request
        """Which URL shows which kind of file (MS-WOPI 3.3.5.1.1)."""
        document = ET.Element("wopi-discovery")
        zone = ET.SubElement(document, "net-zone", {"name": "external-https"})
        app = ET.SubElement(zone, "app", {"name": "PowerPoint", "checkLicense": "false"})
        for action, path in (("present", f"{_PRESENTER}?a=0&embed=1"), ("attend", f"{_PARTICIPANT}?a=0&embed=true")):
            url = self._publication.url(self._publication.office, path)
            ET.SubElement(app, "action", {"name": action, "ext": "pptx", "urlsrc": url})
        body = b'<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(document)
        return Response(200, body, content_type="application/xml; charset=utf-8")

    async def frame(self, request: Request) -> Response:
        """A frame with slides."""
        return echo_page(request, self._identity, "Office Web Apps", "The slides of the meeting.")
