"""Other proxies in front of a site: nginx, HAProxy, Envoy and Caddy, as their defaults or the web's recipes have them.

Each listens with TLS on one port and without on another, and forwards to one server. What they do with logins is what
is looked at, so nothing here tries to be good at it.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bench.programs import ProgramMissing, find_program
from tests.interop import debian

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority

LOOPBACK = "127.0.0.1"
_TYPE = "type.googleapis.com/envoy.extensions"


@dataclass(frozen=True)
class Site:
    """The server behind; with a `name`, over TLS, by a certificate for it."""

    port: int
    name: str = ""


@dataclass(frozen=True)
class Fronts:
    """Where the proxy listens, and for which names its certificate is."""

    tls: int
    plain: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Files:
    """What a configuration may refer to."""

    directory: Path
    chain: Path
    key: Path
    both: Path
    root: Path


@dataclass(frozen=True)
class Peer:
    """A proxy and one way to configure it."""

    name: str
    program: str
    package: str
    """Debian's; empty where it comes as a wheel."""
    command: Callable[[Files, Fronts, Site], list[str]]
    """Writes the configuration; the arguments of the program."""
    about: str
    """The configuration, in a sentence."""
    version: tuple[str, ...] = ()
    """The arguments that make it tell its version."""


@contextlib.contextmanager
def running(peer: Peer, fronts: Fronts, site: Site, authority: LabAuthority) -> Iterator[None]:
    """The proxy, until the context ends. The authority signs for the outside and is trusted inside."""
    with debian.readable_directory() as directory:
        chain, key = authority.issue(fronts.names).write(directory, "front")
        both = directory / "both.pem"
        both.write_bytes(chain.read_bytes() + key.read_bytes())
        root = authority.write_root(directory, "root")
        key.chmod(0o644)
        command = [program_of(peer), *peer.command(Files(directory, chain, key, both, root), fronts, site)]
        home = {"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
        with debian.server(command, fronts.plain, directory / "error.log", home):
            yield


def program_of(peer: Peer) -> str:
    """The path of the program; the test fails where it is not installed."""
    if peer.package:
        return debian.program(peer.program, peer.package)
    try:
        return find_program(peer.program)
    except ProgramMissing as missing:
        pytest.fail(f"{peer.program} is not installed ({missing}): `make interop` installs it")


_NGINX = """
daemon off;
{identity}
pid {directory}/pid;
error_log {directory}/error.log;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    upstream site {{ server 127.0.0.1:{port}; {keepalive} }}
    server {{
        listen 127.0.0.1:{tls} ssl;
        listen 127.0.0.1:{plain};
        ssl_certificate {chain};
        ssl_certificate_key {key};
        location / {{
            proxy_pass {scheme}://site;
            proxy_set_header Host $http_host;
            {verify}
            {http_1_1}
        }}
    }}
}}
"""


def _nginx(files: Files, fronts: Fronts, site: Site, *, keepalive: bool) -> list[str]:
    verify = (
        f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {files.root}; proxy_ssl_name {site.name}; "
        "proxy_ssl_server_name on;"
    )
    configuration = files.directory / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            identity="user www-data;" if os.geteuid() == 0 else "",
            directory=files.directory,
            port=site.port,
            keepalive="keepalive 32;" if keepalive else "",
            tls=fronts.tls,
            plain=fronts.plain,
            chain=files.chain,
            key=files.key,
            scheme="https" if site.name else "http",
            verify=verify if site.name else "",
            http_1_1='proxy_http_version 1.1; proxy_set_header Connection "";' if keepalive else "",
        )
    )
    return ["-p", str(files.directory), "-e", str(files.directory / "error.log"), "-c", str(configuration)]


_HAPROXY = """
global
    log stderr format raw local0
defaults
    mode http
    timeout connect 5s
    timeout client 300s
    timeout server 300s
    {reuse}
frontend front
    bind 127.0.0.1:{tls} ssl crt {both}
    bind 127.0.0.1:{plain}
    default_backend site
backend site
    server one 127.0.0.1:{port} {secure}
"""


def _haproxy(files: Files, fronts: Fronts, site: Site, *, reuse: str = "") -> list[str]:
    configuration = files.directory / "haproxy.cfg"
    secure = (
        f"ssl verify required ca-file {files.root} verifyhost {site.name} sni str({site.name})" if site.name else ""
    )
    configuration.write_text(
        _HAPROXY.format(reuse=reuse, tls=fronts.tls, plain=fronts.plain, both=files.both, port=site.port, secure=secure)
    )
    return ["-db", "-f", str(configuration)]


def _envoy(files: Files, fronts: Fronts, site: Site, *, per_client: bool = False) -> list[str]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "site"}}
    manager = {
        "name": "http",
        "typed_config": {
            "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "front",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
            "http_filters": [{"name": "router", "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"}}],
        },
    }
    pair = {"certificate_chain": {"filename": str(files.chain)}, "private_key": {"filename": str(files.key)}}
    secure = {
        "name": "tls",
        "typed_config": {
            "@type": f"{_TYPE}.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {"tls_certificates": [pair]},
        },
    }
    listeners = [
        {
            "name": "tls",
            "address": _at(fronts.tls),
            "filter_chains": [{"filters": [manager], "transport_socket": secure}],
        },
        {"name": "plain", "address": _at(fronts.plain), "filter_chains": [{"filters": [manager]}]},
    ]
    endpoint = {"endpoint": {"address": _at(site.port)}}
    cluster: dict[str, object] = {
        "name": "site",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "site", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if per_client:
        cluster["connection_pool_per_downstream_connection"] = True
    if site.name:
        cluster["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TYPE}.transport_sockets.tls.v3.UpstreamTlsContext",
                "sni": site.name,
                "common_tls_context": {
                    "validation_context": {
                        "trusted_ca": {"filename": str(files.root)},
                        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": site.name}}],
                    }
                },
            },
        }
    configuration = files.directory / "envoy.json"
    configuration.write_text(json.dumps({"static_resources": {"listeners": listeners, "clusters": [cluster]}}))
    return ["-c", str(configuration), "--disable-hot-restart", "--log-level", "error"]


def _at(port: int) -> dict[str, object]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}


def _caddy(files: Files, fronts: Fronts, site: Site) -> list[str]:
    forward: dict[str, object] = {"handler": "reverse_proxy", "upstreams": [{"dial": f"{LOOPBACK}:{site.port}"}]}
    if site.name:
        trust = {"provider": "file", "pem_files": [str(files.root)]}
        forward["transport"] = {"protocol": "http", "tls": {"server_name": site.name, "ca": trust}}
    routes = [{"handle": [forward]}]
    # The only things beside defaults: our ports and our certificate instead of one from a public authority.
    servers = {
        "tls": {
            "listen": [f"{LOOPBACK}:{fronts.tls}"],
            "automatic_https": {"disable": True},
            "routes": routes,
            "tls_connection_policies": [{}],
        },
        "plain": {"listen": [f"{LOOPBACK}:{fronts.plain}"], "automatic_https": {"disable": True}, "routes": routes},
    }
    pairs = [{"certificate": str(files.chain), "key": str(files.key)}]
    configuration = files.directory / "caddy.json"
    configuration.write_text(
        json.dumps(
            {
                "admin": {"disabled": True},
                "apps": {"http": {"servers": servers}, "tls": {"certificates": {"load_files": pairs}}},
            }
        )
    )
    return ["run", "--config", str(configuration)]


NGINX_AS_INSTALLED = Peer(
    "nginx, as installed",
    "nginx",
    "nginx-light",
    lambda files, fronts, site: _nginx(files, fronts, site, keepalive=False),
    "proxy_pass with the Host passed on, and nothing else: each request goes over a connection of its own.",
    ("-v",),
)
NGINX_KEEPALIVE = Peer(
    "nginx with upstream keep-alive",
    "nginx",
    "nginx-light",
    lambda files, fronts, site: _nginx(files, fronts, site, keepalive=True),
    'The recipe that the web gives for Lync: `keepalive 32`, `proxy_http_version 1.1`, `Connection ""`.',
    ("-v",),
)
HAPROXY = Peer("HAProxy", "haproxy", "haproxy", _haproxy, "mode http with its defaults (http-reuse safe).", ("-v",))
HAPROXY_ALWAYS = Peer(
    "HAProxy, http-reuse always",
    "haproxy",
    "haproxy",
    lambda files, fronts, site: _haproxy(files, fronts, site, reuse="http-reuse always"),
    "mode http with `http-reuse always`.",
    ("-v",),
)
ENVOY = Peer("Envoy", "envoy", "", _envoy, "One route to one cluster, everything else at its default.", ("--version",))
CADDY = Peer("Caddy", "caddy", "", _caddy, "reverse_proxy to one server, everything else at its default.", ("version",))
