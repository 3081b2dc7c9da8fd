from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from bridgehead.certificates.request.openssl import openssl_command
from bridgehead.certificates.request.pkcs10 import make_key, make_request
from bridgehead.certificates.request.requested import RequestedCertificate, RequestedName, Subject
from tests.certificates.request.contoso import contoso

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.certificates.request.requested import KeyType


def run(directory: Path, command: str) -> None:
    shell = ["sh", "-e", "-c", command]
    finished = subprocess.run(shell, cwd=directory, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stderr


def fields(request: x509.CertificateSigningRequest) -> dict[str, object]:
    """All that a request says, but the key itself."""
    said: dict[str, object] = {
        one.oid.dotted_string: (one.critical, one.value)
        for one in request.extensions
        if one.oid != x509.SubjectKeyIdentifier.oid
    }
    assert request.signature_hash_algorithm
    return said | {
        "subject": [(one.oid, one.value) for one in request.subject],
        "hash": request.signature_hash_algorithm.name,
        "extensions": {one.oid for one in request.extensions},
        "attributes": len(request.attributes),
        "bits": getattr(request.public_key(), "key_size", None),
    }


@pytest.mark.parametrize("key_type", ["rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384"])
def test_the_command_makes_the_same_request(key_type: KeyType, tmp_path: Path) -> None:
    asked = contoso(client_authentication=True)
    run(tmp_path, openssl_command(asked, key_type, "public"))
    theirs = x509.load_pem_x509_csr((tmp_path / "public.req").read_bytes())
    assert theirs.is_signature_valid
    assert fields(theirs) == fields(make_request(asked, make_key(key_type)))


@pytest.mark.parametrize(
    "asked",
    [
        contoso(suppress_default_extensions=True),
        contoso(names=(RequestedName("*.contoso.com"), RequestedName("bücher.example"))),
        contoso(subject=Subject("webext.contoso.com", "A/B + C\\D, \"E\" 'F' $HOME", "Ü", "Zürich", "ZH", "CH")),
    ],
    ids=["suppressed", "names", "subject"],
)
def test_what_a_shell_or_openssl_takes_for_itself_comes_through(asked: RequestedCertificate, tmp_path: Path) -> None:
    run(tmp_path, openssl_command(asked, "ecdsa-p256", "it's public"))
    theirs = x509.load_pem_x509_csr((tmp_path / "it's public.req").read_bytes())
    assert fields(theirs) == fields(make_request(asked, make_key("ecdsa-p256")))


def test_the_key_is_for_its_owner_alone_and_the_request_binary_where_asked(tmp_path: Path) -> None:
    run(tmp_path, "umask 022; " + openssl_command(contoso(), "ecdsa-p256", "public", "binary"))
    assert stat.S_IMODE((tmp_path / "public.key").stat().st_mode) == 0o600
    assert x509.load_der_x509_csr((tmp_path / "public.req").read_bytes()).is_signature_valid
