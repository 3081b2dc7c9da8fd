"""Other proxies that publish the whole laboratory: nginx and HAProxy as somebody who knows Lync configures them, Envoy
and Caddy as they come.

All four get the same task: each name to its servers, 443 to 4443 with TLS verified and Host unchanged, port 80 of
lyncdiscover to 8080, of the others to https. What beside that is said to nginx and HAProxy is what their manuals and
the requirements of Lync ask for; to Envoy and Caddy nothing is said beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.lab.deployment import POOL
from tests.interop import debian, peers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.lab.deployment import Deployment, LabServer
    from bridgehead.lab.publication import Publication
    from tests.interop.peers import Files

LOOPBACK = "127.0.0.1"
_TYPE = "type.googleapis.com/envoy.extensions"
CLOSED = "^/(cscp|ocspowershell)(/|$)"


@dataclass(frozen=True)
class Farm:
    """Servers that answer alike, and the names that lead to them."""

    name: str
    certificate: str
    hosts: tuple[str, ...]
    secure: tuple[int, ...]
    plain: tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """What is to be published."""

    names: Publication
    farms: tuple[Farm, ...]
    files: Files

    @property
    def front_end(self) -> Farm:
        """Where lyncdiscover leads."""
        return self.farms[0]


@dataclass(frozen=True)
class LyncFront:
    """A proxy and one way to configure it."""

    name: str
    peer: peers.Peer
    """The program, and how it is found."""
    about: str
    command: Callable[[Task], list[str]]


@contextlib.contextmanager
def publishing(front: LyncFront, deployment: Deployment) -> Iterator[None]:
    """The proxy in front of the running laboratory, until the context ends."""
    names = deployment.publication
    with debian.readable_directory() as directory:
        issuing = deployment.outside.subordinate("Lab issuing authority")
        chain, key = issuing.issue(names.public_names).write(directory, "front")
        both = directory / "both.pem"
        both.write_bytes(chain.read_bytes() + key.read_bytes())
        key.chmod(0o644)
        root = deployment.inside.write_root(directory, "root")
        task = Task(names, _farms(deployment), peers.Files(directory, chain, key, both, root))
        command = [peers.program_of(front.peer), *front.command(task)]
        home = {"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
        with debian.server(command, names.http_port, directory / "error.log", home):
            yield


def _farms(deployment: Deployment) -> tuple[Farm, ...]:
    names = deployment.publication
    apart = {names.director_web: deployment.director, names.office: deployment.office}
    lync = tuple(name for name in names.public_names if name not in apart)
    return (
        _farm("front_end", POOL, lync, *deployment.front_ends),
        _farm("director", deployment.director.name, (names.director_web,), deployment.director),
        _farm("office", deployment.office.name, (names.office,), deployment.office),
    )


def _farm(name: str, certificate: str, hosts: tuple[str, ...], *servers: LabServer) -> Farm:
    plain = tuple(server.plain.port for server in servers if server.plain is not None)
    return Farm(name, certificate, hosts, tuple(server.external.port for server in servers), plain)


_NGINX = """
daemon off;
{identity}
pid {directory}/pid;
error_log {directory}/error.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;

    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;

    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_read_timeout 1830s;
    proxy_send_timeout 1830s;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate {root};
    proxy_ssl_server_name on;

{upstreams}
{servers}
    server {{
        listen 127.0.0.1:{plain};
        server_name {discovery};
        location / {{ proxy_pass http://front_end_plain; }}
    }}
    server {{
        listen 127.0.0.1:{plain} default_server;
        return 301 https://$host:{tls}$request_uri;
    }}
}}
"""
_NGINX_SERVER = """
    server {{
        listen 127.0.0.1:{tls} ssl;
        server_name {hosts};
        location ~* "{closed}" {{ return 403; }}
        location / {{ proxy_pass https://{name}; proxy_ssl_name {certificate}; }}
    }}"""


def _nginx(task: Task, keepalive: str) -> list[str]:
    def upstream(name: str, ports: tuple[int, ...]) -> str:
        servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
        return f"    upstream {name} {{ ip_hash; {servers} {keepalive} }}"

    files, names = task.files, task.names
    upstreams = [upstream(farm.name, farm.secure) for farm in task.farms]
    upstreams.append(upstream("front_end_plain", task.front_end.plain))
    servers = [
        _NGINX_SERVER.format(
            tls=names.https_port,
            hosts=" ".join(farm.hosts),
            closed=CLOSED,
            name=farm.name,
            certificate=farm.certificate,
        )
        for farm in task.farms
    ]
    configuration = files.directory / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            identity="user www-data;" if os.geteuid() == 0 else "",
            directory=files.directory,
            chain=files.chain,
            key=files.key,
            root=files.root,
            upstreams="\n".join(upstreams),
            servers="\n".join(servers),
            discovery=names.discovery,
            tls=names.https_port,
            plain=names.http_port,
        )
    )
    return ["-p", str(files.directory), "-e", str(files.directory / "error.log"), "-c", str(configuration)]


_HAPROXY = """
global
    log stderr format raw local0
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    option http-keep-alive
    http-reuse never
    timeout connect 5s
    timeout client 1830s
    timeout server 1830s
    timeout http-request 30s
    timeout http-keep-alive 300s
frontend outside
    bind 127.0.0.1:{tls} ssl crt {both} alpn http/1.1
    http-request deny deny_status 403 if {{ path_reg -i {closed} }}
{rules}
frontend outside_plain
    bind 127.0.0.1:{plain}
    http-request redirect code 301 location https://%[req.hdr(host),field(1,:)]:{tls}%[pathq] unless {{ {discovery} }}
    default_backend front_end_plain
{backends}
"""


def _haproxy(task: Task) -> list[str]:
    def named(*hosts: str) -> str:
        return f"req.hdr(host),field(1,:),lower -m str {' '.join(hosts)}"

    def backend(name: str, ports: tuple[int, ...], secure: str = "") -> str:
        servers = "\n".join(f"    server s{number} 127.0.0.1:{port} {secure}" for number, port in enumerate(ports))
        return f"backend {name}\n    balance source\n{servers}"

    def verified(farm: Farm) -> str:
        return (
            f"ssl verify required ca-file {task.files.root} verifyhost {farm.certificate} sni str({farm.certificate})"
        )

    backends = [backend(farm.name, farm.secure, verified(farm)) for farm in task.farms]
    backends.append(backend("front_end_plain", task.front_end.plain))
    configuration = task.files.directory / "haproxy.cfg"
    configuration.write_text(
        _HAPROXY.format(
            tls=task.names.https_port,
            plain=task.names.http_port,
            both=task.files.both,
            closed=CLOSED,
            rules="\n".join(f"    use_backend {farm.name} if {{ {named(*farm.hosts)} }}" for farm in task.farms),
            discovery=named(task.names.discovery),
            backends="\n".join(backends),
        )
    )
    return ["-db", "-f", str(configuration)]


def _envoy(task: Task) -> list[str]:
    names, files = task.names, task.files

    def host(name: str, farm: Farm, port: int, route: dict[str, object]) -> dict[str, object]:
        domains = [one for own in farm.hosts for one in (own, f"{own}:{port}")]
        return {"name": name, "domains": domains, "routes": [{"match": {"prefix": "/"}, **route}]}

    secure = [host(farm.name, farm, names.https_port, {"route": {"cluster": farm.name}}) for farm in task.farms]
    discovery = Farm("", "", (names.discovery,), (), ())
    redirect = {"redirect": {"https_redirect": True, "port_redirect": names.https_port}}
    plain: list[dict[str, object]] = [
        host("discovery", discovery, names.http_port, {"route": {"cluster": "front_end_plain"}}),
        {"name": "others", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, **redirect}]},
    ]
    pair = {"certificate_chain": {"filename": str(files.chain)}, "private_key": {"filename": str(files.key)}}
    tls = {
        "name": "tls",
        "typed_config": {
            "@type": f"{_TYPE}.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {"tls_certificates": [pair]},
        },
    }
    listeners = [
        _envoy_listener("tls", names.https_port, secure, {"transport_socket": tls}),
        _envoy_listener("plain", names.http_port, plain, {}),
    ]
    clusters = [_envoy_cluster(farm.name, farm.secure, farm, files) for farm in task.farms]
    clusters.append(_envoy_cluster("front_end_plain", task.front_end.plain, None, files))
    configuration = files.directory / "envoy.json"
    configuration.write_text(json.dumps({"static_resources": {"listeners": listeners, "clusters": clusters}}))
    return ["-c", str(configuration), "--disable-hot-restart", "--log-level", "error"]


def _envoy_listener(
    name: str, port: int, virtual_hosts: list[dict[str, object]], tls: dict[str, object]
) -> dict[str, object]:
    manager = {
        "name": "http",
        "typed_config": {
            "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": name,
            "route_config": {"virtual_hosts": virtual_hosts},
            "http_filters": [{"name": "router", "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"}}],
        },
    }
    return {"name": name, "address": _envoy_address(port), "filter_chains": [{"filters": [manager], **tls}]}


def _envoy_cluster(name: str, ports: tuple[int, ...], verified: Farm | None, files: Files) -> dict[str, object]:
    endpoints = [{"endpoint": {"address": _envoy_address(port)}} for port in ports]
    cluster: dict[str, object] = {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }
    if verified is not None:
        matcher = {"san_type": "DNS", "matcher": {"exact": verified.certificate}}
        validation = {"trusted_ca": {"filename": str(files.root)}, "match_typed_subject_alt_names": [matcher]}
        cluster["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TYPE}.transport_sockets.tls.v3.UpstreamTlsContext",
                "sni": verified.certificate,
                "common_tls_context": {"validation_context": validation},
            },
        }
    return cluster


def _envoy_address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}


def _caddy(task: Task, *, keep_host: bool = False) -> list[str]:
    def forward(farm: Farm, ports: tuple[int, ...], *, secure: bool) -> dict[str, object]:
        handler: dict[str, object] = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"{LOOPBACK}:{port}"} for port in ports],
        }
        if secure:
            trust = {"provider": "file", "pem_files": [str(task.files.root)]}
            handler["transport"] = {"protocol": "http", "tls": {"server_name": farm.certificate, "ca": trust}}
        if keep_host:
            handler["headers"] = {"request": {"set": {"Host": ["{http.request.hostport}"]}}}
        return handler

    names, first = task.names, task.front_end
    secure = [
        {"match": [{"host": list(farm.hosts)}], "handle": [forward(farm, farm.secure, secure=True)]}
        for farm in task.farms
    ]
    location = f"https://{{http.request.host}}:{names.https_port}{{http.request.uri}}"
    plain = [
        {"match": [{"host": [names.discovery]}], "handle": [forward(first, first.plain, secure=False)]},
        {"handle": [{"handler": "static_response", "status_code": 301, "headers": {"Location": [location]}}]},
    ]
    off = {"automatic_https": {"disable": True}}
    servers = {
        "tls": {"listen": [f"{LOOPBACK}:{names.https_port}"], "routes": secure, "tls_connection_policies": [{}], **off},
        "plain": {"listen": [f"{LOOPBACK}:{names.http_port}"], "routes": plain, **off},
    }
    pairs = [{"certificate": str(task.files.chain), "key": str(task.files.key)}]
    apps = {"http": {"servers": servers}, "tls": {"certificates": {"load_files": pairs}}}
    configuration = task.files.directory / "caddy.json"
    configuration.write_text(json.dumps({"admin": {"disabled": True}, "apps": apps}))
    return ["run", "--config", str(configuration)]


NGINX_FRESH = LyncFront(
    "nginx, configured for Lync",
    peers.NGINX_AS_INSTALLED,
    "Configured for Lync: TLS on both sides, Host kept, no buffering, no limit of size, time-outs of 1,830 s, and a "
    "connection of its own for each request to a server, because nginx can bind none to a client (its `ntlm` directive "
    "is in NGINX Plus alone).",
    lambda task: _nginx(task, ""),
)
NGINX_KEEPALIVE = LyncFront(
    "nginx, configured for Lync, with upstream keep-alive",
    peers.NGINX_KEEPALIVE,
    "The same with `keepalive 32`, as recipes have it that want NTLM to work.",
    lambda task: _nginx(task, "keepalive 32;"),
)
HAPROXY = LyncFront(
    "HAProxy, configured for Lync",
    peers.HAPROXY,
    "Configured for Lync: TLS on both sides, Host kept, HTTP/1.1 alone, time-outs of 1,830 s, and `http-reuse never`, "
    "so that a server's connection belongs to one client.",
    _haproxy,
)
ENVOY = LyncFront(
    "Envoy, at its defaults",
    peers.ENVOY,
    "Names, servers, certificates and the two redirections; everything else at its default.",
    _envoy,
)
CADDY = LyncFront(
    "Caddy, at its defaults",
    peers.CADDY,
    "Names, servers, certificates and the two redirections; everything else at its default.",
    _caddy,
)
CADDY_KEEPING_HOST = LyncFront(
    "Caddy, told to pass Host on",
    peers.CADDY,
    "The same, told to pass Host on (`header_up Host {hostport}`): what is behind that is seen then.",
    lambda task: _caddy(task, keep_host=True),
)
