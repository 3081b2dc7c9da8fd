"""Channel bindings: which certificate the client saw when it logged in (RFC 5929, MS-NLMP 2.2.2.1).

Whoever stands between a client and this proxy, and passes a login on, has shown the client another certificate.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.legs import LoginFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.authentication.legs import Policy

_UNIQUE_PREFIX = b"tls-server-end-point:"
_ABSENT = bytes(16)


def end_point_hash(certificate: bytes) -> bytes:
    """The hash of a served certificate (DER) that binds a login to it (RFC 5929 section 4.1, tls-server-end-point)."""
    from cryptography import x509  # noqa: PLC0415 - only who serves TLS needs it, and it takes long to load
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above

    served = x509.load_der_x509_certificate(certificate)
    algorithm = served.signature_hash_algorithm
    # MD5 and SHA-1 signatures are hashed with SHA-256 (RFC 5929); so are signatures without a hash of their own.
    if algorithm is None or algorithm.name in {"md5", "sha1"}:
        algorithm = hashes.SHA256()
    return served.fingerprint(algorithm)


def application_data(end_point: bytes) -> bytes:
    """What GSS-API calls the application data of a channel binding (RFC 5929 section 4, RFC 5056 section 2.1)."""
    return _UNIQUE_PREFIX + end_point


@lru_cache(maxsize=64)
def ntlm_binding(end_point: bytes) -> bytes:
    """MsvAvChannelBindings: MD5 of a gss_channel_bindings_struct without addresses (MS-NLMP 3.1.5.1.2).

    RFC 4121 section 4.1.1.2 says how the structure is laid out: four empty fields, then the application data.
    """
    data = application_data(end_point)
    structure = bytes(16) + struct.pack("<I", len(data)) + data
    return hashlib.md5(structure, usedforsecurity=False).digest()


def judge_binding(policy: Policy, found: bytes | None, served: Iterable[bytes]) -> None:
    """Raise LoginFailed where a client's binding (None: it sent none) is not what the policy asks for.

    `served` are the end-point hashes of what may have been served; without any, on plain HTTP, every binding is wrong.
    """
    if policy == "off":
        return
    if found is None or hmac.compare_digest(found, _ABSENT):
        if policy == "require":
            raise LoginFailed(Outcome.BINDING_ABSENT)
        return
    # Every one is compared, so that the time says nothing.
    if not sum(hmac.compare_digest(found, ntlm_binding(end_point)) for end_point in served):
        raise LoginFailed(Outcome.BINDING_WRONG)
