"""The key and the request that an order is finished with: kept in the store before the order is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from bridgehead.certificates.request.making import prepare
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.facts import RequestFacts

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.keys import Kind, PrivateKey
    from bridgehead.certificates.request.requested import RequestedCertificate
    from bridgehead.certificates.store.entries import StoredRequest
    from bridgehead.certificates.store.store import Store

ORIGIN = "acme"
"""In `facts.json`, of requests and of generations."""


@dataclass(frozen=True, repr=False)
class KeptRequest:
    """A request with its key."""

    csr: x509.CertificateSigningRequest
    key: PrivateKey
    stored: StoredRequest | None = None

    @property
    def identifier(self) -> str:
        """Of the request in the store; empty for a trial's."""
        return self.stored.identifier if self.stored is not None else ""


def kept_request(store: Store, kind: Kind, requested: RequestedCertificate, now: datetime) -> KeptRequest:
    """The request that waits in the store for an order of these names, or a new one. Those for other names go.

    Raises ProblemsFound where the store cannot be changed.
    """
    names = {one.name for one in requested.names}
    for request in store.requests(requested.name):
        if request.kind != kind or request.facts.origin != ORIGIN:
            continue
        if _names_of(request.csr) == names:
            return KeptRequest(request.csr, request.key(), request)
        durable.remove(request.directory)
    (made,) = prepare(requested)
    facts = RequestFacts(
        exportable=requested.exportable,
        made_at=now,
        origin=ORIGIN,
        friendly_name=requested.friendly_name,
        description=requested.description,
    )
    stored = store.add_request(requested.name, kind, made.request, made.key, facts)
    return KeptRequest(made.request, made.key, stored)


def _names_of(csr: x509.CertificateSigningRequest) -> set[str]:
    extension = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(extension.value.get_values_for_type(x509.DNSName))


def trial_request(requested: RequestedCertificate) -> KeptRequest:
    """A request whose key is nowhere but here."""
    (made,) = prepare(requested)
    return KeptRequest(made.request, made.key)
