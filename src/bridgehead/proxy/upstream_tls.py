"""The inner half of the bridge: what a pool's server must prove, and the explanation when it does not."""

from __future__ import annotations

import ssl
import warnings
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none, covers

if TYPE_CHECKING:
    from bridgehead.spec import Pool

# Forward secrecy, no SHA-1 MAC. Said here, because the default is each Python build's own.
_MODERN = "@SECLEVEL=2:ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
# What an IIS of the era offers with an RSA certificate at TLS 1.2: ECDHE-RSA-GCM came only in 2016.
_WINDOWS_2012 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!MD5:!PSK"

# What OpenSSL calls the want of a common cipher suite or version, and the profile that would do, by the pool's own.
_NO_COMMON_SUITE = {"SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY"}
_NO_COMMON_VERSION = {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"}
_WITH_OLDER_SUITES = {"modern": "windows-2012", "windows-2012": "windows-2008"}
_WITH_OLDER_VERSIONS = {"modern": "windows-2008", "windows-2012": "windows-2008"}
# OpenSSL's numbers for the verdicts that an operator meets (x509_vfy.h).
_EXPLANATIONS = {
    10: "its certificate has expired",
    9: "its certificate is not yet valid",
    18: "its certificate is self-signed and not among the pool's trusted roots",
    19: "its chain ends in a root that is not among the pool's trusted roots",
    20: "its chain stops short of a trusted root: the issuer of the last certificate it sends is not known. "
    "Give the internal root authority's certificate as the pool's `trust`, and let the server send its intermediates",
    21: "its chain stops short of a trusted root: it sends its own certificate alone, and the issuer is not known. "
    "Give the internal root authority's certificate as the pool's `trust`",
    26: "its certificate is not meant for servers (extended key usage)",
}


def upstream_context(pool: Pool, roots: tuple[bytes, ...]) -> ssl.SSLContext | None:
    """The client context of a pool, None where its transport is plain. `roots` are PEM files' contents.

    Raises OSError or ValueError where they hold no certificate.
    """
    if not pool.tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_MODERN)
    # Python builds differ here too: some set it, and a truncated answer would then be taken for a whole one.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if pool.tls_profile == "windows-2012":
        context.set_ciphers(_WINDOWS_2012)
    elif pool.tls_profile == "windows-2008":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the point of the profile is an outdated version
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers(_WINDOWS_2012 + ":@SECLEVEL=0")
    # Windows authentication does not work over HTTP/2; IIS must not be offered it (RFC 9113 has no connection login).
    context.set_alpn_protocols(["http/1.1"])
    context.check_hostname = False
    if not pool.verify:
        context.verify_mode = ssl.CERT_NONE
        return context
    context.verify_mode = ssl.CERT_REQUIRED
    if roots:
        for root in roots:
            # Windows exports roots as DER (.cer) unless told otherwise.
            is_pem = b"-----BEGIN" in root
            context.load_verify_locations(cadata=root.decode("ascii", "ignore") if is_pem else root)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def explain_failure(error: OSError, pool: Pool, name: str) -> str:
    """One sentence for the log: why no TLS connection came about with the server that should be `name`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return explain_verification(error, name)
    what, wider = "", _WITH_OLDER_SUITES
    if isinstance(error, ConnectionResetError | ssl.SSLEOFError):
        what = "closed the connection in the TLS handshake, as Windows does where it has no cipher suite in common with"
    elif isinstance(error, ssl.SSLError) and error.reason in _NO_COMMON_SUITE:
        what = "has no cipher suite in common with"
    elif isinstance(error, ssl.SSLError) and error.reason in _NO_COMMON_VERSION:
        what, wider = "has no version of TLS in common with", _WITH_OLDER_VERSIONS
    if not what:
        return str(error)
    profile = pool.tls_profile
    advice = (
        f'; a Windows Server of its age is reached with tls_profile = "{wider[profile]}"' if profile in wider else ""
    )
    return f"the server that should be {name} {what} the profile {profile}{advice} ({error.strerror or error})"


def explain_verification(error: ssl.SSLCertVerificationError, name: str) -> str:
    """One sentence for the log: which server, what is wrong, what to do."""
    reason = _EXPLANATIONS.get(error.verify_code, f"OpenSSL says: {error.verify_message}")
    return f"the server that should be {name} is not trusted: {reason}"


def verify_name_of(sock: ssl.SSLSocket, name: str) -> str:
    """Why a verified certificate is not the one of `name`; empty where it is (RFC 9525: the SAN alone counts)."""
    certificate = sock.getpeercert() or {}
    entries = [entry for entry in certificate.get("subjectAltName", ()) if isinstance(entry, tuple)]
    address = address_or_none(name)
    for kind, value in entries:
        if kind == "DNS" and address is None and covers(str(value), name):
            return ""
        if kind == "IP Address" and address is not None and address_or_none(str(value).strip()) == address:
            return ""
    seen = ", ".join(str(value) for _, value in entries) or "no name at all"
    return (
        f"the server that should be {name} has a certificate for {seen}. "
        "Let the certificate carry that name, or say in the file which name to expect (verify_name)"
    )
