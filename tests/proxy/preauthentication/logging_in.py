"""Clients that log in to the proxy with pyspnego, leg by leg, and the accounts they have there."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spnego
from cryptography import x509
from spnego.channel_bindings import GssChannelBindings

from bridgehead.authentication.channel_binding import application_data, end_point_hash
from bridgehead.spec import Accounts
from tests.proxy.wire import Peer, fields_of

if TYPE_CHECKING:
    pass

PASSWORD = "Wien-1815!"
_USERS = """
[users.alice]
password = "Wien-1815!"
member_of = ["Webmasters"]

[users.bob]
password = "Wien-1815!"
member_of = ["Sales"]

[users."Zoë"]
password = "Wien-1815!"

[users.carol]
password = "Wien-1815!"
disabled = true

[groups.Webmasters]
member_of = ["Staff"]
"""

GET = b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n"


def asking(site: str, *lines: bytes, method: bytes = b"GET", body: bytes | None = None) -> bytes:
    """A request to one of the sites in `conftest.py`; one that begins with a slash is a path of `site.test`."""
    host, path = ("site.test", f"{site}/") if site.startswith("/") else (f"{site}.wild.test", "/")
    head = [b"%b %b HTTP/1.1" % (method, path.encode()), b"Host: " + host.encode(), *lines]
    if body is not None:
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + (body or b"")


def accounts_in(directory: Path, text: str = _USERS, name: str = "people", **options: str) -> Accounts:
    """A source of accounts in a file."""
    path = directory / f"{name}.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    given = {"domain": "CONTOSO", "dns_domain": "contoso.com", "computer": "EDGE", "dns_computer": "edge.contoso.com"}
    return Accounts(name=name, source="file", file=str(path), **{**given, **options})


def login(**options: object) -> dict[str, Any]:
    """What makes a rule ask for a login."""
    return {"authentication": "ntlm", "login": {"accounts": "people", **options}}


def with_field(request: bytes, line: bytes) -> bytes:
    """A request with one more field line, its first."""
    start, _, rest = request.partition(b"\r\n")
    return start + b"\r\n" + line + b"\r\n" + rest


def head_of(request: bytes, length: int = 0) -> bytes:
    """The same request with a body of this length announced, and none in it."""
    head = request.partition(b"\r\n\r\n")[0]
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer-"))]
    return b"\r\n".join((*lines, b"Content-Length: %d" % length)) + b"\r\n\r\n"


def binding_to(certificate: bytes) -> GssChannelBindings:
    """What a client sends that saw this certificate (DER)."""
    return GssChannelBindings(application_data=application_data(end_point_hash(certificate)))


def seen_certificate(peer: Peer) -> bytes:
    assert isinstance(peer.sock, ssl.SSLSocket)
    certificate = peer.sock.getpeercert(binary_form=True)
    assert certificate is not None
    assert x509.load_der_x509_certificate(certificate)
    return certificate


@dataclass
class Client:
    """Somebody with a connection, and their half of a handshake."""

    peer: Peer
    user: str = "CONTOSO\\alice"
    password: str = PASSWORD
    scheme: str = "NTLM"
    bindings: GssChannelBindings | None = None

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin a new handshake."""
        self._spnego = spnego.client(
            self.user,
            self.password,
            hostname="site.test",
            service="HTTP",
            protocol=self.scheme.lower(),
            channel_bindings=self.bindings,
            options=spnego.NegotiateOptions.use_ntlm
            if self.scheme == "NTLM"
            else spnego.NegotiateOptions.use_negotiate,
        )

    def credential(self, answer: bytes = b"") -> bytes:
        """The next field line, after this answer."""
        token = self._spnego.step(self.token_in(answer))
        return f"Authorization: {self.scheme} {base64.b64encode(token or b'').decode()}".encode()

    def token_in(self, answer: bytes) -> bytes | None:
        """The token for this client in an answer."""
        for value in fields_of(answer, b"WWW-Authenticate"):
            scheme, _, token = value.partition(b" ")
            if scheme.decode() == self.scheme and token:
                return base64.b64decode(token)
        return None

    def first_leg(self, request: bytes = GET) -> bytes:
        """Send a request's head with a first token, and no body: the answer."""
        return self.peer.request(
            with_field(head_of(request) if b"\r\nContent-" in request else request, self.credential())
        )

    def last_leg(self, answer: bytes, request: bytes = GET) -> None:
        """Send the request with the last token; its answer is still to come."""
        self.peer.send(with_field(request, self.credential(answer)))

    def log_in(self, request: bytes = GET) -> None:
        """Two legs; the answer of the last is still to come."""
        self.last_leg(self.first_leg(request), request)

    def logged_in(self, request: bytes = GET) -> bytes:
        """Two legs, and the answer to the last."""
        self.log_in(request)
        return self.peer.read_message()
