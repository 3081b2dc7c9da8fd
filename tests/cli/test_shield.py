"""`bridgehead shield`: what it writes, what it clears, and its exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.cli.test_standard_output import bridgehead
from tests.proxy.shield.ntlm_site import RIGHT, NtlmSite, log_in
from tests.proxy.wire import OK, Proxy, ScriptedServer, eventually, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with ScriptedServer(NtlmSite().script) as server:
        running = Proxy(tmp_path, trustme.CA(), (server,))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def shield(proxy: Proxy, *arguments: str) -> tuple[int, str]:
    status, said, complained = bridgehead(
        proxy.directory, "shield", *arguments, "--control", proxy.control, COLUMNS="120"
    )
    assert complained == ""
    return status, said


def test_a_quiet_day(proxy: Proxy) -> None:
    status, said = shield(proxy, "status")
    assert status == 0
    assert " ".join(said.split()) == (
        "An account closes to strangers after 2 failures and to everybody after 3, below the domain's 5;"
        " after 1800 s without one it opens."
    )
    assert shield(proxy, "clear") == (1, "Nothing was counted.\n")


def test_who_is_kept_out_is_shown_and_cleared(proxy: Proxy) -> None:
    for _ in range(2):
        log_in(proxy.connect(), "CONTOSO\\Alice", "wrong")
    status, said = shield(proxy, "status")
    assert status == 1
    assert "alice" in said
    assert "strangers" in said
    assert "127.0.0.1" in said
    assert "SPRAYING" not in said
    status, said = shield(proxy, "status", "--format", "json")
    assert status == 1
    assert json.loads(said)["accounts"][0]["failures"] == 2
    assert shield(proxy, "clear", "alice@contoso.com") == (0, "Forgotten: 2 counts against alice@contoso.com.\n")
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    assert shield(proxy, "status")[0] == 0


def test_spraying_stands_out_and_an_address_can_be_cleared(proxy: Proxy) -> None:
    for number in range(10):
        log_in(proxy.connect(), f"user{number}", "wrong")
    assert status_of(log_in(proxy.connect(), "bob", RIGHT)) == 429
    status, said = shield(proxy, "status")
    assert status == 1
    assert "SPRAYING from 127.0.0.1" in said
    status, said = shield(proxy, "clear", "127.0.0.1", "--format", "json")
    assert status == 0
    assert json.loads(said) == {"cleared": 11}
    assert log_in(proxy.connect(), "bob", RIGHT) == OK


def test_prometheus_and_status_show_it_too(proxy: Proxy) -> None:
    for _ in range(2):
        log_in(proxy.connect(), "alice", "wrong")
    log_in(proxy.connect(), "alice", "wrong")

    def told() -> str:
        _, said, _ = bridgehead(proxy.directory, "status", "--format", "prometheus", "--control", proxy.control)
        return said if 'bridgehead_shield_accounts{state="closed-to-strangers"} 1' in said else ""

    said = eventually(told)
    assert 'bridgehead_shield_events_total{event="failed"} 2' in said
    assert 'bridgehead_shield_events_total{event="refused-pause"} 1' in said
    assert 'bridgehead_shield_events_total{event="spraying"} 0' in said
    assert 'bridgehead_refused_total{reason="login-paused",status="429",fault="policy"} 1' in said


def status_of_proxy(proxy: Proxy) -> list[str]:
    _, said, _ = bridgehead(proxy.directory, "status", "--control", proxy.control, COLUMNS="120")
    return [" ".join(line.split()) for line in said.splitlines()]


def test_status_says_how_many_are_kept_out_and_where_to_see_who(proxy: Proxy) -> None:
    assert "shield: nobody is kept out" in status_of_proxy(proxy)
    for number in range(10):
        log_in(proxy.connect(), f"user{number}", "wrong")
    for _ in range(2):
        log_in(proxy.connect(), "user0", "wrong")
    said = status_of_proxy(proxy)
    assert "addresses closed to strangers 1" in said
    assert "addresses that spray passwords 1" in said
    assert "bridgehead shield status shows who, and until when" in said
    assert not any("user0" in line for line in said)
    assert any(line.startswith("ALARM: Passwords are being sprayed from 127.0.0.1") for line in said)
    shield(proxy, "clear")
    assert "shield: nobody is kept out" in status_of_proxy(proxy)


def test_without_a_command_it_is_status(proxy: Proxy) -> None:
    log_in(proxy.connect(), "alice", "wrong")
    assert json.loads(shield(proxy, "--format", "json")[1])["accounts"][0]["account"] == "alice"


def test_an_option_before_the_command_is_not_passed_over(proxy: Proxy) -> None:
    log_in(proxy.connect(), "alice", "wrong")
    status, said, complained = bridgehead(proxy.directory, "shield", "--control", proxy.control, "clear", COLUMNS="120")
    assert status == 2
    assert said == ""
    assert "bridgehead shield clear --control" in complained
    assert "alice" in shield(proxy)[1]


def test_where_no_proxy_runs_that_is_said(tmp_path: Path) -> None:
    for words in (("status",), ("clear", "alice")):
        status, said, complained = bridgehead(tmp_path, "shield", *words, "--control", tmp_path / "nothing.sock")
        assert status == 2
        assert said == ""
        assert "no proxy answers" in complained
