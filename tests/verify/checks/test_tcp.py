from __future__ import annotations

from dataclasses import replace

import pytest

from bridgehead.verify.observing.questions import Connect, Connected
from tests.verify.checks.recorded import DISCOVERY, POOL, applies, connected, failure, judged


def closed(kind: str = "refused", port: int = 443) -> Connected:
    return Connected(address="203.0.113.10", port=port, failure=failure(kind))  # type: ignore[arg-type]


def test_a_closed_443_fails_with_the_way_it_is_closed() -> None:
    refused = judged("tcp.https", POOL, {Connect(POOL.host, 443): closed()})
    dropped = judged("tcp.https", POOL, {Connect(POOL.host, 443): closed("timed-out")})
    assert (refused.status, dropped.status) == ("failed", "failed")
    assert "Nothing listens" in refused.cause
    assert "drops" in dropped.cause


def test_a_machine_without_a_network_accuses_nobody() -> None:
    tls, plain = Connect(POOL.host, 443), Connect(DISCOVERY.host, 80, tls=False)
    unsaid = replace(DISCOVERY, over_http="unknown")
    assert judged("tcp.https", POOL, {tls: closed("no-network")}).status == "unseen"
    assert judged("tcp.http", DISCOVERY, {plain: closed("no-network", 80)}).status == "unseen"
    assert judged("tcp.http", unsaid, {plain: closed("no-network", 80)}).status == "unseen"


def test_port_80_fails_where_it_is_meant_to_serve_and_not_where_nobody_said_so() -> None:
    question = Connect(DISCOVERY.host, 80, tls=False)
    unsaid = replace(DISCOVERY, over_http="unknown")
    assert judged("tcp.http", DISCOVERY, {question: closed(port=80)}).status == "failed"
    assert judged("tcp.http", unsaid, {question: closed(port=80)}).status == "skipped"
    assert judged("tcp.http", unsaid, {question: closed("timed-out", 80)}).status == "warning"
    assert applies("tcp.http", replace(DISCOVERY, http_port=None)) is False


@pytest.mark.parametrize(("address", "status"), [("10.0.0.5", "warning"), ("203.0.113.10", "failed")])
def test_4443_that_is_open_outside_is_found(address: str, status: str) -> None:
    seen = {
        Connect(POOL.host, 443): connected(address),
        Connect(POOL.host, 4443, tls=False): connected(address, 4443),
        Connect(POOL.host, 8080, tls=False): closed("timed-out"),
    }
    verdict = judged("tcp.internal-ports", POOL, seen)
    assert verdict.status == status
    assert "4443 accepts" in verdict.seen


def test_a_port_that_is_published_is_not_one_of_the_inside() -> None:
    odd = replace(POOL, https_port=4443, http_port=8080)
    assert (
        judged("tcp.internal-ports", odd, {Connect(POOL.host, 4443): connected("203.0.113.10", 4443)}).status
        == "passed"
    )


def test_ports_of_this_machine_say_nothing_about_outside() -> None:
    assert judged("tcp.internal-ports", POOL, {Connect(POOL.host, 443): connected("127.0.0.1")}).status == "skipped"
