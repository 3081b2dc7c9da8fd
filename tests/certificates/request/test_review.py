from __future__ import annotations

from dataclasses import replace

from bridgehead.certificates.request.pkcs10 import make_key, make_request
from bridgehead.certificates.request.requested import Reasons, RequestedCertificate, RequestedName
from bridgehead.certificates.request.review import Line, review
from tests.certificates.request.contoso import NAMES, contoso


def lines(requested: RequestedCertificate) -> tuple[Line, ...]:
    return review(requested, make_request(requested, make_key(requested.key_types[0])))


def values(requested: RequestedCertificate) -> dict[str, str]:
    return {line.field: line.value for line in lines(requested)}


def test_every_field_has_its_step_in_the_documents_order_and_a_reason() -> None:
    shown = lines(contoso(description="Rack 7"))
    assert [line.step for line in shown] == [5, 5, 7, 7, 8, *[9] * len(NAMES), 11, 12, 13, 13, 14]
    assert all(line.because for line in shown)


def test_the_values_are_those_of_the_document() -> None:
    shown = values(contoso(client_authentication=True))
    assert shown["Request format"] == "PKCS #10, signed with SHA-256"
    assert shown["Common name"] == "webext.contoso.com"
    assert shown["Key usage"] == "digital signature, key encipherment; critical"
    assert shown["Extended key usage"] == "server authentication, client authentication; not critical"
    assert shown["Key"] == "RSA, 2048 bits"
    assert shown["Key type"] == "Exchange"
    assert shown["Private key exportable"] == "no"


def test_each_name_stands_with_its_own_reason() -> None:
    shown = {line.value: line.because for line in lines(contoso()) if line.step == 9}
    assert list(shown) == list(NAMES)
    assert shown["meet.contoso.com"] == "Why meet.contoso.com."


def test_the_request_itself_is_shown_and_not_what_was_meant() -> None:
    meant = contoso()
    made = make_request(contoso(names=(RequestedName("other.contoso.com"),)), make_key("rsa-3072"))
    shown = review(meant, made)
    assert [line.value for line in shown if line.step == 9] == ["webext.contoso.com", "other.contoso.com"]
    assert "RSA, 3072 bits" in {line.value for line in shown}


def test_an_ecdsa_key_has_no_encipherment_and_no_key_type_exchange() -> None:
    shown = values(contoso(key_types=("ecdsa-p384",)))
    assert shown["Key"] == "ECDSA, P-384"
    assert shown["Key usage"] == "digital signature; critical"
    assert shown["Request format"].endswith("SHA-384")
    assert "Key type" not in shown


def test_suppressed_defaults_are_shown_as_such() -> None:
    assert values(contoso(suppress_default_extensions=True))["Default extensions"] == "suppressed"
    assert values(contoso())["Default extensions"] == "subject key identifier"


def test_an_internationalised_name_is_shown_as_people_write_it() -> None:
    shown = lines(contoso(names=(RequestedName("*.bücher.example"),)))
    assert "*.xn--bcher-kva.example (*.bücher.example)" in {line.value for line in shown}


def test_the_planners_reasons_are_shown() -> None:
    because = Reasons(extended_key_usage="Your own authority issues it.", exportable="Two proxies share it.")
    shown = {line.field: line.because for line in lines(replace(contoso(exportable=True), because=because))}
    assert shown["Extended key usage"] == "Your own authority issues it."
    assert shown["Private key exportable"].startswith("Two proxies share it. `bridgehead certificate export`")
