"""nginx, from Debian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.backend import nginx_arguments, nginx_user
from bench.peers.peer import Peer
from bench.testbed import BACKEND_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from bench.testbed import Ports, Testbed

# proxy_buffers of 16 KiB hold one TLS record each; nginx's default of 4 KiB takes four calls for a record.
_CONFIGURATION = """
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {directory}/nginx.pid;
error_log {directory}/error.log error;
events {{ worker_connections 9000; }}
http {{
    access_log {directory}/access.log combined buffer=64k flush=1s;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;

    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_buffers 8 16k;
    proxy_buffer_size 16k;
    proxy_read_timeout 1h;
    proxy_ssl_session_reuse on;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate {root};
    proxy_ssl_name {backend_host};
    proxy_ssl_server_name on;

    upstream over_tls {{ server 127.0.0.1:{backend_tls}; keepalive 256; keepalive_requests 1000000000; }}
    upstream in_plain {{ server 127.0.0.1:{backend_plain}; keepalive 256; keepalive_requests 1000000000; }}

    server {{
        listen 127.0.0.1:{rsa} ssl backlog=4096;
        ssl_certificate {rsa_chain};
        ssl_certificate_key {rsa_key};
        location / {{ proxy_pass https://over_tls; }}
    }}
    server {{
        listen 127.0.0.1:{ecdsa} ssl backlog=4096;
        ssl_certificate {ecdsa_chain};
        ssl_certificate_key {ecdsa_key};
        location / {{ proxy_pass https://over_tls; }}
    }}
    server {{
        listen 127.0.0.1:{plain} backlog=4096;
        location / {{ proxy_pass http://in_plain; }}
    }}
}}
"""


def _arguments(testbed: Testbed, ports: Ports, directory: Path) -> list[str]:
    certificates = testbed.certificates
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user=nginx_user(),
            directory=directory,
            root=certificates.root,
            backend_host=BACKEND_HOST,
            backend_tls=testbed.backend.tls,
            backend_plain=testbed.backend.plain,
            rsa=ports.rsa,
            rsa_chain=certificates.rsa.chain,
            rsa_key=certificates.rsa.key,
            ecdsa=ports.ecdsa,
            ecdsa_chain=certificates.ecdsa.chain,
            ecdsa_key=certificates.ecdsa.key,
            plain=ports.plain,
        )
    )
    return nginx_arguments(configuration)


NGINX = Peer(name="nginx", program="nginx", version_arguments=("-v",), arguments=_arguments)
