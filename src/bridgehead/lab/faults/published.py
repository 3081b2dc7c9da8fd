"""The laboratory, with Exchange beside it, published by a front that has one fault at a time."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Self

from bridgehead.lab.deployment import Deployment, LabServer
from bridgehead.lab.faults.dns_server import DnsServer, Records
from bridgehead.lab.faults.fault import Fault
from bridgehead.lab.faults.front import FrontServer, FrontSite, Ways
from bridgehead.lab.faults.papers import Papers, allow_old_versions, usual
from bridgehead.lab.published_file import published_file
from bridgehead.lab.site import Directory, Identity, Site, echo_page
from bridgehead.lab.web_server import Application, WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from bridgehead.lab.messages import Request, Response
    from bridgehead.lab.publication import Publication
    from bridgehead.lab.windows_authentication import ConnectionAuthentication

LOOPBACK, SECOND = "127.0.0.1", "127.0.0.2"
RIGHT = Fault("none", "Everything is as it should be.")


class FaultyLab:
    """Runs while its `with` block lasts; `publishing(fault)` puts a front before it.

    `file` is the file that a proxy would be started from. `outside` is a server that answers as DNS outside, `here` one
    that answers as this machine's own would. Raises OSError where something cannot listen.
    """

    def __init__(self, directory: Path, publication: Publication) -> None:
        self.publication = publication
        self.deployment = Deployment(directory, publication)
        self.mail = f"mail.{publication.sip_domain}"
        self.names = (*publication.public_names, self.mail)
        self.papers = Papers(directory, self.deployment.outside, self.names)
        self.file = directory / "bridgehead.toml"
        self.outside, self.here = DnsServer(self.right_records), DnsServer(self.right_records)
        store = directory / "users"
        self._exchange = WebServer("exchange", _Exchange(store).site(), usual(self.papers))

    @property
    def right_records(self) -> Records:
        """What DNS outside should say."""
        return {name: [("A", LOOPBACK)] for name in self.names}

    @property
    def servers(self) -> tuple[LabServer, ...]:
        """Every machine, Exchange's among them."""
        return (*self.deployment.servers, LabServer(self.mail, self._exchange))

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.deployment)
            self.deployment.call(self._exchange.start)
            stack.callback(self.deployment.call, self._exchange.close)
            stack.enter_context(self.outside)
            stack.enter_context(self.here)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def publishing(self, fault: Fault = RIGHT) -> Iterator[None]:
        """The fault, for as long as the block lasts."""
        self.file.write_text(fault.file(self._file()), encoding="utf-8")
        # Exchange with Extended Protection serves the certificate that its clients see.
        front = fault.tls(self.papers)
        self._exchange.context = fault.tls_of_exchange(self.papers) if fault.tls_of_exchange else front
        self.outside.records = fault.records(self.right_records)
        self.here.records = fault.records_here(self.right_records)
        with contextlib.ExitStack() as stack:
            if fault.site is not None:
                stack.enter_context(self._changed_sites(fault.site))
            site = FrontSite(self._ways(), fault.manners)
            stack.callback(self._close, site)
            https, http = self.publication.https_port, self.publication.http_port
            listeners: list[tuple[str, int, ssl.SSLContext | None]] = [(LOOPBACK, https, front)]
            if fault.second is not None:
                listeners.append((SECOND, https, fault.second(self.papers)))
            if not fault.without_http:
                listeners.append((LOOPBACK, http, None))
            for address, port, context in listeners:
                server = FrontServer(f"front {address}:{port}", site, fault.manners, context)
                self._listen(stack, server, address, port)
            yield

    def _listen(self, stack: contextlib.ExitStack, server: FrontServer, address: str, port: int) -> None:
        self.deployment.call(lambda: server.start(address, port))
        stack.callback(self.deployment.call, server.close)

    def _close(self, site: FrontSite) -> None:
        async def close() -> None:
            site.close()

        self.deployment.call(close)

    def _ways(self) -> Ways:
        # Exchange has the certificate of the front, whatever is wrong with that one.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        allow_old_versions(trust, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)
        servers = dict.fromkeys(self.publication.public_names, self.deployment.front_ends[0])
        servers[self.publication.director_web] = self.deployment.director
        servers[self.publication.office] = self.deployment.office
        servers[self.mail] = self.servers[-1]
        return Ways(self.publication, servers, trust, self.deployment.directory / "users")

    @contextlib.contextmanager
    def _changed_sites(self, change: Callable[[Request, Response], Response]) -> Iterator[None]:
        sites = [server.external for server in self.deployment.servers]
        before = [site.application for site in sites]
        for site in sites:
            site.application = _Changed(site.application, change)
        try:
            yield
        finally:
            for site, application in zip(sites, before, strict=True):
                site.application = application

    def _file(self) -> str:
        publication = self.publication
        text = published_file(self.deployment)
        for name, port in (("https", publication.https_port), ("http", publication.http_port)):
            listener = f'name = "{name}"\n'
            text = text.replace(listener, f'{listener}public_address = "{LOOPBACK}:{port}"\n')
        server = f'{{ url = "https://{self.mail}:{self._exchange.port}", address = "{LOOPBACK}" }}'
        return f"""{text}
[[exchange]]
host = "{self.mail}"
autodiscover_hosts = []
to = [{server}]
trust = "{self.deployment.outside_root.name}"
"""


class _Exchange:
    """As much of Exchange as verification asks for: a page behind a Windows login."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._identity = Identity("ex01.contoso.internal")

    def site(self) -> Site:
        directories = [Directory(path, self.page, windows_authentication=True) for path in ("/EWS", "/Autodiscover")]
        return Site(self._identity, lambda _: directories, self._store)

    async def page(self, request: Request) -> Response:
        return echo_page(request, self._identity, "Exchange Web Services", "Mail is here.")


class _Changed:
    """A site whose answers are changed on their way out."""

    def __init__(self, inner: Application, change: Callable[[Request, Response], Response]) -> None:
        self._inner = inner
        self._change = change

    def new_authentication(self) -> ConnectionAuthentication:
        return self._inner.new_authentication()

    async def answer(self, request: Request) -> Response:
        return self._change(request, await self._inner.answer(request))
