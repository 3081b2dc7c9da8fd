from __future__ import annotations

import pytest

from bridgehead.verify.checks.tls_versions import VERSIONS, usual
from bridgehead.verify.observing.questions import H2_FIRST, Handshake
from tests.verify.checks.recorded import POOL, Seen, failure, judged, session

ALPN = Handshake(POOL.host, 443, POOL.host, alpn=H2_FIRST)


def offering(*offered: str, untried: tuple[str, ...] = ()) -> Seen:
    refused = {version: "cannot-try" if version in untried else "tls" for version in VERSIONS}
    return {
        usual(POOL, version): session() if version in offered else session(failure=failure(refused[version]))  # type: ignore[arg-type]
        for version in VERSIONS
    }


@pytest.mark.parametrize(
    ("offered", "status"),
    [
        (("1.2", "1.3"), "passed"),
        (("1.2",), "passed"),
        (("1.0", "1.1", "1.2"), "warning"),
        (("1.0",), "failed"),
        (("1.3",), "failed"),
    ],
)
def test_versions(offered: tuple[str, ...], status: str) -> None:
    verdict = judged("tls.versions", POOL, offering(*offered))
    assert verdict.status == status
    assert verdict.seen == f"offered: {', '.join(offered)}"


def test_versions_that_this_machine_cannot_try_are_told() -> None:
    assert judged("tls.versions", POOL, offering("1.2", untried=("1.0", "1.1"))).seen.endswith("cannot try 1.0, 1.1")
    assert judged("tls.versions", POOL, offering("1.3", untried=("1.2",))).status == "unseen"


def test_http_2_is_not_for_names_where_people_log_in() -> None:
    assert judged("tls.alpn", POOL, {ALPN: session(alpn="h2")}).status == "failed"
    assert judged("tls.alpn", POOL, {ALPN: session(alpn="http/1.1")}).status == "passed"
    assert judged("tls.alpn", POOL, {ALPN: session()}).status == "passed"
    assert judged("tls.alpn", POOL, {ALPN: session(failure=failure("tls"))}).status == "warning"


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("garbage", "Something else than TLS"),
        ("timed-out", "says nothing"),
        ("closed", "no certificate"),
        ("tls", "refuses"),
        ("too-much", "very many names"),
    ],
)
def test_a_handshake_that_fails_names_the_likely_cause(kind: str, cause: str) -> None:
    verdict = judged("tls.handshake", POOL, {usual(POOL): session(failure=failure(kind))})  # type: ignore[arg-type]
    assert verdict.status == "failed"
    assert cause in verdict.cause
