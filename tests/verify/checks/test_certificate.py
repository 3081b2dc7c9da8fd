from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from bridgehead.certificates.judging.dates import EXPIRES_SOON
from bridgehead.verify.checks.certificate import judge_dates
from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.questions import Handshake, Resolve
from tests.verify.checks.certificates import DAY, HOST, INTERMEDIATE, LEAF, NOW, ROOT
from tests.verify.checks.recorded import DISCOVERY, POOL, Seen, failure, judged, resolved, session, with_scope

if TYPE_CHECKING:
    from datetime import timedelta

USUAL = usual(POOL)
WITHOUT_SNI = Handshake(HOST, 443, "")
RSA = Handshake(HOST, 443, HOST, keys="rsa")
ECDSA = Handshake(HOST, 443, HOST, keys="ecdsa")
REFUSED = session(failure=failure("tls"))


def test_an_entry_for_the_name_passes() -> None:
    verdict = judged("tls.name", POOL, {USUAL: session(LEAF)})
    assert verdict.status == "passed"
    assert verdict.seen == "named as webext.contoso.com, one of 1 names"


def test_a_certificate_for_other_names_fails_and_shows_them() -> None:
    verdict = judged("tls.name", POOL, {USUAL: session(ROOT.issue("www.contoso.com", common_name="www.contoso.com"))})
    assert verdict.status == "failed"
    assert verdict.seen == "1 names: www.contoso.com"
    assert "webext.contoso.com is missing" in verdict.mend


def test_the_subject_alone_does_not_count() -> None:
    verdict = judged("tls.name", POOL, {USUAL: session(ROOT.issue())})
    assert verdict.status == "failed"
    assert "subject alone" in verdict.cause


def test_a_wildcard_may_cover_lyncdiscover_and_is_a_warning_for_a_pool() -> None:
    seen = session(ROOT.issue("*.contoso.com"))
    assert judged("tls.name", DISCOVERY, {usual(DISCOVERY): seen}).status == "passed"
    assert judged("tls.name", POOL, {USUAL: seen}).status == "warning"


def test_a_wildcard_covers_one_label_alone() -> None:
    deeper = replace(DISCOVERY, host="lyncdiscover.sub.contoso.com")
    assert judged("tls.name", deeper, {usual(deeper): session(ROOT.issue("*.contoso.com"))}).status == "failed"


def test_bytes_that_are_no_certificate_are_not_judged() -> None:
    assert judged("tls.name", POOL, {USUAL: session("-----BEGIN CERTIFICATE-----\nnonsense")}).status == "unseen"


def test_without_sni_another_certificate_fails_for_a_pool_and_warns_for_others() -> None:
    other = session(ROOT.issue("www.contoso.com"))
    assert judged("tls.without-sni", POOL, {WITHOUT_SNI: other}).status == "failed"
    assert judged("tls.without-sni", POOL, {WITHOUT_SNI: REFUSED}).status == "failed"
    assert judged("tls.without-sni", POOL, {WITHOUT_SNI: session(LEAF)}).status == "passed"
    assert judged("tls.without-sni", DISCOVERY, {Handshake(DISCOVERY.host, 443, ""): other}).status == "warning"


@pytest.mark.parametrize(
    ("until", "status", "words"),
    [
        (NOW - DAY / 2, "failed", "expired"),
        (NOW + EXPIRES_SOON / 2, "warning", "expires"),
        (NOW + EXPIRES_SOON * 2, "passed", "until"),
    ],
)
def test_dates(until: object, status: str, words: str) -> None:
    verdict = judge_dates(session(ROOT.issue(HOST, since=NOW - 90 * DAY, until=until)), NOW)  # type: ignore[arg-type]
    assert verdict.status == status
    assert words in verdict.seen


@pytest.mark.parametrize(("left", "status"), [(DAY * 2, "passed"), (DAY, "warning")])
def test_a_certificate_of_six_days_is_due_when_a_quarter_is_left(left: timedelta, status: str) -> None:
    short = ROOT.issue(HOST, since=NOW + left - 6 * DAY, until=NOW + left)
    assert judge_dates(session(short), NOW).status == status


def test_a_certificate_of_tomorrow_fails_and_doubts_the_clock() -> None:
    verdict = judge_dates(session(ROOT.issue(HOST, since=NOW + DAY)), NOW)
    assert verdict.status == "failed"
    assert "clock" in verdict.cause


def test_dates_of_intermediates_count() -> None:
    verdict = judge_dates(session(LEAF, INTERMEDIATE.pem), NOW + 400 * DAY)
    assert verdict.status == "failed"


def test_a_short_rsa_key_fails() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    verdict = judged("tls.key", POOL, {USUAL: session(ROOT.issue(HOST, key=key))})
    assert (verdict.status, verdict.seen) == ("failed", "RSA 1024")
    assert judged("tls.key", POOL, {USUAL: session(LEAF)}).status == "passed"


def test_a_certificate_for_clients_alone_fails() -> None:
    verdict = judged("tls.usage", POOL, {USUAL: session(ROOT.issue(HOST, usages=(ExtendedKeyUsageOID.CLIENT_AUTH,)))})
    assert verdict.status == "failed"
    assert verdict.seen == "extended key usage: client authentication"


def test_a_certificate_without_any_extended_usage_may_serve() -> None:
    assert judged("tls.usage", POOL, {USUAL: session(ROOT.issue(HOST, usages=()))}).status == "passed"


def test_a_certificate_that_may_not_sign_fails() -> None:
    assert judged("tls.usage", POOL, {USUAL: session(ROOT.issue(HOST, signs=False))}).status == "failed"


def test_rsa_is_needed_and_both_must_have_the_name() -> None:
    other = session(ROOT.issue("www.contoso.com"))
    code = "tls.key-kinds"
    assert judged(code, POOL, {RSA: session(LEAF), ECDSA: session(LEAF)}).seen == "RSA and ECDSA"
    assert judged(code, POOL, {RSA: session(LEAF), ECDSA: REFUSED}).status == "passed"
    assert judged(code, POOL, {RSA: REFUSED, ECDSA: session(LEAF)}).status == "warning"
    assert judged(code, POOL, {RSA: REFUSED, ECDSA: REFUSED}).status == "unseen"
    assert judged(code, POOL, {RSA: other, ECDSA: session(LEAF)}).status == "failed"


def test_the_certificate_of_the_other_kind_must_not_have_expired() -> None:
    expired = session(ROOT.issue(HOST, until=NOW - DAY / 2))
    verdict = judged("tls.key-kinds", POOL, {RSA: expired, ECDSA: session(LEAF)})
    assert verdict.status == "failed"
    assert verdict.seen.startswith("the RSA certificate: ")


def test_every_address_must_serve_the_same() -> None:
    first, second = (Handshake(HOST, 443, HOST, address=address) for address in ("192.0.2.1", "192.0.2.2"))
    names: Seen = {Resolve(HOST): resolved("192.0.2.1", "192.0.2.2")}
    code = "tls.every-address"
    assert judged(code, POOL, {**names, first: session(LEAF), second: session(LEAF)}).status == "passed"
    assert judged(code, POOL, {**names, first: session(LEAF), second: session(ROOT.issue(HOST))}).status == "failed"
    assert judged(code, POOL, {**names, first: session(LEAF), second: REFUSED}).status == "warning"
    assert judged(code, POOL, {Resolve(HOST): resolved("192.0.2.1")}).status == "skipped"
    assert judged(code, with_scope(POOL, mapped=True), {}).status == "skipped"
