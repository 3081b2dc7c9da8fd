"""A front that publishes the laboratory: right by default, and wrong in whatever way a fault says.

Never for production: it trusts everybody, limits nothing, and is slow.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.lab.faults.upstream import Upstream
from bridgehead.lab.messages import BadRequest, Response
from bridgehead.lab.web_server import WebServer
from bridgehead.lab.windows_authentication import ConnectionAuthentication

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bridgehead.lab.deployment import LabServer
    from bridgehead.lab.faults.manners import Manners
    from bridgehead.lab.messages import Request
    from bridgehead.lab.publication import Publication
    from bridgehead.lab.web_server import Connection


@dataclass
class Ways:
    """Where the front leads: a server for each host, and what its TLS must prove."""

    publication: Publication
    servers: Mapping[str, LabServer]
    trust: ssl.SSLContext
    store: Path
    """Of users; the front asks nobody to log in, and its server wants one."""


class FrontSite:
    """What answers on the front's listeners."""

    def __init__(self, ways: Ways, manners: Manners) -> None:
        self._ways = ways
        self._manners = manners
        self._pool = Pool(ways, manners)

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody logs in to the front."""
        return ConnectionAuthentication(self._ways.store)

    async def answer(self, request: Request) -> Response:
        """The server's answer, or the front's own."""
        server = self._ways.servers.get(self._manners.leads_to(request))
        if server is None or not self._ways.publication.is_published_port(request.port):
            return self._error(404)
        own = self._manners.answers(request) or self._redirected(request)
        if own is not None:
            return own
        try:
            return await self._forwarded(request, server)
        except TimeoutError:
            return self._error(504)
        except (OSError, BadRequest):
            return self._error(502)

    def left(self, connection: Connection) -> None:
        """A client's connection is closed."""
        self._pool.left(connection)

    def close(self) -> None:
        """Close every connection to a server."""
        self._pool.close()

    def _redirected(self, request: Request) -> Response | None:
        """Without TLS only discovery is passed on; everybody else is led to the same URL with https."""
        publication = self._ways.publication
        if request.secure or request.host == publication.discovery:
            return None
        there = self._manners.leads_to_https
        location = there(request) if there else publication.url(request.host, request.target)
        return Response(301, b"<h1>Moved</h1>", fields=[("Location", location)])

    async def _forwarded(self, request: Request, server: LabServer) -> Response:
        upstream = await self._pool.take(request, server)
        received = 0

        def receive(size: int) -> None:
            nonlocal received
            received += size
            limit = self._manners.upload_bytes
            if limit is not None and received > limit:
                request.connection.stream.abort()
                raise ConnectionAbortedError

        try:
            await upstream.ask(request, self._manners.host(request), receive)
            async with asyncio.timeout(self._manners.answer_seconds):
                response = await upstream.answer(request.method)
        except BaseException:
            upstream.close()
            raise
        response.fields = self._manners.fields(response.status, response.fields)
        response.close = not upstream.usable or (self._manners.closes_after_401 and response.status == 401)
        if isinstance(response.body, bytes):
            self._pool.give_back(upstream)
        else:
            response.body = self._returning(response.body, upstream)
        return response

    async def _returning(self, body: AsyncIterator[bytes], upstream: Upstream) -> AsyncIterator[bytes]:
        async for piece in body:
            yield piece
        self._pool.give_back(upstream)

    def _error(self, status: int) -> Response:
        page = f"<!DOCTYPE html><title>{status}</title><p>{self._manners.error_page}"
        return Response(status, page.encode())


class Pool:
    """Connections to servers: right is one for each of a client's, for as long as that one lives."""

    def __init__(self, ways: Ways, manners: Manners) -> None:
        self._ways = ways
        self._manners = manners
        self._bound: dict[tuple[Connection, str], Upstream] = {}
        self._idle: dict[str, list[Upstream]] = {}

    async def take(self, request: Request, server: LabServer) -> Upstream:
        """A connection for a request. Raises OSError where the server does not answer."""
        site, secure = self._site(request, server)
        key = (request.connection, site.name)
        if key in self._bound and self._bound[key].usable:
            return self._bound[key]
        if self._idle.get(site.name):
            # The mistake: whoever logged in on it stays logged in.
            return self._idle[site.name].pop()
        upstream = await Upstream.to(site.port, self._ways.trust if secure else None, server.name, site.name)
        if self._manners.connections == "bound":
            self._bound[key] = upstream
        return upstream

    def give_back(self, upstream: Upstream) -> None:
        """After an answer."""
        if self._manners.connections == "fresh" or not upstream.usable:
            upstream.close()
        elif self._manners.connections == "pooled":
            self._idle.setdefault(upstream.site, []).append(upstream)

    def left(self, connection: Connection) -> None:
        """What was bound to a client's connection ends with it."""
        for key in [key for key in self._bound if key[0] is connection]:
            self._bound.pop(key).close()

    def close(self) -> None:
        """Everything that waits."""
        for upstream in (one for some in (list(self._bound.values()), *self._idle.values()) for one in some):
            upstream.close()

    def _site(self, request: Request, server: LabServer) -> tuple[WebServer, bool]:
        if not request.secure and not self._manners.tls_for_plain and server.plain is not None:
            return server.plain, False
        if request.secure and self._manners.inside(request) and server.internal is not None:
            return server.internal, True
        return server.external, True


class FrontServer(WebServer):
    """A listener that tells the site when a client has gone, and reads heads as the manners say."""

    def __init__(self, name: str, site: FrontSite, manners: Manners, context: ssl.SSLContext | None = None) -> None:
        super().__init__(name, site, context)
        self._site = site
        self.read_head = manners.read_head
        self.framing_of = manners.framing_of

    async def _serve(self, connection: Connection) -> None:
        try:
            await super()._serve(connection)
        finally:
            self._site.left(connection)
