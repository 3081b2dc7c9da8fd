"""What certificates say, and that no certificate, however odd, is more than a finding."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgehead.certificates.chains.chain import build_chain
from bridgehead.certificates.chains.roots import Roots
from bridgehead.certificates.judging.expectation import Expectation, PublishedName
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.reading.facts import LABORATORY, facts_of
from bridgehead.certificates.reading.reader import read_bytes
from bridgehead.lab.authority import LabAuthority
from tests.certificates.issuing import HOST, NOW, Authority, der

ROOT = Authority("Root")


@cache
def leaf_der() -> bytes:
    return der(ROOT.issue(names=(HOST, "*.contoso.com")).certificate)


def test_the_facts_of_a_good_certificate() -> None:
    issued = ROOT.issue(names=(HOST, "meet.contoso.com"))
    facts = facts_of(issued.certificate)
    assert (facts.common_name, facts.names) == (HOST, (HOST, "meet.contoso.com"))
    assert (facts.key, facts.key_bits, facts.signature) == ("ECDSA", 256, "sha256")
    assert facts.key_usage == ("digital signature", "key encipherment")
    assert facts.extended_key_usage == ("server authentication",)
    assert (facts.is_authority, facts.laboratory, facts.unreadable) == (False, False, ())


def test_what_the_laboratory_signs_is_known_by_its_name() -> None:
    authority = LabAuthority("Contoso's own")
    contents = read_bytes(authority.issue([HOST]).chain_pem, None, "file")
    assert facts_of(contents.certificates[0]).laboratory
    assert LABORATORY == "Bridgehead laboratory, not for production"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_certificate_with_any_octets_changed_is_judged_and_never_a_traceback(data: st.DataObject) -> None:
    mutated = bytearray(leaf_der())
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    judge_whatever(bytes(mutated))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_certificate_with_parts_cut_out_or_doubled_is_judged_and_never_a_traceback(data: st.DataObject) -> None:
    octets = leaf_der()
    first = data.draw(st.integers(0, len(octets)))
    last = data.draw(st.integers(first, len(octets)))
    judge_whatever(octets[:first] + octets[last:])
    judge_whatever(octets[:last] + octets[first:])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_at_all_are_read_or_told(octets: bytes) -> None:
    judge_whatever(octets)
    judge_whatever(b"-----BEGIN CERTIFICATE-----\n" + octets + b"\n-----END CERTIFICATE-----\n")


def judge_whatever(octets: bytes) -> None:
    contents = read_bytes(octets, b"passphrase", "file")
    expected = Expectation(names=(PublishedName(HOST),), names_known=True, subject=HOST, public=True)
    for certificate in contents.certificates:
        roots = [Roots.of([ROOT.certificate])]
        chain = build_chain(certificate, [ROOT.certificate, certificate], roots, NOW)
        for problem in judge(chain, None, expected, where="file", now=NOW, roots=roots):
            assert problem.message
        assert certificate.public_bytes(Encoding.DER)
