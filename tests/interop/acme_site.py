"""A small site whose certificate is ordered by ACME, and what its administrator does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.acme.state import Ledger
from bridgehead.certificates.store.store import Store
from tests.end_to_end.command_line import Finished, run
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.store.entries import Generation
    from tests.interop.acme_servers import ChallengeDns

DOMAIN = "contoso.localhost"
HOSTS = (f"mail.{DOMAIN}", f"portal.{DOMAIN}")

_HOOK = """\
import http.client, json, os, sys
action, record, value = sys.argv[1:]
assert (action, record, value) == tuple(os.environ["BRIDGEHEAD_" + word] for word in ("ACTION", "RECORD", "VALUE"))
what, told = ("set-txt", {"host": record + ".", "value": value}) if action == "present" else (
    "clear-txt", {"host": record + "."})
connection = http.client.HTTPConnection("127.0.0.1", %d, timeout=10)
connection.request("POST", "/" + what, json.dumps(told))
sys.exit(connection.getresponse().status != 200)
"""


class AcmeSite:
    """`bridgehead.toml` with two hosts and one certificate in the store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.http_port, self.https_port = free_port(), free_port()
        self.file = directory / "bridgehead.toml"
        self.store = Store(directory / "certificates")
        self.ledger = Ledger(self.store.directory)

    def publish(self, *authorities: str, kinds: tuple[Kind, ...] = ("ecdsa",), server_port: int = 9) -> None:
        """Write the file, with these `[[acme]]` sections."""
        sites = "\n".join(f'[[publish]]\nhost = "{host}"\nto = ["http://127.0.0.1:{server_port}"]\n' for host in HOSTS)
        self.file.write_text(
            f"""\
certificate_store = "certificates"

{sites}
[certificate.public]
store = {json.dumps(kinds)}
acme = true

[[listener]]
name = "https"
address = "127.0.0.1:{self.https_port}"

[[listener]]
name = "http"
address = "127.0.0.1:{self.http_port}"
public_address = "192.0.2.1:80"
tls = false

[plan]
issuer = "private"

[proxy]
access_log = "access.log"

"""
            + "\n".join(authorities),
            "utf-8",
        )

    def hook(self, dns: ChallengeDns) -> str:
        """The `hook` of an authority: a program that makes records on the challenge test server."""
        path = self.directory / "hook.py"
        path.write_text(_HOOK % dns.management)
        return f'challenge = "dns-01"\nhook = {json.dumps([sys.executable, str(path)])}'

    def renew(self, *options: str) -> list[dict[str, Any]]:
        """What came of it, for each kind; all of it must have gone well."""
        finished = self.try_to_renew(*options)
        assert finished.returncode == 0, finished
        found: list[dict[str, Any]] = json.loads(finished.stdout)
        return found

    def try_to_renew(self, *options: str) -> Finished:
        return run("certificate", "renew", self.file, *options, "--format", "json")

    def live(self, kind: Kind = "ecdsa") -> Generation:
        generation = self.store.live("public", kind)
        assert generation is not None
        return generation


def section(directory: str, root: Path, more: str = "", name: str = "first") -> str:
    """An `[[acme]]` section."""
    return f"""\
[[acme]]
name = "{name}"
directory = "{directory}"
email = "hostmaster@contoso.com"
terms_agreed = true
root = "{root}"
{more}
"""
