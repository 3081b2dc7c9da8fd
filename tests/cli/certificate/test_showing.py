"""`bridgehead certificate show`: what a person wants to know of a file or a name, and never a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.writing.pfx import as_pfx
from tests.cli.certificate.deployment import Deployment


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_a_pfx_is_shown_with_its_chain_and_without_its_key(deployment: Deployment) -> None:
    issued = deployment.issued()
    chain = [issued.certificate, deployment.issuing.certificate]
    deployment.write("leaf.pfx", as_pfx(chain, issued.key, b"open sesame", "Contoso"))  # type: ignore[arg-type]
    deployment.write("pass.txt", b"open sesame")
    finished = deployment.run("show", "leaf.pfx", "--passphrase-file", "pass.txt")
    assert finished.returncode == 0
    for words in ("PFX, friendly name 'Contoso'", "Certificate 2 of 2", "server authentication", "days left"):
        assert words in finished.stdout
    thumbprint = issued.certificate.fingerprint(hashes.SHA1()).hex().upper()
    assert thumbprint in finished.stdout.replace(":", "")
    assert "PRIVATE KEY" not in finished.stdout
    assert "A private key is in it, and is not shown." in finished.stdout


def test_json_has_the_same(deployment: Deployment) -> None:
    issued = deployment.issued()
    finished = deployment.run("show", "leaf.pem", "--format", "json")
    (shown,) = json.loads(finished.stdout)["shown"].values()
    (certificate,) = shown["certificates"]
    assert certificate["sha256"] == issued.certificate.fingerprint(hashes.SHA256()).hex()
    assert 80 < certificate["days_left"] < 90
    assert shown["private_keys"] == 0


def test_a_name_in_the_store_shows_what_is_live_and_what_waits(deployment: Deployment) -> None:
    deployment.with_live()
    request = deployment.requested()
    finished = deployment.run("show", "public", "--topology", deployment.topology)
    assert "public (ecdsa), live, generation 1" in finished.stdout
    assert f"public (ecdsa), request {request.identifier}" in finished.stdout


def test_a_request_file_is_shown(deployment: Deployment) -> None:
    request = deployment.requested()
    path = deployment.write("public.req", request.csr.public_bytes(Encoding.PEM))
    finished = deployment.run("show", path)
    assert finished.returncode == 0
    assert "Request" in finished.stdout


def test_what_is_not_there_is_told(deployment: Deployment) -> None:
    finished = deployment.run("show", "none", "--topology", deployment.topology)
    assert finished.returncode == 2
    assert "neither a file none" in finished.stderr


def test_what_holds_nothing_says_so(deployment: Deployment) -> None:
    assert "Nothing in it" in deployment.run("show", deployment.write("x.txt", b"hello")).stdout
