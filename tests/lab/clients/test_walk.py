from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.clients import EVERYBODY, LYNC_CLIENTS, desktop, walk_through
from bridgehead.lab.clients.walk import Walk, World, expect, loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.clients import Step
    from bridgehead.lab.clients.walk import Address
    from bridgehead.lab.deployment import Deployment, LabServer

DESKTOP = {"Lync 2013 on a desktop": LYNC_CLIENTS["Lync 2013 on a desktop"]}


def world_of(deployment: Deployment, lync: LabServer, site: str = "external") -> World:
    """Names that lead straight to the servers: what a proxy without a fault looks like."""

    def address_of(scheme: str, host: str) -> Address:
        if host == deployment.publication.office:
            return "127.0.0.1", deployment.office.external.port
        return "127.0.0.1", getattr(lync, site if scheme == "https" else "plain").port

    people = (deployment.user("alice"), deployment.user("bob"))
    return World(deployment.publication, deployment.inside_root, people, address_of, poll_seconds=0.1)


def failures(steps: list[Step]) -> dict[str, str]:
    return {step.what: step.seen for step in steps if not step.ok}


@pytest.fixture
def world(deployment: Deployment) -> World:
    return world_of(deployment, deployment.front_ends[0])


def test_every_client_finds_on_the_servers_what_it_looks_for(world: World) -> None:
    steps = walk_through(world, LYNC_CLIENTS)
    assert failures(steps) == {}
    assert {step.client for step in steps} == set(LYNC_CLIENTS)


def test_a_stranger_notices_that_nobody_stands_before_the_servers(world: World) -> None:
    steps = walk_through(world, {"A stranger": EVERYBODY["A stranger"]})
    assert failures(steps) == {"/Cscp": "404", "/OcsPowerShell": "404", "join page on 80": "200"}


def test_a_proxy_that_goes_to_the_internal_web_site_is_found_out(deployment: Deployment) -> None:
    steps = walk_through(world_of(deployment, deployment.front_ends[0], "internal"), DESKTOP)
    assert "internal web site" in failures(steps)["discovery on 443"]


def test_a_step_that_fails_ends_its_chain_and_no_other(deployment: Deployment) -> None:
    steps = walk_through(world_of(deployment, deployment.front_ends[0], "internal"), DESKTOP)
    tried = [step.what for step in steps]
    assert "web ticket, Negotiate" not in tried
    assert "group expansion" in tried


def test_an_authority_that_is_not_trusted_is_seen(world: World, deployment: Deployment) -> None:
    steps = walk_through(replace(world, trust=deployment.outside_root), DESKTOP)
    assert "CERTIFICATE_VERIFY_FAILED" in failures(steps)["discovery on 443"]


def test_a_name_that_is_not_published_is_seen(world: World) -> None:
    walk = Walk(replace(world, address_of=loopback(world.publication)), "somebody")

    def chain(walk: Walk) -> None:
        with walk.step("a link", "https://pool01.contoso.internal/", "an answer"):
            walk.fetch("https://pool01.contoso.internal/")

    walk.follow(chain)
    assert [step.seen for step in walk.steps] == ["pool01.contoso.internal is not a published name"]


def test_a_step_tells_what_was_seen_instead(world: World) -> None:
    walk = Walk(world, "somebody")

    def chain(walk: Walk) -> None:
        with walk.step("a thing", "https://example.test/", "this"):
            expect(False, "that")

    walk.follow(chain)
    (step,) = walk.steps
    assert (step.ok, step.expected, step.seen) == (False, "this", "that")


class SharingProxy:
    """The mistake that this product exists for: one connection to the server, for whoever asks."""

    def __init__(self, upstream_port: int, context: ssl.SSLContext) -> None:
        self.port = 0
        self._context = context
        self._upstream = socket.create_connection(("127.0.0.1", upstream_port), timeout=30)
        self._turn = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listening.close()
        self._upstream.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(accepted,)))
                self._threads[-1].start()

    def _serve(self, accepted: socket.socket) -> None:
        with accepted, suppress(OSError), self._context.wrap_socket(accepted, server_side=True) as client:
            while head := client.recv(65536):
                with self._turn:
                    self._upstream.sendall(head)
                    client.sendall(self._answer())

    def _answer(self) -> bytes:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._upstream.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._upstream.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def sharing_proxy(deployment: Deployment, tmp_path: Path) -> Iterator[SharingProxy]:
    plain = deployment.front_ends[0].plain
    assert plain is not None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = deployment.inside.issue(deployment.publication.public_names)
    context.load_cert_chain(*certificate.write(tmp_path, "proxy"))
    proxy = SharingProxy(plain.port, context)
    yield proxy
    proxy.close()


def test_a_proxy_that_shares_its_connections_is_found_out(world: World, sharing_proxy: SharingProxy) -> None:
    def address_of(_scheme: str, _host: str) -> Address:
        return "127.0.0.1", sharing_proxy.port

    steps = walk_through(replace(world, address_of=address_of), {"Lync 2013 on a desktop": [desktop.address_book]})
    assert failures(steps) == {"as alice and bob": "401 instead of 200 for alice"}
