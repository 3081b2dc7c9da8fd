"""A certificate that ends soon, and the proxy that serves it: its log, its status, its numbers, and who is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.proxy.control import ask
from tests.certificates.alarms.web import Web
from tests.certificates.issuing import DAY, NOW
from tests.cli.certificate.deployment import FILE, Deployment
from tests.end_to_end.command_line import run
from tests.end_to_end.free_port import free_port
from tests.proxy.wire import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", str(tmp_path / "control.sock"))
    return Deployment(tmp_path)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def told(web: Web) -> list[tuple[str, str, str]]:
    return [(one["change"], one["about"], one["state"]) for message in web.messages for one in message["changes"]]


def said(proxy: ProxyProcess) -> list[dict[str, Any]]:
    """The alarms in what it wrote."""
    lines = [line for line in str(proxy.failure("is fine")).splitlines() if '"event": "alarm"' in line]
    return [json.loads(line) for line in lines]


def test_an_alarm_is_said_once_and_told_once_until_the_certificate_is_renewed(deployment: Deployment, web: Web) -> None:
    listener = f'[[listener]]\naddress = "127.0.0.1:{free_port()}"\n'
    deployment.topology.write_text(f"{FILE}{listener}[alarms]\nwebhook = '{web.url}'\n")
    control = deployment.directory / "control.sock"
    deployment.with_live(begins=NOW - 85 * DAY)
    about = "served:public:ecdsa"
    with ProxyProcess(deployment.topology) as proxy:
        eventually(lambda: web.messages, "the webhook, which the proxy lets be told")
        assert told(web) == [("raised", about, "urgent")]
        assert [(one["about"], one["state"]) for one in said(proxy)] == [(about, "urgent")]
        status = ask(control, "status")
        assert [alarm["about"] for alarm in status["watch"]["alarms"]] == [about]
        assert "expires on" in status["alarms"][0]
        shown = run("status", "--format", "prometheus").stdout
        samples = [one for family in text_string_to_metric_families(shown) for one in family.samples]
        (left,) = [one for one in samples if one.name == "bridgehead_certificate_days_left"]
        assert left.labels == {"certificate": "public", "kind": "ecdsa", "role": "served"}
        assert 4 < left.value <= 5
        assert [one.labels["about"] for one in samples if one.name == "bridgehead_alarm"] == [about]
        assert "ALARM: The certificate public" in run("status").stdout

        # The renewed one lies there, and the proxy has not been told: what it serves is what counts.
        deployment.issued("next")
        finished = deployment.take_in(
            "next.pem", "--key", "next.key", "--chain", deployment.chain, "--activate", "--no-reload"
        )
        assert finished.returncode == 0, finished.stderr
        finished = deployment.run("check", deployment.topology, "--notify")
        assert finished.returncode == 1
        assert "serves an older certificate than the file has" in finished.stderr
        assert len(web.messages) == 1

    # A restart is no change of state; what is over by then is said to be over.
    with ProxyProcess(deployment.topology) as proxy:
        eventually(lambda: len(web.messages) == 2, "the good news")
        assert told(web)[1:] == [("cleared", about, "urgent")]
        assert [(one["change"], one["state"]) for one in said(proxy)] == [("cleared", "urgent")]
        assert ask(control, "status")["alarms"] == []
        assert deployment.run("check", deployment.topology).returncode == 0


def test_a_proxy_with_other_certificates_says_nothing_about_ours(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Deployment(tmp_path / "other")
    other.topology.write_text(f'{FILE}[[listener]]\naddress = "127.0.0.1:{free_port()}"\n')
    other.with_live(begins=NOW - 85 * DAY)
    deployment.with_live()
    with ProxyProcess(other.topology):
        assert deployment.run("check", deployment.topology).returncode == 0
        assert other.run("check", other.topology).returncode == 1


def test_a_restart_says_nothing_twice(deployment: Deployment) -> None:
    deployment.topology.write_text(f'{FILE}[[listener]]\naddress = "127.0.0.1:{free_port()}"\n')
    deployment.with_live(begins=NOW - 85 * DAY)
    counts = []
    for _ in range(2):
        with ProxyProcess(deployment.topology) as proxy:
            eventually(lambda: ask(deployment.directory / "control.sock", "status")["watch"]["alarms"], "the alarm")
            counts.append(len(said(proxy)))
    assert counts == [1, 0]


def test_a_generation_that_cannot_be_loaded_is_an_alarm_once_and_over_when_somebody_acts(
    deployment: Deployment,
) -> None:
    deployment.topology.write_text(f'{FILE}[[listener]]\naddress = "127.0.0.1:{free_port()}"\n')
    deployment.with_live()
    deployment.issued("next")
    assert deployment.take_in("next.pem", "--key", "next.key", "--chain", deployment.chain).returncode == 0
    store, control = deployment.store, deployment.directory / "control.sock"
    generation = store.generation("public", "ecdsa", 2)
    now = datetime.now(UTC)
    with ProxyProcess(deployment.topology) as proxy:
        store.stage(generation, now + timedelta(seconds=1), now=now)
        generation.key_path.write_bytes(b"damaged")
        # Asking lets the proxy look at its schedule.
        eventually(lambda: ask(control, "status")["watch"]["alarms"], "the alarm")
        eventually(lambda: said(proxy), "its line in the log")
        assert [(one["about"], one["state"]) for one in said(proxy)] == [("not-loaded:public:ecdsa", "refused-2")]
        assert deployment.live() == 1
        finished = deployment.run("check", deployment.topology)
        assert (finished.returncode, "was due at" in finished.stderr) == (1, True)
        store.unstage("public", "ecdsa")
        assert ask(control, "status")["watch"]["alarms"] == []
        assert "key.damaged" not in run("status").stdout
