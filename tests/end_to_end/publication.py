"""Sites inside, a file, the proxy in front of them, and connections from outside: what every test here sets up."""

from __future__ import annotations

import json
import ssl
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.http_client import Answer, HttpConnection
from bridgehead.lab.proxy_process import ProxyProcess
from tests.end_to_end.echo_site import EchoSite
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

LOOPBACK = "127.0.0.1"

# Names of "Certificate summary - Reverse proxy in Lync Server 2013", and of the sites that may stand beside.
PUBLIC_NAMES = (
    "webext.contoso.com",
    "webdirext.contoso.com",
    "dialin.contoso.com",
    "meet.contoso.com",
    "officewebapps01.contoso.com",
    "lyncdiscover.contoso.com",
    "mail.contoso.com",
    "autodiscover.contoso.com",
    "unknown.contoso.com",
)


class Authorities:
    """The public authority that clients trust, and the company's own that the proxy trusts. Keys are slow to make."""

    def __init__(self) -> None:
        self.public = LabAuthority("Public authority")
        self.internal = LabAuthority("Contoso internal authority")
        self.public_certificate = self.public.issue(PUBLIC_NAMES)


class Publication:
    """One test's deployment. Everything that it starts ends with `stack`.

    The file lies beside `public.pem` and `public.key` (all public names), `internal-root.pem` and `public-root.pem`.
    """

    def __init__(self, directory: Path, authorities: Authorities, stack: ExitStack) -> None:
        self.directory = directory
        self.authorities = authorities
        self._stack = stack
        self.tls_port = free_port(LOOPBACK)
        self.plain_port = free_port(LOOPBACK)
        authorities.public_certificate.write(directory, "public")
        authorities.public.write_root(directory, "public-root")
        authorities.internal.write_root(directory, "internal-root")

    @property
    def usual_listeners(self) -> str:
        """One with TLS, behind NAT on port 443 of 203.0.113.10, and one without."""
        return f"""
            [[listener]]
            name           = "https"
            address        = "{LOOPBACK}:{self.tls_port}"
            public_address = "203.0.113.10:443"
            certificate    = "public"

            [[listener]]
            name           = "http"
            address        = "{LOOPBACK}:{self.plain_port}"
            public_address = "203.0.113.10:80"
            tls            = false

            [certificate.public]
            chain = "public.pem"
            key   = "public.key"
        """

    def site(
        self,
        name: str,
        *certificate_names: str,
        tls: bool = True,
        status: int = 200,
        fields: tuple[tuple[str, str], ...] = (),
    ) -> EchoSite:
        """Start a site inside; with TLS its certificate is the internal authority's, for its address unless named."""
        context = None
        if tls:
            issued = self.authorities.internal.issue(certificate_names or (LOOPBACK,), key="ecdsa")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*issued.write(self.directory, f"site-{name}"))
        return self._stack.enter_context(EchoSite(name, context, status=status, fields=fields))

    def serve(self, text: str, *, listeners: str | None = None) -> ProxyProcess:
        """Write the file and run the proxy from it, on the usual listeners unless others are given."""
        file = self.directory / "bridgehead.toml"
        usual = self.usual_listeners if listeners is None else listeners
        file.write_text(f"{dedent(text)}\n{dedent(usual)}", encoding="utf-8")
        return self._stack.enter_context(ProxyProcess(file))

    def https(self, host: str, *, port: int | None = None, trust: LabAuthority | None = None) -> HttpConnection:
        """Connect from outside; the certificate is verified for `host` against the public authority's root."""
        context = ssl.create_default_context(cadata=(trust or self.authorities.public).root_pem.decode())
        return self._opened(HttpConnection((LOOPBACK, port or self.tls_port), host, context))

    def http(self, host: str, *, port: int | None = None) -> HttpConnection:
        """Connect from outside without TLS."""
        return self._opened(HttpConnection((LOOPBACK, port or self.plain_port), host))

    def _opened(self, connection: HttpConnection) -> HttpConnection:
        self._stack.callback(connection.close)
        return connection


def seen_by_site(answer: Answer) -> dict[str, Any]:
    """What an `EchoSite` says reached it."""
    assert answer.status == 200, answer
    seen: dict[str, Any] = json.loads(answer.body)
    return seen


def fields_seen(answer: Answer, name: str) -> list[str]:
    """The values of a request field as they reached an `EchoSite`."""
    return [value for known, value in json.loads(answer.body)["fields"] if known.lower() == name.lower()]


def served_certificate(connection: HttpConnection) -> bytes:
    """The certificate that a connection was served, as PEM."""
    assert isinstance(connection.socket, ssl.SSLSocket)
    return ssl.DER_cert_to_PEM_cert(connection.socket.getpeercert(binary_form=True) or b"").encode()
