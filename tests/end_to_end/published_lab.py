"""The laboratory's deployment, published by `bridgehead serve`, and clients outside."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.http_client import HttpConnection
from bridgehead.lab.ntlm_client import NtlmConnection, Scheme
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import write_published_file
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

LOOPBACK = "127.0.0.1"


class PublishedLab:
    """Everything that it starts ends with `stack`."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.names = Publication(https_port=free_port(), http_port=free_port())
        self.deployment = stack.enter_context(Deployment(directory, self.names))
        self.users = self.deployment.users
        stack.enter_context(ProxyProcess(write_published_file(self.deployment)))
        self._trust = ssl.create_default_context(cadata=self.deployment.outside.root_pem.decode())

    def https(self, host: str) -> HttpConnection:
        """Connect to a public name, with its certificate verified."""
        address = (LOOPBACK, self.names.https_port)
        return self._opened(HttpConnection(address, self.names.authority(host), self._trust))

    def http(self, host: str) -> HttpConnection:
        """Connect to a public name without TLS."""
        address = (LOOPBACK, self.names.http_port)
        return self._opened(HttpConnection(address, self.names.authority(host, "http")))

    def windows_client(self, host: str, scheme: Scheme) -> NtlmConnection:
        """Connect to a public name as a client that can log in."""
        address = (LOOPBACK, self.names.https_port)
        connection = NtlmConnection(address, self.names.authority(host), self._trust, scheme=scheme)
        self._opened(connection)
        return connection

    def _opened(self, connection: HttpConnection) -> HttpConnection:
        self._stack.callback(connection.close)
        return connection
