from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import uvloop

from bridgehead.proxy.resolver import Resolver
from bridgehead.spec import Pool, Server
from tests.proxy.wire import GET, OK, PATIENCE, Proxy, ScriptedServer, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = uvloop.new_event_loop()
    yield loop
    loop.close()


async def told_of(resolver: Resolver, host: str) -> tuple[tuple[str, ...], str]:
    answer: asyncio.Future[tuple[tuple[str, ...], str]] = asyncio.get_running_loop().create_future()
    resolver.resolve(host, lambda found, why: answer.set_result((found, why)))
    return await answer


def resolved(loop: asyncio.AbstractEventLoop, resolver: Resolver, *hosts: str) -> list[tuple[tuple[str, ...], str]]:
    """What is told of each host, all of them asked at once."""

    async def ask() -> list[tuple[tuple[str, ...], str]]:
        answers = [asyncio.wait_for(told_of(resolver, host), PATIENCE) for host in hosts]
        return await asyncio.gather(*answers)

    return loop.run_until_complete(ask())


@pytest.mark.parametrize("address", ["10.1.2.3", "2001:db8::1"])
def test_an_address_needs_no_answer(loop: asyncio.AbstractEventLoop, address: str) -> None:
    assert Resolver(loop).known(address) == (address,)


def test_a_name_is_unknown_until_it_was_asked_for(loop: asyncio.AbstractEventLoop) -> None:
    resolver = Resolver(loop)
    assert resolver.known("localhost") == ()
    ((found, why),) = resolved(loop, resolver, "localhost")
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found
    assert why == ""
    assert resolver.known("localhost") == found


def test_everybody_who_asks_is_told(loop: asyncio.AbstractEventLoop) -> None:
    answers = resolved(loop, Resolver(loop), "localhost", "localhost", "localhost")
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test"])
def test_a_name_that_cannot_even_be_asked_for_is_told_with_the_reason(
    loop: asyncio.AbstractEventLoop, name: str
) -> None:
    ((found, why),) = resolved(loop, Resolver(loop), name)
    assert found == ()
    assert why


def test_a_pool_may_be_a_name(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = proxy_of(server)
    proxy.pools = (Pool(name="pool", servers=(Server(host="localhost", port=server.port),), tls=False),)
    proxy.start()
    client = proxy.connect()
    assert client.request(GET) == client.request(GET) == OK
