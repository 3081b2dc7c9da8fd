"""Device update: what a Lync Phone Edition asks for at every start, without logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services.meeting_content import content, digest_of_content
from bridgehead.lab.site import Directory

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context

FILE = "/RequestHandlerExt/Files/UCPhone/Polycom/CX600/A/ENU/4.0.7577.4451/CPE/CPE.nbt"
FILE_SIZE = 300_000


class DeviceUpdate:
    """The request handler, and the files it points to."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where it answers."""
        return [
            Directory("/RequestHandlerExt/ucdevice.upx", self.request),
            Directory("/RequestHandlerExt/Files", self.file),
        ]

    async def request(self, request: Request) -> Response:
        """One newer file for whatever device asks."""
        await request.body.discard()
        body = (
            '<?xml version="1.0" encoding="utf-8"?><Response><NumOfFiles>1</NumOfFiles><File>'
            f"<Name>{self._context.own_url(FILE)}</Name><Sha256>{digest_of_content(FILE_SIZE)}</Sha256>"
            "</File></Response>"
        )
        return Response(200, body.encode(), content_type="text/xml; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """The file."""
        if request.path.lower() != FILE.lower():
            return Response(404)
        return Response(200, b"".join(content(FILE_SIZE)), content_type="application/octet-stream")
