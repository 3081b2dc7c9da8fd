"""Judgement: each thing that can be wrong with a certificate is one finding with its own code."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from bridgehead.certificates.chains.chain import build_chain
from bridgehead.certificates.chains.roots import Roots
from bridgehead.certificates.judging import judgement
from bridgehead.certificates.judging.expectation import Expectation, LifetimeLimit, PublishedName
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.reading.reader import read, read_bytes
from bridgehead.lab.authority import LabAuthority
from bridgehead.problems import Problem
from tests.certificates.issuing import CLIENT, DAY, HOST, NOW, SERVER, Authority, new_key, outdated, usage

ROOT = Authority("Root")
ISSUING = Authority("Issuing", ROOT)
PUBLIC = (Roots.of([]), Roots.of([ROOT.certificate], "public"))
GIVEN = (Roots.of([ROOT.certificate]), Roots.of([Authority("Other").certificate], "public"))

NAMES = (
    PublishedName(HOST, "External web services FQDN of a front-end pool.", "unusual"),
    PublishedName("meet.contoso.com", "Meeting simple URL."),
)
EXPECTED = Expectation(
    names=NAMES,
    names_known=True,
    subject=HOST,
    public=True,
    lifetimes=(LifetimeLimit(date(2020, 9, 1), 398, "old"), LifetimeLimit(date(2026, 3, 15), 200, "SC-081v3")),
)
BOTH = (HOST, "meet.contoso.com")


def findings(
    leaf: x509.Certificate,
    expected: Expectation = EXPECTED,
    roots: tuple[Roots, ...] = PUBLIC,
    *,
    given: tuple[x509.Certificate, ...] = (ISSUING.certificate,),
    key: object = None,
    now: datetime = NOW,
) -> list[Problem]:
    chain = build_chain(leaf, given, roots, now)
    return judge(chain, key, expected, where="file", now=now, roots=roots)  # type: ignore[arg-type]


def codes(*arguments: object, **more: object) -> list[str]:
    return [problem.code for problem in findings(*arguments, **more)]  # type: ignore[arg-type]


def test_a_good_certificate_has_no_finding() -> None:
    issued = ISSUING.issue(names=BOTH)
    assert findings(issued.certificate, key=issued.key) == []


def test_client_authentication_beside_it_is_fine_and_its_absence_too() -> None:
    assert codes(ISSUING.issue(names=BOTH, extended_key_usage=(SERVER, CLIENT)).certificate) == []


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"begins": NOW - 100 * DAY}, "certificate.expired", "error"),
        ({"begins": NOW + DAY}, "certificate.not-yet-valid", "error"),
        ({"begins": NOW - 80 * DAY}, "certificate.expires-soon", "warning"),
        ({"names": (HOST,)}, "certificate.name-missing", "error"),
        ({"names": ()}, "certificate.no-names", "error"),
        ({"subject": "lync.contoso.com", "names": BOTH}, "certificate.subject-not-among-names", "error"),
        ({"names": (*BOTH, "*.contoso.com"), "subject": "*.contoso.com"}, "certificate.wildcard-subject", "warning"),
        ({"names": ("*.contoso.com",), "subject": ""}, "certificate.wildcard-for-pool", "warning"),
        ({"names": (*BOTH, "m*.contoso.com")}, "certificate.wildcard-form", "warning"),
        ({"names": (*BOTH, "old.contoso.com")}, "certificate.name-unpublished", "warning"),
        ({"names": (*BOTH, "fe01.contoso.local")}, "certificate.internal-name", "error"),
        ({"names": (*BOTH, "fe01")}, "certificate.internal-name", "error"),
        ({"key_usage": usage("key_encipherment")}, "certificate.key-usage", "error"),
        ({"key_usage": None}, "certificate.key-usage-absent", "warning"),
        ({"extended_key_usage": (CLIENT,)}, "certificate.no-server-authentication", "error"),
        ({"extended_key_usage": None}, "certificate.extended-key-usage-absent", "warning"),
        ({"extended_key_usage_critical": True}, "certificate.extended-key-usage-critical", "warning"),
        ({"authority": True}, "certificate.is-authority", "error"),
        ({"days": 250}, "certificate.lives-too-long", "warning"),
        ({"key": ed25519.Ed25519PrivateKey.generate()}, "certificate.unusual-key", "error"),
    ],
)
def test_each_fault_has_its_code(changes: dict[str, object], code: str, severity: str) -> None:
    leaf = ISSUING.issue(**({"names": BOTH} | changes)).certificate  # type: ignore[arg-type]
    found = [problem for problem in findings(leaf) if problem.code == code]
    assert found
    assert {problem.severity for problem in found} == {severity}
    assert all(problem.where == "file" and problem.message and problem.hint for problem in found)


def test_a_missing_name_says_why_it_is_published() -> None:
    (problem,) = findings(ISSUING.issue(names=(HOST,)).certificate)
    assert "meet.contoso.com" in problem.message
    assert "Meeting simple URL." in problem.message


def test_a_wildcard_stands_for_one_label_and_simple_urls() -> None:
    assert codes(ISSUING.issue(names=(HOST, "*.contoso.com")).certificate) == []
    deeper = Expectation(names=(PublishedName("meet.eu.contoso.com"), PublishedName("contoso.com")))
    assert codes(ISSUING.issue(names=("*.contoso.com",), subject="").certificate, deeper) == [
        "certificate.name-missing",
        "certificate.name-missing",
    ]


def test_the_edge_takes_no_wildcard() -> None:
    edge = Expectation(names=(PublishedName("sip.contoso.com", "Access Edge.", "never"),))
    assert codes(ISSUING.issue(names=("*.contoso.com",), subject="").certificate, edge) == [
        "certificate.wildcard-for-edge"
    ]
    assert codes(ISSUING.issue(names=("sip.contoso.com", "*.contoso.com")).certificate, edge) == []


def test_an_edge_that_shares_the_certificate_may_want_client_authentication() -> None:
    shared = Expectation(client_authentication=True)
    assert codes(ISSUING.issue().certificate, shared) == ["certificate.no-client-authentication"]
    assert codes(ISSUING.issue(extended_key_usage=(SERVER, CLIENT)).certificate, shared) == []


def test_names_that_another_certificate_serves_are_not_missing() -> None:
    here = Expectation(names=NAMES[:1], covered_elsewhere=("meet.contoso.com",), names_known=True)
    assert codes(ISSUING.issue(names=(HOST,)).certificate, here) == []
    assert codes(ISSUING.issue(names=BOTH).certificate, here) == []


def test_an_rsa_key_without_key_encipherment_shuts_out_old_clients() -> None:
    key = rsa.generate_private_key(65537, 2048)
    leaf = ISSUING.issue(names=BOTH, key=key, key_usage=usage("digital_signature")).certificate
    assert codes(leaf) == ["certificate.no-key-encipherment"]


def test_another_key_does_not_match() -> None:
    assert codes(ISSUING.issue(names=BOTH).certificate, key=new_key()) == ["certificate.key-does-not-match"]


@pytest.mark.parametrize(
    ("digest", "bits", "code"), [("sha1", 2048, "certificate.weak-signature"), ("sha256", 1024, "certificate.weak-key")]
)
def test_what_clients_no_longer_accept_is_refused(digest: str, bits: int, code: str, tmp_path: Path) -> None:
    leaf, _ = outdated(tmp_path, digest, bits, BOTH)
    roots = (Roots.of(read(tmp_path / "old-root.pem").certificates, "public"),)
    assert codes(read(leaf).certificates[0], EXPECTED, roots, now=NOW + DAY) == [code]


def test_an_incomplete_chain_says_which_certificate_is_missing() -> None:
    (problem,) = findings(ISSUING.issue(names=BOTH).certificate, given=())
    assert problem.code == "certificate.chain-incomplete"
    assert "CN=Issuing" in problem.message
    assert "--chain" in problem.hint


def test_an_expired_intermediate_is_refused() -> None:
    old = Authority("Old Issuing", ROOT, begins=NOW - 100 * DAY, days=50)
    found = codes(old.issue(names=BOTH).certificate, given=(old.certificate,))
    assert found == ["certificate.intermediate-expired"]


def test_a_leaf_that_signed_another_is_no_authority() -> None:
    middle = ISSUING.issue(names=("not-an-authority.contoso.com",))
    below = Authority("Below", ROOT)
    below.name, below.key = middle.certificate.subject, middle.key  # type: ignore[assignment]
    leaf = below.issue(names=BOTH).certificate
    assert "certificate.issuer-no-authority" in codes(leaf, given=(middle.certificate, ISSUING.certificate))


def test_a_root_of_ones_own_is_fine_where_it_is_planned_and_told_where_it_is_not() -> None:
    leaf = ISSUING.issue(names=BOTH).certificate
    assert codes(leaf, roots=GIVEN) == ["certificate.issuer-private"]
    private = Expectation(names=NAMES, public=False)
    assert codes(leaf, private, GIVEN) == []
    unknown = (Roots.of([]), Roots.of([Authority("Other").certificate], "public"))
    assert codes(leaf, private, unknown) == ["certificate.root-unconfirmed"]


def test_a_chain_that_ends_at_an_unknown_root_is_refused() -> None:
    unknown = (Roots.of([]), Roots.of([Authority("Other").certificate], "public"))
    given = (ISSUING.certificate, ROOT.certificate)
    leaf = ISSUING.issue(names=BOTH).certificate
    assert codes(leaf, roots=unknown, given=given) == ["certificate.issuer-not-trusted"]
    nothing = (Roots.of([]), Roots.of([], "public"))
    assert codes(leaf, roots=nothing, given=given) == ["certificate.roots-unknown"]


def test_a_certificate_that_signed_itself_is_refused() -> None:
    alone = Authority(HOST)
    assert "certificate.self-signed" in codes(alone.certificate, roots=GIVEN)


def test_limits_of_public_authorities_are_not_asked_of_ones_own() -> None:
    leaf = ISSUING.issue(names=BOTH, days=1000).certificate
    assert codes(leaf, Expectation(names=NAMES, public=False, lifetimes=EXPECTED.lifetimes), GIVEN) == []


def test_a_longer_warning_can_be_asked_for() -> None:
    leaf = ISSUING.issue(names=BOTH).certificate
    assert codes(leaf, Expectation(expires_within=timedelta(days=100))) == ["certificate.expires-soon"]


def test_the_laboratorys_certificates_are_never_for_production() -> None:
    authority = LabAuthority("outside")
    leaf = read_bytes(authority.issue(BOTH).chain_pem, None, "file").certificates[0]
    roots = (Roots.of([authority.certificate]),)
    assert codes(leaf, Expectation(), roots) == ["certificate.laboratory"]


def test_every_code_is_in_the_documents_table() -> None:
    package = Path(judgement.__file__).parent
    sources = (*package.glob("*.py"), package.parent / "answer.py")
    said = {code for path in sources for code in re.findall(r'"(certificate\.[a-z-]+)"', path.read_text())}
    page = (package.parents[3] / "docs" / "certificates.md").read_text(encoding="utf-8")
    assert {code for code in said if f"`{code}`" not in page} == set()
    assert len(said) > 25
