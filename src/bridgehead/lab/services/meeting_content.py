"""Meeting content and DataCollabWeb: large uploads and downloads, whose digests both ends can compare."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services.context import json_response
from bridgehead.lab.site import Directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Not a power of two, so that a piece lost or repeated by somebody's buffer shifts everything after it.
_PATTERN = b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(2047))
_LARGEST = 4 << 30


def content(size: int) -> Iterator[bytes]:
    """The bytes of a download of this size, always the same, piece by piece."""
    whole, rest = divmod(size, len(_PATTERN))
    for _ in range(whole):
        yield _PATTERN
    if rest:
        yield _PATTERN[:rest]


@functools.cache
def digest_of_content(size: int) -> str:
    """SHA-256, in hexadecimal, of a download of this size."""
    digest = hashlib.sha256()
    for piece in content(size):
        digest.update(piece)
    return digest.hexdigest()


class MeetingContent:
    """`GET ...?size=N` (with `&chunked=1` in chunks) downloads, `POST` and `PUT` upload."""

    def directories(self) -> list[Directory]:
        """Where it answers."""
        return [Directory("/CollabContent", self.handle), Directory("/DataCollabWeb", self.handle)]

    async def handle(self, request: Request) -> Response:
        """One transfer, in constant memory."""
        if request.method in {"GET", "HEAD"}:
            return await self._download(request)
        if request.method in {"POST", "PUT"}:
            return await self._upload(request)
        return Response(405, b"", fields=[("Allow", "GET, HEAD, POST, PUT")])

    async def _download(self, request: Request) -> Response:
        text = request.query.get("size", "1024")
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
            return json_response(400, {"error": f"size must be a number of bytes up to {_LARGEST}"})
        size = int(text)
        digest = await asyncio.to_thread(digest_of_content, size)
        return Response(
            200,
            _pieces(size),
            content_type="application/octet-stream",
            fields=[("X-Lab-SHA256", digest)],
            length=None if request.query.get("chunked") else size,
        )

    async def _upload(self, request: Request) -> Response:
        digest, size = hashlib.sha256(), 0
        async for piece in request.body.pieces():
            digest.update(piece)
            size += len(piece)
        return json_response(200, {"bytes": size, "sha256": digest.hexdigest()})


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for piece in content(size):
        yield piece
