"""Certificates that renew themselves, against Debian's Pebble, BIND, and Caddy's authority."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.reading.facts import facts_of
from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.deployment import Deployment
from bridgehead.lab.http_client import HttpConnection
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import published_file
from tests.end_to_end.command_line import run
from tests.end_to_end.free_port import free_port
from tests.end_to_end.test_certificate_life import LoggedIn, Newcomer, Site
from tests.interop.acme_servers import Pebble, bind, caddy_authority, challenge_dns, pebble
from tests.interop.acme_site import DOMAIN, HOSTS, AcmeSite, section
from tests.interop.debian import LOOPBACK, readable_directory
from tests.proxy.wire import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.interop.acme_servers import ChallengeDns

pytestmark = pytest.mark.interop

KILLS = int(os.environ.get("ACME_KILLS", "6"))
"""How many orders are killed, each at another step. 50 takes minutes."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AcmeSite:
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", str(tmp_path / "control.sock"))
    monkeypatch.chdir(tmp_path)
    return AcmeSite(tmp_path)


@pytest.fixture
def dns(tmp_path: Path) -> Iterator[ChallengeDns]:
    with challenge_dns(tmp_path) as server:
        yield server


@pytest.fixture
def authority(tmp_path: Path, authority: LabAuthority, site: AcmeSite, dns: ChallengeDns, stack: ExitStack) -> Pebble:
    return stack.enter_context(pebble(tmp_path, authority, site.http_port, dns.place))


# http-01


def test_the_first_certificate_comes_before_any_proxy_runs(site: AcmeSite, authority: Pebble) -> None:
    site.publish(section(authority.directory, authority.root), kinds=("rsa", "ecdsa"))
    assert {one["kind"]: one["result"] for one in site.renew()} == {"rsa": "issued", "ecdsa": "issued"}
    assert set(facts_of(site.live("rsa").leaf).names) == set(HOSTS)
    assert run("check", site.file).returncode == 0
    # Nothing is due now, and nothing is said.
    quiet = run("certificate", "renew", site.file)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_a_trial_leaves_nothing_behind_but_its_account(site: AcmeSite, authority: Pebble) -> None:
    site.publish(section(authority.directory, authority.root))
    assert [one["result"] for one in site.renew("--dry-run")] == ["tried"]
    assert site.store.names() == ()
    assert site.store.problems() == ()


def test_a_failing_validation_is_explained(site: AcmeSite, authority: Pebble, dns: ChallengeDns) -> None:
    dns.tell("add-a", host=HOSTS[1], addresses=["127.0.0.7"])  # where nobody listens
    site.publish(section(authority.directory, authority.root))
    told = site.try_to_renew()
    assert told.returncode == 1
    (one,) = json.loads(told.stdout)
    (problem,) = one["problems"]
    assert problem["code"] == "acme.not-proved"
    assert problem["message"].startswith(f"{HOSTS[1]}, http-01: first refuses, it could not connect. It says: ")
    assert "127.0.0.7" in problem["message"]
    assert f"Port 80 of {HOSTS[1]} must lead to this proxy" in problem["hint"]
    # Not again before its time; at once when somebody says that it is mended, with the key that is there.
    (again,) = site.renew()
    assert again["result"] == "waiting"
    assert again["at"] == one["at"]
    waiting = [request.identifier for request in site.store.requests()]
    dns.tell("clear-a", host=HOSTS[1])
    assert [one["result"] for one in site.renew("--now")] == ["issued"]
    assert [site.live().facts.request] == waiting


def test_an_external_account_is_bound(
    tmp_path: Path, site: AcmeSite, dns: ChallengeDns, authority: LabAuthority, stack: ExitStack
) -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    (tmp_path / "hmac.key").write_text(key + "\n")
    outside = LabAuthority("Another authority")
    strict = stack.enter_context(pebble(tmp_path, outside, site.http_port, dns.place, external={"kid-1": key}))
    site.publish(section(strict.directory, strict.root))
    refused = site.try_to_renew()
    assert "it wants an external account binding" in refused.stdout
    bound = 'external_account = { key_id = "kid-1", key_file = "hmac.key" }'
    site.publish(section(strict.directory, strict.root, bound))
    assert [one["result"] for one in site.renew("--now")] == ["issued"]


# dns-01


def test_dns_01_by_a_hook(site: AcmeSite, authority: Pebble, dns: ChallengeDns) -> None:
    site.publish(section(authority.directory, authority.root, site.hook(dns)))
    assert [one["result"] for one in site.renew()] == ["issued"]


def test_a_hook_that_fails_is_told_with_its_words(site: AcmeSite, authority: Pebble) -> None:
    command = json.dumps([sys.executable, "-c", "import sys; sys.exit('the DNS provider is closed on Fridays')"])
    site.publish(section(authority.directory, authority.root, f'challenge = "dns-01"\nhook = {command}'))
    told = site.try_to_renew()
    (problem,) = json.loads(told.stdout)[0]["problems"]
    assert problem["code"] == "acme.hook"
    assert "the DNS provider is closed on Fridays" in problem["hint"]


def test_dns_01_by_dynamic_updates_of_a_real_name_server(
    tmp_path: Path, site: AcmeSite, authority: LabAuthority, stack: ExitStack
) -> None:
    outside = LabAuthority("Outside")
    server = stack.enter_context(bind(stack.enter_context(readable_directory()), DOMAIN))
    acme = stack.enter_context(pebble(tmp_path, outside, site.http_port, server.place))
    update = f'server = "{server.place}", key_file = "{server.key_file}", name_servers = "{server.place}"'
    site.publish(section(acme.directory, acme.root, f'challenge = "dns-01"\ndns_update = {{ {update} }}'))
    assert [one["result"] for one in site.renew()] == ["issued"]
    assert server.texts(f"_acme-challenge.{HOSTS[0]}") == []  # and it is tidied up

    wrong = tmp_path / "wrong.key"
    wrong.write_text('key "stranger" { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; };')
    update = f'server = "{server.place}", key_file = "{wrong}", name_servers = "{server.place}"'
    site.publish(section(acme.directory, acme.root, f'challenge = "dns-01"\ndns_update = {{ {update} }}'))
    told = site.try_to_renew("--force")
    (problem,) = json.loads(told.stdout)[0]["problems"]
    assert "does not accept the TSIG key" in problem["message"]


# Crashes


def test_an_order_that_is_killed_anywhere_goes_on(site: AcmeSite, authority: Pebble, stack: ExitStack) -> None:
    site.publish(section(authority.directory, authority.root))
    site.renew()
    # It goes on answering challenges when whoever gave them to it is gone.
    stack.enter_context(ProxyProcess(site.file))
    steps = _killed_at(site, 10_000)
    second_orders = 0
    for number in range(KILLS):
        before, orders = site.live().number, _orders(site)
        _killed_at(site, 1 + number * steps // KILLS)
        killed = site.live().number
        told = site.renew("--now", *(["--force"] if not _under_way(site) and killed == before else []))
        assert told[0]["result"] in {"issued", "not-due"}, told
        assert site.live().number == before + 1
        assert not _under_way(site)
        second_orders += _orders(site) - orders - 1
    # Only between the authority's answer to an order and the file that remembers it.
    assert second_orders <= 1 + KILLS // 10
    assert site.store.problems() == ()
    assert site.store.requests() == ()


def _killed_at(site: AcmeSite, step: int) -> int:
    """An order that is killed at this step; how many steps it had where it came to its end."""
    command = [sys.executable, "-m", "tests.interop.killed_at", str(step), "certificate", "renew", str(site.file)]
    path = os.pathsep.join([str(part) for part in sys.path if part])
    finished = subprocess.run(
        [*command, "--force"], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    if finished.returncode == -signal.SIGKILL:
        return 0
    assert finished.returncode == 0, finished
    return int(finished.stderr.rpartition("steps: ")[2])


def _under_way(site: AcmeSite) -> bool:
    return site.ledger.order("public", "ecdsa") is not None


def _orders(site: AcmeSite) -> int:
    return sum(log.read_text().count("Added order") for log in site.directory.glob("pebble-*.log"))


# Several authorities


def test_a_second_authority_is_asked_where_the_first_is_gone(
    tmp_path: Path, site: AcmeSite, dns: ChallengeDns, stack: ExitStack
) -> None:
    caddy = stack.enter_context(caddy_authority(tmp_path, dns))
    hook = site.hook(dns)
    gone = f"https://localhost:{free_port()}/dir"
    site.publish(section(gone, caddy.root, hook), section(caddy.directory, caddy.root, hook, name="second"))
    (told,) = site.renew()
    assert (told["result"], told["authority"]) == ("issued", "second")
    assert "Caddy" in facts_of(site.live().leaf).issuer


# Under load


def test_a_renewal_under_load_loses_no_request_and_no_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: ExitStack
) -> None:
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", str(tmp_path / "control.sock"))
    monkeypatch.chdir(tmp_path)
    names = Publication(https_port=free_port(), http_port=free_port())
    deployment = stack.enter_context(Deployment(tmp_path, names))
    dns = stack.enter_context(challenge_dns(tmp_path))
    acme = stack.enter_context(pebble(tmp_path, deployment.outside, names.http_port, dns.place))
    site = AcmeSite(tmp_path)
    site.file.write_text(_laboratory_with_acme(published_file(deployment), section(acme.directory, acme.root)))
    site.renew()
    stack.enter_context(ProxyProcess(site.file))

    visitors = Visited(names, deployment, acme)
    everybody = [
        *(LoggedIn(visitors, user) for user in deployment.users[:5]),
        Newcomer(visitors, "rsa"),
        Newcomer(visitors, "ecdsa"),
    ]
    for one in everybody:
        one.start()
        stack.callback(one.finish)
    told = site.renew("--force")
    assert [one["result"] for one in told] == ["issued", "issued"]
    asked = {one: one.asked for one in everybody}
    eventually(lambda: all(one.asked > asked[one] + 2 or one.failures for one in everybody), "more requests")
    for one in everybody:
        one.finish()
    assert [one.failures for one in everybody if one.failures] == []
    with HttpConnection((LOOPBACK, names.https_port), names.authority(names.web), visitors.context()) as client:
        assert isinstance(client.socket, ssl.SSLSocket)
        served = client.socket.getpeercert(binary_form=True)
    assert served in {_der(site, "rsa"), _der(site, "ecdsa")}
    # It was the proxy that answered the authority, on every name.
    log = tmp_path / "access.log"
    eventually(lambda: log.read_text().count('"rule":"acme-challenge"') >= 14, "the log")
    assert '"status":404' not in log.read_text()


class Visited(Site):
    """The laboratory, as `LoggedIn` and `Newcomer` know it, with Pebble's root for the outside."""

    def __init__(self, names: Publication, deployment: Deployment, acme: Pebble) -> None:
        self.names, self.deployment, self._acme = names, deployment, acme

    def context(self, kind: object = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self._acme.root))
        if kind is not None:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(f"ECDHE-{str(kind).upper()}-AES128-GCM-SHA256")
        return context


def _der(site: AcmeSite, kind: str) -> bytes:
    return site.live("rsa" if kind == "rsa" else "ecdsa").leaf.public_bytes(Encoding.DER)


def _laboratory_with_acme(text: str, acme: str) -> str:
    top, _, rest = text.partition("[[certificate.public]]")
    listeners = rest[rest.index("[[listener]]") :].replace(
        "tls = false", 'tls = false\npublic_address = "192.0.2.1:80"'
    )
    store = '[certificate.public]\nstore = ["rsa", "ecdsa"]\nacme = true\n\n[plan]\nissuer = "private"\n\n'
    return f'certificate_store = "certificates"\n{top}{store}{acme}\n{listeners}'
