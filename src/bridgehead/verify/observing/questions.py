"""The questions of the common checks, each with the observation that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bridgehead.verify.observing.question import Observation, Question

TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]
H2_FIRST = ("h2", "http/1.1")
"""What browsers offer in ALPN."""


class Resolution(Observation):
    """What a name resolves to."""

    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Where CNAME records lead, in order; empty where there are none or the system's resolver hides them."""
    server: str = ""
    """Who was asked; empty for this machine's own way."""


@dataclass(frozen=True)
class Resolve(Question[Resolution]):
    """What a name resolves to: at a DNS server, or as this machine's programs do."""

    name: str
    server: str = ""
    """IP address of a DNS server, with `:port` unless it is 53; empty for the system's resolver."""


class Connected(Observation):
    """Whether TCP connects."""

    address: str = ""
    """The address that accepted, or the last that was tried."""
    port: int = 0


@dataclass(frozen=True)
class Connect(Question[Connected]):
    """Whether a port is open."""

    host: str
    port: int
    tls: bool = True
    """Whether it is the published port for TLS, which `--connect-to` may lead elsewhere."""
    address: str = ""
    """One address of the host's; empty takes the one that `--connect-to` or DNS gives."""


class TlsSession(Observation):
    """What a TLS handshake shows."""

    version: str = ""
    """As OpenSSL writes it: `TLSv1.2`."""
    cipher: str = ""
    alpn: str = ""
    chain: tuple[str, ...] = ()
    """The certificates as they were sent, in PEM, in the order of the wire."""
    chain_is_whole: bool = True
    """False where this Python shows the leaf alone."""
    verify_code: int | None = None
    """0 where the certificate's chain was verified (X509_V_OK), else OpenSSL's code; None where it was not tried."""
    verify_message: str = ""
    address: str = ""


@dataclass(frozen=True)
class Handshake(Question[TlsSession]):
    """One TLS handshake."""

    host: str
    port: int
    server_name: str = ""
    """SNI; empty sends none."""
    version: TlsVersion | Literal["any"] = "any"
    keys: Literal["any", "rsa", "ecdsa"] = "any"
    """Which kind of certificate the client can use."""
    alpn: tuple[str, ...] = ()
    verify: bool = False
    """Whether the chain is verified against the roots, as a client does (without name, dates and key size)."""
    address: str = ""
    """One address of the host's; empty takes the one that `--connect-to` or DNS gives."""


class Answer(Observation):
    """An HTTP answer. With a failure, as much of it as came."""

    status: int = 0
    """0 where there was none."""
    reason: str = ""
    interim: tuple[int, ...] = ()
    """Statuses of the 1xx answers that came first."""
    lines: tuple[str, ...] = ()
    """The field lines as they came, in their order, without secrets: values of Set-Cookie are cut off."""
    body: str = ""
    """The first 256 KiB, as text."""
    body_bytes: int = 0
    body_sha256: str = ""
    closes: bool = False
    """Whether the server ended the connection after the answer."""
    head_milliseconds: float = 0.0
    """From the last byte of the request to the end of the answer's head."""
    sent_bytes: int = 0
    """Of the request's body."""
    address: str = ""

    def all(self, name: str) -> list[str]:
        """Every value of a field, one for each line."""
        prefix = f"{name.lower()}:"
        return [line[len(prefix) :].strip() for line in self.lines if line.lower().startswith(prefix)]

    def get(self, name: str) -> str:
        """The first value of a field, or nothing."""
        return next(iter(self.all(name)), "")

    def summary(self) -> str:
        """`200 OK, text/html`, or what went wrong."""
        if not self.status:
            return str(self.failure) if self.failure else "no answer"
        text = " ".join(filter(None, (str(self.status), self.reason)))
        kind = self.get("Content-Type").partition(";")[0]
        parts = [text, kind, str(self.failure) if self.failure else ""]
        return ", ".join(filter(None, parts))

    def title(self) -> str:
        """The title of a page."""
        found = re.search(r"<title[^>]*>([^<]{0,200})", self.body, re.IGNORECASE)
        return " ".join(found[1].split()) if found else ""


Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fetch(Question[Answer]):
    """One request on a connection of its own. Redirections are not followed."""

    url: str
    """Port included where it is not the scheme's own; the name is mapped by `--connect-to`."""
    method: str = "GET"
    fields: Fields = ()
    body: bytes = b""
    wait_seconds: float | None = None
    """Longest wait for the answer's head; None takes the usual one. For long polls."""


@dataclass(frozen=True)
class Upload(Question[Answer]):
    """A request with a large or oddly sent body of repeated known bytes."""

    url: str
    size: int
    chunked: bool = False
    expect_continue: bool = False
    """Send `Expect: 100-continue` and wait for the interim answer (a bounded time) before the body."""
    method: str = "POST"
    fields: Fields = ()


class Conversation(Observation):
    """What came back for bytes that were sent as they are."""

    statuses: tuple[int, ...] = ()
    """Of each answer on the connection, in order, without 1xx; at most as many as we read."""
    first: Answer = Answer()
    closed: bool = False
    """Whether the server ended the connection."""


@dataclass(frozen=True)
class Say(Question[Conversation]):
    """Bytes on a connection of their own, to see how they are understood."""

    host: str
    port: int
    payload: bytes
    tls: bool = True
