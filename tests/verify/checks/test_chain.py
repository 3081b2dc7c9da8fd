from __future__ import annotations

import pytest

from bridgehead.verify.checks.chain import verifying
from bridgehead.verify.checks.tls_versions import usual
from tests.verify.checks.certificates import HOST, INTERMEDIATE, LEAF, ROOT, Issuer
from tests.verify.checks.recorded import POOL, Seen, judged, session

SELF_SIGNED = Issuer(HOST)


def seen(*chain: str, code: int = 0) -> Seen:
    return {usual(POOL): session(*chain), verifying(POOL): session(verify_code=code, verify_message="message")}


def test_a_whole_chain_in_order_that_is_trusted_passes_all_three() -> None:
    whole = seen(LEAF, INTERMEDIATE.pem)
    assert [judged(code, POOL, whole).status for code in ("tls.chain", "tls.chain-order", "tls.trust")] == [
        "passed"
    ] * 3


def test_a_missing_intermediate_is_an_incomplete_chain() -> None:
    verdict = judged("tls.chain", POOL, seen(LEAF, code=20))
    assert verdict.status == "failed"
    assert "intermediate" in verdict.cause
    assert "CN=Issuing authority" in verdict.seen


def test_an_unknown_root_behind_an_intermediate_is_not_trusted_and_not_incomplete() -> None:
    unknown = seen(LEAF, INTERMEDIATE.pem, code=20)
    assert judged("tls.chain", POOL, unknown).status == "passed"
    assert judged("tls.trust", POOL, unknown).status == "failed"


@pytest.mark.parametrize("code", [18, 19])
def test_what_is_signed_by_itself_is_not_trusted_and_not_incomplete(code: int) -> None:
    own = seen(SELF_SIGNED.pem, code=code)
    assert judged("tls.chain", POOL, own).status == "passed"
    verdict = judged("tls.trust", POOL, own)
    assert verdict.status == "failed"
    assert "signed by itself" in verdict.cause


def test_a_wrong_usage_is_not_reported_as_untrusted() -> None:
    assert judged("tls.trust", POOL, seen(LEAF, INTERMEDIATE.pem, code=26)).status == "passed"


def test_a_wrong_order_fails_and_the_chain_is_complete_all_the_same() -> None:
    mixed = seen(LEAF, ROOT.pem, INTERMEDIATE.pem)
    assert judged("tls.chain-order", POOL, mixed).status == "failed"
    assert judged("tls.chain", POOL, mixed).status == "passed"


def test_certificates_that_nobody_needs_are_a_warning() -> None:
    verdict = judged("tls.chain-order", POOL, seen(LEAF, INTERMEDIATE.pem, SELF_SIGNED.pem))
    assert verdict.status == "warning"
    assert verdict.seen == "1 of 3 do not belong to the chain"


def test_the_root_may_be_sent_as_well() -> None:
    assert judged("tls.chain-order", POOL, seen(LEAF, INTERMEDIATE.pem, ROOT.pem)).status == "passed"


def test_where_python_shows_the_leaf_alone_the_chain_is_not_judged() -> None:
    alone: Seen = {usual(POOL): session(LEAF, chain_is_whole=False), verifying(POOL): session(verify_code=20)}
    assert judged("tls.chain", POOL, alone).status == "unseen"
