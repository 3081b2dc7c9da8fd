"""A deployment of files in a directory: a topology with its certificate in a store, an authority, and the command."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridgehead.certificates.store.entries import StoredRequest
from bridgehead.certificates.store.facts import RequestFacts
from bridgehead.certificates.store.store import Store
from bridgehead.cli import main
from tests.certificates.issuing import HOST, NOW, Authority, Issued, new_key
from tests.certificates.store.stocked import request

NAMES = (HOST, "meet.contoso.com", "dialin.contoso.com", "lyncdiscover.contoso.com")

FILE = f"""\
sip_domains = ["contoso.com"]
certificate_store = "store"
[simple_urls]
dialin = "https://dialin.contoso.com"
meet."contoso.com" = "https://meet.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "{HOST}"
servers = ["fe01.contoso.local"]
[certificate.public]
store = ["ecdsa"]
"""


@dataclass(frozen=True)
class Finished:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


class Deployment:
    """The files, and what a person types beside them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = Authority("Public Root")
        self.issuing = Authority("Public Issuing", self.root)
        self.topology = self.write("bridgehead.toml", FILE.encode())
        # What the system trusts, for this test.
        self.public_roots = self.write("public-roots.pem", self.root.pem)
        self.chain = self.write("chain.pem", self.issuing.pem)
        self.store = Store(directory / "store")

    def write(self, name: str, content: bytes, mode: int = 0o600) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def issued(self, stem: str = "leaf", **changes: object) -> Issued:
        """A certificate and its key as `stem.pem` and `stem.key`; a good one unless changed."""
        issued = self.issuing.issue(**({"names": NAMES} | changes))  # type: ignore[arg-type]
        self.write(f"{stem}.pem", issued.pem)
        self.write(f"{stem}.key", issued.key_pem)
        return issued

    def requested(self, *, exportable: bool = False) -> StoredRequest:
        """A request that waits in the store."""
        key = new_key()
        facts = RequestFacts(exportable=exportable, made_at=NOW, friendly_name="Reverse Proxy Listener")
        return self.store.add_request("public", "ecdsa", request(key), key, facts)

    def run(self, *arguments: str | Path, answers: str = "") -> Finished:
        """`bridgehead certificate …` in the directory, in this process: a hundred new ones would take minutes."""
        said, complained = io.StringIO(), io.StringIO()
        status = 0
        with (
            pytest.MonkeyPatch.context() as patched,
            contextlib.chdir(self.directory),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(complained),
        ):
            patched.setattr(sys, "argv", ["bridgehead", "certificate", *map(str, arguments)])
            patched.setattr(sys, "stdin", io.StringIO(answers))
            patched.setenv("SSL_CERT_FILE", str(self.public_roots))
            try:
                main()
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return Finished(status, said.getvalue(), complained.getvalue())

    def take_in(self, *arguments: str | Path) -> Finished:
        """`bridgehead certificate import …` with the topology."""
        return self.run("import", *arguments, "--topology", self.topology)

    def with_live(self, **changes: object) -> Issued:
        """The same with a certificate that is live already."""
        issued = self.issued("first", **changes)
        finished = self.take_in("first.pem", "--key", "first.key", "--chain", self.chain)
        assert finished.returncode == 0, finished.stderr
        return issued

    def live(self) -> int | None:
        """The number of the live generation."""
        live = self.store.live("public", "ecdsa")
        return live.number if live is not None else None

    def numbers(self) -> list[int]:
        """The numbers of all generations."""
        return [one.number for one in self.store.generations("public", "ecdsa")]
