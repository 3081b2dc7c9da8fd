"""The certificates of the front, right and wrong, each with the TLS that goes with it."""

from __future__ import annotations

import datetime as dt
import functools
import ssl
import warnings
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from bridgehead.lab.authority import IssuedCertificate, LabAuthority

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Contexts = Callable[["Papers"], ssl.SSLContext]

_DAY = dt.timedelta(days=1)


class Papers:
    """Authorities and names; certificates are made when a fault first needs them, because keys are slow to make."""

    def __init__(self, directory: Path, public: LabAuthority, names: Sequence[str]) -> None:
        self.directory = directory
        self.names = tuple(names)
        self.public = public

    @functools.cached_property
    def policy(self) -> LabAuthority:
        """An intermediate below the public root."""
        return self.public.subordinate("Lab policy authority")

    @functools.cached_property
    def issuing(self) -> LabAuthority:
        """The intermediate below that one, which issues."""
        return self.policy.subordinate("Lab issuing authority")

    @functools.cached_property
    def right(self) -> IssuedCertificate:
        """The certificate as it should be: every name, two intermediates, in order."""
        return self.issuing.issue(self.names)

    def context(self, issued: IssuedCertificate, chain_pem: bytes | None = None) -> ssl.SSLContext:
        """TLS 1.2 and 1.3 with a certificate; `chain_pem` is sent instead of its own chain."""
        changed = IssuedCertificate(issued.chain_pem if chain_pem is None else chain_pem, issued.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*changed.write(self.directory, "front"))
        return context


def usual(papers: Papers) -> ssl.SSLContext:
    """As it should be."""
    return papers.context(papers.right)


def without_name(label: str) -> Contexts:
    """A certificate that lacks the host that begins with this label."""

    def context(papers: Papers) -> ssl.SSLContext:
        return papers.context(papers.issuing.issue([name for name in papers.names if not name.startswith(f"{label}.")]))

    return context


def expired(papers: Papers) -> ssl.SSLContext:
    """Its time was over yesterday."""
    now = dt.datetime.now(dt.UTC)
    return papers.context(papers.issuing.issue(papers.names, not_before=now - 90 * _DAY, not_after=now - _DAY))


def not_yet_valid(papers: Papers) -> ssl.SSLContext:
    """Its time comes tomorrow."""
    now = dt.datetime.now(dt.UTC)
    return papers.context(papers.issuing.issue(papers.names, not_before=now + _DAY, not_after=now + 90 * _DAY))


def incomplete_chain(papers: Papers) -> ssl.SSLContext:
    """The server's own certificate alone."""
    return papers.context(papers.right, _certificates(papers.right)[0])


def chain_out_of_order(papers: Papers) -> ssl.SSLContext:
    """The intermediates the other way round."""
    leaf, issuing, policy = _certificates(papers.right)
    return papers.context(papers.right, leaf + policy + issuing)


def chain_with_a_stranger(papers: Papers) -> ssl.SSLContext:
    """A certificate too many: of another authority."""
    return papers.context(papers.right, papers.right.chain_pem + LabAuthority("Lab former authority").root_pem)


def self_signed(papers: Papers) -> ssl.SSLContext:
    """Signed by itself: what a product makes at its installation."""
    return papers.context(LabAuthority.self_signed(papers.names))


def private_authority(papers: Papers) -> ssl.SSLContext:
    """Signed by an authority that nobody outside trusts."""
    return papers.context(LabAuthority("Lab private root").subordinate("Lab private issuing").issue(papers.names))


def for_clients_alone(papers: Papers) -> ssl.SSLContext:
    """Client Authentication is all that it may be used for."""
    return papers.context(papers.issuing.issue(papers.names, usage=ExtendedKeyUsageOID.CLIENT_AUTH))


def other_without_sni(papers: Papers) -> ssl.SSLContext:
    """Who sends no SNI gets the certificate of another site."""
    right, other = usual(papers), papers.context(papers.issuing.issue(["www.contoso.localhost"]))

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name is not None:
            connection.context = right

    other.sni_callback = choose
    return other


def renewed(papers: Papers) -> ssl.SSLContext:
    """Another certificate for the same names, as it is where a renewal was forgotten."""
    return papers.context(papers.issuing.issue(papers.names))


def ecdsa_alone(papers: Papers) -> ssl.SSLContext:
    """No RSA certificate."""
    return papers.context(papers.issuing.issue(papers.names, key="ecdsa"))


def versions(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> Contexts:
    """These versions, with ciphers that old ones need."""

    def context(papers: Papers) -> ssl.SSLContext:
        made = usual(papers)
        allow_old_versions(made, lowest, highest)
        return made

    return context


def allow_old_versions(context: ssl.SSLContext, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
    """These versions, and every cipher."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Deprecated is what they are; that is the fault.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest


def http2(papers: Papers) -> ssl.SSLContext:
    """Offers h2 before http/1.1."""
    context = usual(papers)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def _certificates(issued: IssuedCertificate) -> list[bytes]:
    return [one.public_bytes(Encoding.PEM) for one in x509.load_pem_x509_certificates(issued.chain_pem)]
