"""Chains: put in order, completed from what is given, freed of what does not belong."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from cryptography import x509

from bridgehead.certificates.chains.chain import Chain, build_chain, find_leaves, in_order
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.reading.reader import read
from tests.certificates.issuing import NOW, Authority, outdated

ROOT = Authority("Root")
MIDDLE = Authority("Middle", ROOT)
ISSUING = Authority("Issuing", MIDDLE)
LEAF = ISSUING.issue().certificate
STRANGER = Authority("Stranger")


def chain(*given: x509.Certificate, roots: tuple[Roots, ...] = ()) -> Chain:
    return build_chain(LEAF, given, roots, NOW)


@pytest.mark.parametrize("order", list(permutations([ROOT, MIDDLE, ISSUING])))
def test_any_order_becomes_the_right_one_without_the_root(order: tuple[Authority, ...]) -> None:
    made = chain(*(one.certificate for one in order))
    assert made.served == (LEAF, ISSUING.certificate, MIDDLE.certificate)
    assert (made.root, made.root_left_out) == (ROOT.certificate, True)


def test_what_does_not_belong_is_left_out_and_named() -> None:
    made = chain(STRANGER.certificate, MIDDLE.certificate, ISSUING.certificate, ISSUING.certificate)
    assert made.served == (LEAF, ISSUING.certificate, MIDDLE.certificate)
    assert made.left_out == (STRANGER.certificate,)


def test_a_missing_link_ends_the_chain() -> None:
    made = chain(MIDDLE.certificate, ROOT.certificate)
    assert made.served == (LEAF,)
    assert (made.root, made.trust) == (None, None)


def test_trust_comes_from_the_roots_and_not_from_what_was_given() -> None:
    links = (ISSUING.certificate, MIDDLE.certificate)
    assert chain(*links, ROOT.certificate).trust is None
    assert chain(*links, roots=(Roots.of([ROOT.certificate]),)).trust == "given"
    assert chain(*links, roots=(Roots.of([STRANGER.certificate]),)).trust is None
    public = (Roots.of([STRANGER.certificate]), Roots.of([ROOT.certificate], "public"))
    assert chain(*links, roots=public).trust == "public"


def test_two_authorities_of_one_name_are_told_apart_by_their_signature() -> None:
    namesake = Authority("Issuing", MIDDLE)
    made = chain(namesake.certificate, ISSUING.certificate, MIDDLE.certificate)
    assert made.served == (LEAF, ISSUING.certificate, MIDDLE.certificate)
    assert made.left_out == (namesake.certificate,)


def test_a_cross_signed_authority_is_served_for_older_clients() -> None:
    older = Authority("Older Root")
    crossed = (
        x509.CertificateBuilder(older.name, ROOT.name, ROOT.key.public_key(), 5)
        .not_valid_before(ROOT.certificate.not_valid_before_utc)
        .not_valid_after(ROOT.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(older.key, ISSUING.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
    )
    trusted = (Roots.of([ROOT.certificate], "public"),)
    made = chain(ISSUING.certificate, MIDDLE.certificate, crossed, roots=trusted)
    assert made.served == (LEAF, ISSUING.certificate, MIDDLE.certificate, crossed)
    assert made.trust == "public"


def test_of_two_certificates_of_an_authority_the_valid_one_is_served() -> None:
    expired = x509.CertificateBuilder(MIDDLE.name, ISSUING.name, ISSUING.key.public_key(), 6)
    expired = expired.not_valid_before(NOW.replace(year=NOW.year - 3)).not_valid_after(NOW.replace(year=NOW.year - 1))
    old = expired.sign(MIDDLE.key, ISSUING.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
    assert chain(old, ISSUING.certificate, MIDDLE.certificate).served[1] == ISSUING.certificate


def test_signatures_of_another_time_are_followed_all_the_same(tmp_path: Path) -> None:
    # They are refused for what they are, and not told as a missing intermediate.
    leaf, _ = outdated(tmp_path, "sha1", 2048)
    root = read(tmp_path / "old-root.pem").certificates[0]
    made = build_chain(read(leaf).certificates[0], [root], [Roots.of([root])], NOW)
    assert made.trust == "given"


def test_the_leaf_is_found_among_its_chain() -> None:
    assert find_leaves([ROOT.certificate, ISSUING.certificate, LEAF, MIDDLE.certificate]) == [LEAF]
    assert find_leaves([ROOT.certificate]) == [ROOT.certificate]


def test_order_is_that_of_issuers() -> None:
    assert in_order([LEAF, ISSUING.certificate, MIDDLE.certificate, ROOT.certificate])
    assert not in_order([LEAF, MIDDLE.certificate])


def test_the_systems_roots_are_those_that_openssl_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "roots.pem").write_bytes(ROOT.pem + STRANGER.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    known = system_roots()
    assert known.trust == "public"
    assert known.issuer_of(MIDDLE.certificate) == ROOT.certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert not system_roots()
