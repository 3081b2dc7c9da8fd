"""The life of a certificate on one machine, by the commands that an administrator gives.

Planned, requested, signed by a private authority, imported in the forms that authorities answer in, served, renewed,
staged, live at its time, rolled back: while users are logged in and others come and go.
"""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12

from bridgehead.certificates.keys import KINDS, Kind
from bridgehead.certificates.store.store import Store
from bridgehead.lab.deployment import Deployment
from bridgehead.lab.http_client import HttpConnection
from bridgehead.lab.ntlm_client import NtlmConnection
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import published_file
from tests.end_to_end.command_line import Finished, run
from tests.end_to_end.crowd import OPEN_PAGE, PROTECTED
from tests.end_to_end.free_port import free_port
from tests.proxy.wire import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.users import User

LOOPBACK = "127.0.0.1"
CIPHERS = {"rsa": "ECDHE-RSA-AES128-GCM-SHA256", "ecdsa": "ECDHE-ECDSA-AES128-GCM-SHA256"}
"""A client of TLS 1.2 that knows one kind of certificate alone."""


class Authority:
    """The company's own: signs what is asked for, with an intermediate between its root and what it signs."""

    def __init__(self, root: LabAuthority) -> None:
        self.issuing = root.subordinate("Contoso issuing authority")
        self.intermediate = self.issuing.certificate

    def sign(self, request: x509.CertificateSigningRequest) -> x509.Certificate:
        assert request.is_signature_valid
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(request.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        for extension in request.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        return self.issuing.sign(builder)


class Site:
    """The deployment, its file, and what the administrator does."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.names = Publication(https_port=free_port(), http_port=free_port())
        self.deployment = stack.enter_context(Deployment(directory, self.names))
        self.authority = Authority(self.deployment.outside)
        self.file = directory / "bridgehead.toml"
        self.file.write_text(_with_a_store(published_file(self.deployment)), "utf-8")
        self.store = Store(directory / "certificates")
        self._stack = stack

    # The administrator

    def bridgehead(self, *arguments: str | Path) -> Finished:
        finished = run(*arguments)
        assert finished.returncode == 0, finished
        return finished

    def request(self, name: str) -> dict[Kind, x509.CertificateSigningRequest]:
        """Both kinds, as they are sent to the authority."""
        self.bridgehead("certificate", "request", self.file, "public", "--also-ecdsa", "-o", self.directory / name)
        files = sorted(self.directory.glob(f"{name.removesuffix('.req')}*.req"))
        requests = [x509.load_pem_x509_csr(file.read_bytes()) for file in files]
        return {"ecdsa" if isinstance(one.public_key(), ec.EllipticCurvePublicKey) else "rsa": one for one in requests}

    def import_answer(self, name: str, content: bytes, *options: str | Path) -> None:
        path = self.directory / name
        path.write_bytes(content)
        where = ("--topology", self.file, "--root", self.directory / "outside-root.pem")
        self.bridgehead("certificate", "import", path, *where, *options)

    def stage(self, number: int) -> None:
        """Both kinds, for the nearest time that is not over when the second command comes to it."""
        for seconds in (2, 4, 8, 16, 32):
            at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
            words = ("certificate", "stage", "public", str(number), self.file, "--at", at, "--kind")
            staged = [run(*words, kind) for kind in KINDS]
            if all(one.returncode == 0 for one in staged):
                return
            assert all("is over" in one.stderr for one in staged if one.returncode), staged
        pytest.fail("the commands take longer than half a minute")

    # Clients

    def context(self, kind: Kind | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.deployment.outside.root_pem.decode())
        if kind is not None:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(CIPHERS[kind])
        return context

    def served(self, kind: Kind) -> int:
        """The number of the generation that a newcomer of this kind is shown; its chain is verified by the way."""
        with HttpConnection(
            (LOOPBACK, self.names.https_port), self.names.authority(self.names.web), self.context(kind)
        ) as client:
            assert isinstance(client.socket, ssl.SSLSocket)
            leaf = x509.load_der_x509_certificate(client.socket.getpeercert(binary_form=True) or b"")
        return next(one.number for one in self.store.generations("public", kind) if one.leaf == leaf)

    def all_served(self) -> dict[str, int]:
        return {kind: self.served(kind) for kind in KINDS}


def _with_a_store(text: str) -> str:
    """The laboratory's file, with the store in place of the files that it brings along."""
    top, _, rest = text.partition("[[certificate.public]]")
    listeners = rest[rest.index("[[listener]]") :]
    store = '[certificate.public]\nstore = ["rsa", "ecdsa"]\n\n[plan]\nissuer = "private"\n\n'
    return f'certificate_store = "certificates"\n{top}{store}{listeners}'


class Busy(threading.Thread):
    """Somebody who asks again and again until told to stop; every failure is kept."""

    def __init__(self, ask: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._enough = threading.Event()
        self.asked = 0
        self.failures: list[BaseException] = []

    def run(self) -> None:
        try:
            while not self._enough.is_set():
                self._ask()
                self.asked += 1
                self._enough.wait(0.02)
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.failures.append(error)

    def finish(self) -> None:
        self._enough.set()
        self.join()


class LoggedIn(Busy):
    """A user who logged in once, and must be answered by name on that connection ever after."""

    def __init__(self, site: Site, user: User) -> None:
        super().__init__(self.poll)
        address = (LOOPBACK, site.names.https_port)
        self._user = user
        self._connection = NtlmConnection(address, site.names.authority(site.names.web), site.context())
        self._told(self._connection.log_in(user, "GET", PROTECTED).body)

    def poll(self) -> None:
        self._told(self._connection.request("GET", PROTECTED).body)

    def _told(self, body: bytes) -> None:
        assert json.loads(body)["user"] == self._user.account, body[:200]

    def finish(self) -> None:
        super().finish()
        self._connection.close()


class Newcomer(Busy):
    """A new connection, a handshake and a request each time."""

    def __init__(self, site: Site, kind: Kind) -> None:
        super().__init__(self.come)
        self._site, self._context = site, site.context(kind)

    def come(self) -> None:
        names = self._site.names
        with HttpConnection((LOOPBACK, names.https_port), names.authority(names.web), self._context) as client:
            answer = client.request("GET", OPEN_PAGE)
            assert answer.status == 200, answer


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", str(tmp_path / "control.sock"))
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        yield Site(tmp_path, stack)


def test_a_certificate_lives_from_its_plan_to_its_rolling_back(site: Site) -> None:
    # Planned and requested; until the answer comes, nothing is served, and it is said why.
    planned = json.loads(site.bridgehead("plan", site.file, "--format", "json").stdout)
    assert "public" in {one["name"] for one in planned["certificates"]}
    nothing_yet = run("check", site.file)
    assert "There is no certificate public (rsa) in the store yet." in nothing_yet.stderr
    first = site.request("first.req")
    assert set(first) == {"rsa", "ecdsa"}
    assert "was requested, and has not come yet" in run("check", site.file).stderr

    # Answered as PKCS #7 and as PEM, and served.
    leaf, intermediate = site.authority.sign(first["rsa"]), site.authority.intermediate
    site.import_answer("first.p7b", pkcs7.serialize_certificates([intermediate, leaf], Encoding.DER))
    leaf = site.authority.sign(first["ecdsa"])
    site.import_answer("first.pem", leaf.public_bytes(Encoding.PEM) + intermediate.public_bytes(Encoding.PEM))
    site.bridgehead("check", site.file)
    with ExitStack() as running:
        running.enter_context(ProxyProcess(site.file))
        assert site.all_served() == {"rsa": 1, "ecdsa": 1}

        users = [LoggedIn(site, user) for user in site.deployment.users[:5]]
        everybody: list[Busy] = [*users, Newcomer(site, "rsa"), Newcomer(site, "ecdsa")]
        for one in everybody:
            one.start()
            running.callback(one.finish)

        # Renewed: the RSA one answered as DER, the ECDSA one made elsewhere and brought as PFX. Both wait.
        leaf = site.authority.sign(site.request("second.req")["rsa"])
        (site.directory / "issuing.cer").write_bytes(intermediate.public_bytes(Encoding.DER))
        site.import_answer(
            "second.cer", leaf.public_bytes(Encoding.DER), "--chain", site.directory / "issuing.cer", "--no-activate"
        )
        (site.directory / "pfx.pass").write_text("correct horse\n")
        site.import_answer(
            "second.pfx", _made_elsewhere(site), "--for", "public", "--passphrase-file", site.directory / "pfx.pass"
        )
        assert site.all_served() == {"rsa": 1, "ecdsa": 1}

        # Staged, and live at its time; rolled back, by one command.
        site.stage(2)
        eventually(lambda: site.all_served() == {"rsa": 2, "ecdsa": 2}, "the second generation")
        asked = {one: one.asked for one in everybody}
        eventually(lambda: all(one.asked > asked[one] + 2 or one.failures for one in everybody), "more requests")
        site.bridgehead("certificate", "roll-back", "public", site.file)
        assert site.all_served() == {"rsa": 1, "ecdsa": 1}
        asked = {one: one.asked for one in everybody}
        eventually(lambda: all(one.asked > asked[one] + 2 or one.failures for one in everybody), "more requests")

        for one in everybody:
            one.finish()
        assert [one.failures for one in everybody if one.failures] == []
        status = json.loads(site.bridgehead("status", "--format", "json").stdout)
        assert status["changes"] >= 2
        assert status["alarms"] == []
    listed = json.loads(site.bridgehead("certificate", "list", site.file, "--format", "json").stdout)
    assert {one["kind"]: [each["live"] for each in one["generations"]] for one in listed["certificates"]} == {
        "rsa": [True, False],
        "ecdsa": [True, False],
    }


def _made_elsewhere(site: Site) -> bytes:
    """A PFX with a key and certificate that were never requested here."""
    key = ec.generate_private_key(ec.SECP256R1())
    (like,) = [one.csr for one in site.store.requests("public") if one.kind == "ecdsa"]
    builder = x509.CertificateSigningRequestBuilder().subject_name(like.subject)
    for extension in like.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    leaf = site.authority.sign(builder.sign(key, like.signature_hash_algorithm))  # type: ignore[arg-type] # a hash
    above = [site.authority.intermediate]
    return pkcs12.serialize_key_and_certificates(b"public", key, leaf, above, BestAvailableEncryption(b"correct horse"))
