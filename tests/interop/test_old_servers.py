"""Servers inside that are as old as the field's: Debian's nginx, restricted to what Windows Server offered then."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import trustme

from bridgehead.spec import Forward, Pool, Rule, Server
from tests.end_to_end.free_port import free_port
from tests.interop import debian
from tests.proxy.wire import Proxy, body_of, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

# "TLS Cipher Suites in Windows 8.1": what Windows Server 2012 R2 offers for an RSA certificate, as it was shipped.
WINDOWS_2012_R2 = (
    "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:"
    "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:"
    "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA"
)
SERVERS = {
    "2012-r2": ("TLSv1.2", WINDOWS_2012_R2),
    # The same after an administrator has switched elliptic curves and DHE off, as old hardening guides advised.
    "2012-r2-rsa-alone": ("TLSv1.2", "AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA"),
    # "TLS Cipher Suites in Windows Vista", which Windows Server 2008 shares: no TLS 1.2 before an update of 2017.
    "2008": ("TLSv1", "ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES256-SHA:AES128-SHA:@SECLEVEL=0"),
}
PROFILES = ("modern", "windows-2012", "windows-2008")

_CONFIGURATION = """
daemon off;
{identity}
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    ssl_certificate {directory}/server.pem;
    ssl_certificate_key {directory}/server.key;
    ssl_prefer_server_ciphers on;
    ssl_ecdh_curve prime256v1:secp384r1;
    server {{ listen 127.0.0.1:{plain}; }}
    {servers}
}}
"""
_SERVER = """
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols {version};
        ssl_ciphers {ciphers};
        location / {{ return 200 "$ssl_protocol $ssl_cipher"; }}
    }}
"""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.RSA)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Proxy]:
    """Every old server, published with every profile: `/2012-r2/modern/` and so on."""
    with ExitStack() as stack:
        directory = stack.enter_context(debian.readable_directory())
        ports = {name: free_port() for name in SERVERS}
        issued = authority.issue_cert("inside.test", key_type=trustme.KeyType.RSA)
        issued.private_key_and_cert_chain_pem.write_to_path(str(directory / "server.pem"))
        issued.private_key_pem.write_to_path(str(directory / "server.key"))
        plain, configuration = free_port(), directory / "nginx.conf"
        configuration.write_text(_configuration(directory, plain, ports))
        command = [debian.program("nginx", "nginx-light"), "-c", str(configuration), "-p", str(directory)]
        stack.enter_context(debian.server(command, plain, directory / "error.log"))
        proxy = Proxy(tmp_path_factory.mktemp("old"), authority, ())
        trust = (str(proxy.directory / "authority.pem"),)
        published = [(server, profile) for server in SERVERS for profile in PROFILES]
        proxy.pools = tuple(
            Pool.model_validate(
                {
                    "name": f"{server} {profile}",
                    "servers": (Server(host=debian.LOOPBACK, port=ports[server], verify_name="inside.test"),),
                    "tls": True,
                    "trust": trust,
                    "tls_profile": profile,
                }
            )
            for server, profile in published
        )
        proxy.rules = tuple(
            Rule(
                name=f"{server} {profile}",
                listeners=("plain",),
                hosts=("*",),
                path=f"/{server}/{profile}/*",
                action=Forward(pool=f"{server} {profile}"),
            )
            for server, profile in published
        )
        stack.callback(proxy.stop)
        proxy.start()
        yield proxy


def _configuration(directory: Path, plain: int, ports: dict[str, int]) -> str:
    servers = "".join(
        _SERVER.format(port=ports[name], version=version, ciphers=ciphers)
        for name, (version, ciphers) in SERVERS.items()
    )
    identity = "user www-data;" if os.geteuid() == 0 else ""
    return _CONFIGURATION.format(identity=identity, directory=directory, plain=plain, servers=servers)


def ask(proxy: Proxy, server: str, profile: str) -> bytes:
    return proxy.connect().request(f"GET /{server}/{profile}/ HTTP/1.1\r\nHost: site.test\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("server", "profile", "spoken"),
    [
        ("2012-r2", "modern", b"TLSv1.2 ECDHE-RSA-AES256-SHA384"),
        ("2012-r2", "windows-2012", b"TLSv1.2 ECDHE-RSA-AES256-SHA384"),
        ("2012-r2-rsa-alone", "windows-2012", b"TLSv1.2 AES256-SHA256"),
        ("2012-r2-rsa-alone", "windows-2008", b"TLSv1.2 AES256-SHA256"),
        ("2008", "windows-2008", b"TLSv1 ECDHE-RSA-AES256-SHA"),
    ],
)
def test_an_old_server_is_reached_with_the_profile_of_its_age(
    proxy: Proxy, server: str, profile: str, spoken: bytes
) -> None:
    answer = ask(proxy, server, profile)
    assert status_of(answer) == 200
    assert body_of(answer) == spoken


@pytest.mark.parametrize(
    ("server", "profile", "advised"),
    [
        ("2012-r2-rsa-alone", "modern", "windows-2012"),
        ("2008", "modern", "windows-2008"),
        ("2008", "windows-2012", "windows-2008"),
    ],
)
def test_with_a_stricter_profile_the_log_says_why_it_is_not(
    proxy: Proxy, server: str, profile: str, advised: str
) -> None:
    before = len(proxy.lines())
    answer = ask(proxy, server, profile)
    assert status_of(answer) == 503
    line = proxy.log(before + 1)[-1]
    assert line["rule"] == f"{server} {profile}"
    assert f"in common with the profile {profile}" in line["detail"]
    assert f'tls_profile = "{advised}"' in line["detail"]
    assert advised.encode() not in body_of(answer)
