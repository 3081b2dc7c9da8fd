"""The outer half of the bridge: front contexts, and the certificate for the name a client asks for.

Each profile has one front context without a certificate, made before the workers are forked and never changed: it
owns versions, options and session ticket keys, so that sessions resume across workers, and after every change.
Its callback picks the certificate's context. SNI chooses a certificate, never a route.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.authentication.channel_binding import end_point_hash
from bridgehead.names import address_or_none
from bridgehead.proxy.material import Material, load_pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead import spec

# Mozilla's intermediate profile (version 5.7), TLS 1.2 part, without its DHE suites: they cost a server milliseconds
# and a client nothing (CVE-2002-20001), and whoever needs them is served by `lync-era` as well.
_INTERMEDIATE = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
# What Windows 7, 8.1 and Windows Phone 8.1 need with an RSA certificate; forward secrecy stays.
_LYNC_ERA = _INTERMEDIATE + (
    ":ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)
_CIPHERS = {"intermediate": _INTERMEDIATE, "lync-era": _LYNC_ERA}
CLIENT_PROFILES = tuple(_CIPHERS)


# What the standard library's class notes of a socket: accepted, connected, its handshake to come.
_ACCEPTED = {
    "_connected": True,
    "_context": None,
    "_session": None,
    "_sslobj": None,
    "do_handshake_on_connect": False,
    "server_hostname": None,
    "server_side": True,
    "suppress_ragged_eofs": False,
}


class ClientTlsSocket(ssl.SSLSocket):
    """A TLS socket that knows its listener's certificates, and remembers the name its client asked for.

    It is made when a connection is accepted, and OpenSSL's part of it when its first bytes are there.

    The standard library's way there, `SSLContext.wrap_socket`, makes a second socket of the first one and asks the
    kernel again whether it is connected, of which type and family, and whether it blocks: a tenth of the whole cost of
    a resumed connection.
    """

    requested_name: str | None = None
    table: CertificateTable

    def __init__(self, family: int, descriptor: int) -> None:
        socket.socket.__init__(self, family, socket.SOCK_STREAM, 0, descriptor)
        vars(self).update(_ACCEPTED)

    def secure(self, context: ssl.SSLContext, table: CertificateTable) -> None:
        """Make OpenSSL's part, for a handshake that has not begun. Raises OSError or ValueError where that fails."""
        wrap = context._wrap_socket  # type: ignore[attr-defined]  # noqa: SLF001 - what the class below calls, too
        vars(self).update(table=table, _context=context, _sslobj=wrap(self, True, None, owner=self, session=None))


def _context(profile: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS[profile])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_SINGLE_ECDH_USE
    # A client that ends with a FIN alone has finished sending: it still gets its answer.
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    # Logins that stay with a connection do not work over HTTP/2, and names on one certificate would be coalesced.
    context.set_alpn_protocols(["http/1.1"])
    # Each ticket costs a record per connection; one is enough to resume with.
    context.num_tickets = 1
    return context


def certificate_context(certificate: spec.Certificate, profile: str, material: Material) -> ssl.SSLContext:
    """The context of one certificate, its RSA and ECDSA pairs side by side, proven by a handshake in memory.

    Raises OSError (ssl.SSLError among them) where a file cannot be used or a key does not match.
    """
    context = _context(profile)
    for pair in certificate.pairs:
        load_pair(context, pair, material)
    _prove(context)
    return context


def _prove(context: ssl.SSLContext) -> None:
    """Shake hands once in memory: a pair that loads and cannot sign must not go live."""
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    if client.cipher() is None:
        raise ssl.SSLError("the certificate and key do not complete a handshake")


def names_in(certificate: spec.Certificate, material: Material) -> set[str]:
    """The DNS names of a certificate's leaves, lower case."""
    names: set[str] = set()
    for pair in certificate.pairs:
        leaf = x509.load_pem_x509_certificates(material[pair.chain])[0]
        with suppress(x509.ExtensionNotFound):
            entries = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names.update(name.lower().removesuffix(".") for name in entries.get_values_for_type(x509.DNSName))
    return names


def end_points_of(certificate: spec.Certificate, material: Material) -> tuple[bytes, ...]:
    """What binds a login to a certificate's leaves (RFC 5929, tls-server-end-point)."""
    leaves = [x509.load_pem_x509_certificates(material[pair.chain])[0] for pair in certificate.pairs]
    return tuple(end_point_hash(leaf.public_bytes(Encoding.DER)) for leaf in leaves)


RESUMED_SECONDS = 7200.0
"""OpenSSL resumes no session that is older."""


class CertificateTable:
    """Which certificate's context serves which name on one listener. Immutable; swapped as one reference."""

    def __init__(self, certificates: Iterable[tuple[spec.Certificate, ssl.SSLContext]], material: Material) -> None:
        self._by_name: dict[str, ssl.SSLContext] = {}
        self._end_points: dict[ssl.SSLContext, tuple[bytes, ...]] = {}
        self._replaced: dict[bytes, float] = {}
        """End-point hashes of earlier tables, and when they were replaced."""
        self.default: ssl.SSLContext | None = None
        for certificate, context in certificates:
            self.default = self.default or context
            self._end_points[context] = end_points_of(certificate, material)
            for name in names_in(certificate, material):
                self._by_name.setdefault(name, context)

    def choose(self, name: str | None) -> ssl.SSLContext | None:
        """The context for a name: an explicit entry, a wildcard for its left-most label, or the default."""
        if name is None:
            return self.default
        exact = self._by_name.get(name)
        return exact or self._by_name.get("*." + name.partition(".")[2]) or self.default

    def follow(self, earlier: CertificateTable, now: float) -> None:
        """Take the place of another table, at `now` in monotonic seconds."""
        replaced = {hashed: now for hashes in earlier._end_points.values() for hashed in hashes}
        self._replaced = {
            hashed: at for hashed, at in earlier._replaced.items() if at + RESUMED_SECONDS > now
        } | replaced

    def end_points(self, sock: ClientTlsSocket, now: float) -> tuple[bytes, ...]:
        """The end-point hashes (RFC 5929) of the leaves of which a client has seen one, at `now` in monotonic seconds.

        Who resumes a session saw the certificate of its first connection, which may have been replaced since.
        """
        served = self._end_points.get(sock.context, ())
        if not sock.session_reused:
            return served
        return (*served, *(hashed for hashed, at in self._replaced.items() if at + RESUMED_SECONDS > now))


class FrontContext:
    """The TLS of all listeners with one profile.

    One for all, and for listeners that a change will add: workers that each made one of their own would each make
    their own ticket keys with it, and the standard library cannot share keys.
    """

    def __init__(self, profile: str) -> None:
        self.context = _context(profile)
        self.context.sni_callback = _choose


def _choose(sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
    # An exception here would end the handshake with a message on standard error, so there must be none.
    assert isinstance(sock, ClientTlsSocket)
    normalised = name.lower().removesuffix(".") if name else None
    if normalised and (normalised[-1].isdigit() or ":" in normalised) and address_or_none(normalised):
        normalised = None  # RFC 6066 section 3 forbids addresses; clients that send one all the same mean no name
    sock.requested_name = normalised
    chosen = sock.table.choose(normalised)
    if chosen is None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    sock.context = chosen
    return None
