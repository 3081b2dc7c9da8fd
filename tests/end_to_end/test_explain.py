"""`bridgehead explain` of real logins: the laboratory's front ends behind the proxy, and clients with pyspnego."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.ntlm_client import NtlmConnection, Scheme, new_initiator, token_in
from bridgehead.lab.publication import Publication
from bridgehead.spec import Pool, Server
from tests.end_to_end.command_line import run
from tests.end_to_end.crowd import PROTECTED
from tests.end_to_end.free_port import free_port
from tests.end_to_end.published_pools import EVERYTHING, LOOPBACK, PublishedPools

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMES: list[Scheme] = ["NTLM", "Negotiate"]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    publication = Publication(https_port=free_port(), http_port=free_port())
    with Deployment(tmp_path_factory.mktemp("deployment"), publication) as running:
        yield running


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The proxy's control socket, for it and for the command."""
    path = str(tmp_path / "control.sock")
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", path)
    return path


@pytest.fixture
def proxy(deployment: Deployment, control: str) -> Iterator[PublishedPools]:
    """Two workers before the front ends, over TLS."""
    servers = tuple(
        Server(host=LOOPBACK, port=site.external.port, verify_name=site.external.name.partition(" ")[0])
        for site in deployment.front_ends
    )
    pool = Pool(name="pool", servers=servers, tls=True, trust=(str(deployment.inside_root),))
    directory, names = deployment.directory, deployment.publication
    with ExitStack() as stack:
        yield PublishedPools(directory, stack, names, deployment.outside, [pool], rules=EVERYTHING, workers=2)


def explained(whom: str) -> list[dict[str, Any]]:
    """What the command says, as programs read it."""
    finished = run("explain", whom, "--format", "json", "--last", "1000")
    connections: list[dict[str, Any]] = json.loads(finished.stdout)["connections"]
    assert finished.returncode == (0 if connections else 1)
    return connections


@pytest.mark.parametrize("scheme", SCHEMES)
def test_why_outlook_asks_for_the_password_again(proxy: PublishedPools, deployment: Deployment, scheme: Scheme) -> None:
    alice, target = deployment.user("alice"), f"{PROTECTED}/alice.1"
    assert proxy.visit(scheme).log_in(replace(alice, password="Old-password-0"), "GET", target).status == 401
    assert proxy.visit(scheme).log_in(alice, "GET", target).status == 200
    connections = explained("ALICE@contoso.localhost")
    assert [connection["meaning"]["code"] for connection in connections] == ["refused-by-site", "logged-in"]
    for connection in connections:
        tokens = [event.get("token") for event in connection["events"] if event["what"] in ("sent", "answered")]
        assert tokens[:3] == ["ntlm-negotiate", "ntlm-challenge", "ntlm-authenticate"]
        servers = {event["server"] for event in connection["events"]}
        assert len(servers) == 1, "all legs went over one connection, to one server"


def test_a_login_that_a_server_broke_off_is_not_taken_for_a_wrong_password(
    proxy: PublishedPools, deployment: Deployment
) -> None:
    client = proxy.visit("NTLM")
    first = client.leg(new_initiator("NTLM", deployment.user("alice"), "webext").step(), "GET", f"{PROTECTED}/alice.1")
    assert token_in(first, "NTLM")
    for site in deployment.front_ends:
        for event in site.external.record.events():
            deployment.reset(site.external, event.connection)
    assert client.at_end()
    (connection,) = explained("127.0.0.1")
    assert connection["meaning"]["code"] == "server-closed"


def test_logins_of_many_over_all_workers_are_told_apart(proxy: PublishedPools, deployment: Deployment) -> None:
    users = [deployment.user(name) for name in ("alice", "bob", "carol", "dave")]
    clients: list[tuple[NtlmConnection, int]] = []
    for number in range(12):
        client = proxy.visit("NTLM")
        assert client.log_in(users[number % 4], "GET", f"{PROTECTED}/{users[number % 4].name}.{number}").status == 200
        clients.append((client, number))
    for user in users:
        connections = explained(user.account)
        assert len(connections) == 3
        for connection in connections:
            assert {event["user"] for event in connection["events"] if "user" in event} == {user.account}
            assert connection["meaning"]["good"]
