"""A web site as IIS has it: directories with handlers, and who may enter them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.windows_authentication import ConnectionAuthentication

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Directory:
    """A directory of the site, or one exact file; the longest that matches answers, whatever its case."""

    path: str
    handler: Handler
    windows_authentication: bool = False

    def holds(self, path: str) -> bool:
        """Whether a request's path lies in it."""
        own, asked = self.path.lower().rstrip("/"), path.lower()
        return asked == own or asked.startswith(own + "/")


@dataclass(frozen=True)
class Identity:
    """What a site says of itself in headers and links."""

    server: str
    """The FQDN of the machine, inside."""
    access_location: Literal["External", "Internal"] = "External"


class Site:
    """Answers requests from the directories that `directories_of` gives for the Host that was asked for."""

    def __init__(
        self, identity: Identity, directories_of: Callable[[Request], Sequence[Directory]], store: Path
    ) -> None:
        self.identity = identity
        self._directories_of = directories_of
        self._store = store

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody is logged in on a new connection."""
        return ConnectionAuthentication(self._store)

    async def answer(self, request: Request) -> Response:
        """The answer of the longest directory that holds the path, with the server's own fields on it."""
        found = [directory for directory in self._directories_of(request) if directory.holds(request.path)]
        directory = max(found, key=lambda directory: len(directory.path), default=_NOWHERE)
        if directory.windows_authentication:
            response = await behind_windows_authentication(request, directory.handler)
        else:
            response = await directory.handler(request)
        response.fields = [*response.fields, *self._own_fields(request)]
        return response

    def _own_fields(self, request: Request) -> Iterator[tuple[str, str]]:
        yield from _INTERNET_INFORMATION_SERVICES
        yield "X-MS-Server-Fqdn", self.identity.server
        if request.secure:
            yield "Strict-Transport-Security", f"max-age={_TEN_YEARS}"
        user = request.connection.authentication.user
        if user is not None:
            yield "Persistent-Auth", "true"
            yield "X-Lab-User", user


async def behind_windows_authentication(request: Request, handler: Handler) -> Response:
    """The handler's answer for a connection that is logged in, or becomes so now; else a 401."""
    welcome, lines = request.connection.authentication.judge(request)
    if not welcome:
        return Response(401, _page("401 - Unauthorized", "Access is denied due to invalid credentials."), fields=lines)
    response = await handler(request)
    response.fields = lines + response.fields
    return response


async def not_found(request: Request) -> Response:  # noqa: ARG001 - every handler takes the request
    """404, the answer of what does not exist."""
    return Response(404, _page("404 - Not Found", "No directory of this site has this name."))


async def invalid_host(request: Request) -> Response:  # noqa: ARG001 - every handler takes the request
    """400 for a Host that nobody outside could have sent, in the words of Windows' HTTP driver."""
    page = _page("Bad Request - Invalid Hostname", "HTTP Error 400. The request hostname is invalid.")
    return Response(400, page, close=True)


def echo_page(request: Request, identity: Identity, title: str, sentence: str) -> Response:
    """A page for people, which also shows what the server saw of the request."""
    seen = {
        "Site": f"{identity.access_location} web site of {identity.server}",
        "Host": request.fields.get("Host"),
        "Path": request.path,
        "X-Forwarded-For": request.fields.get("X-Forwarded-For") or "none",
        "Logged in": request.connection.authentication.user or "nobody",
    }
    rows = "".join(f"<tr><th align=left>{name}<td>{escape(value)}" for name, value in seen.items())
    body = _page(title, sentence, f"<h2>What the server saw</h2><table>{rows}</table>")
    return Response(200, body)


def _page(title: str, sentence: str, more: str = "") -> bytes:
    head = f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{escape(title)}</title></head>"
    return f"{head}<body><h1>{escape(title)}</h1><p>{escape(sentence)}</p>{more}</body></html>".encode()


_NOWHERE = Directory("/", not_found)
_TEN_YEARS = 315_360_000
"""HstsMaxAgeInSeconds of Set-CsWebServiceConfiguration, its default."""
_INTERNET_INFORMATION_SERVICES = (
    ("Cache-Control", "no-cache"),
    ("Expires", "-1"),
    ("Server", "Microsoft-IIS/8.5"),
    ("X-AspNet-Version", "4.0.30319"),
    ("X-Powered-By", "ASP.NET"),
    ("X-Content-Type-Options", "nosniff"),
)
