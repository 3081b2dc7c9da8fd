"""TLS handshakes, one for each thing that can be seen in one.

Nothing is verified here unless a question asks for it: what is looked at is what a wrong server does.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import warnings
from typing import TYPE_CHECKING

from bridgehead.verify.observing.failures import NETWORK_ERRORS, CannotTry, failure_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Stopwatch
from bridgehead.verify.observing.questions import H2_FIRST, Handshake, TlsSession

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.verify.observing.ways import Connections

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_EVERYTHING = "ALL:@SECLEVEL=0"
"""OpenSSL 3 allows TLS 1.0 and 1.1 at security level 0 alone, because of their SHA-1 signatures."""
_KEYS = {
    "rsa": "aRSA:!aECDSA:@SECLEVEL=0",
    "ecdsa": "aECDSA:!aRSA:@SECLEVEL=0",
}
"""Suites of TLS 1.2 name the kind of certificate; in TLS 1.3 only the signature algorithms do, and Python does not
let them be chosen. So the two kinds are told apart at TLS 1.2."""
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL (X509_VERIFY_PARAM_set_flags(3)): dates are judged on their own, so that an
expired certificate is reported as that and not as untrusted."""
_DER = 2
"""ENCODING_DER of the _ssl module."""


@observes(Handshake)
def handshake(question: Handshake, connections: Connections) -> TlsSession:
    """One handshake on a connection of its own."""
    watch = Stopwatch()
    reached = question.address
    try:
        context = _context_for(question, connections.way.roots)
        with connections.open(question.host, question.port, tls=True, address=question.address) as (plain, reached):
            plain.settimeout(connections.way.patience.handshake_seconds)
            with secured(plain, context, question.server_name) as session:
                return _seen(session, reached, watch)
    except ssl.SSLCertVerificationError as error:
        return TlsSession(
            verify_code=error.verify_code,
            verify_message=error.verify_message,
            address=reached,
            milliseconds=watch.read(),
        )
    except NETWORK_ERRORS as error:
        return TlsSession(failure=failure_of(error), address=reached, milliseconds=watch.read())


@contextlib.contextmanager
def secured(plain: socket.socket, context: ssl.SSLContext, server_name: str) -> Iterator[ssl.SSLSocket]:
    """TLS on a connection, which the caller closes. Its handshake takes the socket's time limit as a whole."""
    # Python's wrap_socket loses the descriptor of a connection that was reset meanwhile, without closing it.
    plain.getpeername()
    wrapped = context.wrap_socket(
        plain, server_hostname=server_name or None, do_handshake_on_connect=False, suppress_ragged_eofs=True
    )
    try:
        wrapped.do_handshake()
        yield wrapped
    finally:
        wrapped.close()


def unverified_context() -> ssl.SSLContext:
    """For requests: whatever TLS the server speaks, HTTP/1.1, nothing verified (certificates have their own checks)."""
    return _context("any", "any", ("http/1.1",))


def _context_for(question: Handshake, roots: tuple[Path, ...]) -> ssl.SSLContext:
    if question.verify:
        return _verifying_context(roots)
    return _context(question.version, question.keys, question.alpn)


@functools.cache
def _context(version: str, keys: str, alpn: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        context.set_ciphers(_KEYS.get(keys, _EVERYTHING))
    except ssl.SSLError:
        raise CannotTry("This machine's OpenSSL has none of the cipher suites for it.") from None
    _limit(context, "1.2" if keys != "any" else version)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _limit(context: ssl.SSLContext, version: str) -> None:
    # Python warns of TLS 1.0 and 1.1 whenever they are named; finding out who still speaks them is the purpose here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if version == "any":
            context.minimum_version = ssl.TLSVersion.TLSv1
            return
        context.minimum_version = context.maximum_version = _VERSIONS[version]


@functools.cache
def _verifying_context(roots: tuple[Path, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # The size of keys is judged on its own, too.
    context.set_ciphers(_EVERYTHING)
    context.verify_flags = ssl.VerifyFlags(_NO_CHECK_TIME | ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST)
    _limit(context, "any")
    for root in roots:
        context.load_verify_locations(cafile=root)
    if not roots:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def prepare(roots: tuple[Path, ...]) -> None:
    """Make every context now. Raises OSError where the roots cannot be read.

    To be called before threads begin: silencing Python's warnings is not safe between threads.
    """
    _verifying_context(roots)
    unverified_context()
    for version in ("any", *_VERSIONS):
        _context(version, "any", ())
    _context("any", "any", H2_FIRST)
    for keys in _KEYS:
        with contextlib.suppress(CannotTry):
            _context("any", keys, ())


def _seen(session: ssl.SSLSocket, reached: str, watch: Stopwatch) -> TlsSession:
    chain, whole = _chain_of(session)
    cipher = session.cipher()
    return TlsSession(
        version=session.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=session.selected_alpn_protocol() or "",
        chain=chain,
        chain_is_whole=whole,
        verify_code=0 if session.context.verify_mode == ssl.CERT_REQUIRED else None,
        address=reached,
        milliseconds=watch.read(),
    )


def _chain_of(session: ssl.SSLSocket) -> tuple[tuple[str, ...], bool]:
    """The certificates as they were sent, and whether these are all.

    Python 3.13 has `SSLSocket.get_unverified_chain`; 3.10 to 3.12 have the same on the object below it, which OpenSSL's
    SSL_get_peer_cert_chain(3) answers: the peer's own list and order. Where there is neither, the leaf alone is seen.
    """
    public = getattr(session, "get_unverified_chain", None)
    if public is not None:
        return tuple(ssl.DER_cert_to_PEM_cert(one) for one in public()), True
    inner = getattr(getattr(session, "_sslobj", None), "get_unverified_chain", None)
    if inner is not None:
        return tuple(ssl.DER_cert_to_PEM_cert(one.public_bytes(_DER)) for one in inner() or ()), True
    leaf = session.getpeercert(binary_form=True)
    return ((ssl.DER_cert_to_PEM_cert(leaf),) if leaf else ()), False
