from __future__ import annotations

import ssl
import tomllib
from typing import TYPE_CHECKING

from cryptography import x509

from bridgehead.lab.published_file import write_published_file

if TYPE_CHECKING:
    from bridgehead.lab.deployment import Deployment


def test_the_file_names_every_server_with_its_ports(deployment: Deployment) -> None:
    content = tomllib.loads(write_published_file(deployment).read_text())
    ports = {server["name"]: server["port"] for pool in content["pool"] for server in pool["servers"]}
    assert ports == {server.name: server.external.port for server in deployment.servers}
    assert {listener["address"] for listener in content["listener"]} == {"127.0.0.1:8443", "127.0.0.1:8080"}


def test_the_certificates_stand_beside_the_file_and_carry_every_public_name(deployment: Deployment) -> None:
    file = write_published_file(deployment)
    for pair in tomllib.loads(file.read_text())["certificate"]["public"]:
        chain, key = file.parent / pair["chain"], file.parent / pair["key"]
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
        leaf = x509.load_pem_x509_certificate(chain.read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert set(names.get_values_for_type(x509.DNSName)) == set(deployment.publication.public_names)


def test_the_inside_root_is_what_the_pools_trust(deployment: Deployment) -> None:
    file = write_published_file(deployment)
    trusted = {pool["trust"] for pool in tomllib.loads(file.read_text())["pool"]}
    assert {file.parent / name for name in trusted} == {deployment.inside_root}
