"""ARI (RFC 9773), against a stub: Debian's Pebble does not have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.renewal_information import Suggestion, identifier, suggestion
from bridgehead.certificates.acme.session import Session
from tests.certificates.acme.stub import GivenTime, Stub, stub
from tests.certificates.issuing import DAY, NOW, Authority, named, new_key

KEY_IDENTIFIER = bytes.fromhex("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")
KNOWN_BY = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
"""The example of RFC 9773, 4.1."""


def certificate(serial: int = 0x87654321, *, with_identifier: bool = True) -> x509.Certificate:
    key = new_key()
    builder = x509.CertificateBuilder(named("an authority"), named("leaf"), key.public_key(), serial)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + DAY)
    if with_identifier:
        extension = x509.AuthorityKeyIdentifier(KEY_IDENTIFIER, None, None)
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


@pytest.fixture
def authority() -> Iterator[Stub]:
    with stub() as answering:
        answering.directory(renewalInfo=f"{answering.url}/renewal-info")
        yield answering


def ask(authority: Stub) -> Suggestion | None:
    return suggestion(Session(authority.authority, None, GivenTime().clock), certificate())


def window(authority: Stub, start: str, end: str, **fields: str) -> None:
    told = {"suggestedWindow": {"start": start, "end": end}}
    authority.answers[f"/renewal-info/{KNOWN_BY}"] = 200, fields, told


def test_a_certificate_is_known_by_its_issuer_s_key_and_its_serial() -> None:
    assert identifier(certificate()) == KNOWN_BY
    # Without the zero in front, where the first bit is not set.
    assert identifier(certificate(0x07654321)) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.B2VDIQ"


def test_one_that_does_not_name_its_issuer_s_key_is_not_known() -> None:
    assert identifier(certificate(with_identifier=False)) is None
    assert identifier(Authority("root").issue().certificate) is None


def test_the_window_and_when_to_ask_again(authority: Stub) -> None:
    window(authority, "2027-01-02T04:00:00Z", "2027-01-03T04:00:00Z", **{"Retry-After": "21600"})
    told = ask(authority)
    assert told is not None
    assert (told.start.isoformat(), told.end.isoformat()) == ("2027-01-02T04:00:00+00:00", "2027-01-03T04:00:00+00:00")
    assert told.retry_after == 21600


def test_a_window_that_ends_before_it_begins_is_none(authority: Stub) -> None:
    window(authority, "2027-01-03T04:00:00Z", "2027-01-02T04:00:00Z")
    assert ask(authority) is None


def test_an_authority_without_it_is_not_asked(authority: Stub) -> None:
    authority.directory()
    assert ask(authority) is None
    assert authority.asked == ["/directory"]


@pytest.mark.parametrize("answer", ["<html>", {"suggestedWindow": {}}, {"suggestedWindow": {"start": "x", "end": "y"}}])
def test_nonsense_is_a_failure_that_is_told(authority: Stub, answer: object) -> None:
    authority.answers[f"/renewal-info/{KNOWN_BY}"] = 200, {}, answer
    with pytest.raises(AttemptFailed, match="is not one of ACME"):
        ask(authority)
