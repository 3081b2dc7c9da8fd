"""Certificates in the file: two files of one's own, or a place in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.file import USUAL_CREDENTIALS, parse
from bridgehead.topology.model import Topology

START = """\
sip_domains = ["contoso.com"]
simple_urls.meet."contoso.com" = "https://meet.contoso.com"
{top}
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
"""


def topology(certificate: str, top: str = "") -> Topology:
    return parse(f"{START.format(top=top)}{certificate}", "bridgehead.toml", Path("/etc/bridgehead")).topology


def problem(certificate: str) -> Problem:
    with pytest.raises(ProblemsFound) as found:
        topology(certificate)
    (one,) = found.value.problems
    return one


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("true", ["rsa"]),
        ('"ecdsa"', ["ecdsa"]),
        ('["rsa"]', ["rsa"]),
        ('["rsa", "ecdsa"]', ["rsa", "ecdsa"]),
    ],
)
def test_a_stored_certificate_has_one_pair_for_each_kind(written: str, kinds: list[str]) -> None:
    pairs = topology(f"[certificate.public]\nstore = {written}\n").certificates["public"]
    assert [pair.store for pair in pairs] == [(kind,) for kind in kinds]


def test_a_stored_kind_and_files_may_stand_side_by_side() -> None:
    text = '[[certificate.public]]\nstore = "rsa"\n[[certificate.public]]\nchain = "c.pem"\nkey = "k.pem"\n'
    stored, own = topology(text).certificates["public"]
    assert (stored.store, stored.chain) == (("rsa",), None)
    assert (own.store, own.chain) == ((), "/etc/bridgehead/c.pem")


def test_what_came_from_the_store_comes_back_from_json_unchanged() -> None:
    read = topology('[certificate.public]\nstore = ["rsa", "ecdsa"]\n')
    assert Topology.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('store = true\nchain = "c.pem"', "certificate.twice", 10),
        ('chain = "c.pem"', "key.missing", 8),
        ('key = "k.pem"', "key.missing", 8),
        ('store = false\nkey = "k.pem"', "key.missing", 8),
        ('store = ["rsa", "dsa"]', "value.unknown", 9),
    ],
)
def test_half_a_certificate_is_told_of(text: str, code: str, line: int) -> None:
    found = problem(f"[certificate.public]\n{text}\n")
    assert found.code == code
    assert f":{line}:" in found.where


def test_neither_files_nor_the_store_is_nothing() -> None:
    with pytest.raises(ProblemsFound) as found:
        topology("[certificate.public]\nstore = []\n")
    assert [one.message for one in found.value.problems] == ["chain is missing here.", "key is missing here."]


def test_a_name_that_is_no_directory_is_refused_for_the_store_alone() -> None:
    assert problem('[certificate."public/old"]\nstore = true\n').code == "store.name"
    assert topology('[certificate."public/old"]\nchain = "c.pem"\nkey = "k.pem"\n').certificates


def test_the_store_is_beside_the_file_where_the_file_says_so() -> None:
    usual = topology("[certificate.public]\nstore = true\n")
    assert usual.certificate_store == "/var/lib/bridgehead/certificates"
    own = topology("[certificate.public]\nstore = true\n", 'certificate_store = "certificates"')
    assert own.certificate_store == "/etc/bridgehead/certificates"


def test_a_passphrase_may_be_a_credential_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    top = 'certificate_passphrase_file = "$CREDENTIALS_DIRECTORY/passphrase"'
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/other.service")
    within = topology("[certificate.public]\nstore = true\n", top)
    assert within.certificate_passphrase_file == "/run/credentials/other.service/passphrase"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    outside = topology("[certificate.public]\nstore = true\n", top)
    assert outside.certificate_passphrase_file == f"{USUAL_CREDENTIALS}/passphrase"
