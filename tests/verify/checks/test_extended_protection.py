from __future__ import annotations

from dataclasses import replace

from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.questions import Handshake, TlsSession
from bridgehead.verify.targets import InsideServer
from bridgehead.verify.verdicts import Verdict
from tests.verify.checks.certificates import HOST, LEAF, ROOT
from tests.verify.checks.recorded import POOL, applies, failure, judged, session

SERVER = InsideServer("10.0.0.7", 443, "ex01.contoso.local")
EXCHANGE = replace(POOL, roles=("exchange",), inside=(SERVER,))
SITE = replace(POOL, roles=("site",), inside=(SERVER,))
INSIDE = Handshake("10.0.0.7", 443, "ex01.contoso.local")


def verdict(target: object, inside: TlsSession) -> Verdict:
    return judged("extended.same-certificate", target, {usual(POOL): session(LEAF), INSIDE: inside})  # type: ignore[arg-type]


def test_the_same_certificate_on_both_sides_passes() -> None:
    assert verdict(EXCHANGE, session(LEAF)).status == "passed"


def test_another_certificate_fails_exchange_and_warns_of_other_sites() -> None:
    assert verdict(EXCHANGE, session(ROOT.issue(HOST))).status == "failed"
    assert verdict(SITE, session(ROOT.issue(HOST))).status == "warning"


def test_an_inside_that_is_not_reached_is_skipped() -> None:
    assert verdict(EXCHANGE, session(failure=failure("timed-out"))).status == "skipped"


def test_where_logins_end_at_the_proxy_there_is_nothing_to_compare() -> None:
    ends_here = replace(SITE, logs_in_to_proxy=True)
    assert "no login reaches the site" in str(applies("extended.same-certificate", ends_here))


def test_lync_has_no_extended_protection_to_compare_for() -> None:
    assert applies("extended.same-certificate", POOL) is False
    assert "in the file" in str(applies("extended.same-certificate", replace(EXCHANGE, inside=())))
