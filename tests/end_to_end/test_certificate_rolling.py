"""A running proxy and its store: certificates change at a command or at their time, and a bad one never stays."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bridgehead.certificates.store.facts import GenerationFacts
from bridgehead.certificates.store.layout import live_files
from bridgehead.certificates.store.store import Store
from bridgehead.spec import Certificate, KeyPair
from tests.end_to_end.command_line import Finished, run
from tests.proxy.conftest import authority, proxy_of  # noqa: F401 - the wire kit's fixtures
from tests.proxy.wire import GET, OK, Proxy, ScriptedServer, answering, eventually, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

    from bridgehead.certificates.keys import PrivateKey
    from bridgehead.certificates.store.entries import Generation


@dataclass
class Rolling:
    """A proxy that serves the certificate `public` of a store with two generations, the first one live."""

    proxy: Proxy
    store: Store
    authority: trustme.CA

    def add(self) -> Generation:
        issued = self.authority.issue_cert("site.test")
        key: PrivateKey = load_pem_private_key(issued.private_key_pem.bytes(), None)  # type: ignore[assignment] # trustme makes ECDSA keys
        chain = [x509.load_pem_x509_certificate(blob.bytes()) for blob in issued.cert_chain_pems]
        facts = GenerationFacts(exportable=True, made_at=datetime.now(UTC), origin="pem")
        return self.store.add_generation("public", "ecdsa", chain, key, facts)

    def run(self, *arguments: str) -> Finished:
        """`bridgehead certificate` with these words, on this store and proxy."""
        place = ("--store", str(self.store.directory), "--control", str(self.proxy.control))
        return run("certificate", *arguments, *place)

    def served(self) -> int:
        """The number of the generation that a new client sees."""
        client = self.proxy.connect_tls()
        assert isinstance(client.sock, ssl.SSLSocket)
        leaf = x509.load_der_x509_certificate(client.sock.getpeercert(binary_form=True) or b"")
        assert status_of(client.request(GET)) == 200
        client.close()
        return next(one.number for one in self.store.generations("public", "ecdsa") if one.leaf == leaf)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            run("status", "--format", "json", "--control", str(self.proxy.control)).stdout
        )
        return told

    def break_the_file(self) -> None:
        (self.proxy.directory / "spec.json").write_text("{", "utf-8")

    def stage_soon(self) -> str:
        """Stage the second generation for the nearest time that is not over when the command comes to it."""
        for seconds in (1, 2, 4, 8, 16):
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            staged = self.run("stage", "public", "2", "--at", at.isoformat())
            if "is over" not in staged.stderr:
                break
        assert staged.returncode == 0, staged
        return staged.stdout


@pytest.fixture
def stopped(tmp_path: Path, authority: trustme.CA, proxy_of: Callable[..., Proxy]) -> Iterator[Rolling]:  # noqa: F811 - fixtures
    with ScriptedServer(script=answering(OK)) as site:
        yield two_generations(proxy_of(site), Store(tmp_path / "certificates"), authority)


def two_generations(
    proxy: Proxy,
    store: Store,
    authority: trustme.CA,  # noqa: F811 - the fixture's value
    passphrase_file: Path | None = None,
) -> Rolling:
    chain, key = live_files(store.directory, "public", "ecdsa")
    pair = KeyPair(chain=str(chain), key=str(key), passphrase_file=str(passphrase_file) if passphrase_file else None)
    proxy.certificates = (Certificate(name="public", pairs=(pair,)),)
    rolling = Rolling(proxy, store, authority)
    store.activate(rolling.add())
    rolling.add()
    return rolling


@pytest.fixture
def rolling(stopped: Rolling) -> Rolling:
    stopped.proxy.start()
    return stopped


def test_activating_changes_the_running_proxy_and_rolling_back_changes_it_back(rolling: Rolling) -> None:
    before = rolling.proxy.connect_tls()
    assert status_of(before.request(GET)) == 200
    done = rolling.run("activate", "public")
    assert (done.returncode, rolling.served()) == (0, 2), done
    assert "Live: public (ecdsa), generation 2." in done.stdout
    assert "The running proxy has changed" in done.stdout
    back = rolling.run("roll-back", "public")
    assert (back.returncode, rolling.served()) == (0, 1), back
    assert "Live again: public (ecdsa), generation 1, instead of 2." in back.stdout
    assert status_of(before.request(GET)) == 200, "who was there stays"


@pytest.mark.parametrize("command", ["activate", "roll-back"])
def test_what_the_proxy_refuses_is_undone_and_said(rolling: Rolling, command: str) -> None:
    if command == "roll-back":
        assert rolling.run("activate", "public").returncode == 0
    live = rolling.served()
    rolling.break_the_file()
    refused = rolling.run(command, "public")
    assert refused.returncode == 1
    assert "The running proxy refuses, and nothing has changed" in refused.stderr
    assert "spec.json" in refused.stderr, "the reason follows"
    assert rolling.served() == live
    stored = rolling.store.live("public", "ecdsa")
    assert stored is not None
    assert stored.number == live


def test_without_a_reload_the_proxy_is_left_alone(rolling: Rolling) -> None:
    done = rolling.run("activate", "public", "--no-reload")
    assert done.returncode == 0, done
    assert rolling.served() == 1
    assert run("reload", "--control", str(rolling.proxy.control)).returncode == 0
    assert rolling.served() == 2


def test_a_staged_certificate_goes_live_at_its_time(rolling: Rolling) -> None:
    assert "The running proxy will carry it out." in rolling.stage_soon()
    rolling.proxy.wait_for("change 1")
    assert rolling.served() == 2
    assert rolling.store.staged("public", "ecdsa") is None
    assert rolling.status()["alarms"] == []
    assert "due: certificate public (ecdsa), generation 2" in rolling.proxy.said()


def test_a_staged_certificate_that_is_refused_leaves_the_old_one_with_an_alarm(rolling: Rolling) -> None:
    rolling.break_the_file()
    rolling.stage_soon()
    rolling.proxy.wait_for("ALARM: a scheduled change failed, what was served goes on being served")
    assert rolling.served() == 1
    live = rolling.store.live("public", "ecdsa")
    assert live is not None
    assert live.number == 1
    (alarm, *_) = rolling.status()["alarms"]
    assert "certificate public (ecdsa), generation 2 was due at" in alarm
    assert "ALARM" in run("status", "--control", str(rolling.proxy.control)).stdout
    listed = run("certificate", "list", "--store", str(rolling.store.directory), "--format", "json")
    assert json.loads(listed.stdout)["certificates"][0]["refused"]


def test_a_time_that_passed_while_the_proxy_was_down_is_made_up_for(stopped: Rolling) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    second = stopped.store.generation("public", "ecdsa", 2)
    stopped.store.stage(second, yesterday, now=yesterday - timedelta(days=1))
    stopped.proxy.start()
    stopped.proxy.wait_for("change 1")
    assert stopped.served() == 2


def test_what_is_unstaged_does_not_go_live(rolling: Rolling) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert rolling.run("stage", "public", "2", "--at", at).returncode == 0
    done = run("certificate", "unstage", "public", "--store", str(rolling.store.directory))
    assert done.returncode == 0, done
    assert rolling.store.staged("public", "ecdsa") is None


def test_keys_that_are_encrypted_at_rest_are_served_and_rolled(
    tmp_path: Path,
    authority: trustme.CA,  # noqa: F811 - the fixture
    proxy_of: Callable[..., Proxy],  # noqa: F811 - the fixture
) -> None:
    passphrase_file = tmp_path / "passphrase"
    passphrase_file.write_text("correct horse\n")
    with ScriptedServer(script=answering(OK)) as site:
        store = Store(tmp_path / "certificates", b"correct horse")
        rolling = two_generations(proxy_of(site), store, authority, passphrase_file)
        rolling.proxy.start()
        assert rolling.served() == 1
        assert rolling.run("activate", "public", "--passphrase-file", str(passphrase_file)).returncode == 0
        assert rolling.served() == 2
        assert rolling.run("roll-back", "public", "--passphrase-file", str(passphrase_file)).returncode == 0
        assert rolling.served() == 1


def test_staging_what_no_proxy_serves_is_said(rolling: Rolling) -> None:
    rolling.store.directory.rename(rolling.store.directory.with_name("elsewhere"))
    rolling.store.directory = rolling.store.directory.with_name("elsewhere")
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert "does not serve this certificate" in rolling.run("stage", "public", "2", "--at", at).stdout


def test_an_expired_certificate_is_not_activated(rolling: Rolling) -> None:
    past = datetime.now(UTC) - timedelta(days=2)
    issued = rolling.authority.issue_cert("site.test", not_after=past)
    key: PrivateKey = load_pem_private_key(issued.private_key_pem.bytes(), None)  # type: ignore[assignment] # trustme makes ECDSA keys
    chain = [x509.load_pem_x509_certificate(blob.bytes()) for blob in issued.cert_chain_pems]
    facts = GenerationFacts(exportable=True, made_at=past, origin="pem")
    rolling.store.add_generation("public", "ecdsa", chain, key, facts)
    refused = rolling.run("activate", "public")
    assert refused.returncode == 1
    assert "expired on" in refused.stderr
    assert rolling.served() == 1


def test_a_reload_with_nothing_live_is_refused_and_says_what_to_do(rolling: Rolling) -> None:
    rolling.store.restore("public", "ecdsa", None)
    refused = run("reload", "--control", str(rolling.proxy.control))
    assert refused.returncode == 1
    assert "The certificate public (ecdsa) is in the store, and none of its generations is live." in refused.stderr
    assert "bridgehead certificate activate public" in refused.stderr
    assert rolling.served() == 1


def test_without_a_proxy_it_is_served_from_the_next_start_on(stopped: Rolling) -> None:
    done = stopped.run("activate", "public")
    assert done.returncode == 0, done
    assert "No proxy runs on" in done.stdout
    stopped.proxy.start()
    assert stopped.served() == 2


def test_an_activation_beside_a_staged_one_is_no_change_of_the_schedule(rolling: Rolling) -> None:
    third = rolling.add()
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert rolling.run("stage", "public", str(third.number), "--at", at).returncode == 0
    assert rolling.run("activate", "public", "--generation", "2").returncode == 0
    staged = rolling.store.staged("public", "ecdsa")
    assert staged is not None
    assert staged.generation == third
    assert rolling.run("activate", "public", "--generation", "3").returncode == 0
    assert rolling.store.staged("public", "ecdsa") is None, "it is live already"
    eventually(lambda: rolling.served() == 3, "the third generation")
