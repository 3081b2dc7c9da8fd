"""The whole deployment: a pool of two Front End Servers, a Director, an Office Web Apps Server, on loopback."""

from __future__ import annotations

import asyncio
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.director import director_site
from bridgehead.lab.front_end import front_end_site
from bridgehead.lab.office_web_apps import OfficeWebApps
from bridgehead.lab.services.context import Context
from bridgehead.lab.services.ucwa import UcwaApplications
from bridgehead.lab.site import Identity
from bridgehead.lab.tickets import TicketOffice
from bridgehead.lab.users import lab_users, write_credential_store
from bridgehead.lab.web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from bridgehead.lab.publication import Publication
    from bridgehead.lab.site import Site
    from bridgehead.lab.users import User

INSIDE = "contoso.internal"
"""The domain of the servers' own names, which exists in their certificates alone."""
POOL = f"pool01.{INSIDE}"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class LabServer:
    """One machine and its web sites, each on a port of 127.0.0.1."""

    name: str
    external: WebServer
    """The external web site with TLS: 4443 of a real server. For Office Web Apps its only one, 443."""
    plain: WebServer | None = None
    """The external web site without TLS: 8080 of a real server."""
    internal: WebServer | None = None
    """The internal web site: 443 of a real server, where no proxy should go."""

    @property
    def sites(self) -> tuple[WebServer, ...]:
        """All of them."""
        return tuple(site for site in (self.external, self.plain, self.internal) if site is not None)


class Deployment:
    """A deployment that runs in a thread of its own while its `with` block lasts.

    `directory` receives the roots (`outside-root.pem`, `inside-root.pem`), the certificates and the user store.
    `publication` has the names and ports that the proxy is going to publish, and that Host fields must carry.
    `idle_seconds` is how long silent connections are kept. Entering raises OSError where something cannot listen.
    """

    def __init__(
        self,
        directory: Path,
        publication: Publication,
        users: tuple[User, ...] | None = None,
        *,
        idle_seconds: float = 120,
    ) -> None:
        self.directory = directory
        self.publication = publication
        self.users = users or lab_users()
        self.outside = LabAuthority("Lab public certificate authority")
        self.inside = LabAuthority("Lab Contoso internal root")
        self.outside_root = self.outside.write_root(directory, "outside-root")
        self.inside_root = self.inside.write_root(directory, "inside-root")
        self._idle_seconds = idle_seconds
        self._store = directory / "users"
        write_credential_store(self._store, self.users)
        self._tickets = TicketOffice()
        self._applications = UcwaApplications()
        self.front_ends = (self._front_end("fe01"), self._front_end("fe02"))
        self.director = self._director("dir01")
        self.office = self._office("officewebapps01")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def servers(self) -> tuple[LabServer, ...]:
        """Every machine."""
        return (*self.front_ends, self.director, self.office)

    @property
    def sites(self) -> tuple[WebServer, ...]:
        """Every web site of every machine."""
        return tuple(site for server in self.servers for site in server.sites)

    def user(self, name: str) -> User:
        """The user of this name. Raises KeyError for nobody."""
        return {user.name: user for user in self.users}[name]

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name="laboratory", daemon=True)
        self._thread.start()
        started.wait(_START_SECONDS)
        try:
            self.call(self._start)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self._close)
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something on the servers' loop, from another thread, and wait for it."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work(), self._loop).result()

    def reset(self, site: WebServer, connection: int) -> None:
        """Reset one open connection of a site, as a server does that fails."""

        async def abort() -> None:
            if connection in site.connections:
                site.connections[connection].stream.abort()

        self.call(abort)

    def _run(self, started: threading.Event) -> None:
        self._loop = _new_loop()
        self._loop.call_soon(started.set)
        self._loop.run_forever()

    async def _start(self) -> None:
        for site in self.sites:
            await site.start()

    async def _close(self) -> None:
        for site in self.sites:
            await site.close()

    def _front_end(self, name: str) -> LabServer:
        machine = f"{name}.{INSIDE}"
        names = [machine, POOL, *self.publication.public_names]
        return self._lync_server(
            machine,
            names,
            self.publication.web,
            lambda context: front_end_site(context, self._applications, self._store),
        )

    def _director(self, name: str) -> LabServer:
        machine = f"{name}.{INSIDE}"
        names = [machine, *self.publication.public_names]
        return self._lync_server(
            machine, names, self.publication.director_web, lambda context: director_site(context, self._store)
        )

    def _lync_server(
        self, machine: str, names: list[str], external_web: str, site_of: Callable[[Context], Site]
    ) -> LabServer:
        tls = self._server_context(machine, names)

        def context(identity: Identity) -> Context:
            return Context(identity, self.publication, self._tickets, self.users, POOL, external_web)

        external = site_of(context(Identity(machine)))
        internal = site_of(context(Identity(machine, "Internal")))
        return LabServer(
            machine,
            external=self._web_server(f"{machine} external", external, tls),
            plain=self._web_server(f"{machine} external plain", external),
            internal=self._web_server(f"{machine} internal", internal, tls),
        )

    def _office(self, name: str) -> LabServer:
        machine = f"{name}.{INSIDE}"
        tls = self._server_context(machine, [machine, self.publication.office])
        site = OfficeWebApps(Identity(machine), self.publication).site(self._store)
        return LabServer(machine, external=self._web_server(machine, site, tls))

    def _web_server(self, name: str, site: Site, tls: ssl.SSLContext | None = None) -> WebServer:
        return WebServer(name, site, tls, idle_seconds=self._idle_seconds)

    def _server_context(self, machine: str, names: list[str]) -> ssl.SSLContext:
        chain, key = self.inside.issue(names).write(self.directory, machine)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, key)
        return context


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - the laboratory also runs without it, only slower
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
