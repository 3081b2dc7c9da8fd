from __future__ import annotations

import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.http_client import HttpConnection
from bridgehead.lab.ntlm_client import NtlmConnection, Scheme
from bridgehead.lab.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.lab.web_server import WebServer


@dataclass
class Inside:
    """Somebody inside, who reaches every web site of the deployment directly."""

    deployment: Deployment
    context: ssl.SSLContext
    stack: ExitStack

    @property
    def names(self) -> Publication:
        return self.deployment.publication

    @property
    def site(self) -> WebServer:
        """The external web site with TLS of the first Front End Server."""
        return self.deployment.front_ends[0].external

    def connect(self, host: str | None = None, site: WebServer | None = None) -> HttpConnection:
        """A connection to a site that sends this Host field, whatever it is."""
        site = site or self.site
        connection = HttpConnection(
            ("127.0.0.1", site.port),
            host or self.names.authority(self.names.web),
            self.context if site.context else None,
            server_name=site.name.partition(" ")[0],
        )
        return self.stack.enter_context(connection)

    def connect_for_login(self, scheme: Scheme = "NTLM", *, preemptive: bool = False) -> NtlmConnection:
        """A connection to the first Front End Server that can log in."""
        host = self.names.authority(self.names.web)
        address = ("127.0.0.1", self.site.port)
        connection = NtlmConnection(
            address, host, self.context, scheme=scheme, preemptive=preemptive, server_name=self.names.web
        )
        return self.stack.enter_context(connection)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    publication = Publication(https_port=8443, http_port=8080)
    with Deployment(tmp_path_factory.mktemp("deployment"), publication) as running:
        yield running


@pytest.fixture
def inside(deployment: Deployment) -> Iterator[Inside]:
    with ExitStack() as stack:
        yield Inside(deployment, ssl.create_default_context(cafile=deployment.inside_root), stack)
