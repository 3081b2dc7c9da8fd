from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from bridgehead.certificates.keys import public_key_bytes
from bridgehead.certificates.request.pkcs10 import encoded, make_key, make_request
from bridgehead.certificates.request.requested import KEY_TYPES, RequestedName, Subject
from tests.certificates.request.contoso import BOTH_KINDS, NAMES, contoso

if TYPE_CHECKING:
    from bridgehead.certificates.request.requested import KeyType


def usages(request: x509.CertificateSigningRequest) -> x509.Extension[x509.KeyUsage]:
    return request.extensions.get_extension_for_class(x509.KeyUsage)


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_every_kind_of_key_makes_a_request_that_its_own_key_signed(key_type: KeyType) -> None:
    key = make_key(key_type)
    request = make_request(contoso(), key)
    assert request.is_signature_valid
    assert public_key_bytes(request) == public_key_bytes(key)
    assert key.key_size == int(key_type.split("-")[1].removeprefix("p"))
    assert usages(request).value.key_encipherment is isinstance(key, rsa.RSAPrivateKey)


def test_the_key_and_its_usage_are_those_of_the_document() -> None:
    request = make_request(contoso(client_authentication=True), make_key("rsa-2048"))
    assert request.subject.rfc4514_string() == "CN=webext.contoso.com"
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == list(NAMES)
    assert usages(request).critical
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(purposes.value) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not purposes.critical


def test_client_authentication_is_asked_for_only_when_told() -> None:
    request = make_request(contoso(), make_key("ecdsa-p256"))
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(purposes.value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_suppressed_default_extensions_leave_what_was_asked_for() -> None:
    key = make_key("ecdsa-p256")
    with_defaults = {one.oid for one in make_request(contoso(), key).extensions}
    without = {one.oid for one in make_request(contoso(suppress_default_extensions=True), key).extensions}
    assert with_defaults - without == {x509.SubjectKeyIdentifier.oid}
    assert without == {x509.SubjectAlternativeName.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid}


def test_friendly_name_and_description_are_not_told_to_the_authority() -> None:
    request = make_request(contoso(description="Perimeter, rack 7"), make_key("rsa-2048"))
    der = encoded(request, "binary")
    assert b"Reverse Proxy Listener" not in der
    assert b"rack 7" not in der
    # Nothing but the extensions: no names of a machine or a user, as Windows has them.
    assert len(request.attributes) == 1


def test_the_subject_has_its_parts_in_the_order_that_authorities_expect() -> None:
    subject = Subject("webext.contoso.com", "Contoso, Ltd", "IT", "Zürich", "ZH", "CH")
    request = make_request(contoso(subject=subject), make_key("ecdsa-p256"))
    assert [one.value for one in request.subject] == ["CH", "ZH", "Zürich", "Contoso, Ltd", "IT", "webext.contoso.com"]


def test_the_file_is_base_64_or_binary() -> None:
    request = make_request(contoso(), make_key("ecdsa-p256"))
    assert encoded(request, "base64").startswith(b"-----BEGIN CERTIFICATE REQUEST-----\n")
    assert x509.load_der_x509_csr(encoded(request, "binary")) == request


def openssl_text(request: Path) -> list[str]:
    command = ["openssl", "req", "-in", str(request), "-noout", "-text", "-verify"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    # Releases differ in the spaces around an equals sign.
    return [line.strip().replace(" = ", "=") for line in finished.stdout.splitlines()]


def without_numbers(text: list[str]) -> list[str]:
    """The lines but those of the modulus, the identifier and the signature, which no document knows."""
    return [line for line in text if not re.fullmatch(r"([0-9a-fA-F]{2}(:|$))+", line)]


def test_openssl_reads_exactly_the_fields_of_the_documents_steps(tmp_path: Path) -> None:
    file = tmp_path / "public.req"
    file.write_bytes(encoded(make_request(contoso(client_authentication=True), make_key("rsa-2048")), "base64"))
    text = without_numbers(openssl_text(file))
    fields = [line for line in text if not line.startswith(("Certificate request self-signature", "Exponent", "Mod"))]
    end = fields.index("Signature Algorithm: sha256WithRSAEncryption")
    assert fields[:end] == [
        "Certificate Request:",
        "Data:",
        "Version: 1 (0x0)",
        "Subject: CN=webext.contoso.com",
        "Subject Public Key Info:",
        "Public Key Algorithm: rsaEncryption",
        "Public-Key: (2048 bit)",
        "Attributes:",
        "Requested Extensions:",
        "X509v3 Subject Alternative Name:",
        ", ".join(f"DNS:{name}" for name in NAMES),
        "X509v3 Key Usage: critical",
        "Digital Signature, Key Encipherment",
        "X509v3 Extended Key Usage:",
        "TLS Web Server Authentication, TLS Web Client Authentication",
        "X509v3 Subject Key Identifier:",
    ]


def issued(request: x509.CertificateSigningRequest) -> bytes:
    """A certificate as a public authority of our own would issue it, with all that the request asks for taken over."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    issuer = {NameOID.COUNTRY_NAME: "US", NameOID.ORGANIZATION_NAME: "Test", NameOID.COMMON_NAME: "Test R1"}
    places = {
        AuthorityInformationAccessOID.OCSP: "http://ocsp.example.com",
        AuthorityInformationAccessOID.CA_ISSUERS: "http://ca.example.com/r1.der",
    }
    revoked = x509.UniformResourceIdentifier("http://crl.example.com/r1.crl")
    domain_validated = x509.ObjectIdentifier("2.23.140.1.2.1")
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in issuer.items()]))
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=47))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint([revoked], None, None, None)]), critical=False
        )
        .add_extension(
            x509.AuthorityInformationAccess(
                [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in places.items()]
            ),
            critical=False,
        )
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(domain_validated, None)]), critical=False)
    )
    for extension in request.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def findings(linter: str, certificate: Path, *options: str) -> set[tuple[str, str]]:
    """Severity and code of all that a linter finds, from a warning on."""
    program = Path(sys.executable).with_name(linter)
    command = [str(program), "lint", *options, "-s", "WARNING", "-f", "JSON", str(certificate)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.stderr == ""
    results = json.loads(finished.stdout)["results"]
    return {(found["severity"], found["code"]) for one in results for found in one["finding_descriptions"]}


BECAUSE_OF_THE_DOCUMENT = {
    # Step 8: the common name; step 5, unchecked: a default extension. Both are allowed, and discouraged by the
    # Baseline Requirements 7.1.2.7.2 and 7.1.2.7.6; RFC 5280 in turn recommends the identifier (4.2.1.2).
    ("WARNING", "cabf.serverauth.dv.common_name_attribute_present"),
    ("WARNING", "cabf.serverauth.subscriber.subject_key_identifier_extension_present"),
}
STEP_11 = ("WARNING", "cabf.serverauth.subscriber_rsa_digitalsignature_and_keyencipherment_present")


@pytest.mark.parametrize("key_type", BOTH_KINDS)
def test_a_certificate_issued_from_the_default_request_has_no_fault_that_the_request_caused(
    key_type: KeyType, tmp_path: Path
) -> None:
    certificate = tmp_path / "issued.pem"
    certificate.write_bytes(issued(make_request(contoso(), make_key(key_type))))
    assert findings("lint_pkix_cert", certificate) == set()
    expected = BECAUSE_OF_THE_DOCUMENT | ({STEP_11} if key_type == "rsa-2048" else set())
    assert findings("lint_cabf_serverauth_cert", certificate, "--detect") == expected


def test_the_linter_notices_a_fault_of_a_request(tmp_path: Path) -> None:
    certificate = tmp_path / "issued.pem"
    wrong = contoso(names=(RequestedName("web_ext.contoso.com"),))
    certificate.write_bytes(issued(make_request(wrong, make_key("rsa-2048"))))
    found = findings("lint_cabf_serverauth_cert", certificate, "--detect")
    assert any(severity == "ERROR" for severity, _ in found), found
