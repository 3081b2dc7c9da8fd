"""A site in a process of its own, published by the wire kit's proxy over TLS outside and inside."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bridgehead.lab.http_client import HttpConnection
from bridgehead.spec import Certificate, Pool, Server
from tests.load.programs import Program
from tests.proxy.wire import Proxy, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from bridgehead.lab.http_client import Answer
    from bridgehead.spec import ProxySpec

HOST = "site.test"
PATIENCE_SECONDS = 120.0


class Site:
    """A running `load_site`, asked here without the proxy; over TLS with a context."""

    def __init__(self, program: Program, context: ssl.SSLContext | None) -> None:
        self.port: int = program.hear()["port"]
        self.process = program.process
        self.tls = context is not None
        self._context = context

    def figures(self) -> dict[str, int]:
        """What it says of itself."""
        said: dict[str, int] = json.loads(self._ask("/figures").body)
        return said

    def release(self) -> None:
        """Answer all long polls."""
        assert self._ask("/release").status == 204

    def _ask(self, target: str) -> Answer:
        with HttpConnection(("127.0.0.1", self.port), "inside.test", self._context) as direct:
            return direct.request("GET", target)


@contextmanager
def running_site(directory: Path, authority: trustme.CA, *, tls: bool = True) -> Iterator[Site]:
    """A site in a process of its own; over TLS as `inside.test`."""
    arguments: list[str] = []
    context = None
    if tls:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        issued = authority.issue_cert("inside.test")
        chain, key = directory / "inside.pem", directory / "inside.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        arguments = ["--chain", str(chain), "--key", str(key)]
    with Program("load_site", *arguments) as program:
        yield Site(program, context)


def pool_of(proxy: Proxy, *sites: Site, name: str = "pool", **options: object) -> Pool:
    """A pool of these sites, verified where they speak TLS."""
    members = tuple(Server(host="127.0.0.1", port=site.port, verify_name="inside.test") for site in sites)
    trust = (str(proxy.directory / "authority.pem"),)
    return Pool.model_validate({"name": name, "servers": members, "tls": sites[0].tls, "trust": trust, **options})


@contextmanager
def published(
    directory: Path, authority: trustme.CA, *sites: Site, pool: dict[str, Any] | None = None, **options: object
) -> Iterator[Proxy]:
    """The sites, in one pool behind a running proxy."""
    proxy = Proxy(directory, authority, (), **options)  # type: ignore[arg-type] # passed through from tests
    proxy.certificates = (Certificate(name="site", pairs=(proxy.key_pair(HOST, "other.test"),)),)
    proxy.pools = (pool_of(proxy, *sites, **(pool or {})),)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.stop()


def connect(proxy: Proxy, context: ssl.SSLContext | None, *, timeout: float = PATIENCE_SECONDS) -> HttpConnection:
    """A client's connection; over TLS with a context."""
    port = proxy.plain_port if context is None else proxy.tls_port
    return HttpConnection((proxy.host, port), HOST, context, timeout=timeout)


def log_in(client: HttpConnection, user: str) -> dict[str, Any]:
    """Both legs; what the site says to who is logged in."""
    assert first_leg(client, user) == 401
    return last_leg(client, user)


def first_leg(client: HttpConnection, user: str) -> int:
    """The status of the first leg, which leaves the site waiting for the last."""
    return client.request("GET", "/private", fields={"Authorization": _token("first", user)}).status


def last_leg(client: HttpConnection, user: str) -> dict[str, Any]:
    """What the site says to the last leg."""
    answer = send_last_leg(client, user)
    assert answer.status == 200, answer
    said: dict[str, Any] = json.loads(answer.body)
    return said


def send_last_leg(client: HttpConnection, user: str) -> Answer:
    """The answer to the last leg, whatever it is."""
    return client.request("GET", "/private", fields={"Authorization": _token("last", user)})


def who(client: HttpConnection) -> dict[str, Any]:
    """What the site says to a request without a credential on a connection that is logged in."""
    answer = client.request("GET", "/private")
    assert answer.status == 200, answer
    said: dict[str, Any] = json.loads(answer.body)
    return said


def _token(leg: str, user: str) -> str:
    return "NTLM " + base64.b64encode(f"{leg} {user}".encode()).decode()


# Asking the proxy


def command(proxy: Proxy, word: str) -> subprocess.CompletedProcess[str]:
    """`bridgehead reload`, `status` and others, as an operator gives them."""
    return subprocess.run(
        [sys.executable, "-m", "bridgehead", word, "--control", str(proxy.control)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def write_spec(proxy: Proxy, spec: ProxySpec) -> None:
    """What the next reload reads."""
    (proxy.directory / "spec.json").write_text(spec.model_dump_json(), "utf-8")


def only_worker(proxy: Proxy) -> int:
    """The process id of a proxy's one worker."""
    workers = eventually(proxy.workers_running, "a worker")
    assert len(workers) == 1, workers
    return workers[0]
