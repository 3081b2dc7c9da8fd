"""`bridgehead verify` against other proxies in front of the laboratory: what is publicly known of them is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.registry import Selection
from tests.interop import lync_fronts
from tests.interop.verify_evidence import laboratory, verified

if TYPE_CHECKING:
    from bridgehead.verify.results import Report
    from tests.interop.lync_fronts import LyncFront

pytestmark = pytest.mark.interop

WITHOUT_WAITING = Selection(skip=("signin", "behaviour.long-poll"))


def report_on(front: LyncFront) -> Report:
    with laboratory() as deployment:
        return verified(front, deployment, WITHOUT_WAITING)


def failed(report: Report) -> set[str]:
    return {result.code for result in report.results if result.status == "failed"}


def test_nothing_fails_behind_haproxy_configured_for_lync() -> None:
    report = report_on(lync_fronts.HAPROXY)
    assert failed(report) == set()
    assert report.counts.passed > 150


def test_logins_fail_behind_nginx_without_keep_alive_and_nothing_else() -> None:
    found = failed(report_on(lync_fronts.NGINX_FRESH))
    assert "login.ntlm" in found
    # Where nobody can log in, nobody stays logged in either.
    assert found <= {"login.ntlm", "login.negotiate", "login.identities"}


@pytest.mark.parametrize(
    "front",
    [lync_fronts.NGINX_KEEPALIVE, lync_fronts.ENVOY, lync_fronts.CADDY_KEEPING_HOST],
    ids=["nginx with keep-alive", "Envoy", "Caddy"],
)
def test_a_login_that_is_lent_to_strangers_is_found(front: LyncFront) -> None:
    report = report_on(front)
    lent = [one for one in report.results if one.code == "login.identities" and "was answered as CONTOSO" in one.seen]
    assert [one.status for one in lent] == ["failed"] * len(lent)
    assert lent, failed(report)
    assert all(one.evidence for one in lent), "the transcript proves it"


def test_caddy_rewrites_host_and_offers_http_2() -> None:
    assert failed(report_on(lync_fronts.CADDY)) >= {"bridge.host", "tls.alpn", "tls.without-sni"}
