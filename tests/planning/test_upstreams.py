"""Where to connect, which name to ask for, and which name to expect."""

from __future__ import annotations

import pytest

from bridgehead import spec
from bridgehead.planning import upstreams
from bridgehead.topology.pools import Pool
from bridgehead.topology.sites import Relay, Site


def server_of(**pool: object) -> spec.Server:
    model = Pool.model_validate({"role": "front-end", "external_fqdn": "webext.contoso.com", **pool})
    return upstreams.over_tls(model).servers[0]


def test_a_server_by_name_is_asked_for_and_expected_by_that_name() -> None:
    server = server_of(servers=["FE01.contoso.local"])
    assert (server.host, server.port) == ("fe01.contoso.local", 4443)
    assert (server.server_name, server.verify_name) == ("fe01.contoso.local", "fe01.contoso.local")


def test_an_address_beside_the_name_is_connected_to_and_the_name_is_expected() -> None:
    server = server_of(servers=[{"name": "fe01.contoso.local", "address": "10.0.0.1"}])
    assert (server.host, server.server_name, server.verify_name) == (
        "10.0.0.1",
        "fe01.contoso.local",
        "fe01.contoso.local",
    )


@pytest.mark.parametrize(
    ("internal", "expected"), [("pool01.contoso.local", "pool01.contoso.local"), (None, "webext.contoso.com")]
)
def test_for_an_address_alone_the_pool_is_expected(internal: str | None, expected: str) -> None:
    server = server_of(load_balancer="10.0.0.1", internal_fqdn=internal)
    assert (server.host, server.server_name, server.verify_name) == ("10.0.0.1", expected, expected)


def test_names_can_be_given_one_by_one() -> None:
    server = server_of(servers=[{"name": "fe01", "server_name": "asked.local", "verify_name": "expected.local"}])
    assert (server.server_name, server.verify_name) == ("asked.local", "expected.local")
    server = server_of(servers=[{"name": "fe01", "verify_name": "expected.local"}])
    assert (server.server_name, server.verify_name) == ("expected.local", "expected.local")


def test_an_address_is_never_sent_as_sni() -> None:
    site = Site.model_validate({"host": "a.contoso.com", "to": "https://[2001:db8::1]"})
    server = upstreams.of_site(site).servers[0]
    assert (server.host, server.port, server.server_name, server.verify_name) == (
        "2001:db8::1",
        443,
        None,
        "2001:db8::1",
    )


def test_servers_are_verified_unless_the_file_says_otherwise() -> None:
    pool = {"role": "front-end", "external_fqdn": "webext.contoso.com", "servers": ["fe01"], "trust": "root.pem"}
    assert upstreams.over_tls(Pool.model_validate(pool)).verify is True
    assert upstreams.over_tls(Pool.model_validate(pool)).trust == ("root.pem",)
    assert upstreams.over_tls(Pool.model_validate({**pool, "verify": False})).verify is False


def test_the_same_machines_without_tls_are_another_pool() -> None:
    pool = Pool.model_validate({"role": "director", "external_fqdn": "webdir.contoso.com", "servers": ["dir01"]})
    secure, plain = upstreams.over_tls(pool), upstreams.without_tls(pool)
    assert (secure.name, plain.name) == ("webdir.contoso.com:4443", "webdir.contoso.com:8080")
    assert (plain.tls, plain.servers) == (False, (spec.Server(host="dir01", port=8080),))


def test_a_relay_reaches_443_unless_it_names_a_port() -> None:
    relay = Relay.model_validate({"host": "a.contoso.com", "to": ["one.local", "10.0.0.1:8443"]})
    assert [(one.host, one.port) for one in upstreams.of_relay(relay).servers] == [
        ("one.local", 443),
        ("10.0.0.1", 8443),
    ]
