"""Authorities in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.acme import well_known
from bridgehead.topology.file import parse
from bridgehead.topology.model import Topology
from tests.topology.test_listeners import START

CERTIFICATE = "[certificate.public]\nstore = true\nacme = true\n"


def topology(text: str) -> Topology:
    """The file with these sections; with a certificate that is ordered, unless they have another."""
    text = text if "[certificate." in text else CERTIFICATE + text
    return parse(f"{START.format(top='')}{text}", "bridgehead.toml", Path("/etc/bridgehead")).topology


def codes(text: str) -> list[str]:
    with pytest.raises(ProblemsFound) as found:
        topology(text)
    return [problem.code for problem in found.value.problems]


def problem(text: str) -> Problem:
    with pytest.raises(ProblemsFound) as found:
        topology(text)
    (one,) = found.value.problems
    return one


LETS_ENCRYPT = '[acme]\ndirectory = "letsencrypt"\n'


def test_a_known_name_stands_for_two_directories() -> None:
    (one,) = topology(CERTIFICATE + LETS_ENCRYPT).authorities
    assert one.label == "letsencrypt"
    assert one.url == "https://acme-v02.api.letsencrypt.org/directory"
    assert one.staging_url == "https://acme-staging-v02.api.letsencrypt.org/directory"


def test_every_known_authority_has_an_encrypted_directory() -> None:
    urls = [url for one in well_known().values() for url in (one.directory, one.staging) if url is not None]
    assert all(url.startswith("https://") for url in urls)


def test_one_of_your_own() -> None:
    (one,) = topology(
        '[acme]\ndirectory = "https://ca.contoso.local/acme/directory"\nroot = "contoso-root.pem"\n'
    ).authorities
    assert (one.label, one.staging_url) == ("ca.contoso.local", None)
    assert one.root == ("/etc/bridgehead/contoso-root.pem",)


def test_several_stand_in_the_order_of_the_file() -> None:
    text = (
        LETS_ENCRYPT.replace("[acme]", "[[acme]]") + '[[acme]]\nname = "second"\ndirectory = "https://x.contoso.com"\n'
    )
    assert [one.label for one in topology(text).authorities] == ["letsencrypt", "second"]


def test_what_came_from_the_file_comes_back_from_json_unchanged() -> None:
    read = topology(CERTIFICATE + LETS_ENCRYPT)
    assert Topology.model_validate_json(read.model_dump_json()) == read


def test_the_plan_is_the_same_with_and_without() -> None:
    assert topology(CERTIFICATE + LETS_ENCRYPT).certificates["public"][0].acme
    assert not topology("[certificate.public]\nstore = true\n").certificates["public"][0].acme


@pytest.mark.parametrize("directory", ["letsencypt", "http://acme.contoso.com/directory", "https://", ""])
def test_what_is_no_directory_is_refused_with_the_known_names(directory: str) -> None:
    found = problem(f'[acme]\ndirectory = "{directory}"\n')
    assert found.code == "acme.directory"
    assert "letsencrypt" in found.hint


@pytest.mark.parametrize("email", ["nobody", "a@", "@b", "a b@c", "a@b,c@d"])
def test_what_is_no_email_is_refused(email: str) -> None:
    assert codes(f'{LETS_ENCRYPT}email = "{email}"\n') == ["acme.email"]


@pytest.mark.parametrize(
    "more",
    [
        'challenge = "dns-01"\n',
        'hook = ["/usr/local/bin/dns"]\n',
        'challenge = "dns-01"\nhook = "x"\ndns_update = { server = "ns1", key_file = "k" }\n',
    ],
)
def test_dns_01_has_one_way_to_make_records_and_http_01_none(more: str) -> None:
    assert codes(LETS_ENCRYPT + more) == ["acme.dns"]


def test_an_authority_that_needs_another_account_says_so() -> None:
    assert codes('[acme]\ndirectory = "zerossl"\n') == ["acme.external-account"]
    bound = 'external_account = { key_id = "k", key_file = "hmac" }\n'
    (one,) = topology(f'[acme]\ndirectory = "zerossl"\n{bound}').authorities
    assert one.external_account is not None
    assert one.external_account.key_file == "/etc/bridgehead/hmac"


def test_a_certificate_that_is_ordered_is_in_the_store() -> None:
    files = '[certificate.public]\nacme = true\nchain = "c"\nkey = "k"\n'
    assert "acme.without-store" in codes(files + LETS_ENCRYPT)
