from __future__ import annotations

import pytest

from bridgehead.verify.observing.failures import CannotTry, NoSuchName
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.questions import Connect
from bridgehead.verify.observing.ways import Connections, Leads, Way
from tests.end_to_end.free_port import free_port
from tests.verify.strange import NeverAccepts, Strange, silent


def test_connect_to_leads_every_name_or_one_and_its_port_is_for_tls_alone() -> None:
    way = Way(leads=(Leads("192.0.2.1"), Leads("192.0.2.2", "meet.contoso.com", 8443)))
    connections = Connections(way)
    assert connections.addresses("webext.contoso.com") == ("192.0.2.1",)
    assert connections.addresses("meet.contoso.com") == ("192.0.2.2",)
    assert connections.port("meet.contoso.com", 443, tls=True) == 8443
    assert connections.port("meet.contoso.com", 80, tls=False) == 80
    assert connections.port("webext.contoso.com", 443, tls=True) == 443


def test_connections_are_bounded_in_number() -> None:
    with Strange(silent) as server:
        look = network(Way(patience=Patience(connections=2), leads=(Leads("127.0.0.1"),)))
        seen = [look(Connect(f"host{number}.contoso.com", server.port)) for number in range(3)]
    assert [one.failure is None for one in seen] == [True, True, False]
    assert seen[2].failure is not None
    assert seen[2].failure.kind == "cannot-try"


def test_who_did_not_answer_once_is_not_waited_for_again() -> None:
    with NeverAccepts() as never:
        connections = Connections(Way(patience=Patience(connect_seconds=0.3)))
        with pytest.raises(TimeoutError), connections.open("127.0.0.1", never.port, tls=False):
            pass
        with pytest.raises(TimeoutError, match="before"), connections.open("127.0.0.1", never.port, tls=False):
            pass


def test_what_is_refused_and_what_does_not_exist_are_told_apart() -> None:
    connections = Connections(Way(leads=(Leads("127.0.0.1", "closed.contoso.com"),)))
    with pytest.raises(ConnectionRefusedError), connections.open("closed.contoso.com", free_port(), tls=False):
        pass
    with pytest.raises(NoSuchName), connections.open("no..name", 80, tls=False):
        pass


def test_connections_are_bounded_at_a_time_and_nobody_waits_for_a_turn_without_end() -> None:
    connections = Connections(Way(patience=Patience(simultaneous=1, turn_seconds=0.05)))
    with connections.turn(), pytest.raises(CannotTry, match="at a time"), connections.turn():
        pass
    with connections.turn():
        pass


def test_a_spent_budget_says_so() -> None:
    with pytest.raises(CannotTry, match="0 connections"), Connections(Way(patience=Patience(connections=0))).turn():
        pass
