from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from bridgehead.lab.authority import LABEL, IssuedCertificate, KindOfKey, LabAuthority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def authority() -> LabAuthority:
    return LabAuthority("Test authority")


def verify(issued: IssuedCertificate, root_pem: bytes, name: str) -> None:
    leaf, *intermediates = x509.load_pem_x509_certificates(issued.chain_pem)
    store = Store(x509.load_pem_x509_certificates(root_pem))
    PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name)).verify(leaf, intermediates)


@pytest.mark.parametrize("key", ["rsa", "ecdsa"])
def test_a_leaf_verifies_for_each_of_its_names_against_the_root(authority: LabAuthority, key: KindOfKey) -> None:
    issued = authority.issue(["one.test", "two.test"], key=key)
    verify(issued, authority.root_pem, "one.test")
    verify(issued, authority.root_pem, "two.test")
    with pytest.raises(VerificationError):
        verify(issued, authority.root_pem, "three.test")


def test_a_leaf_does_not_verify_against_another_root(authority: LabAuthority) -> None:
    issued = authority.issue(["one.test"])
    with pytest.raises(VerificationError):
        verify(issued, LabAuthority("Test authority").root_pem, "one.test")


def test_the_chain_of_an_issuing_authority_leads_to_the_root(authority: LabAuthority) -> None:
    issued = authority.subordinate("Issuing").issue(["one.test"])
    assert issued.chain_pem.count(b"BEGIN CERTIFICATE") == 2
    verify(issued, authority.root_pem, "one.test")


def test_a_certificate_can_be_made_that_has_expired(authority: LabAuthority) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    issued = authority.issue(["one.test"], not_before=yesterday - dt.timedelta(days=9), not_after=yesterday)
    with pytest.raises(VerificationError):
        verify(issued, authority.root_pem, "one.test")


def test_every_certificate_says_that_it_is_not_for_production(authority: LabAuthority) -> None:
    issued = authority.issue(["one.test"])
    for pem in (authority.root_pem, issued.chain_pem):
        assert LABEL in x509.load_pem_x509_certificate(pem).subject.rfc4514_string().replace("\\", "")


def test_a_key_is_readable_by_its_owner_alone_and_fits_its_certificate(authority: LabAuthority, tmp_path: Path) -> None:
    chain, key = authority.issue(["one.test"]).write(tmp_path, "leaf")
    assert key.stat().st_mode & 0o777 == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
