"""The server behind every proxy: one nginx worker that answers at once and counts what reaches it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
from typing import TYPE_CHECKING

from bench.processes import running
from bench.programs import find_program
from bench.readiness import wait_until_listening
from bench.testbed import OTHER_CORE, Backend, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.certificates import Certificates

SMALL = "/1k"
LARGE = "/1m"
BOUND_SMALL = "/bound/1k"
BOUND_LARGE = "/bound/1m"
"""Below /bound a request without credentials is challenged with NTLM, and one with any is answered."""
GUARDED_SMALL = "/guarded/1k"
TOLD_SMALL = "/told/1k"
"""Below these two, proxies that can do it log clients in themselves; below /told the backend learns who it is."""
UPLOAD = "/upload"
"""Takes a body to its last byte, forgets it and then answers 200."""

LARGE_BYTES = 1 << 20

# The cipher is fixed on both legs (see also `bench.load`): left alone, OpenSSL and BoringSSL would choose differently.
# No two answers have the same head, as with SharePoint and Exchange (request-id): a proxy that remembers heads
# would look faster here than it is in service.
# /upload: `return` alone would answer before the body has come; handing the request to an inner server without
# its body makes nginx read all of it first. The inner server counts as a second request.
_CONFIGURATION = """
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {directory}/nginx.pid;
error_log {directory}/error.log crit;
events {{ worker_connections 9000; }}
http {{
    access_log off;
    default_type application/octet-stream;
    root {directory}/content;
    open_file_cache max=16;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_buffer_size 2m;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;
    ssl_session_cache shared:tls:10m;
    map $http_authorization $challenge {{ "" NTLM; default ""; }}
    upstream inner {{ server unix:{directory}/inner.sock; keepalive 64; }}
    server {{
        listen 127.0.0.1:{tls} ssl backlog=4096;
        listen 127.0.0.1:{plain} backlog=4096;
        add_header X-Correlation-Id $request_id always;
        location /guarded/ {{
            alias {directory}/content/;
            add_header X-Correlation-Id $request_id always;
        }}
        location /told/ {{
            alias {directory}/content/;
            add_header X-Correlation-Id $request_id always;
        }}
        location /bound/ {{
            alias {directory}/content/;
            add_header X-Correlation-Id $request_id always;
            add_header WWW-Authenticate $challenge always;
            if ($http_authorization = "") {{ return 401; }}
        }}
        location = /upload {{
            proxy_pass http://inner;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_pass_request_body off;
        }}
    }}
    server {{ listen unix:{directory}/inner.sock; return 200; }}
    server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""


@contextlib.contextmanager
def running_backend(directory: Path, certificates: Certificates) -> Iterator[Backend]:
    """Run the backend while the context lasts."""
    backend = Backend(tls=free_port(), plain=free_port(), status=free_port())
    content = directory / "content"
    content.mkdir(parents=True)
    (content / "1k").write_bytes(b"k" * 1024)
    (content / "1m").write_bytes(b"m" * LARGE_BYTES)
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user=nginx_user(),
            directory=directory,
            chain=certificates.backend.chain,
            key=certificates.backend.key,
            tls=backend.tls,
            plain=backend.plain,
            status=backend.status,
        )
    )
    output = directory / "output.log"
    command = [find_program("nginx"), *nginx_arguments(configuration)]
    with running(command, core=OTHER_CORE, output=output) as process:
        wait_until_listening(process, backend.status, output)
        yield backend


def nginx_arguments(configuration: Path) -> list[str]:
    """How nginx runs in the foreground from a configuration and a directory of its own."""
    directory = configuration.parent
    return ["-p", str(directory), "-e", str(directory / "error.log"), "-c", str(configuration), "-g", "daemon off;"]


def nginx_user() -> str:
    """nginx gives up root unless told otherwise, and then could not read a directory that only we can."""
    return "user root;" if os.geteuid() == 0 else ""


def requests_counted(backend: Backend) -> int:
    """How many requests have reached the backend so far, this question included."""
    connection = http.client.HTTPConnection("127.0.0.1", backend.status, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/")
        return parse_stub_status(connection.getresponse().read().decode())


def parse_stub_status(text: str) -> int:
    """The third figure of "accepts handled requests" in nginx's stub_status page."""
    figures = re.search(r"requests\s*\n\s*\d+ \d+ (\d+)", text)
    if figures is None:
        raise ValueError(f"this is not a stub_status page: {text!r}")
    return int(figures[1])
