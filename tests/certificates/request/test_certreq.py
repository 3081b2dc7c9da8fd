from __future__ import annotations

import configparser
import re

import pytest

from bridgehead.certificates.request.certreq import as_inf_file, certreq_inf
from bridgehead.certificates.request.requested import RequestedName, Subject
from tests.certificates.request.contoso import NAMES, contoso


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """Keys and values of each section, without comments; strings as Windows reads them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = entries = []
        elif line and not line.startswith(";"):
            key, _, value = line.partition(" = ")
            entries.append((key, unquoted(value)))
    return found


def unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value.partition(";")[0].strip()
    assert re.fullmatch(r'"([^"%]|""|%%)*"', value), value
    return value[1:-1].replace('""', '"').replace("%%", "%")


def new_request(text: str) -> dict[str, str]:
    return dict(sections(text)["NewRequest"])


def test_the_inf_says_what_the_documents_steps_say() -> None:
    asked = new_request(certreq_inf(contoso(), "rsa-2048"))
    assert asked == {
        "Subject": "CN=webext.contoso.com",
        "ProviderName": "Microsoft RSA SChannel Cryptographic Provider",
        "ProviderType": "12",
        "KeySpec": "1",
        "KeyLength": "2048",
        "HashAlgorithm": "SHA256",
        "KeyUsage": "0xa0",
        "MachineKeySet": "TRUE",
        "Exportable": "FALSE",
        "RequestType": "PKCS10",
        "UseExistingKeySet": "FALSE",
        "SMIME": "FALSE",
        "SuppressDefaults": "FALSE",
        "FriendlyName": "Reverse Proxy Listener for Lync Server",
    }


def test_every_name_is_a_line_of_its_own_joined_by_ampersands() -> None:
    extensions = sections(certreq_inf(contoso(), "rsa-2048"))["Extensions"]
    assert extensions[0] == ("2.5.29.17", "{text}")
    assert {key for key, _ in extensions[1:]} == {"_continue_"}
    assert "".join(value for _, value in extensions[1:]) == "&".join(f"DNS={name}" for name in NAMES)


def test_client_authentication_stands_beside_server_authentication_when_asked_for() -> None:
    def purposes(*, client: bool) -> list[tuple[str, str]]:
        return sections(certreq_inf(contoso(client_authentication=client), "rsa-2048"))["EnhancedKeyUsageExtension"]

    assert purposes(client=False) == [("OID", "1.3.6.1.5.5.7.3.1")]
    assert purposes(client=True) == [("OID", "1.3.6.1.5.5.7.3.1"), ("OID", "1.3.6.1.5.5.7.3.2")]


@pytest.mark.parametrize(("key_type", "bits"), [("ecdsa-p256", "256"), ("ecdsa-p384", "384")])
def test_ecdsa_uses_a_key_storage_provider_and_signs_alone(key_type: str, bits: str) -> None:
    asked = new_request(certreq_inf(contoso(), key_type))  # type: ignore[arg-type]  # parametrize knows only str
    assert asked["ProviderName"] == "Microsoft Software Key Storage Provider"
    assert asked["KeyAlgorithm"] == f"ECDSA_P{bits}"
    assert asked["HashAlgorithm"] == f"SHA{bits}"
    assert asked["KeyUsage"] == "0x80"
    assert {"ProviderType", "KeySpec"}.isdisjoint(asked)


def test_what_is_exportable_or_suppressed_is_said() -> None:
    asked = new_request(certreq_inf(contoso(exportable=True, suppress_default_extensions=True), "rsa-4096"))
    assert (asked["Exportable"], asked["SuppressDefaults"], asked["KeyLength"]) == ("TRUE", "TRUE", "4096")


def test_separators_inside_the_subject_stay_inside_their_part() -> None:
    subject = Subject("webext.contoso.com", 'Contoso, "East" + West', "100%", country="US")
    asked = new_request(certreq_inf(contoso(subject=subject), "rsa-2048"))
    assert asked["Subject"] == 'CN=webext.contoso.com,OU=100%,O="Contoso, ""East"" + West",C=US'


def test_a_name_cannot_add_lines_to_the_file() -> None:
    text = certreq_inf(contoso(friendly_name='Proxy" ; [Extensions]'), "rsa-2048")
    assert new_request(text)["FriendlyName"] == 'Proxy" ; [Extensions]'
    assert list(sections(text)) == ["Version", "NewRequest", "Extensions", "EnhancedKeyUsageExtension"]


def test_the_file_has_the_lines_and_letters_of_windows() -> None:
    plain = as_inf_file(certreq_inf(contoso(), "rsa-2048"))
    assert plain.isascii()
    assert plain.count(b"\n") == plain.count(b"\r\n") > 20
    accented = as_inf_file(certreq_inf(contoso(subject=Subject("webext.contoso.com", "Zürich AG")), "rsa-2048"))
    assert accented.startswith(b"\xff\xfe")
    assert "Zürich AG" in accented.decode("utf-16")


def test_any_reader_of_such_files_finds_the_sections() -> None:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=";")
    parser.read_string(certreq_inf(contoso(names=(RequestedName("*.contoso.com"),)), "rsa-2048"))
    assert parser["Version"]["Signature"] == '"$Windows NT$"'
