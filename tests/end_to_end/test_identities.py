"""No identity crosses a connection: nobody is ever served as somebody else, and nobody logged in is asked again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.http_client import AnswerBroken
from bridgehead.lab.ntlm_client import NtlmConnection, Scheme, new_initiator, token_in
from bridgehead.lab.publication import Publication
from bridgehead.lab.web_server import Application, WebServer
from bridgehead.spec import Forward, Pool, Server
from tests.end_to_end.careless_relay import CarelessRelay
from tests.end_to_end.crowd import OPEN_PAGE, PROTECTED, Crowd, LoggedInUser, Login, Stranger, WindowsLogin
from tests.end_to_end.free_port import free_port
from tests.end_to_end.one_leg_site import HeldSite, OneLegLogin, OneLegSite
from tests.end_to_end.published_pools import EVERYTHING, LOOPBACK, PublishedPools
from tests.end_to_end.sightings import crossed_identities, logins, losses, report, shared_without_login

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.messages import Request, Response
    from bridgehead.lab.record import Event
    from bridgehead.lab.windows_authentication import ConnectionAuthentication

# Where a client resets during accept, CPython's wrap_socket fails with its own socket still open, in the laboratory.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)

PATIENCE_SECONDS = 10.0
"""Longest wait for a server to notice the end of a connection; reaching it is a failure."""
SCHEMES: list[Scheme] = ["NTLM", "Negotiate"]


@pytest.fixture(scope="module")
def running_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    publication = Publication(https_port=free_port(), http_port=free_port())
    with Deployment(tmp_path_factory.mktemp("deployment"), publication) as running:
        yield running


@pytest.fixture
def deployment(running_deployment: Deployment) -> Deployment:
    for site in running_deployment.sites:
        site.record.clear()
    return running_deployment


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def secure_sites(deployment: Deployment) -> list[WebServer]:
    return [server.external for server in deployment.front_ends]


def plain_sites(deployment: Deployment) -> list[WebServer]:
    return [server.plain for server in deployment.front_ends if server.plain]


def events(servers: list[WebServer]) -> list[Event]:
    return [event for server in servers for event in server.record.events()]


def assert_identities_kept(
    deployment: Deployment, crowd: Crowd, servers: list[WebServer], *, losses_allowed: int = 0
) -> None:
    crossed = crossed_identities(crowd.sightings, events(servers))
    assert not crossed, report(crossed)
    lost = losses(crowd.sightings)
    assert len(lost) <= losses_allowed, report(lost)
    assert shared_without_login(events(servers)), "no pooled connection was ever shared: this proves nothing"
    left = logins_left(deployment, servers)
    assert not left, f"all clients are gone, and their logins are still open: {left}"


def logins_left(deployment: Deployment, servers: list[WebServer]) -> list[tuple[str, int]]:
    """Logins that are still open on a server, once it has had time to notice their end."""
    owned = logins(events(servers))

    def still_open() -> list[tuple[str, int]]:
        return sorted((server.name, n) for server in servers for n in server.connections if (server.name, n) in owned)

    async def until_all_ended() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while still_open():
                    await asyncio.sleep(0)

    deployment.call(until_all_ended)
    return still_open()


def answers_of_users(crowd: Crowd) -> int:
    return sum(1 for sighting in crowd.sightings if sighting.entitled and not sighting.loss)


def publish(
    deployment: Deployment,
    stack: ExitStack,
    pools: dict[str, list[WebServer]],
    rules: Mapping[str, Forward] = EVERYTHING,
    *,
    workers: int = 1,
) -> PublishedPools:
    """The laboratory's servers behind the proxy; those with TLS are bridged to over TLS, and verified."""
    specs = [
        Pool(
            name=name,
            servers=tuple(
                Server(host=LOOPBACK, port=server.port, verify_name=server.name.partition(" ")[0]) for server in servers
            ),
            tls=servers[0].context is not None,
            trust=(str(deployment.inside_root),),
        )
        for name, servers in pools.items()
    ]
    directory, names = deployment.directory, deployment.publication
    return PublishedPools(directory, stack, names, deployment.outside, specs, rules=rules, workers=workers)


def running(deployment: Deployment, stack: ExitStack, site: Application) -> WebServer:
    """A plain web server with this site, on the deployment's loop."""
    server = WebServer(f"site{id(site)}", site)
    deployment.call(server.start)
    stack.callback(deployment.call, server.close)
    return server


# Fifty users at once, with everything that clients do to connections


@pytest.mark.stress
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("scheme", "preemptive"), [("NTLM", False), ("Negotiate", True)])
def test_10_000_requests_of_50_users_over_tls(
    deployment: Deployment, stack: ExitStack, scheme: Scheme, preemptive: bool, workers: int
) -> None:
    servers = secure_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers}, workers=workers)
    crowd = Crowd(
        lambda: proxy.connect(scheme, preemptive=preemptive),
        deployment.users[:50],
        requests_each=200,
        stranger_requests=2000,
    )
    crowd.run()
    assert_identities_kept(deployment, crowd, servers)
    assert answers_of_users(crowd) >= 10_000


@pytest.mark.stress
@pytest.mark.parametrize("scheme", SCHEMES)
def test_2_000_requests_of_50_users_over_plain_http(deployment: Deployment, stack: ExitStack, scheme: Scheme) -> None:
    servers = plain_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers})
    crowd = Crowd(lambda: proxy.connect(scheme, tls=False), deployment.users[:50], requests_each=40)
    crowd.run()
    assert_identities_kept(deployment, crowd, servers)


@pytest.mark.stress
def test_1_000_logins_with_one_leg_before_any_challenge(deployment: Deployment, stack: ExitStack) -> None:
    servers = [running(deployment, stack, OneLegSite(name)) for name in ("first", "second")]
    proxy = publish(deployment, stack, {"pool": servers})
    crowd = Crowd(
        lambda: proxy.connect("Negotiate", tls=False),
        deployment.users[:50],
        requests_each=80,
        longest_visit=5,
        login=OneLegLogin(),
    )
    crowd.run()
    assert_identities_kept(deployment, crowd, servers)
    assert sum(event.authorization == "Negotiate" for event in events(servers)) >= 1000


@pytest.mark.stress
def test_a_server_of_two_is_restarted_under_50_users(deployment: Deployment, stack: ExitStack) -> None:
    servers = secure_sites(deployment)
    restarted = servers[0]
    proxy = publish(deployment, stack, {"pool": servers})
    cut: list[int] = []

    def restart() -> None:
        cut.append(len(restarted.open_connections()))
        deployment.call(restarted.close)
        deployment.call(lambda: restarted.start(port=restarted.port))

    crowd = Crowd(proxy.connect, deployment.users[:50], requests_each=40, when_answered={500: restart, 1200: restart})
    crowd.run()
    assert len(cut) == 2
    assert_identities_kept(deployment, crowd, servers, losses_allowed=sum(cut))
    assert answers_of_users(crowd) >= 2000


# One client, step by step


def who(answer: Answer) -> str:
    assert answer.status == 200, answer
    user: str = json.loads(answer.body)["user"]
    return user


def place_of(servers: list[WebServer], path: str) -> tuple[WebServer, int]:
    """The server and the connection that served a path."""
    return next(
        (server, event.connection) for server in servers for event in server.record.events() if event.path == path
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_dies_between_the_legs_takes_the_client_connection_with_it(
    deployment: Deployment, stack: ExitStack, scheme: Scheme
) -> None:
    servers = secure_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers})
    alice, target = deployment.user("alice"), f"{PROTECTED}/alice.1"
    client = proxy.visit(scheme)
    assert token_in(client.leg(new_initiator(scheme, alice, "webext").step(), "GET", target), scheme)
    deployment.reset(*place_of(servers, target))
    assert client.at_end()
    assert who(proxy.visit(scheme).log_in(alice, "GET", f"{PROTECTED}/alice.2")) == alice.account


class DiesAtTheLastLeg:
    """A site whose connections are reset when the last leg of a login arrives."""

    def __init__(self, site: Application) -> None:
        self._site = site
        self.last_legs = 0

    def new_authentication(self) -> ConnectionAuthentication:
        return self._site.new_authentication()

    async def answer(self, request: Request) -> Response:
        if request.connection.authentication.under_way:
            self.last_legs += 1
            request.connection.stream.abort()
        return await self._site.answer(request)


def test_a_last_leg_that_was_lost_is_never_sent_again(deployment: Deployment, stack: ExitStack) -> None:
    sites = [DiesAtTheLastLeg(server.application) for server in plain_sites(deployment)]
    servers = [running(deployment, stack, site) for site in sites]
    proxy = publish(deployment, stack, {"pool": servers})
    client = proxy.visit()
    with pytest.raises((AnswerBroken, ConnectionResetError)):
        client.log_in(deployment.user("alice"), "GET", PROTECTED)
    assert sum(site.last_legs for site in sites) == 1


def test_a_server_that_closes_an_idle_login_takes_that_client_connection_and_no_other(
    deployment: Deployment, stack: ExitStack
) -> None:
    servers = secure_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers})
    alice, bob = deployment.user("alice"), deployment.user("bob")
    of_alice, of_bob = proxy.visit(), proxy.visit()
    of_alice.log_in(alice, "GET", f"{PROTECTED}/alice.1")
    of_bob.log_in(bob, "GET", f"{PROTECTED}/bob.1")
    server, number = place_of(servers, f"{PROTECTED}/alice.1")
    deployment.call(server.connections[number].stream.finish)  # as IIS does after its connectionTimeout
    assert of_alice.at_end()
    assert who(of_bob.request("GET", PROTECTED)) == bob.account
    assert who(proxy.visit().log_in(alice, "GET", PROTECTED)) == alice.account


def test_a_client_that_goes_takes_its_login_with_it(deployment: Deployment, stack: ExitStack) -> None:
    servers = secure_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers})
    client = proxy.visit()
    client.log_in(deployment.user("alice"), "GET", f"{PROTECTED}/alice.1")
    client.close()
    assert logins_left(deployment, servers) == []


def test_a_client_that_resets_in_the_middle_of_its_body_takes_its_login_with_it(
    deployment: Deployment, stack: ExitStack
) -> None:
    servers = secure_sites(deployment)
    proxy = publish(deployment, stack, {"pool": servers})
    for number in range(20):  # the reset must overtake the body in the proxy's queue, which is likely, not certain
        client = proxy.visit()
        client.log_in(deployment.user("alice"), "GET", f"{PROTECTED}/alice-{number}.1")
        client.send("POST", f"{PROTECTED}/alice-{number}.2", body=iter([b"half"]), fields={"Content-Length": "8"})
        client.abort()
    assert logins_left(deployment, servers) == []


def test_an_idle_login_lost_during_another_pools_answer_is_not_answered_with_a_challenge(
    deployment: Deployment, stack: ExitStack
) -> None:
    """The client believes that its connection is logged in: it must find it closed, not be asked for a password."""
    servers = secure_sites(deployment)
    held = HeldSite("held")
    elsewhere = running(deployment, stack, held)
    rules = {"/*": Forward(pool="pool"), "/held/*": Forward(pool="elsewhere")}
    proxy = publish(deployment, stack, {"pool": servers, "elsewhere": [elsewhere]}, rules)
    client = proxy.visit()
    client.log_in(deployment.user("alice"), "GET", f"{PROTECTED}/alice.1")
    client.send("GET", "/held/x")
    deployment.call(held.until_asked)
    deployment.reset(*place_of(servers, f"{PROTECTED}/alice.1"))
    # What the proxy's one worker answers after the reset, it answers having seen the reset.
    assert proxy.visit().request("GET", OPEN_PAGE).status == 200
    deployment.call(held.release)
    assert client.receive().status == 200
    client.send("GET", PROTECTED)
    assert client.at_end()


def test_a_login_does_not_reach_a_directory_published_without_authentication(
    deployment: Deployment, stack: ExitStack
) -> None:
    servers = secure_sites(deployment)
    rules = {"/*": Forward(pool="pool"), "/GroupExpansion/*": Forward(pool="pool", authentication="none")}
    proxy = publish(deployment, stack, {"pool": servers}, rules)
    client = proxy.visit()
    client.log_in(deployment.user("alice"), "GET", PROTECTED)
    assert client.request("GET", "/GroupExpansion/service.svc").status == 403


# The proof can fail


@pytest.mark.parametrize("login", [WindowsLogin(), OneLegLogin()])
def test_a_careless_relay_is_found_out_by_clients_and_servers(
    deployment: Deployment, stack: ExitStack, login: Login
) -> None:
    server = (
        running(deployment, stack, OneLegSite("site")) if isinstance(login, OneLegLogin) else plain_sites(deployment)[0]
    )
    relay = stack.enter_context(CarelessRelay(("127.0.0.1", server.port)))
    host = deployment.publication.authority(deployment.publication.web, "http")
    scheme: Scheme = "Negotiate" if isinstance(login, OneLegLogin) else "NTLM"
    crowd = Crowd(
        lambda: NtlmConnection(("127.0.0.1", relay.port), host, scheme=scheme), deployment.users[:1], 5, login=login
    )
    crowd.users_are_done.set()
    LoggedInUser(crowd, deployment.user("alice")).stay()
    Stranger(crowd, "stranger").stay()
    found = crossed_identities(crowd.sightings, events([server]))
    assert any(s.startswith("stranger-1.1 as nobody") and "answered as CONTOSO\\alice" in s for s in found), found
    assert any("carried logins (CONTOSO\\alice)" in s and "stranger-1" in s for s in found), found
