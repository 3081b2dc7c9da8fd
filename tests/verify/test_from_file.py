from __future__ import annotations

import pytest

from bridgehead.planning.addresses import PublicAddresses
from bridgehead.planning.published_names import published_names
from bridgehead.planning.publishing import proxy_spec
from bridgehead.topology.file import parse
from bridgehead.verify.from_file import from_proxy
from bridgehead.verify.targets import InsideServer, Target

FILE = """
[[sip_domains]]
name = "contoso.com"
discovery_over_http = true

[simple_urls]
dialin = "https://lync.contoso.com/Dialin"
meet."contoso.com" = "https://lync.contoso.com/Meet"

[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]

[[exchange]]
host = "mail.contoso.com"
to = ["https://ex01.contoso.local"]

[[relay]]
host = "adfs.contoso.com"
to = ["adfs01.contoso.local"]

[[listener]]
name = "https"
address = "192.0.2.1:8443"
public_address = "203.0.113.10:443"
certificate = "public"

[[listener]]
name = "http"
address = "192.0.2.1:8080"
public_address = "203.0.113.10:80"
tls = false

[certificate.public]
chain = "public.pem"
key = "public.key"
"""


def targets() -> dict[str, Target]:
    topology = parse(FILE, "bridgehead.toml").topology
    spec = proxy_spec(topology)
    outside = PublicAddresses(topology, spec, {})
    found = from_proxy(
        spec,
        published_names(topology),
        sip_domains=["contoso.com"],
        public_port=outside.public_port,
        public_addresses=outside.of_host,
    )
    return {target.host: target for target in found}


def test_every_published_name_is_a_target_with_its_role() -> None:
    assert {host: target.roles for host, target in targets().items()} == {
        "webext.contoso.com": ("front-end",),
        "lync.contoso.com": ("dialin", "meet"),
        "lyncdiscover.contoso.com": ("discovery",),
        "mail.contoso.com": ("exchange",),
        "autodiscover.contoso.com": ("exchange",),
        "adfs.contoso.com": ("relay",),
    }


def test_ports_and_addresses_are_those_that_clients_see() -> None:
    pool = targets()["webext.contoso.com"]
    assert (pool.https_port, pool.http_port, pool.addresses) == (443, 80, ("203.0.113.10",))


def test_what_plain_requests_are_meant_to_get() -> None:
    found = targets()
    assert found["lyncdiscover.contoso.com"].over_http == "served"
    assert found["webext.contoso.com"].over_http == "redirected"


def test_directories_of_a_shared_host_are_kept_apart() -> None:
    shared = targets()["lync.contoso.com"]
    assert shared.directories_of("meet") == ("/Meet",)
    assert shared.directories_of("dialin") == ("/Dialin",)


def test_directories_that_are_closed_are_known() -> None:
    assert set(targets()["webext.contoso.com"].closed) == {"/Cscp", "/OcsPowerShell"}


def test_servers_inside_are_known_by_name_and_never_published() -> None:
    pool = targets()["webext.contoso.com"]
    assert pool.inside == (InsideServer("fe01.contoso.local", 4443, "fe01.contoso.local"),)
    assert pool.scope.internal_names[0] == "lyncdiscoverinternal.contoso.com"
    assert {"fe01.contoso.local", "ex01.contoso.local"} <= set(pool.scope.internal_names)


def test_a_proxy_spec_alone_has_its_roles_guessed() -> None:
    spec = proxy_spec(parse(FILE, "bridgehead.toml").topology)
    found = {target.host: target for target in from_proxy(spec)}
    assert found["lyncdiscover.contoso.com"].roles == ("discovery",)
    assert found["webext.contoso.com"].https_port == 8443
    assert found["adfs.contoso.com"].roles == ("relay",)


LOGIN = """
[[publish]]
host = "intranet.contoso.com"
to = ["https://intranet.contoso.local"]
authentication = "ntlm"
site_sees = "SEEN"
[accounts]
source = "winbind"
domain = "CONTOSO"
"""


@pytest.mark.parametrize(("seen", "ends_here"), [("nothing", True), ("header", True), ("own-login", False)])
def test_a_login_that_ends_at_the_proxy_is_known(seen: str, *, ends_here: bool) -> None:
    found = from_proxy(proxy_spec(parse(FILE + LOGIN.replace("SEEN", seen), "bridgehead.toml").topology))
    assert {target.host for target in found if target.logs_in_to_proxy} == (
        {"intranet.contoso.com"} if ends_here else set()
    )
