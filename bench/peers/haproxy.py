"""HAProxy, from Debian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.peers.peer import Peer
from bench.testbed import BACKEND_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from bench.testbed import Ports, Testbed

# `http-reuse always` is what the others do; HAProxy's default opens an upstream connection for each new client.
_CONFIGURATION = """
global
    nbthread 1
    maxconn 9000
    log stdout format raw local0
    ssl-default-bind-options ssl-min-ver TLSv1.2
    ssl-default-server-options ssl-min-ver TLSv1.2

defaults
    mode http
    log global
    option httplog
    option forwardfor
    http-reuse always
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout http-keep-alive 1h

frontend rsa
    bind 127.0.0.1:{rsa} backlog 4096 ssl crt {rsa_both}
    http-request set-header X-Forwarded-Proto https
    default_backend over_tls

frontend ecdsa
    bind 127.0.0.1:{ecdsa} backlog 4096 ssl crt {ecdsa_both}
    http-request set-header X-Forwarded-Proto https
    default_backend over_tls

frontend plain
    bind 127.0.0.1:{plain} backlog 4096
    http-request set-header X-Forwarded-Proto http
    default_backend in_plain

backend over_tls
    default-server ssl verify required ca-file {root} verifyhost {backend_host} sni str({backend_host})
    server backend 127.0.0.1:{backend_tls}

backend in_plain
    server backend 127.0.0.1:{backend_plain}
"""


def _arguments(testbed: Testbed, ports: Ports, directory: Path) -> list[str]:
    configuration = directory / "haproxy.cfg"
    configuration.write_text(
        _CONFIGURATION.format(
            rsa=ports.rsa,
            rsa_both=testbed.certificates.rsa.both,
            ecdsa=ports.ecdsa,
            ecdsa_both=testbed.certificates.ecdsa.both,
            plain=ports.plain,
            backend_tls=testbed.backend.tls,
            backend_plain=testbed.backend.plain,
            backend_host=BACKEND_HOST,
            root=testbed.certificates.root,
        )
    )
    return ["-db", "-f", str(configuration)]


HAPROXY = Peer(name="haproxy", program="haproxy", version_arguments=("-v",), arguments=_arguments)
