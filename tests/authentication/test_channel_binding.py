from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from spnego.channel_bindings import GssChannelBindings

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.channel_binding import application_data, end_point_hash, judge_binding, ntlm_binding
from bridgehead.authentication.legs import LoginFailed, Policy

RIGHT, OTHER = b"\x01" * 32, b"\x02" * 32
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lync.contoso.com")])


def certificate(signed_with: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()) if signed_with else ed25519.Ed25519PrivateKey.generate()
    then = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, then, then + dt.timedelta(days=90))
    return made.sign(key, signed_with).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("signed_with", "hashed_with"), [("SHA256", "sha256"), ("SHA384", "sha384"), ("SHA512", "sha512")]
)
def test_a_certificate_is_hashed_with_the_hash_of_its_signature(signed_with: str, hashed_with: str) -> None:
    served = certificate(getattr(hashes, signed_with)())
    assert end_point_hash(served) == hashlib.new(hashed_with, served).digest()


def test_a_signature_without_a_hash_of_its_own_is_hashed_with_sha_256() -> None:
    served = certificate(None)
    assert end_point_hash(served) == hashlib.sha256(served).digest()


def test_the_binding_is_the_hash_of_what_gss_api_binds() -> None:
    structure = GssChannelBindings(application_data=application_data(RIGHT)).pack()
    assert ntlm_binding(RIGHT) == hashlib.md5(structure).digest()


def outcome(policy: Policy, found: bytes | None, *served: bytes) -> Outcome:
    try:
        judge_binding(policy, found, served)
    except LoginFailed as failed:
        return failed.outcome
    return Outcome.ACCEPTED


@pytest.mark.parametrize("policy", ["accept", "require"])
def test_a_right_binding_to_any_certificate_that_is_served_is_taken(policy: Policy) -> None:
    assert outcome(policy, ntlm_binding(RIGHT), RIGHT) is Outcome.ACCEPTED
    assert outcome(policy, ntlm_binding(RIGHT), OTHER, RIGHT) is Outcome.ACCEPTED


@pytest.mark.parametrize("policy", ["accept", "require"])
def test_a_wrong_binding_is_refused(policy: Policy) -> None:
    assert outcome(policy, ntlm_binding(OTHER), RIGHT) is Outcome.BINDING_WRONG


@pytest.mark.parametrize("policy", ["accept", "require"])
def test_a_client_that_saw_tls_where_none_is_served_came_through_somebody(policy: Policy) -> None:
    assert outcome(policy, ntlm_binding(RIGHT)) is Outcome.BINDING_WRONG


@pytest.mark.parametrize("absent", [None, bytes(16)])
def test_an_absent_or_empty_binding_is_refused_only_where_one_is_required(absent: bytes | None) -> None:
    assert outcome("accept", absent, RIGHT) is Outcome.ACCEPTED
    assert outcome("require", absent, RIGHT) is Outcome.BINDING_ABSENT
    assert outcome("require", absent) is Outcome.BINDING_ABSENT


def test_nothing_is_compared_where_it_is_off() -> None:
    assert outcome("off", ntlm_binding(OTHER), RIGHT) is Outcome.ACCEPTED
