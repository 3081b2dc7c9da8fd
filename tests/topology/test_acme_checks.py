"""What a file needs beside `acme = true`."""

from __future__ import annotations

from tests.topology.test_acme import CERTIFICATE, LETS_ENCRYPT, codes, problem, topology

TLS_ALONE = '[[listener]]\naddress = "0.0.0.0:443"\n'


def test_an_authority() -> None:
    found = problem(CERTIFICATE)
    assert found.code == "acme.no-authority"
    assert "letsencrypt" in found.hint


def test_authorities_with_names_of_their_own() -> None:
    twice = LETS_ENCRYPT.replace("[acme]", "[[acme]]") * 2
    assert codes(CERTIFICATE + twice) == ["acme.twice"]


def test_a_listener_on_port_80_for_http_01_alone() -> None:
    found = problem(CERTIFICATE + LETS_ENCRYPT + TLS_ALONE)
    assert found.code == "acme.no-listener"
    assert 'address = "0.0.0.0:80"' in found.hint
    by_dns = f'{LETS_ENCRYPT}challenge = "dns-01"\nhook = "/usr/local/bin/dns"\n'
    assert topology(CERTIFICATE + by_dns + TLS_ALONE).authorities


def test_another_port_will_do_behind_nat() -> None:
    behind = f'{TLS_ALONE}[[listener]]\naddress = "10.0.0.1:8080"\npublic_address = "192.0.2.1:80"\ntls = false\n'
    assert topology(CERTIFICATE + LETS_ENCRYPT + behind).authorities


def test_an_authority_that_nothing_is_ordered_from_needs_no_listener() -> None:
    assert topology("[certificate.public]\nstore = true\n" + LETS_ENCRYPT + TLS_ALONE).authorities


def test_wildcards_are_proved_by_dns() -> None:
    assert codes(f"{CERTIFICATE}{LETS_ENCRYPT}[plan]\nwildcard = true\n") == ["acme.wildcard"]
