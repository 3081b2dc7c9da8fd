"""`certificate check --notify`: real files, a real command, a real web server; each alarm once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridgehead.certificates.acme.state import Attempt, Ledger, RenewalState
from bridgehead.certificates.alarms.memory import Memory, memory_directory
from tests.certificates.alarms.web import Web
from tests.certificates.issuing import DAY, NOW, Authority
from tests.certificates.trust.servers import tls_server
from tests.cli.certificate.deployment import FILE, Deployment, Finished

INSIDE = Authority("Contoso Root CA")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def alarming(deployment: Deployment, section: str) -> None:
    deployment.topology.write_text(f"{FILE}\n[alarms]\n{section}\n")


def notified(deployment: Deployment, *more: str) -> Finished:
    return deployment.run("check", deployment.topology, "--notify", *more)


def events(finished: Finished) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in finished.stderr.splitlines() if line.startswith("{")]
    return [(one["change"], one["about"], one["state"]) for one in lines]


def failing(deployment: Deployment, failures: int) -> None:
    problem = {"code": "acme.refused", "where": "", "message": "The name is not ours.", "hint": ""}
    attempt = Attempt(failures=failures, last=NOW, next=NOW + DAY, problems=(problem,))
    ledger = Ledger(deployment.store.directory)
    ledger.keep_renewal("public", "ecdsa", RenewalState(attempts={"main": attempt} if failures else {}))


def test_the_log_hears_each_alarm_once(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 85 * DAY)
    assert events(notified(deployment)) == [("raised", "served:public:ecdsa", "urgent")]
    assert events(notified(deployment)) == []
    deployment.issued("next")
    deployment.take_in("next.pem", "--key", "next.key", "--chain", deployment.chain, "--activate", "--no-reload")
    finished = notified(deployment)
    assert events(finished) == [("cleared", "served:public:ecdsa", "urgent")]
    assert finished.returncode == 0, finished.stderr


def test_without_notify_nothing_is_told_and_nothing_is_written(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 85 * DAY)
    before = set(deployment.directory.rglob("*"))
    finished = deployment.run("check", deployment.topology)
    assert events(finished) == []
    assert set(deployment.directory.rglob("*")) == before


def test_a_command_and_a_webhook_hear_the_same_without_any_secret(deployment: Deployment, web: Web) -> None:
    heard = deployment.directory / "heard"
    program = f"import sys; open({str(heard)!r}, 'a').write(sys.stdin.read())"
    alarming(deployment, f"command = {json.dumps([sys.executable, '-c', program])}\nwebhook = '{web.url}'")
    live = deployment.with_live(begins=NOW - 85 * DAY)
    notified(deployment)
    notified(deployment)
    (told,) = web.messages
    assert json.loads(heard.read_text()) == told
    assert [change["about"] for change in told["changes"]] == ["served:public:ecdsa"]
    assert "PRIVATE" not in heard.read_text()
    assert live.key_pem.split()[3].decode() not in heard.read_text()


def test_a_webhook_that_fails_is_told_of_and_told_again_at_the_next_check(deployment: Deployment, web: Web) -> None:
    alarming(deployment, f"webhook = '{web.url}'\nseconds = 0.5")
    deployment.with_live(begins=NOW - 85 * DAY)
    web.manner = "silent"
    finished = notified(deployment)
    # Not 1, which a timer takes for work that is due and that somebody was told of.
    assert finished.returncode == 2
    assert "There was no answer within 0.5 seconds" in finished.stderr or "timed out" in finished.stderr
    assert "secret" not in finished.stderr
    web.manner = "well"
    assert events(notified(deployment)) == [], "the log has heard it"
    notified(deployment)
    assert [change["state"] for message in web.messages for change in message["changes"]] == ["urgent"]


def test_an_order_that_keeps_failing_ends_the_check_with_1_and_is_told(deployment: Deployment) -> None:
    deployment.with_live()
    seen = []
    for failures in (2, 3, 4, 10, 0):
        failing(deployment, failures)
        finished = notified(deployment)
        seen.append((finished.returncode, [(change, state) for change, _, state in events(finished)]))
    assert seen == [
        (0, []),
        (1, [("raised", "failing-warning")]),
        (1, []),
        (1, [("changed", "failing-urgent")]),
        (0, [("cleared", "failing-urgent")]),
    ]


def test_a_change_that_was_refused_and_one_that_was_missed_end_the_check_with_1(deployment: Deployment) -> None:
    deployment.with_live()
    deployment.issued("next")
    deployment.take_in("next.pem", "--key", "next.key", "--chain", deployment.chain)
    store = deployment.store
    generation = store.generation("public", "ecdsa", 2)
    staged = store.stage(generation, NOW - timedelta(hours=1), now=NOW - DAY / 2)
    finished = notified(deployment)
    assert (finished.returncode, events(finished)) == (1, [("raised", "missed:public:ecdsa", "missed-2")])
    store.mark_refused(staged, "worker 0: no")
    finished = notified(deployment)
    assert finished.returncode == 1
    assert set(events(finished)) == {
        ("raised", "not-loaded:public:ecdsa", "refused-2"),
        ("cleared", "missed:public:ecdsa", "missed-2"),
    }
    store.unstage("public", "ecdsa")
    assert notified(deployment).returncode == 0


def test_a_certificate_of_six_days_is_not_due_all_its_life(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - DAY, days=6)
    assert deployment.run("check", deployment.topology).returncode == 0
    assert events(notified(deployment)) == []


def test_servers_inside_are_watched_and_silence_clears_nothing(deployment: Deployment) -> None:
    deployment.with_live()
    ending = INSIDE.issue(names=("fe01.contoso.local",), begins=NOW - 85 * DAY)
    with tls_server(deployment.directory, ending) as port:
        servers = f'[{{ name = "fe01.contoso.local", address = "127.0.0.1", port = {port} }}]'
        text = FILE.replace('["fe01.contoso.local"]', f'{servers}\ntrust = "inside.pem"')
        deployment.topology.write_text(text)
        deployment.write("inside.pem", INSIDE.pem)
        first = notified(deployment, "--upstream")
        assert notified(deployment).returncode == 0, "the servers were not asked"
    away = notified(deployment, "--upstream")
    memory = Memory(memory_directory(deployment.store.directory, deployment.topology))
    memory.read()
    assert [fact.role for fact in memory.upstream] == ["upstream"], "the proxy's status goes on showing it"
    assert [event[0] for event in events(first)] == ["raised"]
    assert events(first)[0][1].startswith("upstream:")
    assert (events(away), away.returncode) == ([], 1)


def test_an_authority_above_is_watched_and_a_certificate_that_nobody_needs_is_not(deployment: Deployment) -> None:
    deployment.with_live()
    ending = Authority("Ends soon", INSIDE, days=90, begins=NOW - 88 * DAY)
    needless = Authority("Of another time", days=90, begins=NOW - 100 * DAY)
    leaf = ending.issue(names=("fe01.contoso.local",))
    with tls_server(deployment.directory, leaf, needless.certificate, ending.certificate) as port:
        servers = f'[{{ name = "fe01.contoso.local", address = "127.0.0.1", port = {port} }}]'
        deployment.topology.write_text(FILE.replace('["fe01.contoso.local"]', f'{servers}\ntrust = "inside.pem"'))
        deployment.write("inside.pem", INSIDE.pem)
        finished = notified(deployment, "--upstream")
    assert [(change, state) for change, _, state in events(finished)] == [("raised", "urgent")]


def test_the_json_for_monitoring_has_alarms_orders_and_what_is_staged(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 85 * DAY)
    deployment.issued("next")
    deployment.take_in("next.pem", "--key", "next.key", "--chain", deployment.chain)
    at = NOW + DAY
    deployment.store.stage(deployment.store.generation("public", "ecdsa", 2), at, now=NOW)
    failing(deployment, 1)
    finished = deployment.run("check", deployment.topology, "--format", "json")
    told: dict[str, Any] = json.loads(finished.stdout)
    assert finished.returncode == 1
    assert told["staged"] == [
        {"name": "public", "kind": "ecdsa", "generation": 2, "at": at.isoformat(), "refused": ""},
    ]
    assert told["orders"] == [
        {
            "name": "public",
            "kind": "ecdsa",
            "failures": 1,
            "last_problem": "The name is not ours.",
            "next_attempt": (NOW + DAY).isoformat(),
            "needs_somebody": False,
        }
    ]
    assert [(one["about"], one["state"]) for one in told["alarms"]] == [("served:public:ecdsa", "urgent")]


def test_who_started_it_may_have_told_the_log_already(deployment: Deployment) -> None:
    deployment.with_live(begins=NOW - 85 * DAY)
    assert events(notified(deployment, "--not-to-log")) == []
    assert events(notified(deployment)) == []


def test_without_a_store_it_is_remembered_beside_the_file(deployment: Deployment) -> None:
    deployment.issued(begins=NOW - 85 * DAY)
    deployment.write("both.pem", (deployment.directory / "leaf.pem").read_bytes() + deployment.issuing.pem)
    text = FILE.replace('store = ["ecdsa"]', 'chain = "both.pem"\nkey = "leaf.key"')
    deployment.topology.write_text(text)
    assert len(events(notified(deployment))) == 1
    assert events(notified(deployment)) == []
    assert (deployment.directory / "bridgehead.toml.alarms").is_dir()


def test_files_alone_notify_nobody(deployment: Deployment) -> None:
    deployment.issued()
    finished = deployment.run("check", "leaf.pem", "--notify")
    assert finished.returncode == 2
    assert "--notify is for a topology" in finished.stderr


def test_what_is_remembered_of_orders_and_cannot_be_read_is_an_alarm(deployment: Deployment) -> None:
    deployment.with_live()
    # A directory cannot be read as a file, whoever tries.
    (deployment.store.directory / ".acme/renewals/public/ecdsa.json").mkdir(parents=True)
    finished = notified(deployment)
    assert events(finished) == [("raised", "unusable:order:public:ecdsa", "unusable")]
    assert finished.returncode == 1
